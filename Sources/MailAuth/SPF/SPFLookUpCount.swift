public import DNS

/// How many of the ten look-ups of RFC 7208 §4.6.4 a record can use up, with everything that it includes or redirects
/// to: what a receiver counts when nothing matches before the end.
public struct SPFLookUpCount: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        /// As it stands in the record: `include:send.example`.
        public let term: String
        /// With everything below it.
        public let count: Int
        /// Why the number may be too low: a record below could not be read.
        public let unknown: [String]
    }

    /// Counting stops here: a record that gets this far is far over the limit, and may include itself.
    public static let countMax = 100

    /// One for each term that looks up, in the order of the record.
    public let parts: [Part]

    public var total: Int { min(parts.reduce(0) { $0 + $1.count }, Self.countMax) }
    public var isOverLimit: Bool { total > SPFRecord.lookUpsMax }
    public var unknown: [String] { parts.flatMap(\.unknown) }

    /// The record may be one that is not published yet; those that it leads to are looked up.
    public init(of record: SPFRecord, resolver: any Resolver) async {
        var run = SPFCountingRun(resolver: resolver)
        var parts: [Part] = []
        let terms = record.terms.prefix { $0.mechanism != .all }
        for term in terms where term.mechanism.looksUp {
            run.unknown = []
            var spec: String?
            if case .include(let domain) = term.mechanism { spec = domain }
            let count = await run.count(spec)
            parts.append(Part(term: term.description, count: count, unknown: run.unknown))
        }
        if terms.count == record.terms.count, let redirect = record.redirect {
            run.unknown = []
            let count = await run.count(redirect)
            parts.append(Part(term: "redirect=" + redirect, count: count, unknown: run.unknown))
        }
        self.parts = parts
    }
}

private struct SPFCountingRun {
    let resolver: any Resolver
    var unknown: [String] = []
    /// Over all parts, so that a loop ends.
    private var counted = 0

    init(resolver: any Resolver) { self.resolver = resolver }

    /// One for the term itself, and what the record counts that it leads to.
    mutating func count(_ spec: String?) async -> Int {
        counted += 1
        guard let spec, counted < SPFLookUpCount.countMax else { return 1 }
        guard !spec.utf8.contains(UInt8(ascii: "%")), let name = SPFTargetName.name(fromExpanded: Array(spec.utf8)[...])
        else {
            unknown.append("\(spec) depends on the message")
            return 1
        }
        var record: SPFRecord?
        switch await resolver.look(up: name, .txt) {
        case .failed(let reason): unknown.append("TXT of \(name): \(reason)")
        case .noData, .noSuchName: unknown.append("\(name) has no SPF record")
        case .found(let data, _):
            for case .txt(let value) in data where SPFRecord.isSPF(value.joined) {
                record = try? SPFRecord(octets: value.joined)
            }
            if record == nil { unknown.append("\(name) has no readable SPF record") }
        }
        guard let record else { return 1 }
        var total = 1
        let terms = record.terms.prefix { $0.mechanism != .all }
        for term in terms where term.mechanism.looksUp {
            var next: String?
            if case .include(let domain) = term.mechanism { next = domain }
            total += await count(next)
        }
        if terms.count == record.terms.count, let redirect = record.redirect { total += await count(redirect) }
        return total
    }
}
