package import FoundationEssentials
package import Operations
package import Reconcile

extension SQLiteStore: TokenStore {
    package func insertToken(_ record: TokenRecord) throws(StoreError) -> Bool {
        try transaction(.immediate) { (connection) throws(StoreError) in try TokenTable.insert(connection, record) }
    }

    package nonisolated func token(_ id: TokenID) async throws(StoreError) -> TokenRecord? {
        try lookUp { (connection) throws(StoreError) in try TokenTable.token(connection, id) }
    }

    package func tokens() throws(StoreError) -> [TokenRecord] {
        try transaction(.deferred) { (connection) throws(StoreError) in try TokenTable.tokens(connection) }
    }

    package func revokeToken(_ id: TokenID, at now: Date) throws(StoreError) -> TokenRecord? {
        try transaction(.immediate) { (connection) throws(StoreError) in
            try TokenTable.revoke(connection, id, at: now)
            return try TokenTable.token(connection, id)
        }
    }

    package func recordTokenUse(_ id: TokenID, at now: Date) throws(StoreError) {
        try transaction(.immediate) { (connection) throws(StoreError) in
            try TokenTable.recordUse(connection, id, at: now)
        }
    }
}

/// For those who only look: a file that is not there has no tokens.
extension ReadOnlySQLiteStore: TokenStore {
    package func token(_ id: TokenID) throws(StoreError) -> TokenRecord? {
        try read { (connection) throws(StoreError) in try TokenTable.token(connection, id) } ?? nil
    }

    package func tokens() throws(StoreError) -> [TokenRecord] {
        try read { (connection) throws(StoreError) in try TokenTable.tokens(connection) } ?? []
    }

    package func insertToken(_ record: TokenRecord) throws(StoreError) -> Bool { throw refusal }
    package func revokeToken(_ id: TokenID, at now: Date) throws(StoreError) -> TokenRecord? { throw refusal }
    package func recordTokenUse(_ id: TokenID, at now: Date) throws(StoreError) { throw refusal }
}
