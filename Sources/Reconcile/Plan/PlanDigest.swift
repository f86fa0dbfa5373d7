package import Keys

/// The digest of a plan's canonical bytes: what a reviewer approves is what apply executes.
package struct PlanDigest: Hashable, Sendable, CustomStringConvertible {
    package let value: SHA256Digest
    package init(_ value: SHA256Digest) { self.value = value }

    /// `sha256:` and 64 hexadecimal digits.
    package var text: String { value.description }
    package var description: String { text }
}
