package import Keys

/// What opens a commitment to a personal value: salt and value (docs/spec/audit-log.md §2). Never part of the leaf.
package struct Opening: Sendable, Equatable {
    package static let saltOctets = 32
    /// Keeps a commitment from being the hash of a leaf (0x00) or of a node (0x01).
    static let prefix: UInt8 = 0x02

    /// 32 octets, drawn for this value alone.
    package let salt: [UInt8]
    package let value: String

    /// Nil unless the salt has its length.
    package init?(salt: [UInt8], value: String) {
        guard salt.count == Self.saltOctets else { return nil }
        self.salt = salt
        self.value = value
    }

    package var commitment: SHA256Digest {
        SHA256.hash([Self.prefix] + salt + value.utf8)
    }
}
