import Diagnostics
import MailAuth

/// `sends: false` says everything; what only a sending domain needs contradicts it.
enum ParkedDomainRule {
    private static let sendingOnly: [DomainKey] = [.relay, .spf, .dkim, .mtaSTS, .tlsReports, .bimi, .mx, .arc, .gate]

    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domainPlaces.indices where !draft.manifest.domains[index].sends {
            let place = draft.domainPlaces[index]
            let sends = draft.keySpan(place.value, DomainKey.sends.name)
            for key in sendingOnly where place.has(key) {
                guard let span = draft.keySpan(place.value, key.name) else { continue }
                sink.report(
                    .parkedDomain, at: span, label: "is for domains that send",
                    related: sends.map { [Diagnostic.Related(span: $0, label: "the domain is parked here")] } ?? [],
                    helps: ["remove it, or remove `sends: false`"])
            }
            if place.has(.dmarc), let record = draft.manifest.domains[index].dmarc?.record, record.policy < .reject {
                sink.report(
                    .parkedPolicy, at: draft.span(ofDomain: index, [DomainKey.dmarc.name, DMARCKey.policy.name]),
                    label: "lets forgeries through", helps: ["remove `policy`: a parked domain rejects"])
            }
        }
    }
}
