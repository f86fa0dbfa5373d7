/// A domain name, compared the way DNS compares: parsed, lower case, A-labels, no trailing dot.
///
/// Held as canonical presentation text (RFC 4343 §2.1): ASCII letters are folded to lower case, a dot or
/// backslash inside a label stands as `\.` and `\\`, any other octet outside 0x21…0x7E as `\DDD`. The root is the
/// empty text. Two names are equal exactly if their texts are.
public struct DomainName: Hashable, Sendable, Comparable {
    /// Canonical text without the trailing dot; empty for the root.
    public let text: String

    package init(canonical text: String) {
        self.text = text
    }

    package static let root = DomainName(canonical: "")

    /// By text: the order of a listing, not RFC 4034's.
    public static func < (left: DomainName, right: DomainName) -> Bool { left.text < right.text }
}

extension DomainName: CustomStringConvertible {
    /// The canonical text; the root reads `.`.
    public var description: String { text.isEmpty ? "." : text }
}
