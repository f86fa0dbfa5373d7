package import Audit
import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile

/// An entry's proof that it is in the log.
package struct AuditProof: Sendable {
    package var record: LogRecord
    package var checkpoint: Checkpoint
    package var note: String
    package var key: VerifierKey
    package var hashes: [TreeHash]

    package init(record: LogRecord, checkpoint: Checkpoint, note: String, key: VerifierKey, hashes: [TreeHash]) {
        self.record = record
        self.checkpoint = checkpoint
        self.note = note
        self.key = key
        self.hashes = hashes
    }
}

/// What a check of the state file's own log found, where it found nothing wrong.
package struct AuditCheckReport: Sendable {
    package var check: LogCheck
    /// The older checkpoint, kept elsewhere, that this log was shown to continue.
    package var continues: Checkpoint?

    package init(check: LogCheck, continues: Checkpoint? = nil) {
        self.check = check
        self.continues = continues
    }
}

package struct AuditExportReport: Sendable {
    package var path: String
    package var entries: Int
    /// Matching entries that are older than what the bundle holds.
    package var hasOlder: Bool
    package var checkpoint: Checkpoint
    package var key: VerifierKey

    package init(path: String, entries: Int, hasOlder: Bool, checkpoint: Checkpoint, key: VerifierKey) {
        self.path = path
        self.entries = entries
        self.hasOlder = hasOlder
        self.checkpoint = checkpoint
        self.key = key
    }
}

extension Signet {
    private func log(_ port: LogPort?) throws(OperationError) -> LogPort {
        guard let port else { throw .log(AuditError(.unavailable, "this process keeps no log")) }
        return port
    }

    private func trail(_ loaded: LoadedManifest) throws(OperationError) -> any AuditTrail {
        let port = try log(ports.log)
        do { return try port.read(statePath(loaded)) } catch { throw .log(error) }
    }

    /// A log that is not there says nothing, neither that it holds nor that a value is gone.
    private func requireState(_ loaded: LoadedManifest) throws(OperationError) {
        guard let absence = stateAbsence(loaded) else { return }
        throw .log(AuditError(.notFound, absence))
    }

    private func readingLog<Value>(
        _ body: () async throws(AuditError) -> Value
    ) async throws(OperationError) -> Value {
        do throws(AuditError) { return try await body() } catch { throw .log(error) }
    }

    /// The log, for writing, with its key: made if the log has none yet.
    func signingLog(_ loaded: LoadedManifest) async throws(OperationError) -> (any AuditStore, VerifierKey) {
        let port = try log(ports.log)
        guard let reference = loaded.manifest.settings.keyEncryptionKey else {
            throw .keyring(
                "a checkpoint is to be signed, and settings.keyring.key does not say what opens the log's key; "
                    + "name a file, variable or command that holds 32 random octets (`openssl rand -hex 32`)")
        }
        let text: [UInt8]
        do { text = try await ports.secrets.secret(reference, relativeTo: loaded.folder) } catch {
            throw .keyring("the key-encryption key cannot be read: \(error)")
        }
        let signer: Signer
        do {
            let store = try ports.openStore(statePath(loaded), .readWrite)
            let keyring = Keyring(store: store, keyEncryptionKey: try KeyEncryptionKey(text: text))
            _ = try await keyring.generate([(LogKey.id, LogKey.algorithm)], at: ports.clock.now())
            signer = try await keyring.signer(for: LogKey.id)
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .keyring("\(error)")
        }
        guard let key = VerifierKey(logKey: signer.publicKey) else {
            throw .keyring("the log's key \(LogKey.id) is not an Ed25519 key")
        }
        do { return (try port.write(statePath(loaded), signer), key) } catch { throw .log(error) }
    }

    private func readNote(_ path: String) throws(OperationError) -> [UInt8] {
        do { return try ports.files.read(path, octetsMax: SignedNote.octetsMax) } catch { throw .file("\(error)") }
    }

    /// Entries that match, the newest `limit` of them. Reads only.
    package func auditQuery(_ scope: Scope, _ query: LogQuery) async throws(OperationError) -> LogPage {
        let trail = try trail(try load(scope))
        return try await readingLog { () throws(AuditError) in try await trail.records(query) }
    }

    /// Hashes the whole log again.
    ///
    /// - Parameter olderCheckpoint: the path of a signed checkpoint that was kept elsewhere.
    package func auditCheck(
        _ scope: Scope, olderCheckpoint: String?, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> AuditCheckReport {
        let loaded = try load(scope)
        try requireState(loaded)
        let trail = try trail(loaded)
        let note = try olderCheckpoint.map { (path) throws(OperationError) in try readNote(path) }
        let check = try await readingLog { () throws(AuditError) in
            try await trail.check { progress(.step("checked \($0) entries")) }
        }
        guard let note else { return AuditCheckReport(check: check) }
        guard let key = check.head.key else {
            throw .log(AuditError(.damaged, "the log has never been signed: the checkpoint is of another log"))
        }
        let older = try await readingLog { () throws(AuditError) in
            let older = try Checkpoint(note: note, key: key)
            guard older.size <= check.head.size, try await trail.root(size: older.size) == older.root else {
                throw AuditError(
                    .damaged,
                    "the log of \(check.head.size) entries does not continue the checkpoint of \(older.size) entries: "
                        + "entries were cut, changed, or another history was put in their place")
            }
            return older
        }
        return AuditCheckReport(check: check, continues: older)
    }

    /// Checks a bundle by itself: neither manifest nor state file is looked at.
    package func auditVerify(bundle path: String, key text: String?) throws(OperationError) -> BundleVerifier.Result {
        let expected = try verifierKey(text)
        let octets: [UInt8]
        do { octets = try ports.files.read(path, octetsMax: AuditBundle.octetsMax) } catch { throw .file("\(error)") }
        do { return try BundleVerifier.verify(try AuditBundle(octets: octets), expected: expected) } catch {
            throw .log(error)
        }
    }

    /// An entry with its proof, against a checkpoint that is signed now.
    package func auditProve(_ scope: Scope, _ index: LogIndex) async throws(OperationError) -> AuditProof {
        let (log, key) = try await signingLog(try load(scope))
        return try await readingLog { () throws(AuditError) in
            let record = try await log.record(at: index)
            let note = try await log.signedCheckpoint()
            let checkpoint = try Checkpoint(note: Array(note.utf8), key: key)
            return AuditProof(
                record: record, checkpoint: checkpoint, note: note, key: key,
                hashes: try await log.inclusionProof(of: index, size: checkpoint.size))
        }
    }

    /// Checks a bundle in lines by itself; nil where the file is not one.
    package func auditVerify(lines path: String, key text: String?) throws(OperationError) -> AuditLinesVerifier.Result?
    {
        let expected = try verifierKey(text)
        var verifier: AuditLinesVerifier?
        do {
            var number = 0
            try ports.files.readLines(path, lineOctetsMax: AuditLines.lineOctetsMax) { line in
                number += 1
                do throws(AuditError) {
                    if number == 1 {
                        guard AuditLines.isHeader(line) else { return false }
                        verifier = try AuditLinesVerifier(header: line, expected: expected)
                    } else {
                        try verifier?.take(line)
                    }
                } catch {
                    throw AuditError(error.code, "line \(number) of \(path): \(error.message)")
                }
                return true
            }
            return try verifier?.finish()
        } catch let error as AuditError {
            throw .log(error)
        } catch {
            // A bundle in one line may be longer than any of these: let its own reader say what is wrong with it.
            if verifier == nil { return nil }
            throw .file("\(error)")
        }
    }

    private func verifierKey(_ text: String?) throws(OperationError) -> VerifierKey? {
        guard let text else { return nil }
        guard let key = VerifierKey(text) else {
            throw .other("\(text) is not a verifier key: it looks like signet-log/0123…+0123abcd+base64")
        }
        return key
    }

    /// Writes everything that matches, one entry a line, however much it is. What no condition leaves out needs no proofs:
    /// it is the whole log.
    package func auditExportLines(
        _ scope: Scope, _ query: LogQuery, to path: String, olderCheckpoint: String?, showsPersonal: Bool,
        replacing: Bool, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> AuditExportReport {
        let (log, key) = try await signingLog(try load(scope))
        let older = try olderCheckpoint.map { (path) throws(OperationError) in try readNote(path) }
        var query = query
        query.limit = Self.exportPage
        let isWhole = query == LogQuery(limit: Self.exportPage)
        var entries = 0
        var signed: Checkpoint?
        do {
            let note = try await log.signedCheckpoint()
            let checkpoint = try Checkpoint(note: Array(note.utf8), key: key)
            signed = checkpoint
            let consistency = try await self.consistency(older, key, checkpoint, log)
            try await ports.files.writePieces(to: path, mode: 0o600, replacing: replacing) { take in
                let header = AuditLines.header(key: key, checkpoint: note, consistency: consistency)
                // Nothing is given away that would not hold.
                var verifier = try AuditLinesVerifier(header: header, expected: key)
                try take(header + [0x0A])
                var next = LogIndex(0)
                while true {
                    let page = try await log.records(query, from: next, below: checkpoint.size)
                    var lines: [UInt8] = []
                    for record in page {
                        let proof =
                            isWhole ? nil : try await log.inclusionProof(of: record.index, size: checkpoint.size)
                        let line = AuditLines.line(
                            AuditBundle.Entry(record, proof: proof, showsPersonal: showsPersonal))
                        try verifier.take(line)
                        lines += line + [0x0A]
                    }
                    try take(lines)
                    entries += page.count
                    guard page.count == Self.exportPage, let last = page.last else { break }
                    progress(.step("exported \(entries) entries"))
                    next = LogIndex(last.index.rawValue + 1)
                }
                let end = AuditLines.end(count: Int64(entries))
                try verifier.take(end)
                _ = try verifier.finish()
                try take(end + [0x0A])
            }
        } catch let error as AuditError {
            throw .log(error)
        } catch {
            throw .file("\(error)")
        }
        return AuditExportReport(path: path, entries: entries, hasOlder: false, checkpoint: signed!, key: key)
    }

    /// Entries that an export holds in memory at a time.
    private static let exportPage = 1000

    private func consistency(
        _ older: [UInt8]?, _ key: VerifierKey, _ checkpoint: Checkpoint, _ log: any AuditStore
    ) async throws(AuditError) -> AuditBundle.Consistency? {
        guard let older else { return nil }
        let before = try Checkpoint(note: older, key: key)
        return AuditBundle.Consistency(
            checkpoint: String(decoding: older, as: UTF8.self),
            proof: try await log.consistencyProof(from: before.size, to: checkpoint.size))
    }

    /// Writes a bundle of the entries that match.
    ///
    /// - Parameters:
    ///   - olderCheckpoint: the path of a signed checkpoint that the auditor has; the bundle shows that the log continues it.
    ///   - showsPersonal: whether personal values go along.
    package func auditExport(
        _ scope: Scope, _ query: LogQuery, to path: String, olderCheckpoint: String?, showsPersonal: Bool,
        replacing: Bool
    ) async throws(OperationError) -> AuditExportReport {
        let (log, key) = try await signingLog(try load(scope))
        let older = try olderCheckpoint.map { (path) throws(OperationError) in try readNote(path) }
        let (bundle, hasOlder, checkpoint) = try await readingLog {
            () throws(AuditError) -> (AuditBundle, Bool, Checkpoint) in
            let note = try await log.signedCheckpoint()
            let checkpoint = try Checkpoint(note: Array(note.utf8), key: key)
            let page = try await log.records(query)
            // What was appended since the checkpoint is not in its tree.
            let records = page.records.filter { $0.index.rawValue < checkpoint.size }.sorted { $0.index < $1.index }
            let isWhole = Int64(records.count) == checkpoint.size
            var entries: [AuditBundle.Entry] = []
            for record in records {
                let proof =
                    isWhole ? nil : try await log.inclusionProof(of: record.index, size: checkpoint.size)
                entries.append(AuditBundle.Entry(record, proof: proof, showsPersonal: showsPersonal))
            }
            let consistency = try await self.consistency(older, key, checkpoint, log)
            let bundle = AuditBundle(key: key, checkpoint: note, entries: entries, consistency: consistency)
            // Nothing is given away that would not hold.
            _ = try BundleVerifier.verify(bundle, expected: key)
            return (bundle, page.hasOlder, checkpoint)
        }
        let octets = bundle.octets
        guard octets.count <= AuditBundle.octetsMax else {
            throw .other(
                "these entries are \(octets.count) octets as one bundle, which holds \(AuditBundle.octetsMax); nothing was "
                    + "written; export fewer with --limit or a time, or all of them line by line with --all")
        }
        do { try ports.files.write(octets, to: path, mode: 0o600, replacing: replacing) } catch {
            throw .file("\(error)")
        }
        return AuditExportReport(
            path: path, entries: bundle.entries.count, hasOlder: hasOlder, checkpoint: checkpoint, key: key)
    }

    /// The entries whose personal values an erasure is about, the newest so many; nil where only the erasure itself finds
    /// them. Reads only.
    package func auditErasable(
        _ scope: Scope, _ target: ErasureRequest.Target
    ) async throws(OperationError) -> [LogRecord]? {
        let loaded = try load(scope)
        try requireState(loaded)
        let trail = try trail(loaded)
        return try await readingLog { () throws(AuditError) in
            switch target {
            case .entry(let index): [try await trail.record(at: index)]
            case .message(let message):
                try await trail.records(LogQuery(message: message, limit: Self.exportPage)).records
            case .value: nil
            }
        }
    }

    /// Destroys personal values, and records that it did.
    package func auditErase(
        _ scope: Scope, _ target: ErasureRequest.Target, reason: String?
    ) async throws(OperationError) -> Erasure {
        let loaded = try load(scope)
        let port = try log(ports.log)
        try requireState(loaded)
        let request = ErasureRequest(
            target, timeMilliseconds: LogEntry(.personalErased, at: ports.clock.now()).timeMilliseconds,
            by: ports.holder, reason: reason)
        return try await readingLog { () throws(AuditError) in
            try await port.write(statePath(loaded), nil).erase(request)
        }
    }
}
