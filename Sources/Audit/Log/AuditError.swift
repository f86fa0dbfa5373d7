/// Why the log could not be written, read or believed.
package struct AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The disk is full.
        case full
        /// The file, its folder or its file system is read-only.
        case readOnly
        /// Another process has held the file longer than the busy limit.
        case locked
        /// It cannot be opened, or the disk failed.
        case unavailable
        /// What stands in the file does not add up: damaged, cut, rewritten, or not Signet's.
        case damaged
        /// The entry cannot be a leaf: too long, too deep, or a number or name that the format excludes.
        case invalidEntry
        /// There is no such entry, tree size or personal value.
        case notFound
        /// A signature is wanted, and the log's key is not at hand.
        case noKey
        case other
    }

    package let code: Code
    /// One sentence for a reader, with a way out.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
