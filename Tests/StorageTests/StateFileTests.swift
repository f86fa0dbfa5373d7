import Audit
import CSQLite
import DNS
import Foundation
import Keys
import Reconcile
import Testing

@testable import Storage

/// How the file is made and opened, and what is said where it cannot be.
@Suite("State file")
struct StateFileTests {
    private func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    private func listing(_ folder: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            contents[name] = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
        }
        return contents
    }

    @Test("file and folders are made for their owner alone")
    func modes() async throws {
        try await withFolder { folder in
            let path = folder + "/a/.signet/state.db"
            let store = try SQLiteStore(path: path)
            _ = try await store.acquireLease(holder: "x", at: .now, for: .seconds(60))
            #expect(mode(path) == 0o600)
            #expect(mode(path + "-wal") == 0o600)
            #expect(mode(folder + "/a/.signet") == 0o700)
            #expect(mode(folder + "/a") == 0o700)
        }
    }

    @Test("a name with everything that a URI reads otherwise")
    func oddName() async throws {
        try await withFolder { folder in
            let path = folder + "/st?ate#1 %41&mode=memory.db"
            // On a busy machine the rest may come later than any lease would last.
            let now = Date.now
            _ = try await SQLiteStore(path: path).acquireLease(holder: "x", at: now, for: .seconds(60))
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(try await ReadOnlySQLiteStore(path: path).currentLease(at: now)?.holder == "x")
        }
    }

    @Test("a path that begins with two slashes")
    func twoSlashes() async throws {
        try await withFolder { folder in
            let now = Date.now
            _ = try await SQLiteStore(path: "/" + folder + "/state.db")
                .acquireLease(holder: "x", at: now, for: .seconds(60))
            #expect(try await ReadOnlySQLiteStore(path: folder + "/state.db").currentLease(at: now)?.holder == "x")
            #expect(try await ReadOnlySQLiteStore(path: "/" + folder + "/state.db").currentLease(at: now) != nil)
        }
    }

    @Test("a file that others may read is closed to them when it is opened for writing")
    func tightened() async throws {
        try await withFolder { folder in
            for openLog in [false, true] {
                let path = folder + "/\(openLog).db"
                _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o664])
                #expect(mode(path) == 0o664)
                let store: (any ClosableState) =
                    openLog
                    ? try SQLiteLog(path: path, signer: nil) { Array(repeating: 1, count: $0) }
                    : try SQLiteStore(path: path)
                #expect([path, path + "-wal", path + "-shm"].map(mode) == [0o600, 0o600, 0o600])
                await store.close()
            }
        }
    }

    @Test("whoever writes overwrites what is deleted")
    func secureDelete() async throws {
        try await withFolder { folder in
            let connection = try SQLiteConnection(path: (folder + "/state.db").creatingFile(), .readWrite)
            #expect(try connection.integer("PRAGMA secure_delete") == 1)
        }
    }

    @Test("closing leaves the database alone in its folder, and whole where somebody else has it open")
    func closing() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            func hasWholeCopy(_ holder: String) async throws -> Bool {
                let copy = folder + "/copy.db"
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: path, toPath: copy)
                defer { try? FileManager.default.removeItem(atPath: copy) }
                return try await ReadOnlySQLiteStore(path: copy).currentLease(at: .distantPast)?.holder == holder
            }
            // Its reading connections stay open beside the one that writes.
            let store = try SQLiteStore(path: path)
            let log = try SQLiteLog(path: path, signer: nil) { Array(repeating: 1, count: $0) }
            _ = try await store.acquireLease(holder: "x", at: .distantPast, for: .seconds(60))
            _ = try await store.keys(forDomains: ["a.test"])
            #expect(try await !hasWholeCopy("x"))
            await store.close()
            #expect(try await hasWholeCopy("x"))
            #expect(FileManager.default.fileExists(atPath: path + "-wal"), "the log has it open")
            await log.close()
            #expect(try listing(folder).keys.sorted() == ["state.db"])
            // Once more is no harm; using it is an error, and no crash.
            await store.close()
            await #expect(throws: StoreError.self) { _ = try await store.currentLease(at: .now) }
            await #expect(throws: StoreError.self) {
                try await store.releaseLease(Lease(holder: "x", fencingNumber: 1, expiresAt: .now))
            }
        }
    }

    @Test(
        "where the file cannot be, the error names it and a way out",
        arguments: [
            ("/proc/state.db", StoreError.Code.unavailable), ("/dev/null", .unavailable), ("/dev/full/x", .unavailable),
            ("/", .unavailable), ("/sys/kernel/x/state.db", .unavailable),
        ])
    func unopenable(_ path: String, _ code: StoreError.Code) {
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == code)
        #expect(error?.message.contains("settings: state:") == true || error?.message.contains("let this user") == true)
    }

    @Test("what is no database of ours is left alone")
    func foreignFiles() async throws {
        try await withFolder { folder in
            let text = folder + "/notes.txt"
            _ = FileManager.default.createFile(atPath: text, contents: Data("These are my notes, nothing else.\n".utf8))
            let foreign = folder + "/other.db"
            _ = FileManager.default.createFile(atPath: foreign, contents: nil)
            try SQLiteConnection(path: foreign, .readWrite).execute("CREATE TABLE t (x); PRAGMA user_version = 7")
            let before = try listing(folder)
            for (path, words) in [(text, "not an SQLite database"), (foreign, "of another program")] {
                let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
                #expect(error?.code == .unusable)
                #expect(error?.message.contains(words) == true)
                let reading = #expect(throws: StoreError.self) { try ReadOnlySQLiteStore(path: path) }
                #expect(reading == error)
            }
            #expect(try listing(folder) == before)
        }
    }

    @Test("a newer version's file is refused")
    func newerVersion() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            _ = try SQLiteStore(path: path)
            try SQLiteConnection(path: path, .readWrite).execute("PRAGMA user_version = \(Schema.newest + 1)")
            let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
            #expect(error?.code == .unusable)
            #expect(error?.message.contains("newer version of Signet") == true)
        }
    }

    @Test("a damaged file says so")
    func damaged() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            try await { _ = try await SQLiteStore(path: path).acquireLease(holder: "x", at: .now, for: .seconds(1)) }()
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            // From the second page on: the first holds the header and the schema.
            try file.seek(toOffset: 4096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 60_000))
            try file.close()
            let store = try SQLiteStore(path: path)
            let error = await #expect(throws: StoreError.self) { try await store.currentLease(at: .now) }
            #expect(error?.code == .unusable)
            #expect(error?.message.contains("backup") == true && error?.message.contains("-wal and -shm") == true)
        }
    }

    @Test("a file of version 1 is brought up: its keys are DKIM keys, and all else is as it was")
    func migration() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            let old = try SQLiteConnection(path: path.creatingFile(), .readWrite)
            try old.execute(SchemaVersion1.sql)
            try old.execute(
                """
                INSERT INTO key VALUES ('d.example', 's1', 'ed25519', 'active', x'0102', x'0304', 5.5, 6.25);
                INSERT INTO zone VALUES ('d.example', x'00', 60, 7);
                UPDATE lease SET fencing_number = 12;
                PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1
                """)
            let store = try SQLiteStore(path: path)
            let keys = try await store.keys(forDomains: ["d.example"])
            #expect(
                keys == [
                    KeyRecord(
                        id: KeyID(domain: "d.example", selector: "s1"), algorithm: .ed25519, state: .active,
                        publicKey: [1, 2], sealed: SealedPrivateKey(octets: [3, 4]),
                        createdAt: Date(timeIntervalSinceReferenceDate: 5.5),
                        stateChangedAt: Date(timeIntervalSinceReferenceDate: 6.25))
                ])
            #expect(try await store.agents() == [])
            #expect(try old.integer("SELECT fencing_number FROM lease") == 12)
            #expect(try old.integer("SELECT revision FROM zone") == 7)
            #expect(try old.integer("PRAGMA user_version") == Schema.newest)
            // Opened again, nothing is left to do.
            #expect(try await ReadOnlySQLiteStore(path: path).keys(forDomains: ["d.example"]) == keys)
        }
    }

    @Test("a file of an older version is read as it will be, and stays as it is", arguments: [false, true])
    func olderVersion(hasWriteAheadLog: Bool) async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            let old = try SQLiteConnection(path: path.creatingFile(), .readWrite)
            if hasWriteAheadLog { try old.startWriteAheadLog() }
            try old.execute(
                SchemaVersion1.sql
                    + "; PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1")
            func insert(_ selector: String) throws {
                try old.execute(
                    "INSERT INTO key VALUES ('d.example', '\(selector)', 'ed25519', 'active', x'0102', x'0304', 5.5, 6.25)"
                )
            }
            try insert("s1")
            let reader = try ReadOnlySQLiteStore(path: path)
            #expect(FileManager.default.fileExists(atPath: path + "-wal") == hasWriteAheadLog)
            let before = try listing(folder).filter { !$0.key.hasSuffix("-shm") }
            for _ in 1...2 {
                #expect(
                    try await reader.keys(forDomains: ["d.example"]).map(\.id.description) == [
                        "s1._domainkey.d.example"
                    ])
                #expect(try await reader.agents() == [])
            }
            #expect(try await ReadOnlySQLiteLog(path: path).head().size == 0)
            #expect(try listing(folder).filter { !$0.key.hasSuffix("-shm") } == before)
            #expect(try old.integer("PRAGMA user_version") == 1)
            // What the older program writes meanwhile is seen.
            try insert("s2")
            #expect(try await reader.keys(forDomains: ["d.example"]).map(\.id.selector) == ["s1", "s2"])
            // And so is the file that somebody has brought up.
            let store = try SQLiteStore(path: path)
            #expect(try await reader.keys(forDomains: ["d.example"]) == store.keys(forDomains: ["d.example"]))
        }
    }

    @Test("each version's step runs once, in order, from wherever a file stands")
    func steps() async throws {
        #expect(Schema.steps.map(\.version) == Schema.steps.map(\.version).sorted())
        #expect(Set(Schema.steps.map(\.version)).count == Schema.steps.count)
        for (index, start) in Schema.steps.enumerated() {
            try await withFolder { folder in
                let path = folder + "/state.db"
                let connection = try SQLiteConnection(path: path.creatingFile(), .readWrite)
                for step in Schema.steps[...index] { try connection.execute(step.sql) }
                try connection.execute(
                    "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(start.version)")
                let store = try SQLiteStore(path: path)
                #expect(try connection.integer("PRAGMA user_version") == Schema.newest)
                let key = KeyRecord(
                    id: KeyID(domain: "d.example", selector: "s1"), algorithm: .ed25519, state: .revoked,
                    publicKey: [1], sealed: SealedPrivateKey(octets: [2]), createdAt: .now, stateChangedAt: .now)
                try await store.insert([key])
                try await store.setState(of: [key.id], from: .revoked, to: .removed, at: .now)
                #expect(try await store.keys(forDomains: ["d.example"]).map(\.state) == [.removed])
            }
        }
    }

    @Test("a damaged registration is refused, not passed on")
    func damagedAgent() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            let store = try SQLiteStore(path: path)
            let connection = try SQLiteConnection(path: path, .readWrite)
            try connection.execute(
                "INSERT INTO agent VALUES ('a', 'd.example', 'registered', x'7B7D', zeroblob(32), 0)")
            let error = await #expect(throws: StoreError.self) { try await store.agents() }
            #expect(error?.code == .unusable)
        }
    }

    @Test("a full disk changes nothing, and the store works again afterwards")
    func full() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            let connection = try SQLiteConnection(path: path.creatingFile(), .readWrite)
            try Schema.migrate(connection)
            try connection.execute("PRAGMA max_page_count = \(try connection.integer("PRAGMA page_count"))")
            let error = #expect(throws: StoreError.self) {
                try connection.transaction(.immediate) { () throws(StoreError) in
                    try connection.execute("UPDATE lease SET fencing_number = 9")
                    try connection.execute("UPDATE lease SET holder = hex(zeroblob(100000))")
                }
            }
            #expect(error?.code == .notWritable)
            #expect(error?.message.contains("full") == true)
            #expect(try connection.integer("SELECT fencing_number FROM lease") == 0)
            try connection.execute("PRAGMA max_page_count = 100000")
            try connection.transaction(.immediate) { () throws(StoreError) in
                try connection.execute("UPDATE lease SET fencing_number = 9")
            }
            #expect(try connection.integer("SELECT fencing_number FROM lease") == 9)
        }
    }

    @Test(
        "result codes become codes of the store",
        arguments: [
            (SQLITE_BUSY, StoreError.Code.busy), (SQLITE_BUSY | 1 << 8, .busy), (SQLITE_LOCKED, .busy),
            (SQLITE_FULL, .notWritable), (SQLITE_READONLY, .notWritable), (SQLITE_READONLY | 4 << 8, .notWritable),
            (SQLITE_CANTOPEN, .unavailable), (SQLITE_PERM, .unavailable), (SQLITE_IOERR | 3 << 8, .unavailable),
            (SQLITE_NOTADB, .unusable), (SQLITE_CORRUPT, .unusable), (SQLITE_MISUSE, .other),
        ])
    func codes(_ code: Int32, _ expected: StoreError.Code) {
        let error = SQLiteFailure.error(code, path: "/x/state.db")
        #expect(error.code == expected)
        #expect(error.message.contains("/x/state.db"))
    }

    @Test(
        "network file systems by their number",
        arguments: [(0x6969, "NFS"), (0xFF53_4D42, "SMB"), (0xEF53, nil), (0x0102_1994, nil)] as [(UInt32, String?)])
    func network(_ type: UInt32, _ name: String?) {
        #expect(StateFile.networkFileSystem(type) == name)
    }

    @Test(
        "the folder of a path",
        arguments: [
            ("state.db", "."), ("./state.db", "."), (".signet/state.db", ".signet"), ("/state.db", "/"), ("/", "/"),
            ("/a/b//c.db", "/a/b"), ("a/b/", "a"),
        ])
    func parent(_ path: String, _ folder: String) {
        #expect(StateFile.parent(of: path) == folder)
    }

    // MARK: Reading only

    @Test("reading only makes nothing, whatever is there")
    func readOnlyMakesNothing() async throws {
        try await withFolder { folder in
            let path = folder + "/.signet/state.db"
            let absent = try ReadOnlySQLiteStore(path: path)
            #expect(try await absent.currentLease(at: .now) == nil)
            #expect(try await absent.ledger(forDomains: []).isEmpty)
            #expect(try await absent.embeddedZones(changedAfter: 0).zones.isEmpty)
            #expect(try listing(folder).isEmpty)

            try await { _ = try await SQLiteStore(path: path).acquireLease(holder: "x", at: .now, for: .seconds(99)) }()
            let closed = try listing(folder)
            // The last to close leaves the database alone in its folder.
            #expect(closed.keys.sorted() == [".signet", ".signet/state.db"])
            #expect(try await absent.currentLease(at: .now)?.holder == "x")
            #expect(try await ReadOnlySQLiteStore(path: path).currentLease(at: .now)?.holder == "x")
            #expect(try listing(folder) == closed)
        }
    }

    @Test("reading only follows what another connection writes")
    func readOnlyFollows() async throws {
        try await withFolder { folder in
            let path = folder + "/state.db"
            let reader = try ReadOnlySQLiteStore(path: path)
            #expect(try await reader.currentLease(at: .now) == nil)
            let writer = try SQLiteStore(path: path)
            for number in 1...3 {
                guard
                    case .acquired(let lease) = try await writer.acquireLease(
                        holder: "holder \(number)", at: .now, for: .seconds(99))
                else {
                    Issue.record("the lease was held")
                    return
                }
                #expect(try await reader.currentLease(at: .now) == lease)
                try await writer.releaseLease(lease)
                #expect(try await reader.currentLease(at: .now) == nil)
            }
            #expect(try listing(folder).keys.sorted() == ["state.db", "state.db-shm", "state.db-wal"])
        }
    }

    @Test("reading only refuses to write")
    func readOnlyRefuses() async throws {
        try await withFolder { folder in
            let store = try ReadOnlySQLiteStore(path: folder + "/state.db")
            let error = await #expect(throws: StoreError.self) {
                try await store.acquireLease(holder: "x", at: .now, for: .seconds(1))
            }
            #expect(error?.code == .notWritable)
            #expect(try listing(folder).isEmpty)
        }
    }

    @Test("an empty file is an empty store, which reading leaves empty")
    func emptyFile() async throws {
        try await withFolder { (folder) async throws in
            let path = (folder + "/state.db").creatingFile()
            #expect(try await ReadOnlySQLiteStore(path: path).currentLease(at: .now) == nil)
            #expect(try listing(folder) == ["state.db": Data()])
            #expect(try await SQLiteStore(path: path).currentLease(at: .now) == nil)
        }
    }
}

extension String {
    fileprivate func creatingFile() -> String {
        _ = FileManager.default.createFile(atPath: self, contents: nil)
        return self
    }
}
