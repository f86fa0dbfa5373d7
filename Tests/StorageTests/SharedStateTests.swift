import DNS
import Foundation
import Keys
import Manifest
import Reconcile
import Storage
import Testing

/// Several connections, and several processes, on one file.
@Suite("Shared state")
struct SharedStateTests {
    private static let noon = Date(timeIntervalSinceReferenceDate: 817_300_800)

    private func withPath<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.appendingPathComponent("state.db").path)
    }

    static func entries(_ count: Int, prefix: String = "s") -> [LedgerEntry] {
        (0..<count).map { number in
            let domain = try! DomainName("d\(number / 5).example.test")
            let key = RecordSetKey(try! domain.prepending("\(prefix)\(number)"), .txt)
            let set = RecordSet(
                key, timeToLiveSeconds: 300,
                data: [.txt(TXTValue("v=DKIM1; k=rsa; p=" + String(repeating: "A", count: 392)))])
            return LedgerEntry(
                key: key, domain: domain, zone: domain, provider: ProviderID(rawValue: "lab"), before: nil,
                after: set, owned: set.data, staleSeconds: 60, outcome: .intended, recordedAt: noon)
        }
    }

    @Test("connections that are opened at once make one file, and one of them gets the lease")
    func connections() async throws {
        try await withPath { path in
            let outcomes = try await withThrowingTaskGroup(of: LeaseOutcome.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await SQLiteStore(path: path)
                            .acquireLease(holder: "\(number)", at: Self.noon, for: .seconds(60))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let winners = outcomes.filter { if case .acquired = $0 { true } else { false } }
            #expect(winners.count == 1)
            for case .held(let lease) in outcomes { #expect(winners == [.acquired(lease)]) }
        }
    }

    @Test("of several processes, each lease has one holder, and every number is used once")
    func processes() async throws {
        try await withPath { path in
            // Each takes the lease as often as it can within a fixed number of tries, and leaves a key for each.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for process in 0..<4 {
                    group.addTask {
                        await #expect(processExitsWith: .success) { [path = path as String, process = process as Int] in
                            let store = try SQLiteStore(path: path)
                            for _ in 0..<50 {
                                let outcome = try await store.acquireLease(
                                    holder: "process \(process)", at: SharedStateTests.noon, for: .seconds(60))
                                guard case .acquired(let lease) = outcome else { continue }
                                let id = KeyID(domain: "lease", selector: "\(lease.fencingNumber)")
                                try await store.insert([
                                    KeyRecord(
                                        id: id, algorithm: .ed25519, state: .generated, publicKey: [UInt8(process)],
                                        sealed: SealedPrivateKey(octets: []), createdAt: SharedStateTests.noon,
                                        stateChangedAt: SharedStateTests.noon)
                                ])
                                try await store.releaseLease(lease)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Two holders of one number would have made a duplicate key, and one process would have failed.
            let store = try SQLiteStore(path: path)
            let numbers = try await store.keys(forDomains: ["lease"]).compactMap { Int64($0.id.selector) }.sorted()
            #expect(!numbers.isEmpty)
            #expect(numbers == Array(1...Int64(max(1, numbers.count))))
            let next = try await store.acquireLease(holder: "last", at: Self.noon, for: .seconds(60))
            #expect(
                next
                    == .acquired(
                        Lease(
                            holder: "last", fencingNumber: Int64(numbers.count) + 1,
                            expiresAt: Self.noon.addingTimeInterval(60))))
        }
    }

    @Test("what a method returned from survives a killed process")
    func killed() async throws {
        try await withPath { path in
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let store = try SQLiteStore(path: path)
                let outcome = try await store.acquireLease(
                    holder: "killed", at: SharedStateTests.noon, for: .seconds(60))
                guard case .acquired(let lease) = outcome else { exit(1) }
                let entries = SharedStateTests.entries(200)
                guard try await store.recordIntents(entries, under: lease, at: SharedStateTests.noon) else { exit(2) }
                kill(getpid(), SIGKILL)
            }
            // The dead process has left its write-ahead log; reading alone leaves it as it is.
            let log = try #require(FileManager.default.contents(atPath: path + "-wal"))
            #expect(!log.isEmpty)
            let domains = Array(Set(Self.entries(200).map(\.domain)))
            let reader = try ReadOnlySQLiteStore(path: path)
            #expect(try await reader.ledger(forDomains: domains).count == 200)
            #expect(FileManager.default.contents(atPath: path + "-wal") == log)

            let store = try SQLiteStore(path: path)
            #expect(try await store.ledger(forDomains: domains) == Self.entries(200).sorted { $0.key < $1.key })
            #expect(try await store.currentLease(at: Self.noon)?.holder == "killed")
            let taken = try await store.acquireLease(
                holder: "next", at: Self.noon.addingTimeInterval(60), for: .seconds(60))
            #expect(
                taken
                    == .acquired(
                        Lease(
                            holder: "next", fencingNumber: 2, expiresAt: Self.noon.addingTimeInterval(120))))
        }
    }

    @Test("a process that is killed in the middle leaves each batch whole or not at all")
    func killedInTheMiddle() async throws {
        try await withPath { path in
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let store = try SQLiteStore(path: path)
                let outcome = try await store.acquireLease(
                    holder: "killed", at: SharedStateTests.noon, for: .seconds(60))
                guard case .acquired(let lease) = outcome else { exit(1) }
                // Killed by another thread, wherever the writing one is then.
                Thread {
                    usleep(150_000); kill(getpid(), SIGKILL)
                }.start()
                for batch in 0... {
                    let entries = SharedStateTests.entries(50, prefix: "b\(batch)-")
                    _ = try await store.recordIntents(entries, under: lease, at: SharedStateTests.noon)
                }
            }
            let domains = Array(Set(Self.entries(50).map(\.domain)))
            let count = try await SQLiteStore(path: path).ledger(forDomains: domains).count
            #expect(count > 0)
            #expect(count.isMultiple(of: 50))
        }
    }
}
