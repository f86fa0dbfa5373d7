import Foundation
import Reconcile
import Testing

@testable import Storage

@Suite("connections to SQLite")
struct SQLiteConnectionTests {
    private static let numbers = "SELECT n FROM t ORDER BY n"

    private func withFile(_ body: (String, SQLiteConnection) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("x.db").path
        try Data().write(to: URL(fileURLWithPath: path))
        let connection = try SQLiteConnection(path: path, .readWrite)
        defer { connection.close() }
        try connection.startWriteAheadLog()
        try connection.execute("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2), (3)")
        try body(path, connection)
    }

    @Test("a statement that was left on a row keeps no transaction open", arguments: [false, true])
    func statementsAreReset(fails: Bool) throws {
        try withFile { path, connection in
            for round in 1...2 {
                let failure = StoreError(.other, "round \(round)")
                let outcome = Result { () throws(StoreError) in
                    try connection.transaction(.immediate) { () throws(StoreError) in
                        let select = try connection.prepared(Self.numbers)
                        #expect(try select.step())
                        #expect(select.integer(0) == 1)
                        try connection.execute("INSERT INTO t VALUES (9)")
                        if fails { throw failure }
                    }
                }
                switch outcome {
                case .success: #expect(!fails)
                case .failure(let error): #expect(fails && error == failure)
                }
                #expect(!connection.isReading)
                let other = try SQLiteConnection(path: path, .readWrite)
                #expect(try other.integer("SELECT count(*) FROM t") == (fails ? 3 : 3 + Int64(round)))
                other.close()
            }
        }
    }

    @Test("a transaction in a transaction fails, and the outer one stands")
    func nested() throws {
        try withFile { _, connection in
            try connection.transaction(.immediate) { () throws(StoreError) in
                try connection.execute("INSERT INTO t VALUES (4)")
                #expect(throws: StoreError.self) {
                    try connection.transaction(.deferred) { () throws(StoreError) in () }
                }
                let select = try connection.prepared(Self.numbers)
                #expect(try select.step())
            }
            #expect(!connection.isReading)
            #expect(try connection.integer("SELECT count(*) FROM t") == 4)
        }
    }

    @Test("a look-up sees the newest, and leaves nothing open, also where it throws")
    func lookUps() throws {
        try withFile { path, connection in
            let reads = ReadConnections(path: path)
            defer { reads.close() }
            func count(_ failure: StoreError?) throws(StoreError) -> Int64 {
                try reads.lookUp { (connection) throws(StoreError) in
                    let select = try connection.prepared("SELECT count(*) FROM t")
                    defer { select.reset() }
                    guard try select.step() else { return 0 }
                    if let failure { throw failure }
                    return select.integer(0)
                }
            }
            for number in Int64(4)...6 {
                #expect(throws: StoreError.self) { try count(StoreError(.other, "a row that cannot be read")) }
                try connection.execute("INSERT INTO t VALUES (\(number))")
                #expect(try count(nil) == number)
                // A reader that had been left open would make this busy.
                let checkpoint = try connection.prepared("PRAGMA wal_checkpoint(TRUNCATE)")
                #expect(try checkpoint.step())
                #expect(checkpoint.integer(0) == 0)
                checkpoint.reset()
            }
        }
    }
}
