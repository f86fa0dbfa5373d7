package import FoundationEssentials
package import Reconcile

/// Where tokens are kept. Each method is one transaction, durable when it returns.
/// `Tests/ContractTests/TokenStoreContractTests.swift` says what each must do.
package protocol TokenStore: Sendable {
    /// False, and nothing is written, if the id is there already.
    func insertToken(_ record: TokenRecord) async throws(StoreError) -> Bool
    func token(_ id: TokenID) async throws(StoreError) -> TokenRecord?
    /// Oldest first; the revoked ones too.
    func tokens() async throws(StoreError) -> [TokenRecord]
    /// The record as it stands afterwards; nil: there is none. A second time changes nothing.
    func revokeToken(_ id: TokenID, at now: Date) async throws(StoreError) -> TokenRecord?
    /// Never sets it back.
    func recordTokenUse(_ id: TokenID, at now: Date) async throws(StoreError)
}
