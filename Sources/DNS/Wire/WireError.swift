/// Why octets are no DNS message.
package enum WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The message ends inside a field.
    case truncated
    /// A compression pointer that does not lead backwards, or stands where none may.
    case badPointer
    /// A label type that RFC 1035 §4.1.4 reserves.
    case badLabelType
    /// More than 255 octets (RFC 1035 §2.3.4).
    case nameTooLong
    /// RDATA longer or shorter than its type's fields.
    case badRecordData(RecordType)
    /// More than one OPT record, or one outside the additional section or below the root (RFC 6891 §6.1.1).
    case badOptRecord
    /// Octets after the last field.
    case trailingOctets

    package var description: String {
        switch self {
        case .truncated: "it ends inside a field"
        case .badPointer: "a compression pointer does not lead backwards"
        case .badLabelType: "a label has a reserved type"
        case .nameTooLong: "a name has more than \(DomainName.wireOctetsMax) octets"
        case .badRecordData(let type): "a \(type) record's data does not fit its type"
        case .badOptRecord: "its OPT record is misplaced or repeated"
        case .trailingOctets: "octets follow the last record"
        }
    }
}
