import Audit
import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile

extension LoadedManifest {
    /// How many domains the API takes in one state: each is looked at by `verify` and `status` like the manifest's own.
    static let declaredMax = 10_000
}

/// Takes a domain in that is declared through the API: its keys are sealed and the log has it before the store does, so
/// that it never stands without them.
struct DomainIntake {
    let session: SendSession

    private var signet: Signet { session.signet }

    /// The domain as it stands then, and whether it is new. What repeats a declaration changes nothing but that keys are made
    /// for agents that the manifest has got since.
    ///
    /// - Parameter loaded: with every domain that was declared before.
    func declare(
        _ request: DomainRequest, _ loaded: LoadedManifest
    ) async throws(OperationError) -> (domain: DeclaredDomain, isNew: Bool) {
        let input = try request.read()
        let name = input.name
        let own = loaded.manifest.domain(name)
        guard own == nil || own?.provider == DeclaredDomain.provider else {
            throw .conflict("the manifest declares \(name), and its word holds; nothing was changed")
        }
        if let standing = loaded.declared.first(where: { $0.name == name }) {
            guard request.matches(standing, input) else {
                throw .conflict(
                    "\(name) is declared already, otherwise; to change it, take what `signet export` writes into the manifest"
                )
            }
            try await makeKeys(standing, loaded)
            return (standing, false)
        }
        guard loaded.declared.count < LoadedManifest.declaredMax else {
            throw .conflict("\(LoadedManifest.declaredMax) domains are declared through the API, which is all it takes")
        }
        var domain = DeclaredDomain(
            name: name, keyType: request.keyType ?? Self.keyType(loaded.manifest),
            policy: request.policy ?? loaded.manifest.inherited.dmarc?.record.policy ?? .none,
            aggregateReports: request.aggregateReports == nil
                ? loaded.manifest.inherited.dmarc?.record.aggregateReports ?? [] : input.aggregateReports,
            createdAt: session.now)
        try await makeKeys(domain, loaded)
        domain.createdAt = session.now
        try await record(domain)
        return (domain, true)
    }

    /// The first that every domain of the manifest has by default.
    private static func keyType(_ manifest: Manifest) -> DKIMDeclaration.KeyType {
        manifest.inherited.dkim?.keys.first ?? .rsa2048
    }

    private func makeKeys(_ domain: DeclaredDomain, _ loaded: LoadedManifest) async throws(OperationError) {
        guard let declaration = domain.declaration(in: loaded.manifest) else {
            throw .conflict(
                "the manifest says of no domain declared here who may send (SPF): its operator gives `defaults` a relay "
                    + "with `egress`, or `spf`")
        }
        let store = session.loggedStore
        // Whoever applies, or declares in another process, makes keys too.
        let keeper = try await signet.acquireLease(store, LeaseKeeper.durationDefault)
        do throws(OperationError) {
            var narrow = loaded
            narrow.manifest.domains = [declaration]
            let known = try await signet.keyRecords(narrow, store)
            let missing = DesiredState(
                declaration, keyring: known,
                agents: loaded.manifest.agents.filter { $0.domain == domain.name }, now: session.now
            ).missingKeys
            if !missing.isEmpty { _ = try await signet.generate(missing, narrow, store, progress: { _ in }) }
        } catch {
            try? await keeper.stop()
            throw error
        }
        try? await keeper.stop()
    }

    private func record(_ domain: DeclaredDomain) async throws(OperationError) {
        guard let store = session.store as? any DeclaredDomainStore else {
            throw .other("this store keeps no domains")
        }
        let entry = LogEntry(
            .domainDeclared, at: domain.createdAt, domain: domain.name.text,
            details: [
                "dkim_key_type": .text(domain.keyType.rawValue), "dmarc_policy": .text(domain.policy.rawValue),
                // Somebody may read these mailboxes.
                "dmarc_rua": .list(domain.aggregateReports.map { .personal($0) }),
            ])
        do { _ = try await session.log.append(entry) } catch { throw .log(error) }
        do throws(StoreError) {
            guard try await store.insertDeclaredDomain(domain) else {
                throw StoreError(.duplicate, "\(domain.name) was declared by another process at the same time")
            }
        } catch {
            throw error.code == .duplicate ? .conflict("\(error.message); ask again") : .store(error)
        }
    }
}
