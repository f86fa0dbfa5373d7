/// What went wrong with the store of the outbox or of approvals as a whole. The message says what to do and holds nothing of
/// any mail.
package struct SendStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// Another process holds the database longer than the busy limit.
        case busy
        /// The disk is full, or the file is read-only.
        case notWritable
        /// The file cannot be opened.
        case unavailable
        /// It is no Signet database, damaged, or written by a newer version.
        case unusable
        case other
    }

    package let code: Code
    /// One sentence for a reader, with the place and a way out.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
