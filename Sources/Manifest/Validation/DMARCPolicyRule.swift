import Diagnostics
import MailAuth

/// What a DMARC record's tags say together.
enum DMARCPolicyRule {
    /// Whether a record may break this rule or the one on its size.
    static func suspects(_ record: DMARCRecord) -> Bool {
        // A policy other than the strictest and the domain's own may be weaker.
        func differs(_ policy: DMARCRecord.Policy?) -> Bool {
            policy != nil && policy != .reject && policy != record.policy
        }
        return differs(record.subdomainPolicy) || differs(record.nonexistentPolicy) || !record.failureOptions.isEmpty
            || record.aggregateReports.count + record.failureReports.count > 10
    }

    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var reported = Set<SourceSpan>()
        for index in draft.domains(with: .suspectDMARC, from: .dmarc) {
            guard let record = draft.manifest.domains[index].dmarc?.record else { continue }
            for (key, policy) in [
                (DMARCKey.subdomainPolicy, record.subdomainPolicy), (.nonexistentPolicy, record.nonexistentPolicy),
            ] {
                guard let policy, policy < record.policy else { continue }
                let span = draft.span(ofDomain: index, [DomainKey.dmarc.name, key.name])
                guard reported.insert(span).inserted else { continue }
                sink.report(
                    .weakerSubdomains, at: span, label: "is weaker than the domain's `\(record.policy.rawValue)`",
                    helps: ["write `\(record.policy.rawValue)`, or remove the key"])
            }
            guard !record.failureOptions.isEmpty, record.failureReports.isEmpty else { continue }
            let options = [DomainKey.dmarc.name, DMARCKey.failureOptions.name]
            // Addresses that could not be read are addresses all the same.
            guard draft.node(ofDomain: index, [DomainKey.dmarc.name, DMARCKey.failureReports.name], item: 0) == nil
            else { continue }
            let span = draft.span(ofDomain: index, options)
            guard reported.insert(span).inserted else { continue }
            sink.report(
                .failureOptions, at: span, label: "has no effect without `failure_reports`",
                helps: ["add `failure_reports`, or remove `failure_options`"])
        }
    }
}
