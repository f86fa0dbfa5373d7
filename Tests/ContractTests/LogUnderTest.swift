import Audit
import Foundation
import Storage
import TestSupport
import Testing

/// Every log that keeps the contract: a new one adds a case here, and nothing else.
enum LogUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case inMemory, sqlite

    var testDescription: String { rawValue }

    /// Runs a test on a new, empty log.
    func run(_ test: (any AuditLog) async throws -> Void) async throws {
        switch self {
        case .inMemory: try await test(InMemoryLog())
        case .sqlite: try await AuditStoreUnderTest.sqlite.run { try await test($0) }
        }
    }
}

/// Those that can also be read, proved from and erased in.
enum AuditStoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    func run(_ test: (any AuditStore) async throws -> Void) async throws {
        switch self {
        case .sqlite:
            try await withTemporaryFolder { folder in
                try await test(
                    try SQLiteLog(
                        path: folder.appendingPathComponent("state.db").path, signer: LogSamples.signer,
                        random: LogSamples.random(seed: 6962)))
            }
        }
    }
}
