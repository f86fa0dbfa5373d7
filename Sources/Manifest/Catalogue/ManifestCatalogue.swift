package import Diagnostics

/// What `signet explain` knows of the manifest's diagnostics: every code once, in the order of the codes.
package enum ManifestCatalogue {
    package static let entries: [CatalogueEntry] =
        (ManifestExplanations.entries + DomainExplanations.entries + AuthenticationExplanations.entries
        + SenderExplanations.entries)
        .map(\.entry).sorted { $0.code.rawValue < $1.code.rawValue }
}

/// One code explained: what it means and why it matters, then the wrong way and the right way.
struct Explanation {
    let code: ManifestCode
    let text: String
    let wrong: String
    let right: String

    init(_ code: ManifestCode, _ text: String, wrong: String, right: String) {
        self.code = code
        self.text = text
        self.wrong = wrong
        self.right = right
    }

    var entry: CatalogueEntry {
        CatalogueEntry(
            Diagnostic.Code(rawValue: code.rawValue), code.summary,
            "\(text)\n\nWrong:\n\(indented(wrong))\n\nRight:\n\(indented(right))")
    }

    private func indented(_ example: String) -> String {
        example.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n")
    }
}
