package import FoundationEssentials
import Glibc

/// The private keys of a state file, sealed at rest: makes them, and hands out signers for them.
///
/// A key is durable before anybody sees its public half, and an id that has a key never gets another one, so a call
/// that was killed half-way is finished by making it again. Holds opened signers; the records' states are the
/// store's and not looked at here.
package actor Keyring {
    /// Keys that are generated before they are stored together: what a killed call can lose of its work.
    package static let batchSize = 64
    /// Another process may store some of the wanted ids between reading and writing; each time that happens the rest
    /// is tried again, this often.
    package static let insertAttemptsMax = 4
    /// Opened signers kept; an RSA-2048 key takes some 5 kB. When full, all are dropped.
    package static let signersMax = 4096
    /// Opened signers are dropped after this time: a key that was revoked or removed meanwhile is not opened again by those
    /// who look at its state, and so leaves the memory of a server that goes on running.
    package static let signersAge = Duration.seconds(300)
    /// The record whose only purpose is to be opened: docs/spec/keyring.md, "Check record".
    static let checkID = KeyID(domain: "keyring.invalid", selector: "check")

    private let store: any KeyStore
    private let seal: KeySeal
    private let parallelism: Int
    private let sleep: (@Sendable (Duration) async throws -> Void)?
    private var signers: [KeyID: Signer] = [:]

    /// - Parameters:
    ///   - parallelism: how many keys are generated at the same time; by default one on each core.
    ///   - sleep: ends that time later, or earlier with an error; nil keeps opened signers as long as the keyring.
    package init(
        store: any KeyStore, keyEncryptionKey: KeyEncryptionKey, parallelism: Int? = nil,
        sleep: (@Sendable (Duration) async throws -> Void)? = nil
    ) {
        self.store = store
        self.sleep = sleep
        seal = KeySeal(key: keyEncryptionKey)
        self.parallelism = max(1, parallelism ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// The records of all ids wanted, in their order: those there already as they are (whatever their algorithm),
    /// the others generated, sealed and durably stored before this returns.
    ///
    /// Fails before it generates anything if the keyring was sealed under another key-encryption key.
    package func generate(
        _ wanted: [(KeyID, KeyAlgorithm)], at time: Date
    ) async throws(KeyringError) -> [KeyRecord] {
        let domains = Set(wanted.map(\.0.domain) + [Self.checkID.domain]).sorted()
        var records: [KeyID: KeyRecord] = [:]
        for attempt in 1...Self.insertAttemptsMax {
            records = try await stored(in: domains)
            try check(records)
            var seen = Set(records.keys)
            var missing = wanted.filter { seen.insert($0.0).inserted }
            if missing.isEmpty { break }
            if records[Self.checkID] == nil { missing.insert((Self.checkID, .ed25519), at: 0) }
            do {
                for start in stride(from: 0, to: missing.count, by: Self.batchSize) {
                    let batch = missing[start..<min(start + Self.batchSize, missing.count)]
                    let made = try await make(batch, at: time)
                    try await insert(made)
                    for record in made { records[record.id] = record }
                }
                break
            } catch let failure {
                // Not stored, or stored and the answer lost, or another process was first: what is there now decides.
                let now = try await stored(in: domains)
                let progressed = missing.contains { now[$0.0] != nil }
                guard progressed, attempt < Self.insertAttemptsMax else { throw failure }
            }
        }
        return wanted.compactMap { records[$0.0] }
    }

    /// What signs with this key. Opened once, then kept within the bounds.
    package func signer(for id: KeyID) async throws(KeyringError) -> Signer {
        if let signer = signers[id] { return signer }
        guard let record = try await stored(in: [id.domain])[id] else { throw .noSuchKey(key: id.description) }
        let key = try seal.open(record.sealed, as: id)
        // A store that was given another public key would publish one and sign with the other.
        guard key.publicKey.subjectPublicKeyInfo == record.publicKey else { throw .damagedKey(key: id.description) }
        let signer = Signer(key)
        if signers.count >= Self.signersMax { signers.removeAll() }
        signers[id] = signer
        if signers.count == 1, let sleep {
            Task { [weak self] in
                try? await sleep(Self.signersAge)
                await self?.dropSigners()
            }
        }
        return signer
    }

    private func dropSigners() { signers.removeAll() }

    var openedSigners: Int { signers.count }

    /// Opens the check record, or, in a keyring without one, any record there is.
    private func check(_ records: [KeyID: KeyRecord]) throws(KeyringError) {
        let kept = records.values.filter { $0.sealed != .destroyed }
        guard let record = records[Self.checkID] ?? kept.min(by: { $0.id < $1.id }) else { return }
        _ = try seal.open(record.sealed, as: record.id)
    }

    private func make(
        _ batch: ArraySlice<(KeyID, KeyAlgorithm)>, at time: Date
    ) async throws(KeyringError) -> [KeyRecord] {
        let seal = self.seal
        let parallelism = self.parallelism
        let result = await withTaskGroup(of: (Int, Result<KeyRecord, KeyringError>).self) { group in
            var made: [Int: KeyRecord] = [:]
            var failure: KeyringError?
            var pending = batch.enumerated().makeIterator()
            for _ in 0..<parallelism { Self.addTask(&pending, to: &group, seal: seal, time: time) }
            while let (index, outcome) = await group.next() {
                switch outcome {
                case .success(let record): made[index] = record
                case .failure(let error): failure = failure ?? error
                }
                if failure == nil { Self.addTask(&pending, to: &group, seal: seal, time: time) }
            }
            return failure.map(Result.failure) ?? .success(made.sorted { $0.key < $1.key }.map(\.value))
        }
        return try result.get()
    }

    private static func addTask(
        _ pending: inout EnumeratedSequence<ArraySlice<(KeyID, KeyAlgorithm)>>.Iterator,
        to group: inout TaskGroup<(Int, Result<KeyRecord, KeyringError>)>, seal: KeySeal, time: Date
    ) {
        guard let (index, (id, algorithm)) = pending.next() else { return }
        group.addTask {
            (index, Result { () throws(KeyringError) in try record(id, algorithm, seal: seal, time: time) })
        }
    }

    private static func record(
        _ id: KeyID, _ algorithm: KeyAlgorithm, seal: KeySeal, time: Date
    ) throws(KeyringError) -> KeyRecord {
        let key = try PrivateKey.generate(algorithm)
        return KeyRecord(
            id: id, algorithm: algorithm, state: .generated, publicKey: key.publicKey.subjectPublicKeyInfo,
            sealed: try seal.seal(key, as: id), createdAt: time, stateChangedAt: time)
    }

    private func stored(in domains: [String]) async throws(KeyringError) -> [KeyID: KeyRecord] {
        do {
            let records = try await store.keys(forDomains: domains)
            return Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            throw .store("\(error)")
        }
    }

    private func insert(_ records: [KeyRecord]) async throws(KeyringError) {
        do {
            try await store.insert(records)
        } catch {
            throw .store("\(error)")
        }
    }
}
