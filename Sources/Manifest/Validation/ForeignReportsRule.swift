import DNS
import Diagnostics
import MailAuth

/// RFC 9990: reports go to another organisation only with its consent, a record below `_report._dmarc` in its zone.
///
/// Where one organisation ends, RFC 9989's tree walk decides, and DNS is not asked here. So this rule takes names for
/// one organisation's if one lies below the other or if they share their last two labels, and leaves the rest to
/// `signet verify`.
enum ForeignReportsRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var reported = Set<SourceSpan>()
        var inherited: [(domain: DomainName, isOurs: Bool)]?
        for (index, place) in draft.domainPlaces.enumerated() where place.facts.contains(.reports) {
            if !place.has(.dmarc), place.facts.contains(.sends) {
                // The same addresses for every heir: parsed once.
                let receivers = inherited ?? receivers(draft, index)
                inherited = receivers
                if receivers.allSatisfy({
                    $0.isOurs || isOneOrganisation($0.domain, draft.manifest.domains[index].name)
                }) {
                    continue
                }
                if !reported.isEmpty, reported.count >= receivers.count { continue }
            }
            check(draft, index, &reported, &sink)
        }
    }

    private static func receivers(_ draft: ManifestDraft, _ index: Int) -> [(domain: DomainName, isOurs: Bool)] {
        guard let record = draft.manifest.domains[index].dmarc?.record else { return [] }
        return (record.aggregateReports + record.failureReports).compactMap { uri in
            domain(of: uri).map { ($0, isOurs($0, draft)) }
        }
    }

    private static func check(
        _ draft: ManifestDraft, _ index: Int, _ reported: inout Set<SourceSpan>, _ sink: inout FindingSink
    ) {
        guard let record = draft.manifest.domains[index].dmarc?.record else { return }
        let name = draft.manifest.domains[index].name
        for (key, uris) in [
            (DMARCKey.aggregateReports, record.aggregateReports), (.failureReports, record.failureReports),
        ] {
            for (item, uri) in uris.enumerated() {
                guard let receiver = domain(of: uri), !isOneOrganisation(receiver, name), !isOurs(receiver, draft)
                else { continue }
                let span = draft.span(ofDomain: index, [DomainKey.dmarc.name, key.name], item: item)
                guard reported.insert(span).inserted else { continue }
                sink.report(
                    .foreignReports, at: span, label: "\(receiver) has to consent to reports on \(name)",
                    notes: [
                        "RFC 9990: without the consent receivers send nothing; `signet verify` checks that it is there"
                    ],
                    helps: ["ask for a TXT record `\(name)._report._dmarc.\(receiver)` with `v=DMARC1`"])
            }
        }
    }

    private static func domain(of uri: String) -> DomainName? {
        guard let at = uri.lastIndex(of: "@") else { return nil }
        return DomainName(canonical: String(uri[uri.index(after: at)...]))
    }

    /// The receiver's domain, or one above it, is in the manifest: Signet writes the record.
    private static func isOurs(_ receiver: DomainName, _ draft: ManifestDraft) -> Bool {
        var name: DomainName? = receiver
        while let current = name, !current.isRoot {
            if draft.domainIndex(current) != nil { return true }
            name = current.parent
        }
        return false
    }

    private static func isOneOrganisation(_ left: DomainName, _ right: DomainName) -> Bool {
        if left.isEqualOrBelow(right) || right.isEqualOrBelow(left) { return true }
        var dots = 0
        for (a, b) in zip(left.text.utf8.reversed(), right.text.utf8.reversed()) {
            guard a == b else { return false }
            if a == UInt8(ascii: ".") { dots += 1 }
            if dots == 2 { return true }
        }
        return false
    }
}
