import DNS
import MailAuth
import Manifest

/// What a record set becomes when Signet's part of it is put in or taken out, and everything else stays.
enum SharedText {
    struct Outcome: Equatable {
        /// The set's data afterwards; empty: the set goes.
        var data: [RecordData]
        /// What of it is Signet's: the ledger's memory. For SPF, a record of the declared terms alone.
        var owned: [RecordData]
        /// How many records of the kind stood there before.
        var found: Int
        /// SPF terms of others that stay.
        var kept: [SPFTerm] = []
    }

    struct Problem: Error, Equatable {
        var reason: String
    }

    /// Exactly one string of the kind, with this value; the first one's place is kept, and its octets where it is the only one
    /// and says the same.
    static func put(_ value: TXTValue, kind: TextKind, into base: [RecordData]) -> Outcome {
        var data: [RecordData] = []
        var standing: [(place: Int, datum: RecordData)] = []
        for datum in base {
            guard case .txt(let text) = datum, kind.matches(text) else {
                data.append(datum)
                continue
            }
            standing.append((data.count, datum))
        }
        var chosen = RecordData.txt(value)
        if standing.count == 1, case .txt(let text) = standing[0].datum, kind.sayTheSame(text, value) {
            chosen = standing[0].datum
        }
        data.insert(chosen, at: standing.first?.place ?? data.count)
        return Outcome(data: data, owned: [chosen], found: standing.count)
    }

    /// One SPF record that holds Signet's terms, and the terms of others unless the declaration is exclusive.
    static func put(
        _ declaration: SPFDeclaration, flattened: [SPFTerm], into base: [RecordData], owned: [RecordData]
    ) throws(Problem) -> Outcome {
        let declared = SPFRecord(declaration, flattened: flattened)
        let earlier = records(in: owned)
        var existing: [SPFRecord] = []
        var others: [RecordData] = []
        var place: Int?
        var found = 0
        for datum in base {
            guard case .txt(let text) = datum, TextKind.spf.matches(text) else {
                others.append(datum)
                continue
            }
            found += 1
            place = place ?? others.count
            do {
                existing.append(try SPFRecord(octets: text.joined))
            } catch {
                // A broken record has no terms to keep that could be kept; it is replaced only on the user's word.
                guard declaration.isExclusive else {
                    throw Problem(reason: "\"\(text.text)\" cannot be read: \(error)")
                }
            }
        }
        // Who has not said it has not asked for less than stands there.
        let keepsFail = declaration.isAllImplied && existing.contains { $0.all == .fail }
        let merged = SPFMerge(
            terms: declared.terms, all: keepsFail ? .fail : declaration.all, redirect: declared.redirect,
            isExclusive: declaration.isExclusive, earlierTerms: earlier.flatMap(\.terms),
            earlierRedirects: Set(earlier.compactMap(\.redirect))
        ).merged(into: existing)
        // What stands there already stays octet for octet if it says the same.
        let standing = base.first { datum in
            guard found == 1, case .txt(let text) = datum, TextKind.spf.matches(text),
                let record = try? SPFRecord(octets: text.joined)
            else { return false }
            return record == merged || record.saysTheSame(as: merged)
        }
        others.insert(standing ?? .txt(TXTValue(merged.text)), at: place ?? others.count)
        let own = Set(declared.terms.map(\.mechanism))
        return Outcome(
            data: others, owned: [.txt(TXTValue(declared.text))], found: found,
            kept: merged.terms.filter { $0.mechanism != .all && !own.contains($0.mechanism) })
    }

    /// Takes out what Signet owns: its strings, and its terms within the SPF record.
    static func remove(_ owned: [RecordData], from base: [RecordData]) -> [RecordData] {
        let mine = records(in: owned)
        let merge = SPFMerge(
            terms: [], all: nil, earlierTerms: mine.flatMap(\.terms), earlierRedirects: Set(mine.compactMap(\.redirect))
        )
        return base.compactMap { datum in
            if owned.contains(datum) { return nil }
            guard !mine.isEmpty, let record = record(datum) else { return datum }
            if mine.contains(record) { return nil }
            let rest = merge.merged(into: [record])
            if rest == record { return datum }
            // A record of `all` alone would forbid or allow everybody: it was about Signet's terms only.
            return rest.terms.allSatisfy { $0.mechanism == .all } && rest.redirect == nil
                ? nil : .txt(TXTValue(rest.text))
        }
    }

    /// What of it stands in the set: these data, and SPF records whose terms and `redirect` are in the set's. One that names
    /// nobody, `-all` alone, stands where the set's names nobody either.
    static func standing(_ owned: [RecordData], in set: RecordSet?) -> [RecordData] {
        guard let set else { return [] }
        lazy var there = records(in: set.data)
        return owned.filter { datum in
            if set.data.contains(datum) { return true }
            guard let record = record(datum) else { return false }
            guard !Self.named(record).isEmpty || record.redirect != nil else {
                return there.contains { Self.named($0).isEmpty && $0.redirect == nil }
            }
            let redirects = there.compactMap(\.redirect)
            return Self.named(record).isSubset(of: there.reduce(into: []) { $0.formUnion(Self.named($1)) })
                && record.redirect.map(redirects.contains) ?? true
        }
    }

    private static func named(_ record: SPFRecord) -> Set<SPFMechanism> {
        Set(record.terms.map(\.mechanism)).subtracting([.all])
    }

    /// After a write that was not seen to succeed there are several: the one wanted then, and those before.
    static func records(in data: [RecordData]) -> [SPFRecord] { data.compactMap(record) }

    private static func record(_ datum: RecordData) -> SPFRecord? {
        guard case .txt(let text) = datum, TextKind.spf.matches(text) else { return nil }
        return try? SPFRecord(octets: text.joined)
    }
}
