import DNS
import Diagnostics

/// The names that Signet writes below a domain must fit into 255 octets (RFC 1035 §2.3.4).
enum NameLengthRule {
    /// What `_domainkey` with the longest selector, or `_agentid` with the longest id, adds at most.
    private static let longestPrefix = 2 * (DomainName.labelOctetsMax + 1) + 12

    /// Whether any name below it could be too long.
    static func suspects(_ name: DomainName) -> Bool {
        name.text.utf8.count + 2 + longestPrefix > DomainName.wireOctetsMax
    }

    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for (index, place) in draft.domainPlaces.enumerated() where place.facts.contains(.hasLongName) {
            let name = draft.manifest.domains[index].name
            let prefix = draft.manifest.domains[index].dkim?.selectorPrefix ?? ""
            let below = draft.manifest.domains[index].sends ? "\(prefix)999999._domainkey" : "_dmarc"
            check(below, name, at: draft.arena.span(place.key), &sink)
        }
        for (index, agent) in draft.manifest.agents.enumerated() {
            check(
                "k999999.\(agent.id)._agentid", agent.domain, at: draft.arena.span(draft.agentPlaces[index].key), &sink)
        }
    }

    private static func check(_ below: String, _ name: DomainName, at span: SourceSpan, _ sink: inout FindingSink) {
        // Canonical text without escapes takes two octets less than the wire.
        let octets = below.utf8.count + 1 + name.text.utf8.count + 2
        guard octets > DomainName.wireOctetsMax else { return }
        sink.report(
            .nameTooLong, at: span, label: "`\(below)` below it takes \(octets) octets",
            notes: ["RFC 1035 §2.3.4 allows \(DomainName.wireOctetsMax) octets"], helps: ["use a shorter name"])
    }
}
