import DNS
package import Keys

/// An agent's declaration in its one canonical form, and the digest of that: what the identity header's `decl` names and
/// what an approval is bound to. Octet by octet in docs/spec/agent-identity.md §7.
extension AgentDeclaration {
    static let canonicalFormat = "signet-agent/1"

    package var digest: SHA256Digest { SHA256.hash(canonicalOctets) }

    /// RFC 8785. Two declarations that say the same have the same octets, in whatever order they say it.
    package var canonicalOctets: [UInt8] { Array(canonicalJSON.canonical.utf8) }

    private var canonicalJSON: CanonicalJSON {
        var members: [(String, CanonicalJSON?)] = [
            ("addresses", .set(addresses)), ("domain", .string(domain.text)), ("format", .string(Self.canonicalFormat)),
            ("id", .string(id.rawValue)),
        ]
        members.append(
            (
                "limits",
                .object([
                    ("per_hour", limits.perHour.map(CanonicalJSON.integer)),
                    ("recipients_per_message", limits.recipientsPerMessage.map(CanonicalJSON.integer)),
                ])
            ))
        members.append(
            (
                "model",
                model.map {
                    .object([
                        ("name", .string($0.name)), ("provider", .string($0.provider)),
                        ("version", $0.version.map(CanonicalJSON.string)),
                    ])
                }
            ))
        members.append(("oversight", .string(oversight.rawValue)))
        members.append(("oversight_address", oversightAddress.map(CanonicalJSON.string)))
        members.append(("owner", owner.map(CanonicalJSON.string)))
        members.append(
            ("recipients", .object([("allow", .set(allowedRecipients)), ("block", .set(blockedRecipients))])))
        return .object(members)
    }
}

/// As much of RFC 8785 as a declaration needs: its numbers are integers, its members' names ASCII.
private indirect enum CanonicalJSON {
    case string(String)
    case integer(Int)
    /// Strings whose order means nothing: in the order of their octets, without repetitions.
    case set([String])
    /// In the order of their names (RFC 8785 §3.2.3), those without a value left out.
    case object([(String, CanonicalJSON?)])

    var canonical: String {
        switch self {
        case .string(let text): Self.quoted(text)
        case .integer(let value): String(value)
        case .set(let texts):
            // By octets: to Swift, texts that differ in normalisation are equal.
            "["
                + Set(texts.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
                .map { Self.quoted(String(decoding: $0, as: UTF8.self)) }.joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.compactMap { name, value in value.map { "\(Self.quoted(name)):\($0.canonical)" } }.joined(
                    separator: ",") + "}"
        }
    }

    /// RFC 8785 §3.2.2.2.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x08: result += "\\b"
            case 0x09: result += "\\t"
            case 0x0A: result += "\\n"
            case 0x0C: result += "\\f"
            case 0x0D: result += "\\r"
            case ..<0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
