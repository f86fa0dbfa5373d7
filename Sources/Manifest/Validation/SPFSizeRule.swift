import DNS
import Diagnostics
import MailAuth

/// RFC 7208 §3.4: an SPF record fits into one plain answer.
enum SPFSizeRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.sendingDomains(with: .spf) {
            guard let spf = draft.manifest.domains[index].spf else { continue }
            let octets = octets(spf)
            guard octets > SPFRecord.octetsRecommendedMax else { continue }
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

    /// Of the record that these terms alone make.
    static func octets(_ spf: SPFDeclaration) -> Int {
        var terms = spf.terms
        if let all = spf.all { terms.append(SPFTerm(.all, qualifier: all)) }
        return SPFRecord(terms: terms, redirect: spf.redirect?.text).text.utf8.count
    }
}
