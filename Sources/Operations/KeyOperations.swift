import DNS
import FoundationEssentials
import Keys
import MailAuth
package import Manifest
import Reconcile

extension Signet {
    /// Every key of the scope's domains, by id. Reads the store only.
    package func keys(_ scope: Scope) async throws(OperationError) -> [KeySummary] {
        let loaded = try load(scope)
        let store = try openStore(loaded, .readOnly)
        return try await keyRecords(loaded, store).map { KeySummary($0) }
    }

    /// Makes, ahead of apply, the keys that the declarations ask for: sealed, and not published.
    package func generateKeys(
        _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [KeySummary] {
        let loaded = try load(scope)
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
            return made.map { KeySummary($0) }.sorted { $0.id < $1.id }
        } catch {
            try? await keeper.stop()
            throw error
        }
    }

    /// Makes an agent's next key, which apply publishes beside the present one and, once it has converged, lets take
    /// over from it.
    package func rotateKey(
        ofAgent id: AgentID, _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> KeySummary {
        let loaded = try load(scope)
        guard let agent = loaded.manifest.agents.first(where: { $0.id == id }) else {
            throw .other("\(id) is not an agent of the manifest")
        }
        let store = try openStore(loaded, .readWrite)
        let keeper = try await acquireLease(store, LeaseKeeper.durationDefault)
        do throws(OperationError) {
            let keys = try await keyRecords(loaded, store).filter {
                $0.id.domain == agent.domain.text && $0.id.keyName?.agent == id.rawValue
            }
            if let waiting = keys.last(where: { $0.state == .generated || $0.state == .published }) {
                throw .other("\(waiting.id) is made already and has not taken over yet; run apply")
            }
            let number = (keys.last?.id.keyName?.number ?? 0) + 1
            guard
                let name = AgentKeyName(
                    domain: agent.domain, agent: id.rawValue, key: AgentKeyName.key(number: number))
            else { throw .other("the name of the key would be longer than DNS allows") }
            let made = try await generate(
                [PlannedKey(id: KeyID(name), algorithm: .ed25519)], loaded, store, progress: progress)
            try? await keeper.stop()
            return KeySummary(made[0])
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

    /// The keyring of a manifest, with the key that unseals it.
    func openKeyring(_ loaded: LoadedManifest, _ store: any StateStore) async throws(OperationError) -> Keyring {
        guard let reference = loaded.manifest.settings.keyEncryptionKey else {
            throw .keyring(
                "the keyring is needed, and settings.keyring.key does not say what it is sealed with; "
                    + "name a file, variable or command that holds 32 random octets (`openssl rand -hex 32`)")
        }
        let text: [UInt8]
        do { text = try await ports.secrets.secret(reference, relativeTo: loaded.folder) } catch {
            throw .keyring("the key-encryption key cannot be read: \(error)")
        }
        do { return Keyring(store: store, keyEncryptionKey: try KeyEncryptionKey(text: text)) } catch {
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

extension KeySummary {
    init(_ key: KeyRecord) {
        self.init(
            id: key.id, algorithm: key.algorithm, state: key.state, createdAt: key.createdAt,
            stateChangedAt: key.stateChangedAt, record: key.recordText() ?? "")
    }
}
