/// The log as it is read: by those who ask, and those who want proof. Throws `.damaged` where what is read cannot be right.
package protocol AuditTrail: Sendable {
    /// What the log is now.
    func head() async throws(AuditError) -> LogHead
    func records(_ query: LogQuery) async throws(AuditError) -> LogPage
    /// Those that match from this index on and below that size, in the order of their indices: `limit` of them at most,
    /// fewer only where there are no more. The query's `olderThan` is not looked at.
    func records(_ query: LogQuery, from index: LogIndex, below size: Int64) async throws(AuditError) -> [LogRecord]
    /// `.notFound` if there is no such entry.
    func record(at index: LogIndex) async throws(AuditError) -> LogRecord
    /// RFC 6962 §2.1.1, from the leaf upwards.
    func inclusionProof(of index: LogIndex, size: Int64) async throws(AuditError) -> [TreeHash]
    /// RFC 6962 §2.1.2.
    func consistencyProof(from older: Int64, to newer: Int64) async throws(AuditError) -> [TreeHash]
    /// The root at an earlier size.
    func root(size: Int64) async throws(AuditError) -> TreeHash
    /// Hashes every leaf and opens every commitment again. `progress` hears how many entries are done.
    func check(progress: @escaping @Sendable (Int64) -> Void) async throws(AuditError) -> LogCheck
}

/// The log with everything that changes it.
package protocol AuditStore: AuditLog, AuditTrail {
    /// A checkpoint of the log as it is now, signed; `.noKey` where the log's key is not at hand.
    func signedCheckpoint() async throws(AuditError) -> String
    /// Destroys salts and values, and records that it did. Reports what it erased; nothing to erase is no failure.
    func erase(_ request: ErasureRequest) async throws(AuditError) -> Erasure
}

package struct LogHead: Sendable, Equatable {
    package var size: Int64
    package var root: TreeHash
    /// The newest signed checkpoint, a note; it may be of an earlier size.
    package var checkpoint: String?
    /// Nil until the log's key has been made.
    package var key: VerifierKey?

    package init(size: Int64, root: TreeHash, checkpoint: String?, key: VerifierKey?) {
        self.size = size
        self.root = root
        self.checkpoint = checkpoint
        self.key = key
    }
}

/// What a whole check of the log found, where it found nothing wrong.
package struct LogCheck: Sendable, Equatable {
    package var head: LogHead
    /// Commitments that were opened.
    package var openings: Int64
    /// Commitments whose opening is gone, and that a `personal.erased` entry names.
    package var erased: Int64
    /// Commitments whose opening is gone, and nothing says why.
    package var lost: [PersonalPlace]

    package init(head: LogHead, openings: Int64, erased: Int64, lost: [PersonalPlace]) {
        self.head = head
        self.openings = openings
        self.erased = erased
        self.lost = lost
    }
}

/// Where a personal value belongs: the entry, and its number among the commitments of the leaf.
package struct PersonalPlace: Sendable, Hashable, Comparable {
    package var index: LogIndex
    package var number: Int

    package init(index: LogIndex, number: Int) {
        self.index = index
        self.number = number
    }

    package static func < (left: Self, right: Self) -> Bool { (left.index, left.number) < (right.index, right.number) }
}

/// Whose or which personal values to erase.
package struct ErasureRequest: Sendable, Equatable {
    package enum Target: Sendable, Equatable {
        /// All of one entry.
        case entry(LogIndex)
        /// All of every entry about a message.
        case message(String)
        /// This very value, wherever it stands; a mail address in whatever case, and in texts that hold it.
        case value(String)
    }

    package var target: Target
    package var timeMilliseconds: Int64
    /// Who erases, as the entry shows it; a process, not a person.
    package var by: String
    /// Why, as the entry shows it for ever; it must not be about a person.
    package var reason: String?

    package init(_ target: Target, timeMilliseconds: Int64, by: String, reason: String? = nil) {
        self.target = target
        self.timeMilliseconds = timeMilliseconds
        self.by = by
        self.reason = reason
    }
}

package struct Erasure: Sendable, Equatable {
    package var places: [PersonalPlace]
    /// The entries that say so.
    package var entries: [LogIndex]
    /// Of the outbox and its approvals, beside the log: how many rows of finished messages were blanked.
    package var outboxRows: Int
    /// The messages of the outbox that may still be sent, and keep what was to be erased until then.
    package var unfinished: [String]

    package init(places: [PersonalPlace], entries: [LogIndex], outboxRows: Int = 0, unfinished: [String] = []) {
        self.places = places
        self.entries = entries
        self.outboxRows = outboxRows
        self.unfinished = unfinished
    }
}
