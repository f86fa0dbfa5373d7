import DNS
import Diagnostics
import MailAuth

/// RFC 7208 §3.4: an SPF record fits into one plain answer.
enum SPFSizeRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.sendingDomains(with: .spf) {
            guard let spf = draft.manifest.domains[index].spf else { continue }
            let octets = octets(spf)
            guard octets > ManifestBounds.spfAdvisedOctets else { continue }
            let isOver = octets > ManifestBounds.plainDatagramOctets
            sink.report(
                isOver ? .spfTooLarge : .spfLarge, at: spf.span, label: "the record has \(octets) octets",
                notes: [
                    isOver
                        ? "a plain UDP answer has 512 octets; RFC 7208 §3.4 advises at most 450 for the record"
                        : "RFC 7208 §3.4 advises at most 450"
                ],
                helps: ["join neighbouring addresses into networks, or send from a subdomain"])
        }
    }

    /// Of the record that these terms alone make, from `v=spf1` on.
    static func octets(_ spf: SPFDeclaration) -> Int {
        var count = "v=spf1".utf8.count
        for term in spf.terms { count += 1 + octets(term) }
        if let redirect = spf.redirect { count += " redirect=".utf8.count + redirect.text.utf8.count }
        if spf.all != nil { count += " ~all".utf8.count }
        return count
    }

    private static func octets(_ term: SPFTerm) -> Int {
        let sign = term.qualifier == .pass ? 0 : 1
        return sign
            + {
                switch term.mechanism {
                case .all: return 3
                case .include(let name): return 8 + name.utf8.count
                case .exists(let name): return 7 + name.utf8.count
                case .a(let name, _, _): return 1 + (name.map { 1 + $0.utf8.count } ?? 0)
                case .mx(let name, _, _): return 2 + (name.map { 1 + $0.utf8.count } ?? 0)
                case .ptr(let name): return 3 + (name.map { 1 + $0.utf8.count } ?? 0)
                case .ip4(let address, let prefix):
                    return 4 + address.description.utf8.count + (prefix < 32 ? 1 + String(prefix).utf8.count : 0)
                case .ip6(let address, let prefix):
                    return 4 + address.description.utf8.count + (prefix < 128 ? 1 + String(prefix).utf8.count : 0)
                }
            }()
    }
}
