import DNS
import Foundation
import Reconcile
import Storage
import TestSupport
import Testing

/// Every store that keeps the contract: a new one adds a case here, and nothing else.
enum StoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case inMemory, sqlite

    var testDescription: String { rawValue }

    /// Runs a test on a new, empty store.
    func run(_ test: (any StateStore & EmbeddedZoneStore) async throws -> Void) async throws {
        switch self {
        case .inMemory:
            try await test(InMemoryStore())
        case .sqlite:
            try await withTemporaryFolder { folder in
                try await test(try SQLiteStore(path: folder.appendingPathComponent("state.db").path))
            }
        }
    }
}

func withTemporaryFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
