/// Brings what a user declares into the SPF record that stands at a name already, so that other senders' terms survive.
///
/// Two records at one name become one; receivers answer two with `permerror` (RFC 7208 §4.5).
///
///     standing:  v=spf1 include:_spf.crm.example ip4:192.0.2.7 -all
///     declared:  include:send.example, all: softfail
///     merged:    v=spf1 include:send.example include:_spf.crm.example ip4:192.0.2.7 ~all
public struct SPFMerge: Sendable, Hashable {
    /// Ours, in the order of the record, without `all`.
    public var terms: [SPFTerm]
    /// nil where `redirect` stands instead.
    public var all: SPFQualifier?
    public var redirect: String?
    /// Removes every term that is not declared.
    public var isExclusive: Bool
    /// Terms that we wrote earlier: removed unless they are declared still.
    public var earlierTerms: [SPFTerm]
    /// Every `redirect` that we wrote earlier.
    public var earlierRedirects: Set<String>

    public init(
        terms: [SPFTerm], all: SPFQualifier?, redirect: String? = nil, isExclusive: Bool = false,
        earlierTerms: [SPFTerm] = [], earlierRedirects: Set<String> = []
    ) {
        self.terms = terms
        self.all = all
        self.redirect = redirect
        self.isExclusive = isExclusive
        self.earlierTerms = earlierTerms
        self.earlierRedirects = earlierRedirects
    }

    /// Our terms first, then the foreign ones as they stood, then `all`; modifiers that are not ours are kept.
    ///
    /// A foreign term behind an `all` is not brought back to life: it had no effect (§5.1). A foreign `redirect` that
    /// had one becomes an `include` of the same domain, because beside our `all` it would be ignored (§6.1).
    /// Merging what was merged changes nothing.
    public func merged(into standing: [SPFRecord]) -> SPFRecord {
        var result = SPFRecord(terms: terms.filter { $0.mechanism != .all }, redirect: redirect)
        var mechanisms = Set(result.terms.map(\.mechanism))
        let earlier = Set(earlierTerms.map(\.mechanism))
        for record in standing {
            for term in isExclusive ? [] : foreignTerms(of: record)
            where !earlier.contains(term.mechanism) && mechanisms.insert(term.mechanism).inserted {
                result.terms.append(term)
            }
            result.explanation = result.explanation ?? record.explanation
            result.unknownModifiers += record.unknownModifiers.filter { !result.unknownModifiers.contains($0) }
        }
        if redirect == nil, let all = all ?? standing.lazy.compactMap(\.all).first {
            result.terms.append(SPFTerm(.all, qualifier: all))
        }
        return result
    }

    private func foreignTerms(of record: SPFRecord) -> [SPFTerm] {
        let reached = Array(record.terms.prefix { $0.mechanism != .all })
        guard record.all == nil, let foreign = record.redirect, foreign != redirect, !earlierRedirects.contains(foreign)
        else { return reached }
        return reached + [SPFTerm(.include(foreign))]
    }
}
