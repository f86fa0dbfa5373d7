package import Keys

/// A commitment where it stands in a leaf (docs/spec/audit-log.md §2).
package struct Commitment: Sendable, Equatable {
    static let memberName = "$personal"

    /// RFC 6901, from the leaf's root: `/details/recipients/0`.
    package let pointer: String
    package let digest: SHA256Digest

    package init(pointer: String, digest: SHA256Digest) {
        self.pointer = pointer
        self.digest = digest
    }
}
