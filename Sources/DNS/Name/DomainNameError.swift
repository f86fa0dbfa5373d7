/// Why a text is no domain name, and where in it.
public struct DomainNameError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        case emptyText
        case emptyLabel
        /// How many octets the label has on the wire.
        case labelTooLong(octets: Int)
        /// How many octets the name has on the wire, as far as it was read.
        case nameTooLong(octets: Int)
        /// A backslash that neither a character nor three digits up to 255 follow.
        case badEscape
        /// A blank or control character that no backslash introduces.
        case forbiddenOctet(UInt8)
        /// The label is not allowed by IDNA2008: what libidn2 says.
        case notInternational(String)
        /// A name that must be absolute lacks its trailing dot.
        case relative
    }

    package let reason: Reason
    /// Which label, counted from 1 at the left; nil if it is about the whole name.
    public let label: Int?

    package init(_ reason: Reason, label: Int? = nil) {
        self.reason = reason
        self.label = label
    }

    public var description: String {
        let place = label.map { "label \($0) " } ?? "the name "
        switch reason {
        case .emptyText:
            return "the name is empty"
        case .emptyLabel:
            return place + "is empty: two dots follow each other, or the name starts with one"
        case .labelTooLong(let octets):
            return place + "has \(octets) octets; RFC 1035 §2.3.4 allows \(DomainName.labelOctetsMax)"
        case .nameTooLong(let octets):
            return "the name has \(octets) octets on the wire; RFC 1035 §2.3.4 allows \(DomainName.wireOctetsMax)"
        case .badEscape:
            return place + "has a backslash that neither a character nor three digits up to 255 follow"
        case .forbiddenOctet(let octet):
            let what = octet == 0x20 ? "a blank" : "the control character \(octet)"
            return place + "has \(what); written as an escape it would be allowed"
        case .notInternational(let why):
            return place + "is not allowed in an internationalised name: \(why)"
        case .relative:
            return "the name has no trailing dot"
        }
    }
}
