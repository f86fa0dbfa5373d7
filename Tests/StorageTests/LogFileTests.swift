import Audit
import CSQLite
import Foundation
import Glibc
import Keys
import Reconcile
import TestSupport
import Testing

@testable import Storage

/// What becomes of the log's file: on a full disk, read-only, locked, tampered with, erased in, shared.
@Suite("Log file")
struct LogFileTests {
    private func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }

    private func open(_ path: String, signer: Signer? = LogSamples.signer, seed: UInt64 = 1) throws -> SQLiteLog {
        try SQLiteLog(path: path, signer: signer, random: LogSamples.random(seed: seed))
    }

    // MARK: Not writable

    @Test("a full disk: the append fails, says so, and leaves nothing; with room again it goes on")
    func fullDisk() async throws {
        try await withFolder { (folder) async throws in
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let mounting = try ChildProcess.run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk])
            guard mounting.status == 0 else {
                // Without the right to mount, SQLite's own limit stands in: the same result code.
                try await fullDatabase(folder + "/state.db")
                return
            }
            defer { _ = try? ChildProcess.run("umount", ["-l", disk]) }
            let log = try open(disk + "/state.db")
            _ = try await log.append(LogSamples.entry(0))
            let filler = disk + "/filler"
            _ = try ChildProcess.run("dd", ["if=/dev/zero", "of=\(filler)", "bs=4096"])
            var size = 1
            var failure: AuditError?
            for _ in 0..<1_000 where failure == nil {
                do throws(AuditError) {
                    _ = try await log.append((0..<20).map { LogSamples.entry($0) })
                    size += 20
                } catch { failure = error }
            }
            #expect(failure?.code == .full)
            #expect(failure?.message.contains("full") == true)
            let again = await #expect(throws: AuditError.self) {
                try await log.append((0..<20).map { LogSamples.entry($0) })
            }
            #expect(again?.code == .full)
            #expect(try await log.head().size == Int64(size))
            try FileManager.default.removeItem(atPath: filler)
            #expect(try await log.append(LogSamples.entry(1)) == LogIndex(Int64(size)))
            #expect(try await log.check { _ in }.head.size == Int64(size + 1))
        }
    }

    private func fullDatabase(_ path: String) async throws {
        let connection = try SQLiteConnection(path: path.creatingFile(), .readWrite)
        try Schema.migrate(connection)
        try connection.execute("PRAGMA max_page_count = \(try connection.integer("PRAGMA page_count"))")
        let writer = LogWriter(connection)
        var encoder = LeafEncoder(random: LogSamples.random(seed: 1))
        let leaves = try (0..<200).map { (LogSamples.entry($0), try encoder.leaf(LogSamples.entry($0))) }
        var failure: AuditError?
        #expect(throws: StoreError.self) { () throws in
            try connection.transaction(.immediate) { () throws(StoreError) in
                do throws(AuditError) { _ = try writer.append(leaves, signer: nil, key: nil) } catch {
                    failure = error
                    throw StoreError(.other, error.message)
                }
            }
        }
        #expect(failure?.code == .full)
        #expect(try connection.integer("SELECT count(*) FROM log_entry") == 0)
    }

    @Test("a locked file: the append fails after the busy limit, says so, and leaves nothing")
    func locked() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let log = try open(path)
            _ = try await log.append(LogSamples.entry(0))
            let other = try SQLiteConnection(path: path, .readWrite)
            try other.execute("BEGIN IMMEDIATE")
            let error = await #expect(throws: AuditError.self) { try await log.append(LogSamples.entry(1)) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains("locked by another process") == true)
            try other.execute("ROLLBACK")
            #expect(try await log.append(LogSamples.entry(1)) == LogIndex(1))
        }
    }

    @Test("a read-only file system: the log cannot be opened for writing, or the append fails, and it says so")
    func readOnly() async throws {
        try await withFolder { (folder) async throws in
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let mounting = try ChildProcess.run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk])
            if mounting.status == 0 {
                defer { _ = try? ChildProcess.run("umount", ["-l", disk]) }
                try await { _ = try await open(disk + "/state.db").append(LogSamples.entry(0)) }()
                try #require(try ChildProcess.run("mount", ["-o", "remount,ro", disk]).status == 0)
                try await expectReadOnly(disk + "/state.db")
            } else {
                let path = folder + "/state.db"
                try await { _ = try await open(path).append(LogSamples.entry(0)) }()
                chmod(path, 0o400)
                chmod(folder, 0o500)
                defer { chmod(folder, 0o700) }
                try await expectReadOnly(path)
            }
        }
    }

    private func expectReadOnly(_ path: String) async throws {
        let error = await #expect(throws: AuditError.self) {
            _ = try await open(path).append(LogSamples.entry(1))
        }
        #expect(error.map { [.readOnly, .unavailable].contains($0.code) } == true)
        #expect(
            error.map { $0.message.contains("read-only") || $0.message.contains("read and write") } == true,
            "\(error?.message ?? "")")
        #expect(try await ReadOnlySQLiteLog(path: path).head().size == 1)
    }

    // MARK: Tampering

    /// A log of 600 entries, closed, its triggers gone.
    private func withLog(_ body: (String, SQLiteConnection) async throws -> Void) async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            try await { _ = try await open(path).append((0..<600).map { LogSamples.entry($0) }) }()
            let connection = try SQLiteConnection(path: path, .readWrite)
            for trigger in [
                "log_entry_update", "log_entry_delete", "log_personal_update",
                "log_personal_delete",
                "log_tile_update", "log_tile_delete", "log_head_update", "log_head_delete",
            ] { try connection.execute("DROP TRIGGER \(trigger)") }
            try await body(path, connection)
        }
    }

    @Test(
        "what is seen as soon as the log is opened",
        arguments: [
            "DELETE FROM log_entry WHERE id = 599", "DELETE FROM log_entry WHERE id > 100",
            "UPDATE log_head SET size = 599", "UPDATE log_head SET size = 601",
            "UPDATE log_head SET root = zeroblob(32)",
            "UPDATE log_tile SET hashes = substr(hashes, 1, length(hashes) - 32) WHERE id = 2",
            "DELETE FROM log_tile WHERE id = 2", "UPDATE log_entry SET leaf = x'7b7d' WHERE id = 599",
            "UPDATE log_head SET checkpoint = replace(checkpoint, '600', '599')", "UPDATE log_head SET checkpoint = ''",
            "UPDATE log_head SET public_key = NULL", "UPDATE log_head SET public_key = zeroblob(32)",
            "UPDATE log_head SET public_key = (SELECT root FROM log_head)", "DELETE FROM log_head",
        ])
    func seenAtOpen(_ sql: String) async throws {
        try await withLog { (path, connection) async throws in
            #expect(throws: Never.self) { try open(path) }
            try connection.execute(sql)
            let error = #expect(throws: AuditError.self) { try open(path) }
            #expect(error?.code == .damaged, "\(error?.message ?? "")")
        }
    }

    @Test(
        "what a whole check sees",
        arguments: [
            "UPDATE log_entry SET leaf = replace(CAST(leaf AS TEXT), '\"number\":7', '\"number\":8') WHERE id = 7",
            "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE id = 8) WHERE id = 7",
            "DELETE FROM log_entry WHERE id = 7",
            "UPDATE log_tile SET hashes = zeroblob(8192) WHERE id = 0",
            "UPDATE log_personal SET value = CAST('someone@example.test' AS BLOB) WHERE id = 7 << 16",
            "UPDATE log_personal SET salt = zeroblob(32) WHERE id = 7 << 16",
        ])
    func seenByCheck(_ sql: String) async throws {
        try await withLog { (path, connection) async throws in
            #expect(try await open(path).check { _ in }.openings == 600)
            try connection.execute(
                sql.replacingOccurrences(of: "replace(CAST(leaf AS TEXT), ", with: "CAST(replace(CAST(leaf AS TEXT), ")
                    .replacingOccurrences(of: "'\"number\":8')", with: "'\"number\":8') AS BLOB)"))
            #expect(connection.changedRows == 1)
            let error = await #expect(throws: AuditError.self) { try await open(path).check { _ in } }
            #expect(error?.code == .damaged, "\(error?.message ?? "")")
        }
    }

    @Test("a value that vanished without an entry saying so is named")
    func lost() async throws {
        try await withLog { (path, connection) async throws in
            try connection.execute("DELETE FROM log_personal WHERE id = 7 << 16")
            let check = try await open(path).check { _ in }
            #expect(check.lost == [PersonalPlace(index: LogIndex(7), number: 0)])
            #expect(check.erased == 0)
        }
    }

    @Test("an older copy put in the file's place is seen by who has the signed checkpoint of the newer")
    func rolledBack() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            func append(_ range: Range<Int>, to path: String) async throws -> Checkpoint {
                let log = try open(path, seed: UInt64(range.upperBound))
                _ = try await log.append(range.map { LogSamples.entry($0) })
                return try Checkpoint(note: Array(try await log.signedCheckpoint().utf8), key: LogSamples.key)
            }
            _ = try await append(0..<50, to: path)
            try FileManager.default.copyItem(atPath: path, toPath: folder + "/old.db")
            let published = try await append(50..<80, to: path)
            // Another history from the same beginning: in itself without fault.
            let fork = try await append(50..<90, to: folder + "/old.db")
            let log = try open(folder + "/old.db")
            #expect(try await log.check { _ in }.head.size == 90)
            let proof = try await log.consistencyProof(from: published.size, to: fork.size)
            #expect(
                !ProofVerifier.isConsistent(
                    from: published.size, published.root, to: fork.size, fork.root, proof: proof))
        }
    }

    @Test("another history under a running process stops it")
    func forkedUnderneath() async throws {
        try await withLog { (path, connection) async throws in
            let log = try open(path)
            _ = try await log.append(LogSamples.entry(0))
            // Cut behind its back, by one who knows how everything hangs together.
            let edge = try TreeEdge(size: 599) { (id) throws(AuditError) in try TileTable.tile(connection, id) }
            try connection.execute("DELETE FROM log_entry WHERE id >= 599")
            let head = try connection.prepared("UPDATE log_head SET size = 599, root = ?1, checkpoint = NULL")
            head.bind(1, edge.root.octets)
            try head.run()
            let error = await #expect(throws: AuditError.self) { try await log.append(LogSamples.entry(1)) }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("no longer continues") == true)
            // A process that knew nothing of the rest has nothing to compare with.
            #expect(throws: Never.self) { try open(path) }
        }
    }

    @Test(
        "triggers refuse our own mistakes",
        arguments: [
            "UPDATE log_entry SET time = 0", "DELETE FROM log_entry",
            "INSERT OR REPLACE INTO log_entry SELECT * FROM log_entry",
            "UPDATE log_head SET size = 6",
            "UPDATE log_tile SET hashes = zeroblob(32)",
            "DELETE FROM log_tile", "UPDATE log_head SET size = 0", "DELETE FROM log_head",
            "UPDATE log_head SET root = zeroblob(32)", "DELETE FROM log_personal",
            "UPDATE log_personal SET value = x'00'",
            "UPDATE log_personal SET salt = zeroblob(32)", "UPDATE log_head SET public_key = NULL",
            "UPDATE log_head SET public_key = zeroblob(32)",
        ])
    func triggers(_ sql: String) async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let log = try open(path)
            _ = try await log.append((0..<5).map { LogSamples.entry($0) })
            let connection = try SQLiteConnection(path: path, .readWrite)
            #expect(throws: StoreError.self) { try connection.execute(sql) }
            #expect(try await log.check { _ in }.openings == 5)
        }
    }

    // MARK: Erasing

    @Test("what was erased is in no file any more")
    func gone() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let log = try open(path)
            let marker = "Ada-Lovelace-0123456789"
            // Long ones lie on pages of their own; many on the pages of others; each was moved and copied as the file grew.
            for round in 0..<40 {
                _ = try await log.append(
                    (0..<25).map { number in
                        let length = number == 3 ? 20_000 : number
                        return LogEntry(
                            .deliveryQueued, timeMilliseconds: Int64(round), message: "m-\(round)",
                            details: [
                                "to": .personal("\(marker)@example.test"),
                                "subject": .personal("\(round) \(marker) " + String(repeating: "x", count: length)),
                            ])
                    })
            }
            func files() throws -> Data {
                try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: Data()) {
                    $0 += FileManager.default.contents(atPath: folder + "/" + $1) ?? Data()
                }
            }
            #expect(try files().range(of: Data(marker.utf8)) != nil)
            let before = try await log.head()
            // Half of them message by message, the rest by value.
            for round in stride(from: 0, to: 40, by: 2) {
                _ = try await log.erase(ErasureRequest(.message("m-\(round)"), timeMilliseconds: 99, by: "test"))
            }
            #expect(try files().range(of: Data("39 \(marker)".utf8)) != nil)
            #expect(try files().range(of: Data("38 \(marker)".utf8)) == nil)
            for round in stride(from: 1, to: 40, by: 2) {
                for index in try await log.records(LogQuery(message: "m-\(round)")).records.map(\.index) {
                    _ = try await log.erase(ErasureRequest(.entry(index), timeMilliseconds: 99, by: "test"))
                }
            }
            #expect(try files().range(of: Data(marker.utf8)) == nil)
            #expect(try files().range(of: Data("xxxxxxxxxxxxxxxxxxxxxxxx".utf8)) == nil)
            let check = try await log.check { _ in }
            #expect(check.openings == 0 && check.erased == 2_000 && check.lost.isEmpty)
            #expect(try await log.root(size: before.size) == before.root)
        }
    }

    @Test(
        "an address is found in whatever case, and in texts that hold it",
        arguments: [
            "person@x.example", "PERSON@X.Example", "<person@x.example>", "550 5.1.1 <Person@X.EXAMPLE>: rejected",
            "to=person@x.example,", "No mailbox person@x.example.", "mailto:person@x.example", "'person@x.example'",
            "person@x.example. Next", "(person@x.example)", "\"person@x.example\" is unknown",
        ])
    func soughtAddress(stored: String) {
        #expect(SoughtValue("person@x.example").matches(stored))
        #expect(SoughtValue("Person@X.EXAMPLE").matches(stored))
        #expect(!SoughtValue("x.example").matches(stored) && !SoughtValue("person").matches(stored))
    }

    @Test(
        "an address that goes on is another one",
        arguments: [
            "aperson@x.example", "a.person@x.example", "550 <other.person@x.example>", "o'person@x.example",
            "550 o'person@x.example gone", "x=person@x.example", "550 person@x.example.org", "550 person@x.example-y",
            "550 tag+person@x.example", "550 person@x.example@relay", "persön@x.example", "person", "",
        ])
    func otherAddress(stored: String) { #expect(!SoughtValue("person@x.example").matches(stored)) }

    @Test("an international domain is found as it was given and as it is stored")
    func internationalAddress() {
        for stored in ["ada@xn--bcher-kva.example", "550 <ada@bücher.example> unknown"] {
            #expect(SoughtValue("Ada@bücher.example").matches(stored), "\(stored)")
        }
    }

    @Test("what relays said of an address goes with it, from the log and from finished messages")
    func repliesAreErased() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let log = try open(path)
            _ = try await log.append(
                LogEntry(
                    .deliveryQueued, timeMilliseconds: 1,
                    details: [
                        "address": .personal("BobZZ@x.example"), "other": .personal("eve@x.example"),
                        "reply": .personal("550 5.1.1 <bobzz@x.example>: unknown"),
                    ]))
            let connection = try SQLiteConnection(path: path, .readWrite)
            for (id, state) in [("m1", "bounced"), ("m2", "deferred")] {
                try connection.execute(
                    """
                    INSERT INTO outbox (id, agent, domain, relay, sender, request_digest, state, created_at, changed_at,
                        attempt, deferrals, is_outcome_unlogged, reason)
                    VALUES ('\(id)', 'a', 'd', 'r', 's', randomblob(32), '\(state)', 1, 1, 1, 0, 0, 'said <bobzz@x.example>');
                    INSERT INTO outbox_recipient VALUES ('\(id)', 0, 'BobZZ@x.example', 0, NULL, 0, '', NULL, 0, '');
                    INSERT INTO outbox_recipient
                    VALUES ('\(id)', 1, 'eve@x.example', 0, NULL, 0, 'not with bobzz@x.example', NULL, 0, '');
                    """)
            }
            let erasure = try await log.erase(
                ErasureRequest(.value("bobzz@X.EXAMPLE"), timeMilliseconds: 2, by: "test"))
            #expect(erasure.places.count == 2 && erasure.outboxRows == 3 && erasure.unfinished == ["m2"])
            let rows = try connection.prepared(
                "SELECT message || address || reply FROM outbox_recipient ORDER BY message, position")
            var found: [String] = []
            while try rows.step() { found.append(rows.text(0)) }
            #expect(
                found == ["m1", "m1eve@x.example", "m2BobZZ@x.example", "m2eve@x.examplenot with bobzz@x.example"])
            let blank = try connection.prepared("SELECT id FROM outbox WHERE request_digest = zeroblob(32)")
            #expect(try blank.step() && blank.text(0) == "m1", "who guesses the whole request learns nothing by it")
            #expect(try !blank.step())
            blank.reset()
            try connection.execute("UPDATE outbox SET request_digest = randomblob(32)")
            for id in ["m1", "m2"] {
                _ = try await log.erase(ErasureRequest(.message(id), timeMilliseconds: 3, by: "test"))
            }
            #expect(try blank.step() && blank.text(0) == "m1")
            #expect(try !blank.step(), "what may still be sent keeps its own")
            let left = try await log.record(at: LogIndex(0)).openings.values.map(\.value)
            #expect(left == ["eve@x.example"])
        }
    }

    @Test("while another process reads, erasing does not claim that the write-ahead log is clean")
    func blockedCut() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let log = try open(path)
            _ = try await log.append(LogSamples.entry(1))
            let reader = try SQLiteConnection(path: path, .readOnly)
            try reader.execute("BEGIN; SELECT count(*) FROM log_personal")
            let request = ErasureRequest(.entry(LogIndex(0)), timeMilliseconds: 0, by: "test")
            let error = await #expect(throws: AuditError.self) { try await log.erase(request) }
            #expect(error?.code == .locked)
            try reader.execute("COMMIT")
            _ = try await log.erase(request)
            #expect(try await log.record(at: LogIndex(0)).openings.isEmpty)
            let contents = FileManager.default.contents(atPath: path + "-wal") ?? Data()
            #expect(contents.isEmpty)
        }
    }

    // MARK: Sharing

    @Test("two connections append in turn, and their logs are one")
    func shared() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let logs = [try open(path, seed: 1), try open(path, seed: 2), try open(path, signer: nil, seed: 3)]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, log) in logs.enumerated() {
                    group.addTask {
                        for round in 0..<40 { _ = try await log.append(LogSamples.entry(number * 100 + round)) }
                    }
                }
                try await group.waitForAll()
            }
            for log in logs { #expect(try await log.head().size == 120) }
            #expect(try await logs[2].check { _ in }.openings == 120)
        }
    }

    @Test("a log without its key goes on, and the next one with the key signs for it")
    func withoutKey() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let without = try open(path, signer: nil)
            _ = try await without.append(LogSamples.entry(0))
            let error = await #expect(throws: AuditError.self) { try await without.signedCheckpoint() }
            #expect(error?.code == .noKey)
            #expect(try await without.head().checkpoint == nil)
            let note = try await open(path).signedCheckpoint()
            #expect(try Checkpoint(note: Array(note.utf8), key: LogSamples.key).size == 1)
            #expect(try await without.head().checkpoint == note)
            let wrong = #expect(throws: AuditError.self) { try open(path, signer: LogSamples.otherSigner) }
            #expect(wrong?.code == .noKey)
        }
    }

    @Test("reading only makes nothing, and reads what is there")
    func readingOnly() async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/state.db"
            let reader = try ReadOnlySQLiteLog(path: path)
            #expect(try await reader.head().size == 0)
            #expect(try await reader.records(LogQuery()).records.isEmpty)
            await #expect(throws: AuditError.self) { try await reader.record(at: LogIndex(0)) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            let writer = try open(path)
            _ = try await writer.append((0..<3).map { LogSamples.entry($0) })
            await writer.close()
            #expect(try await reader.head().size == 3)
            #expect(try await reader.records(LogQuery()).records.count == 3)
            #expect(try await reader.check { _ in }.openings == 3)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["state.db"])
        }
    }
}

extension String {
    fileprivate func creatingFile() -> String {
        _ = FileManager.default.createFile(atPath: self, contents: nil)
        return self
    }
}
