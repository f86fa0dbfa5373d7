import DNS

/// A mail address as manifests take it: an RFC 5321 dot-atom and a domain. Quoted local parts and address literals are
/// left out: no agent needs them, and they read differently everywhere.
struct MailAddressText {
    /// RFC 5321 §4.5.3.1.1.
    static let localOctetsMax = 64

    let local: String
    let domain: DomainName

    var text: String { "\(local)@\(domain.text)" }

    static func parse(_ text: String) -> Result<MailAddressText, ManifestReader.NameProblem> {
        guard let at = text.lastIndex(of: "@") else {
            return .failure(.init(label: "holds no `@`", helps: ["write it as `local@domain`"]))
        }
        let local = text[..<at]
        if local.isEmpty {
            return .failure(.init(label: "nothing stands before the `@`", helps: ["write it as `local@domain`"]))
        }
        if text.contains("<") || text.contains(" ") {
            return .failure(
                .init(
                    label: "holds more than the address",
                    helps: ["write the bare address, without name or angle brackets"]))
        }
        if local.utf8.count > localOctetsMax {
            return .failure(
                .init(
                    label: "the local part has \(local.utf8.count) octets; RFC 5321 allows \(localOctetsMax)",
                    helps: ["use a shorter address"]))
        }
        let atoms = local.split(separator: ".", omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isAtomText) }) else {
            return .failure(
                .init(
                    label: "the local part is no dot-atom (RFC 5321 §4.1.2)",
                    helps: ["use letters, digits, and single dots, hyphens or underscores"]))
        }
        return ManifestReader.parseName(String(text[text.index(after: at)...]), .host)
            .map { MailAddressText(local: String(local), domain: $0) }
            .mapError { .init(label: "behind the `@`: \($0.label)", helps: ["correct the domain"]) }
    }

    /// RFC 5322 §3.2.3; octets above ASCII by RFC 6532 §3.2.
    private static func isAtomText(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(octet)
        }
    }
}
