/// Why a text is no RDATA in master-file form.
package enum RecordPresentationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// More or fewer fields than the type has.
    case fieldCount(RecordType, expected: Int, found: Int)
    case unterminatedString
    case badEscape
    /// `;`, `(` or `)` outside quotes, which in a master file would start a comment or a group.
    case unquotedSpecial(UInt8)
    /// A character-string of more than 255 octets (RFC 1035 §3.3).
    case stringTooLong(octets: Int)
    case badName(String, DomainNameError)
    case badNumber(String)
    case badAddress(String)
    /// Not RFC 3597 §5's `\# length hexadecimal`, or octets that are not of the type.
    case badGenericData(RecordType)
    /// A type whose data is read only as RFC 3597's generic form.
    case unknownType(RecordType)

    package var description: String {
        switch self {
        case .fieldCount(let type, let expected, let found):
            "\(type) data has \(expected) field\(expected == 1 ? "" : "s"), not \(found)"
        case .unterminatedString: "a quoted string has no closing quote"
        case .badEscape: "a backslash is followed by neither a character nor three digits up to 255"
        case .unquotedSpecial(let octet): "`\(UnicodeScalar(octet))` stands outside quotes"
        case .stringTooLong(let octets):
            "a string has \(octets) octets; RFC 1035 §3.3 allows \(TXTValue.characterStringOctetsMax)"
        case .badName(let text, let error): "`\(text)` is no absolute name: \(error)"
        case .badNumber(let text): "`\(text)` is no number in range"
        case .badAddress(let text): "`\(text)` is no address of that type"
        case .badGenericData(let type): "the data is not RFC 3597's generic form of a \(type) record"
        case .unknownType(let type): "\(type) data is read only in RFC 3597's generic form"
        }
    }
}
