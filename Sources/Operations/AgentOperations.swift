import DNS
import FoundationEssentials
package import Keys
package import Manifest
import MailAuth
package import Reconcile

/// One agent: what is declared, what is registered, and how its keys stand.
package struct AgentSummary: Sendable {
    package var id: AgentID
    /// nil: the manifest no longer has it.
    package var declared: AgentDeclaration?
    /// nil: no apply has registered it yet.
    package var registration: AgentRegistration?
    package var keys: [KeySummary]
    /// The key that signs; nil: none has converged.
    package var signingKey: KeyID?

    package init(
        id: AgentID, declared: AgentDeclaration?, registration: AgentRegistration?, keys: [KeySummary],
        signingKey: KeyID?
    ) {
        self.id = id
        self.declared = declared
        self.registration = registration
        self.keys = keys
        self.signingKey = signingKey
    }

    /// Registered as declared, with a key that signs.
    package var isReady: Bool {
        guard let declared, let registration, registration.state == .registered else { return false }
        return registration.digest == declared.digest && signingKey != nil
    }
}

extension Signet {
    /// Every agent that is declared or was ever registered, by id. Reads the store only.
    package func agents(_ scope: Scope) async throws(OperationError) -> [AgentSummary] {
        let loaded = try await loadWithDeclared(scope)
        let domains = scope.domains.isEmpty ? nil : Set(loaded.manifest.domains.map(\.name))
        return try await agents(loaded, try openStore(loaded, .readOnly), within: domains)
    }

    /// - Parameters:
    ///   - domains: those whose agents are wanted; nil: all, and agents of domains that are declared no longer.
    ///   - isWanted: which agents are.
    func agents(
        _ loaded: LoadedManifest, _ store: any StateStore, within domains: Set<DomainName>? = nil,
        where isWanted: (AgentID) -> Bool = { _ in true }
    ) async throws(OperationError) -> [AgentSummary] {
        let registered: [AgentRegistration]
        do { registered = try await store.agents() } catch { throw .store(error) }
        let declared = Dictionary(
            uniqueKeysWithValues: loaded.manifest.agents.filter { agent in
                isWanted(agent.id)
                    && (domains?.contains(agent.domain) ?? (loaded.manifest.domain(agent.domain) != nil))
            }.map { ($0.id, $0) })
        let known = Dictionary(
            uniqueKeysWithValues: registered.filter { isWanted($0.id) && domains?.contains($0.domain) ?? true }
                .map { ($0.id, $0) })
        var keys: [KeyRecord] = []
        do {
            keys = try await store.keys(
                forDomains: Array(Set(declared.values.map(\.domain.text) + known.values.map(\.domain.text)))
            ).filter { $0.id.purpose == .agent }.sorted { $0.id < $1.id }
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .other("\(error)")
        }
        let keysByAgent = Dictionary(grouping: keys) { $0.id.agentKey?.agent }
        return Set(declared.keys).union(known.keys).sorted().map { id in
            let own = keysByAgent[id.rawValue] ?? []
            return AgentSummary(
                id: id, declared: declared[id], registration: known[id], keys: summaries(own, loaded),
                signingKey: AgentKeyLife.signingKey(of: id, in: own)?.id)
        }
    }

    package func agent(_ id: AgentID, _ scope: Scope) async throws(OperationError) -> AgentSummary {
        guard let agent = try await agents(scope).first(where: { $0.id == id }) else {
            throw .other("\(id) is neither declared nor registered")
        }
        return agent
    }
}
