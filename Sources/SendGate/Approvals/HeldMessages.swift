/// The outbox as an approver needs it: what would be sent. Implemented in Storage.
package protocol HeldMessages: Sendable {
    /// The message's content as it lies in the outbox now; nil if it is not there any more.
    func heldContent(of send: SendID) async throws(SendStoreError) -> MessageContent?
}
