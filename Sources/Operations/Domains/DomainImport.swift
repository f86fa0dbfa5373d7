import DNS
import Diagnostics
import MailAuth
import Manifest
import Reconcile

/// One domain's declaration, made from what stands in DNS. Whatever the manifest's own rules do not take is left out, and a
/// note says so: then it stays as it stands, because what is not declared is not touched.
struct DomainImport {
    private(set) var declaration: DomainDeclaration
    private(set) var notes: [String] = []
    /// No DMARC record stands at its own name.
    private var hasNoDMARC = false

    private init(_ name: DomainName) {
        declaration = DomainDeclaration.bare
        declaration.name = name
        declaration.dkim = nil
        declaration.dmarc = nil
    }

    // MARK: asking

    static func read(
        _ names: [DomainName], _ observer: Observer, resolver: any Resolver
    ) async throws(OperationError) -> [DomainImport] {
        let zones = await observer.zones(of: names)
        let wanted = zip(names, zones).map { (domain: $0, zone: $1, keys: keys(of: $0)) }
        var imports: [DomainImport] = []
        var failures: [String] = []
        for (observation, wanted) in zip(await observer.observe(wanted), wanted) {
            switch observation.zone {
            case .notDelegated(let reason), .unobservable(let reason): failures.append("\(wanted.domain): \(reason)")
            case .found(let context):
                // What a wildcard above answers does not stand at the name.
                let own = await observer.seeingThroughWildcards(observation, wanted.keys)
                do throws(Unreadable) {
                    var found = try DomainImport(wanted.domain, own, context)
                    if found.hasNoDMARC { await found.inheritPolicy(resolver) }
                    imports.append(found)
                } catch {
                    failures.append("\(wanted.domain): \(error.reason)")
                }
            }
        }
        guard failures.isEmpty else {
            throw .other("nothing was imported, because not all can be read: \(failures.joined(separator: "; "))")
        }
        return imports
    }

    private static func keys(of name: DomainName) -> [RecordSetKey] {
        [RecordSetKey(name, .mx)] + TextKind.allCases.compactMap { $0.owner(at: name) }.map { RecordSetKey($0, .txt) }
    }

    private struct Unreadable: Error {
        var reason: String
    }

    private init(_ name: DomainName, _ observation: DomainObservation, _ context: ZoneContext) throws(Unreadable) {
        self.init(name)
        func texts(_ set: RecordSet?, _ kind: TextKind) -> [[UInt8]] {
            (set?.data ?? []).compactMap { datum in
                guard case .txt(let text) = datum, kind.matches(text) else { return nil }
                return text.joined
            }
        }
        if let owner = TextKind.spf.owner(at: name) {
            let mx = try set(RecordSetKey(name, .mx), observation, context) ?? nil
            let found = try set(RecordSetKey(owner, .txt), observation, context) ?? nil
            readSPF(texts(found, .spf), takesNoMail: mx?.data == [.mx(preference: 0, exchange: .root)])
        }
        for kind in TextKind.allCases where kind != .spf {
            guard let owner = kind.owner(at: name),
                let standing = try set(RecordSetKey(owner, .txt), observation, context)
            else { continue }
            let found = texts(standing, kind)
            guard let first = found.first else {
                if kind == .dmarc { hasNoDMARC = true }
                continue
            }
            guard found.count == 1 else {
                notes.append(
                    "\(owner) has \(found.count) records of a kind of which one counts: receivers take none; not declared"
                )
                continue
            }
            switch kind {
            case .spf: break
            case .dmarc: readDMARC(first)
            case .tlsReports: readTLSReports(first)
            case .bimi: readBIMI(first)
            case .mtaSTS:
                notes.append("MTA-STS is published; not declared, because its policy stands in a file: see `mta_sts`")
            }
        }
    }

    /// The outer nil: somebody else's stands there, and nothing is declared; the inner: nothing stands there.
    private mutating func set(
        _ key: RecordSetKey, _ observation: DomainObservation, _ context: ZoneContext
    ) throws(Unreadable) -> RecordSet?? {
        let consensus = Consensus(observation.views[key] ?? [], context: context)
        switch consensus.verdict {
        case .agreed(let set): return .some(set)
        case .differing(let newest):
            notes.append("name servers differ about \(key): the word of the newest zone is taken")
            return .some(newest)
        case .alias(let target):
            notes.append("\(key.name) is an alias of \(target): what stands there is not declared")
            return nil
        case .delegatedAway(let cut):
            notes.append("\(key.name) lies in the zone \(cut): what stands there is not declared")
            return nil
        case .unknown:
            let first = consensus.failures.first
            if let first, case .failed(let reason) = first.state {
                throw Unreadable(reason: "\(key) cannot be read: \(first.server): \(reason)")
            }
            throw Unreadable(reason: "\(key) cannot be read")
        }
    }

    // MARK: SPF

    private mutating func readSPF(_ texts: [[UInt8]], takesNoMail: Bool) {
        declaration.spf = Self.spf([], all: .neutral)
        var records: [SPFRecord] = []
        for text in texts {
            do { records.append(try SPFRecord(octets: text)) } catch {
                notes.append(
                    "the SPF record \"\(String(decoding: text, as: UTF8.self))\" cannot be read (\(error)): mend it by hand"
                )
            }
        }
        guard !texts.isEmpty else {
            notes.append("no SPF record stands there: say under `spf` who sends")
            return
        }
        guard var record = records.first else { return }
        if records.count > 1 {
            notes.append("\(records.count) SPF records stand there, and receivers take none: the plan merges them")
            record = SPFMerge(terms: [], all: nil).merged(into: records)
        }
        let terms = record.terms.prefix { $0.mechanism != .all }
        if terms.isEmpty, record.all == .fail, record.redirect == nil, takesNoMail, texts.count == 1 {
            declaration.sends = false
            declaration.spf = nil
            return
        }
        if terms.count + 1 < record.terms.count {
            notes.append("what stands behind `all` in the SPF record has no effect, and is left out")
        }
        var spf = Self.spf([], all: record.all ?? .neutral)
        if record.all == nil, let redirect = record.redirect {
            guard let target = try? DomainName(redirect) else {
                notes.append("the SPF record redirects to \(redirect), which a manifest cannot say: declare who sends")
                return
            }
            (spf.all, spf.redirect) = (nil, target)
        }
        spf.terms = Array(terms)
        // An order counts as soon as one term forbids. Then all of them stay as they stand, as somebody else's.
        let foreign = terms.filter { !Self.isDeclarable($0) }
        if !foreign.isEmpty {
            spf.terms = []
            notes.append(
                "SPF terms that a manifest cannot say (\(foreign.map(\.description).joined(separator: " "))): all terms stay as they "
                    + "stand, and none is declared")
        }
        take("the SPF policy", { $0.spf = spf }) {
            spf.terms = []
            $0.spf = spf
        }
    }

    private static func spf(_ terms: [SPFTerm], all: SPFQualifier?) -> SPFDeclaration {
        SPFDeclaration(terms: terms, all: all, span: DomainDeclaration.bare.span)
    }

    private static func isDeclarable(_ term: SPFTerm) -> Bool {
        guard term.qualifier == .pass else { return false }
        switch term.mechanism {
        case .ip4, .ip6, .include, .exists: return true
        case .a(_, let four, let six), .mx(_, let four, let six): return four == 32 && six == 128
        case .all, .ptr: return false
        }
    }

    // MARK: the others

    private mutating func readDMARC(_ text: [UInt8]) {
        guard let record = try? DMARCRecord(octets: text) else {
            notes.append(
                "the DMARC record cannot be read, and receivers ignore it: say under `dmarc` what they are to do")
            return
        }
        let ignored = DMARCRecord.ignoredTags(in: text) ?? []
        if !ignored.isEmpty {
            notes.append("DMARC tags that RFC 9989 does not know are left out: \(ignored.joined(separator: "; "))")
        }
        if record.publicSuffix != nil { notes.append("DMARC's psd= is left out: a manifest cannot say it") }
        var dmarc = record
        if !declaration.sends, record.policy != .reject {
            notes.append("the DMARC policy is p=\(record.policy.rawValue); a parked domain's becomes reject")
            (dmarc.policy, dmarc.subdomainPolicy, dmarc.nonexistentPolicy, dmarc.isTesting) = (.reject, nil, nil, false)
        }
        declare(dmarc)
    }

    /// Of a domain without a record of its own: a parent's policy holds for it (RFC 9989 §4.10.1), and one of its own would take
    /// that one's place.
    private mutating func inheritPolicy(_ resolver: any Resolver) async {
        switch await DMARCDiscovery(for: declaration.name, resolver: resolver) {
        case .found(let record, let parent, _):
            var dmarc = record
            dmarc.policy = declaration.sends ? record.policy(forSubdomainThatExists: true) : .reject
            (dmarc.subdomainPolicy, dmarc.nonexistentPolicy) = (nil, nil)
            if !declaration.sends { dmarc.isTesting = false }
            notes.append(
                "no DMARC record stands there: the one of \(parent) holds, and becomes its own with p=\(dmarc.policy.rawValue)"
            )
            declare(dmarc)
        case .none:
            notes.append("no DMARC record stands there, nor one that holds from above: say the policy under `dmarc`")
        case .temperror(let reason):
            notes.append(
                "no DMARC record stands there, and whether one holds from above cannot be read (\(reason)): say the policy under "
                    + "`dmarc`")
        }
    }

    private mutating func declare(_ record: DMARCRecord) {
        var dmarc = record
        dmarc.publicSuffix = nil
        let span = DomainDeclaration.bare.span
        take("the DMARC policy", { $0.dmarc = DMARCDeclaration(record: dmarc, span: span) }) {
            dmarc.aggregateReports = []
            dmarc.failureReports = []
            $0.dmarc = DMARCDeclaration(record: dmarc, span: span)
        }
    }

    private mutating func readTLSReports(_ text: [UInt8]) {
        guard let record = TLSReportRecord(octets: text) else {
            notes.append("the record for TLS reports cannot be read: not declared")
            return
        }
        take("TLS reports", { $0.tlsReports = record.reports })
    }

    private mutating func readBIMI(_ text: [UInt8]) {
        guard let record = BIMIRecord(octets: text) else {
            notes.append("the BIMI record cannot be read: not declared")
            return
        }
        take(
            "the logo",
            {
                $0.bimi = BIMIDeclaration(
                    logo: record.logo, certificate: record.certificate.isEmpty ? nil : record.certificate)
            })
    }

    /// Puts a part in if the manifest's rules take it; else what `less` leaves of it; else nothing.
    private mutating func take(
        _ what: String, _ put: (inout DomainDeclaration) -> Void, less: ((inout DomainDeclaration) -> Void)? = nil
    ) {
        var changed = declaration
        put(&changed)
        guard let refusal = Self.refusal(of: changed) else {
            declaration = changed
            return
        }
        notes.append("\(what) is not declared as it stands: \(refusal)")
        guard let less else { return }
        less(&changed)
        if Self.refusal(of: changed) == nil { declaration = changed }
    }

    /// Why a manifest with this domain alone is none.
    private static func refusal(of declaration: DomainDeclaration) -> String? {
        let octets = DomainsDocument.octets([declaration], provider: .byHand(notNamed: []))
        return ManifestLoader().load([SourceFile(path: "import.yaml", bytes: octets)]).refusal
    }
}
