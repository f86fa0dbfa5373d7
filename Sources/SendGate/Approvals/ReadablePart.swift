import FoundationEssentials
package import Keys
import MailAuth

/// One part of a message as its reader gets it: what an approver looks at. No decision hangs on it; the digest is over
/// the octets as they lie (docs/spec/approval.md).
package struct ReadablePart: Sendable, Equatable {
    /// Of a part within a multipart, its own header fields, unfolded; empty for a message that is no
    /// multipart, whose fields are the message's.
    package var fields: [MessageContent.Header]
    package var mediaType: String
    /// What the part names, in lower case; nil: it names none.
    package var characterSet: String?
    /// In lower case.
    package var transferEncoding: String
    package var fileName: String?
    /// Content-Disposition says so, or the type is none that mail readers show as text.
    package var isAttachment: Bool
    /// With the transfer encoding undone.
    package var octets: [UInt8]
    package var sha256: SHA256Digest
    /// Why another reader may see something else.
    package var warnings: [String]
    /// Whether the octets are all that another reader could make of the part; false: they could not be decoded whole.
    package var isWhole: Bool

    /// Whether its octets are for a person to read, attached or not. A message in the message is, and a multipart that
    /// could not be taken apart: neither may hide what it says.
    package var isText: Bool { ["text/", "message/", "multipart/"].contains { mediaType.hasPrefix($0) } }

    init(_ part: MIMEPart, fields: [MessageContent.Header]) {
        self.fields = fields
        mediaType = part.mediaType
        characterSet = part.parameter("charset")?.lowercased()
        transferEncoding = part.transferEncoding
        fileName = part.fileName
        octets = part.body
        sha256 = SHA256.hash(octets)
        isAttachment = part.disposition == "attachment" || !mediaType.hasPrefix("text/")
        warnings = []
        isWhole = true
        // RFC 2045 §6: any other value is an encoding that nobody may know.
        if !["7bit", "8bit", "binary", "base64", "quoted-printable"].contains(transferEncoding) {
            warnings.append("an encoding that is not known here: what follows is not decoded")
        }
        if transferEncoding == "base64", !Self.isWhole(base64: part.encodedBody, of: octets) {
            isWhole = false
            warnings.append("the base64 is malformed: other readers may decode it to something else")
        }
        if mediaType.hasPrefix("multipart/") {
            warnings.append("a multipart that is not taken apart: it has no boundary or no part, or lies too deep")
        }
        if let characterSet, isText, !Self.characterSets.contains(characterSet) {
            warnings.append("a character set that is not read here: other readers may see other characters")
        }
    }

    /// Those that `characters` reads.
    private static let characterSets: Set<String> = ["utf-8", "us-ascii", "iso-8859-1"]

    /// The text's octets in UTF-8; what is not well-formed in it is left as it is.
    package var characters: [UInt8] {
        guard characterSet == "iso-8859-1" else { return octets }
        return octets.flatMap { Array(String(Unicode.Scalar($0)).utf8) }
    }

    /// Whether the decoder passed nothing over but line ends and blanks.
    private static func isWhole(base64 encoded: ArraySlice<UInt8>, of octets: [UInt8]) -> Bool {
        let blanks: Set<UInt8> = [0x09, 0x0A, 0x0D, 0x20]
        return encoded.lazy.filter { !blanks.contains($0) }.elementsEqual(Data(octets).base64EncodedString().utf8)
    }
}

/// A whole message taken apart: its parts, and whatever else stands in its body.
package struct ReadableMessage: Sendable, Equatable {
    package var parts: [ReadablePart]
    /// Texts that are in no part, in order, where there are any: mail readers are to ignore them (RFC 2046 §5.1.1), and
    /// some do not.
    package var outside: [[UInt8]]
    /// Why parts and texts are not all of it; nil: every octet of the body is in one of them.
    package var cut: String?

    init(_ octets: [UInt8]) {
        let message = MIMEPart(Message(octets))
        // Of the message's own header, every field is shown by name and value: a line that is none has neither.
        let contents = message.contents
        let leaves = contents.leaves
        let isMultipart =
            message.mediaType.hasPrefix("multipart/") && !(leaves.count == 1 && leaves[0].isSame(as: message))
        parts = leaves.map { ReadablePart($0, fields: isMultipart ? $0.fields.map(Self.field) : []) }
        let unnamed = message.fields.filter { $0.name.isEmpty }.map { Array($0.raw) }
        outside = unnamed + contents.outside
        cut =
            contents.isCut
            ? "more of this message is not shown: \(MIMEPart.partsMax) parts are read, and \(Message.fieldsMax) fields of each"
            : nil
    }

    /// A line that is no field shows nothing by name and value.
    private static func field(_ field: HeaderField) -> MessageContent.Header {
        if field.name.isEmpty { return .init("(no field)", String(decoding: field.raw, as: UTF8.self)) }
        return .init(String(decoding: field.name, as: UTF8.self), field.unfolded)
    }
}

extension MessageContent.BodyPart {
    /// A whole message taken apart; nil for a body that is given by itself.
    package var readable: ReadableMessage? { mediaType == Self.wholeMessage ? ReadableMessage(octets) : nil }
}

extension MIMEPart {
    /// Whether it is that entity, and no part of it.
    fileprivate func isSame(as other: MIMEPart) -> Bool { encodedBody.count == other.encodedBody.count }
}

extension MessageContent {
    /// A field's value as a mail reader shows it, encoded words decoded (RFC 2047).
    package static func decoded(_ value: String) -> String { HeaderField(Array(": \(value)\r\n".utf8)[...]).decoded }
}
