import Diagnostics
import MailAuth

/// A TXT record must be small enough to be stored and fetched. SPF is measured with its own, tighter bounds as well.
enum RecordSizeRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.sendingDomains(with: .spf) {
            guard let spf = draft.manifest.domains[index].spf else { continue }
            check(SPFSizeRule.octets(spf), draft, index, .spf, &sink)
        }
        for index in draft.sendingDomains(with: .dmarc) {
            guard let record = draft.manifest.domains[index].dmarc?.record else { continue }
            check(record.text.utf8.count, draft, index, .dmarc, &sink)
        }
        for index in draft.sendingDomains(with: .tlsReports) {
            let uris = draft.manifest.domains[index].tlsReports
            check("v=TLSRPTv1; rua=".utf8.count + joined(uris), draft, index, .tlsReports, &sink)
        }
    }

    private static func check(
        _ octets: Int, _ draft: ManifestDraft, _ index: Int, _ key: DomainKey, _ sink: inout FindingSink
    ) {
        guard octets > ManifestBounds.textRecordOctets else { return }
        let place = draft.domainPlaces[index]
        let span =
            draft.keySpan(place.value, key.name)
            ?? draft.defaults.lazy.compactMap { draft.keySpan($0, key.name) }.first ?? draft.arena.span(place.key)
        sink.report(
            .recordTooLarge, at: span, label: "the record would have \(octets) octets",
            notes: ["at most \(ManifestBounds.textRecordOctets) octets are stored and served everywhere"],
            helps: ["list fewer values"])
    }

    private static func joined(_ texts: [String]) -> Int {
        texts.reduce(0) { $0 + $1.utf8.count + 1 }
    }
}
