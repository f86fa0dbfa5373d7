import DNS
import Foundation
import MailAuth
import Manifest
import Operations
import Storage
import Testing

/// Every store of declared domains that keeps the contract: a new one adds a case here, and nothing else.
enum DeclaredDomainStoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    /// Runs a test on a new, empty store, and gives what another process opens of it.
    func run(
        _ test: (any DeclaredDomainStore, () throws -> any DeclaredDomainStore) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("state.db").path
            #expect(try await ReadOnlySQLiteStore(path: path).declaredDomains().isEmpty, "a file that is not there")
            try await test(try SQLiteStore(path: path)) { try ReadOnlySQLiteStore(path: path) }
        }
    }
}

/// What every store of declared domains must do (Operations/Domains/DeclaredDomain.swift).
@Suite("Declared domains' store contract")
struct DeclaredDomainContractTests {
    private static func domain(_ name: String) -> DeclaredDomain {
        DeclaredDomain(
            name: DomainName(canonical: name), keyType: .rsa3072, policy: .quarantine,
            aggregateReports: ["mailto:ü\"'@b.example", "mailto:a@b.example"],
            createdAt: Date(timeIntervalSince1970: 1_795_521_600.25))
    }

    @Test("what goes in comes out, by name, for others too", arguments: DeclaredDomainStoreUnderTest.allCases)
    func roundTrip(_ kind: DeclaredDomainStoreUnderTest) async throws {
        try await kind.run {
            (store: any DeclaredDomainStore, again: () throws -> any DeclaredDomainStore) async throws in
            #expect(try await store.declaredDomains().isEmpty)
            var plain = Self.domain("b.example")
            plain.aggregateReports = []
            plain.keyType = .ed25519
            plain.policy = .none
            for domain in [plain, Self.domain("a.example")] { #expect(try await store.insertDeclaredDomain(domain)) }
            let wanted = [Self.domain("a.example"), plain].sorted { $0.name < $1.name }
            #expect(try await store.declaredDomains() == wanted)
            #expect(try await again().declaredDomains() == wanted)
        }
    }

    @Test("a name is taken once", arguments: DeclaredDomainStoreUnderTest.allCases)
    func insertKeepsWhatIsThere(_ kind: DeclaredDomainStoreUnderTest) async throws {
        try await kind.run {
            (store: any DeclaredDomainStore, again: () throws -> any DeclaredDomainStore) async throws in
            let first = Self.domain("a.example")
            #expect(try await store.insertDeclaredDomain(first))
            var second = first
            second.policy = .reject
            #expect(try await store.insertDeclaredDomain(second) == false)
            #expect(try await store.declaredDomains() == [first])
            await #expect(throws: (any Error).self, "whoever only looks") {
                _ = try await again().insertDeclaredDomain(Self.domain("c.example"))
            }
        }
    }
}
