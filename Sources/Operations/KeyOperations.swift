import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile

extension Signet {
    /// Every key of the scope's domains, by id. Reads the store only.
    package func keys(_ scope: Scope) async throws(OperationError) -> [KeySummary] {
        let loaded = try await loadWithDeclared(scope)
        let store = try openStore(loaded, .readOnly)
        return summaries(try await keyRecords(loaded, store), loaded)
    }

    /// With what each key comes to next.
    func summaries(_ keys: [KeyRecord], _ loaded: LoadedManifest) -> [KeySummary] {
        let now = ports.clock.now()
        let agents = Dictionary(grouping: loaded.manifest.agents, by: \.domain)
        let known = Dictionary(grouping: keys, by: \.id.domain)
        let schedules = Dictionary(
            uniqueKeysWithValues: loaded.manifest.domains.map { domain in
                (
                    domain.name.text,
                    KeySchedule(
                        domain, agents: agents[domain.name] ?? [], keyring: known[domain.name.text] ?? [], now: now)
                )
            })
        return keys.map { KeySummary($0, next: schedules[$0.id.domain]?.next($0), now: now) }
    }

    /// Moves each key on from the state that it is in.
    func move(_ keys: [KeyRecord], to state: KeyState, _ store: any StateStore) async throws(OperationError) {
        for from in KeyState.allCases where from != state {
            try await move(keys.filter { $0.state == from }.map(\.id), from: from, to: state, store)
        }
    }

    /// Returns how many were moved: those that were in `from`.
    @discardableResult
    func move(
        _ keys: [KeyID], from: KeyState, to state: KeyState, _ store: any StateStore
    ) async throws(OperationError) -> Int {
        guard !keys.isEmpty else { return 0 }
        do { return try await store.setState(of: keys, from: from, to: state, at: ports.clock.now()) } catch let error
            as StoreError
        {
            throw .store(error)
        } catch {
            throw .other("\(error)")
        }
    }

    /// Makes, ahead of apply, the keys that the declarations ask for: sealed, and not published.
    package func generateKeys(
        _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [KeySummary] {
        let loaded = try await loadWithDeclared(scope, .readWrite)
        let store = try openStore(loaded, .readWrite)
        let keeper = try await acquireLease(store, LeaseKeeper.durationDefault)
        do {
            let known = Dictionary(grouping: try await keyRecords(loaded, store), by: \.id.domain)
            let agents = Dictionary(grouping: loaded.manifest.agents, by: \.domain)
            let missing = loaded.manifest.domains.flatMap { domain in
                DesiredState(
                    domain, keyring: known[domain.name.text] ?? [], agents: agents[domain.name] ?? [],
                    now: ports.clock.now()
                ).missingKeys
            }
            let made = missing.isEmpty ? [] : try await generate(missing, loaded, store, progress: progress)
            try? await keeper.stop()
            return made.map { KeySummary($0, now: ports.clock.now()) }.sorted { $0.id < $1.id }
        } catch {
            try? await keeper.stop()
            throw error
        }
    }

    func generate(
        _ missing: [PlannedKey], _ loaded: LoadedManifest, _ store: any StateStore,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [KeyRecord] {
        let keyring = try await openKeyring(loaded, store)
        progress(.generatingKeys(missing.count))
        do {
            return try await keyring.generate(missing.map { ($0.id, $0.algorithm) }, at: ports.clock.now())
        } catch {
            throw .keyring("\(error)")
        }
    }

    /// Why there is no key-encryption key, as one sentence.
    struct NoKeyEncryptionKey: Error, CustomStringConvertible {
        let description: String
    }

    /// Its text, which may be none yet.
    func keyEncryptionKey(_ loaded: LoadedManifest) async throws(NoKeyEncryptionKey) -> [UInt8] {
        guard let reference = loaded.manifest.settings.keyEncryptionKey else {
            throw NoKeyEncryptionKey(
                description: "the keyring is needed, and settings.keyring.key does not say what it is sealed with; "
                    + "name a file, variable or command that holds 32 random octets (`openssl rand -hex 32`)")
        }
        do { return try await ports.secrets.secret(reference, relativeTo: loaded.folder) } catch {
            throw NoKeyEncryptionKey(description: "the key-encryption key cannot be read: \(error)")
        }
    }

    /// The keyring of a manifest, with the key that unseals it.
    func openKeyring(_ loaded: LoadedManifest, _ store: any StateStore) async throws(OperationError) -> Keyring {
        let text: [UInt8]
        do { text = try await keyEncryptionKey(loaded) } catch { throw .keyring("\(error)") }
        do {
            return Keyring(
                store: store, keyEncryptionKey: try KeyEncryptionKey(text: text),
                sleep: { [clock = ports.clock] in
                    try await clock.sleep(until: clock.now().addingTimeInterval($0.timeInterval))
                })
        } catch {
            throw .keyring("\(error)")
        }
    }

    func keyRecords(_ loaded: LoadedManifest, _ store: any StateStore) async throws(OperationError) -> [KeyRecord] {
        do {
            return try await store.keys(forDomains: loaded.manifest.domains.map(\.name.text)).sorted { $0.id < $1.id }
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .other("\(error)")
        }
    }
}

extension KeyRecord {
    /// The TXT value as the key's state wants it: that it is revoked, or, of a removed one, none.
    fileprivate var recordToPublish: String {
        switch (state, id.purpose) {
        case (.removed, _): ""
        case (.revoked, .dkim): DKIMRecord.revoked(algorithm == .ed25519 ? .ed25519 : .rsa).text
        case (.revoked, .agent): AgentIdentityRecord.revoked.text
        default: recordText() ?? ""
        }
    }
}

extension KeySummary {
    init(_ key: KeyRecord, next: KeyStep? = nil, now: Date) {
        self.init(
            id: key.id, algorithm: key.algorithm, state: key.state, createdAt: key.createdAt,
            stateChangedAt: key.stateChangedAt, record: key.recordToPublish, asOf: now, next: next)
    }
}
