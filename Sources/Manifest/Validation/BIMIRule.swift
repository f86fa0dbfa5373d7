import Diagnostics
import MailAuth

/// Receivers show a logo only for domains whose DMARC policy is enforced, for all mail and all subdomains.
enum BIMIRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domainPlaces.indices where draft.domainPlaces[index].has(.bimi) {
            guard let bimi = draft.manifest.domains[index].bimi, !bimi.logo.isEmpty,
                let record = draft.manifest.domains[index].dmarc?.record
            else { continue }
            let reason: String? =
                if record.policy == .none {
                    "the policy is `none`"
                } else if record.isTesting {
                    "the policy is in testing mode"
                } else if record.subdomainPolicy == DMARCRecord.Policy.none {
                    "the policy for subdomains is `none`"
                } else {
                    nil
                }
            guard let reason, let key = draft.keySpan(draft.domainPlaces[index].value, DomainKey.bimi.name) else {
                continue
            }
            sink.report(
                .bimiPolicy, at: key, label: reason,
                helps: ["set `dmarc: { policy: quarantine }` or stricter first, without `testing`"])
        }
    }
}
