/// Approvals as they are read.
package protocol ApprovalReading: Sendable {
    func approval(_ id: ApprovalID) async throws(ApprovalStoreError) -> ApprovalRecord?
    /// The newest record for a message in the outbox: by time of request, then id.
    func latestApproval(for send: SendID) async throws(ApprovalStoreError) -> ApprovalRecord?
    /// Those in any of these states, oldest request first, then by id; at most `countMax`.
    func approvals(
        in states: Set<ApprovalState>, countMax: Int
    ) async throws(ApprovalStoreError) -> [ApprovalRecord]
}

/// Where approvals are kept. Implemented in Storage; every method is one transaction, durable before it returns.
/// `Tests/ContractTests/ApprovalStoreContractTests.swift` says what each must do.
package protocol ApprovalStore: ApprovalReading {
    /// Adds a new record. False, and nothing is written, if its id is there already.
    func insertApproval(_ record: ApprovalRecord) async throws(ApprovalStoreError) -> Bool
    /// Compare-and-set: replaces the record of the same id if its revision is still `record.revision - 1`. False, and
    /// nothing is written, if it isn't, or if there is no such record.
    func replaceApproval(_ record: ApprovalRecord) async throws(ApprovalStoreError) -> Bool
}

package struct ApprovalStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The file cannot be opened, or is no Signet database.
        case unavailable
        /// Another process holds the database longer than the busy limit.
        case busy
        /// The disk is full, or the file is read-only.
        case notWritable
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
