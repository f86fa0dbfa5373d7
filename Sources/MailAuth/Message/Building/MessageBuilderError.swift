/// Why a message cannot be built: the first field that cannot be written, and what is wrong with it.
public struct MessageBuilderError: Error, Sendable, Hashable {
    public enum Problem: Sendable, Hashable {
        case missing
        /// A header field may hold no control character such as CR, LF and NUL, no line separator, and nothing that
        /// turns the direction of text; a body no NUL, and no CR without its LF. `offset` counts octets of UTF-8.
        case forbidden(codePoint: UInt32, offset: Int)
        case tooLong(octets: Int, max: Int)
        case tooMany(count: Int, max: Int)
        /// The text holds `=?…?=`, which readers decode (RFC 2047): what is shown would not be what was given.
        case encodedWord
        case notASCII
        /// A header field that the builder, the signer or the receiver writes.
        case reserved
        /// The reason, with nothing of the input in it.
        case malformed(String)
    }

    /// Such as `subject`, `to[2].address`, `headers[0].value` and `attachments[1].filename`; from 0.
    public let field: String
    public let problem: Problem

    init(_ field: String, _ problem: Problem) {
        self.field = field
        self.problem = problem
    }
}

extension MessageBuilderError: CustomStringConvertible {
    public var description: String { "\(field): \(problem)" }
}

extension MessageBuilderError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "nothing is there"
        case .forbidden(let codePoint, let offset): "\(Self.name(codePoint)) at octet \(offset) is not allowed"
        case .tooLong(let octets, let max): "\(octets) octets are more than \(max)"
        case .tooMany(let count, let max): "\(count) are more than \(max)"
        case .encodedWord: "`=?…?=` would be decoded by readers; write the text itself"
        case .notASCII: "only ASCII is allowed here"
        case .reserved: "this field is not the caller's to set"
        case .malformed(let reason): reason
        }
    }

    private static func name(_ codePoint: UInt32) -> String {
        switch codePoint {
        case 0x00: "NUL"
        case 0x09: "a tab"
        case 0x0A: "LF"
        case 0x0D: "CR"
        default: "U+" + String(repeating: "0", count: max(0, 4 - hex(codePoint).count)) + hex(codePoint)
        }
    }

    private static func hex(_ number: UInt32) -> String { String(number, radix: 16, uppercase: true) }
}
