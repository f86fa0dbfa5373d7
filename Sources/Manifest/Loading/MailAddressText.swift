import DNS
import Glibc

/// A mail address as manifests take it: an RFC 5321 dot-atom and a domain. Quoted local parts and address literals are
/// left out: no agent needs them, and they read differently everywhere.
struct MailAddressText {
    /// RFC 5321 §4.5.3.1.1.
    static let localOctetsMax = 64

    let local: String
    let domain: DomainName

    var text: String { local + "@" + domain.text }

    static let scheme: StaticString = "mailto:"

    /// Whether the text starts with `mailto:`, in whatever case.
    static func isMailto(_ text: String) -> Bool {
        let start = text.utf8.prefix(scheme.utf8CodeUnitCount)
        guard start.count == scheme.utf8CodeUnitCount else { return false }
        var expected = scheme.utf8Start
        for octet in start {
            let isUpperCase = octet &- 0x41 < 26
            if (isUpperCase ? octet | 0x20 : octet) != expected.pointee { return false }
            expected += 1
        }
        return true
    }

    /// Whether a text is `mailto:` and one address, both in canonical form, of letters, digits, and `.+-_` alone: as
    /// nearly every one is. What it is if not is for `ManifestReader.mailtoURI` to say.
    static func isCanonicalMailto(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = scheme.utf8CodeUnitCount
        guard octets.count > start, memcmp(octets.baseAddress!, scheme.utf8Start, start) == 0,
            let at = octets.lastIndex(of: UInt8(ascii: "@")), at > start, at - start <= localOctetsMax
        else { return false }
        var previous = UInt8(ascii: ".")
        for octet in octets[start..<at] {
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "_"): break
            case UInt8(ascii: ".") where previous != octet: break
            default: return false
            }
            previous = octet
        }
        return previous != UInt8(ascii: ".") && ManifestReader.isCanonicalHost(octets[(at + 1)...])
    }

    static func parse(_ text: String) -> Result<MailAddressText, ManifestReader.NameProblem> {
        let octets = text.utf8
        guard let at = octets.lastIndex(of: UInt8(ascii: "@")) else {
            return .failure(.init(label: "holds no `@`", helps: ["write it as `local@domain`"]))
        }
        let local = octets[..<at]
        if local.isEmpty {
            return .failure(.init(label: "nothing stands before the `@`", helps: ["write it as `local@domain`"]))
        }
        if octets.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: " ") }) {
            return .failure(
                .init(
                    label: "holds more than the address",
                    helps: ["write the bare address, without name or angle brackets"]))
        }
        if local.count > localOctetsMax {
            return .failure(
                .init(
                    label: "the local part has \(local.count) octets; RFC 5321 allows \(localOctetsMax)",
                    helps: ["use a shorter address"]))
        }
        guard isDotAtom(local) else {
            return .failure(
                .init(
                    label: "the local part is no dot-atom (RFC 5321 §4.1.2)",
                    helps: ["use letters, digits, and single dots, hyphens or underscores"]))
        }
        switch ManifestReader.parseName(String(text[octets.index(after: at)...]), .host) {
        case .success(let name): return .success(MailAddressText(local: String(text[..<at]), domain: name))
        case .failure(let problem):
            return .failure(.init(label: "behind the `@`: \(problem.label)", helps: ["correct the domain"]))
        }
    }

    /// Atoms with one dot between each two.
    private static func isDotAtom(_ local: Substring.UTF8View) -> Bool {
        var previous = UInt8(ascii: ".")
        for octet in local {
            if octet == UInt8(ascii: ".") {
                if previous == octet { return false }
            } else if !isAtomText(octet) {
                return false
            }
            previous = octet
        }
        return previous != UInt8(ascii: ".")
    }

    /// RFC 5322 §3.2.3; octets above ASCII by RFC 6532 §3.2.
    private static func isAtomText(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
