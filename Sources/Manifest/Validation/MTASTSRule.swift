import DNS
import Diagnostics

/// RFC 8461 §3.2: a policy that asks for TLS says of which hosts, and leaves none of the domain's own out.
enum MTASTSRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domainPlaces.indices where draft.domainPlaces[index].has(.mtaSTS) {
            guard let policy = draft.manifest.domains[index].mtaSTS, policy.mode != .none else { continue }
            let path = [DomainKey.mtaSTS.name]
            if policy.mx.isEmpty {
                // Hosts that could not be read have their own findings.
                if draft.node(ofDomain: index, path + [MTASTSKey.mx.name], item: 0) != nil { continue }
                if draft.domainPlaces[index].has(.mx), draft.manifest.domains[index].mx?.isEmpty != false { continue }
                sink.report(
                    .policyHosts, at: draft.span(ofDomain: index, path + [MTASTSKey.mode.name]),
                    label: "needs hosts under `mx`",
                    notes: ["RFC 8461 §3.2: senders deliver only to hosts that the policy lists"],
                    helps: ["add `mx: [host]` here, or declare the domain's `mx`"])
                continue
            }
            guard policy.mode == .enforce, let exchangers = draft.manifest.domains[index].mx else { continue }
            for exchanger in exchangers where !exchanger.exchange.isRoot {
                let name = exchanger.exchange.text
                if policy.mx.contains(where: { covers($0, name) }) { continue }
                sink.report(
                    .policyMisses, at: draft.span(ofDomain: index, path + [MTASTSKey.mx.name]),
                    label: "does not cover `\(name)`",
                    notes: ["senders that enforce the policy would not deliver to that host"], helps: ["add `\(name)`"])
            }
        }
    }

    /// RFC 8461 §4.1: `*.` stands for exactly one label.
    private static func covers(_ pattern: String, _ host: String) -> Bool {
        guard pattern.hasPrefix("*.") else { return pattern == host }
        guard let dot = host.firstIndex(of: ".") else { return false }
        return host[host.index(after: dot)...] == pattern.dropFirst(2)
    }
}
