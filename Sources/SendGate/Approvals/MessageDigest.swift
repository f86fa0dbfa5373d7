package import Keys
import Manifest

/// The digest that an approval names and a release token carries: SHA-256 over everything that a person approves.
///
/// The encoding is injective: each field is a type octet, a length of 8 octets and that many octets, so that no two
/// contents have the same octets (docs/spec/approval.md, "Message digest").
package struct MessageDigest: Hashable, Sendable, CustomStringConvertible {
    static let domainSeparation = Array("signet message digest 1\n".utf8)

    enum Field: UInt8, CaseIterable {
        case agent = 1
        case from, recipientCount, recipientKind, recipientAddress, subject
        case headerCount, headerName, headerValue
        case bodyPartCount, bodyMediaType, bodyOctets
        case attachmentCount, attachmentName, attachmentMediaType, attachmentOctetCount, attachmentSHA256
        case mode, declaration
    }

    package let sha256: SHA256Digest

    /// From the store or a statement.
    package init(_ digest: SHA256Digest) { sha256 = digest }

    package init(of content: MessageContent) {
        var hash = SHA256()
        hash.update(Self.domainSeparation)
        Self.write(content) { hash.update($0) }
        sha256 = hash.finish()
    }

    package var description: String { sha256.description }

    /// Hands the encoded content to `sink`, piece by piece.
    private static func write(_ content: MessageContent, _ sink: (_ octets: [UInt8]) -> Void) {
        func field(_ field: Field, _ octets: [UInt8]) {
            sink([field.rawValue] + bigEndian(octets.count))
            sink(octets)
        }
        func field(_ name: Field, _ text: String) { field(name, Array(text.utf8)) }
        func field(_ name: Field, _ number: Int) { field(name, bigEndian(number)) }

        field(.agent, content.agent.rawValue)
        field(.from, content.from)
        field(.recipientCount, content.recipients.count)
        for recipient in content.recipients {
            field(.recipientKind, recipient.kind.rawValue)
            field(.recipientAddress, recipient.address)
        }
        field(.subject, content.subject)
        field(.headerCount, content.headers.count)
        for header in content.headers {
            field(.headerName, header.name)
            field(.headerValue, header.value)
        }
        field(.bodyPartCount, content.body.count)
        for part in content.body {
            field(.bodyMediaType, part.mediaType)
            field(.bodyOctets, part.octets)
        }
        field(.attachmentCount, content.attachments.count)
        for attachment in content.attachments {
            field(.attachmentName, attachment.name)
            field(.attachmentMediaType, attachment.mediaType)
            field(.attachmentOctetCount, attachment.octetCount)
            field(.attachmentSHA256, attachment.sha256.octets)
        }
        field(.mode, content.mode.rawValue)
        field(.declaration, content.declaration.octets)
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) }
    }
}
