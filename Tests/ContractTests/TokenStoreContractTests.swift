import Foundation
import Keys
import Manifest
import Operations
import Reconcile
import Storage
import Testing

/// Every token store that keeps the contract: a new one adds a case here, and nothing else.
enum TokenStoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    /// Runs a test on a new, empty store.
    func run(_ test: (any TokenStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await test(try SQLiteStore(path: folder.appendingPathComponent("state.db").path))
        }
    }
}

/// What every token store must do (Operations/Doors/TokenStore.swift).
@Suite("Token store contract")
struct TokenStoreContractTests {
    private static let noon = Date(timeIntervalSince1970: 1_795_521_600)

    private static func record(_ number: UInt8, minutes: Double = 0) -> TokenRecord {
        TokenRecord(
            id: TokenID(random: [UInt8](repeating: number, count: 10)), name: "token \(number)",
            digest: SHA256.hash([number]), scopes: [.send], createdAt: noon.addingTimeInterval(60 * minutes))
    }

    @Test("what goes in comes out", arguments: TokenStoreUnderTest.allCases)
    func roundTrip(_ kind: TokenStoreUnderTest) async throws {
        try await kind.run { (store: any TokenStore) async throws in
            var full = Self.record(1)
            full.scopes = [.domains, .audit, .oversight]
            full.agents = [AgentID(rawValue: "b"), AgentID(rawValue: "a")]
            full.name = "ü \"'; DROP TABLE token"
            full.expiresAt = Self.noon.addingTimeInterval(0.25)
            full.revokedAt = Self.noon.addingTimeInterval(7)
            full.lastUsedAt = Self.noon.addingTimeInterval(3)
            for record in [full, Self.record(2)] {
                #expect(try await store.token(record.id) == nil)
                #expect(try await store.insertToken(record))
                #expect(try await store.token(record.id) == record)
            }
        }
    }

    @Test("an id is given once", arguments: TokenStoreUnderTest.allCases)
    func insertKeepsWhatIsThere(_ kind: TokenStoreUnderTest) async throws {
        try await kind.run { (store: any TokenStore) async throws in
            let first = Self.record(1)
            #expect(try await store.insertToken(first))
            var second = Self.record(1, minutes: 1)
            second.scopes = [.audit]
            #expect(try await store.insertToken(second) == false)
            #expect(try await store.token(first.id) == first)
        }
    }

    @Test("lists are in the order of making", arguments: TokenStoreUnderTest.allCases)
    func order(_ kind: TokenStoreUnderTest) async throws {
        try await kind.run { (store: any TokenStore) async throws in
            let records = [Self.record(9, minutes: 0), Self.record(1, minutes: 1), Self.record(5, minutes: 2)]
            for record in records.reversed() { #expect(try await store.insertToken(record)) }
            #expect(try await store.tokens() == records)
        }
    }

    @Test("revoking counts once, and only for one", arguments: TokenStoreUnderTest.allCases)
    func revocation(_ kind: TokenStoreUnderTest) async throws {
        try await kind.run { (store: any TokenStore) async throws in
            let (one, other) = (Self.record(1), Self.record(2))
            #expect(try await store.revokeToken(one.id, at: Self.noon) == nil)
            for record in [one, other] { #expect(try await store.insertToken(record)) }
            #expect(try await store.revokeToken(one.id, at: Self.noon)?.revokedAt == Self.noon)
            let later = Self.noon.addingTimeInterval(60)
            #expect(try await store.revokeToken(one.id, at: later)?.revokedAt == Self.noon)
            #expect(try await store.token(other.id) == other)
        }
    }

    @Test("the last use is never set back", arguments: TokenStoreUnderTest.allCases)
    func lastUse(_ kind: TokenStoreUnderTest) async throws {
        try await kind.run { (store: any TokenStore) async throws in
            let record = Self.record(1)
            #expect(try await store.insertToken(record))
            for seconds in [0.0, 5, 3] {
                try await store.recordTokenUse(record.id, at: Self.noon.addingTimeInterval(seconds))
            }
            #expect(try await store.token(record.id)?.lastUsedAt == Self.noon.addingTimeInterval(5))
        }
    }
}
