/// An entry as it stands in the log.
package struct LogRecord: Sendable, Equatable {
    package let index: LogIndex
    /// The octets that are hashed.
    package let leaf: [UInt8]
    package let content: LeafContent
    /// What opens the commitments, by their number; those that are missing have been erased.
    package let openings: [Int: Opening]

    /// Fails if the leaf is none.
    package init(index: LogIndex, leaf: [UInt8], openings: [Int: Opening]) throws(AuditError) {
        do { content = try LeafContent(leaf: leaf) } catch {
            throw AuditError(.damaged, "entry \(index) of the log is damaged: \(error.message)")
        }
        self.index = index
        self.leaf = leaf
        self.openings = openings
    }
}
