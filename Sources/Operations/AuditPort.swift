package import Audit
package import Keys

/// How operations reach the log of a state file.
package struct LogPort: Sendable {
    /// Opens it at a path for looking only: nothing is created or changed.
    package var read: @Sendable (String) throws(AuditError) -> any AuditTrail
    /// Opens it for writing; with the log's key, if that is at hand.
    package var write: @Sendable (String, Signer?) throws(AuditError) -> any AuditStore

    package init(
        read: @escaping @Sendable (String) throws(AuditError) -> any AuditTrail,
        write: @escaping @Sendable (String, Signer?) throws(AuditError) -> any AuditStore
    ) {
        self.read = read
        self.write = write
    }
}
