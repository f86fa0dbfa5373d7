package import DNS
import FoundationEssentials
import Keys
import MailAuth
package import Manifest
import Reconcile

/// Whose keys.
package enum KeyOwner: Sendable, Equatable {
    case agent(AgentID)
    /// Its DKIM keys of that type; nil: of every declared type.
    case domain(DomainName, DKIMDeclaration.KeyType?)
}

extension Signet {
    /// Whom a name on the command line means: a domain or an agent of the manifest.
    package func keyOwner(
        _ text: String, _ type: DKIMDeclaration.KeyType?, _ scope: Scope
    ) async throws(OperationError) -> KeyOwner {
        let manifest = try await loadWithDeclared(scope).manifest
        let agent = manifest.agent(AgentID(rawValue: text))
        let domain = (try? DomainName(text)).flatMap(manifest.domain)
        switch (agent, domain) {
        case (nil, nil): throw .other("\(text) is neither a domain nor an agent of the manifest")
        case (_?, _?) where type == nil:
            throw .other("\(text) is both a domain and an agent of the manifest; write the domain with its final dot")
        case (let agent?, nil):
            guard type == nil else { throw .other("\(agent.id) is an agent, whose keys are all of one type") }
            return .agent(agent.id)
        case (_, let domain?): return .domain(domain.name, type)
        }
    }

    package func domainName(_ text: String) throws(OperationError) -> DomainName { try Self.name(text) }

    /// Makes the next keys of an agent or a domain, which apply publishes beside the present ones and, once they have
    /// converged, lets take over from them.
    package func rotateKeys(
        of owner: KeyOwner, _ scope: Scope, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> [KeySummary] {
        let loaded = try await loadWithDeclared(scope, .readWrite)
        let store = try openStore(loaded, .readWrite)
        let keeper = try await acquireLease(store, LeaseKeeper.durationDefault)
        do throws(OperationError) {
            let keys = try await keyRecords(loaded, store)
            let wanted =
                switch owner {
                case .agent(let id): [try nextKey(ofAgent: id, loaded, keys)]
                case .domain(let name, let type): try nextKeys(of: name, type, loaded, keys)
                }
            let made = try await generate(wanted, loaded, store, progress: progress)
            try? await keeper.stop()
            let now = ports.clock.now()
            return made.map { KeySummary($0, next: KeyStep(.publish), now: now) }
        } catch {
            try? await keeper.stop()
            throw error
        }
    }

    private func nextKey(
        ofAgent id: AgentID, _ loaded: LoadedManifest, _ keys: [KeyRecord]
    ) throws(OperationError) -> PlannedKey {
        guard let agent = loaded.manifest.agent(id) else {
            throw .other("\(id) is not an agent of the manifest")
        }
        let keys = keys.filter { $0.id.domain == agent.domain.text && $0.id.keyName?.agent == id.rawValue }
        if let waiting = keys.last(where: { $0.state == .generated || $0.state == .published }) {
            throw Self.underWay(waiting)
        }
        let number = (keys.last?.id.keyName?.number ?? 0) + 1
        guard
            let name = AgentKeyName(domain: agent.domain, agent: id.rawValue, key: AgentKeyName.key(number: number))
        else { throw .other("the name of the key would be longer than DNS allows") }
        return PlannedKey(id: KeyID(name), algorithm: .ed25519)
    }

    /// All of them or none: where one is under way, nothing is made.
    private func nextKeys(
        of name: DomainName, _ type: DKIMDeclaration.KeyType?, _ loaded: LoadedManifest, _ keys: [KeyRecord]
    ) throws(OperationError) -> [PlannedKey] {
        guard let domain = loaded.manifest.domain(name) else {
            throw .other("\(name) is not a domain of the manifest")
        }
        guard domain.sends, let dkim = domain.dkim else {
            throw .other("\(name) does not send, and so has no key to rotate")
        }
        let types = type.map { [$0] } ?? dkim.keys
        guard types.allSatisfy(dkim.keys.contains) else {
            throw .other(
                "\(name) declares no \(types[0].rawValue) key; its `dkim.keys` are "
                    + dkim.keys.map(\.rawValue).joined(separator: ", "))
        }
        let own = keys.filter { $0.id.domain == name.text && $0.id.purpose == .dkim }
        let algorithms = Set(types.map { KeyAlgorithm($0) })
        if let waiting = own.last(where: {
            algorithms.contains($0.algorithm) && ($0.state == .generated || $0.state == .published)
        }) {
            throw Self.underWay(waiting)
        }
        for algorithm in algorithms where !own.contains(where: { $0.algorithm == algorithm && $0.state == .active }) {
            throw .other("\(name) has no active \(algorithm.rawValue) key to rotate; run apply")
        }
        // As if the time of each were over: a declaration under which every key is due.
        var due = dkim
        due.rotateEvery = .zero
        due.keys = dkim.keys.filter { algorithms.contains(KeyAlgorithm($0)) }
        let missing = DKIMKeyLife(
            domain: name, declaration: due, keyring: own, overlap: domain.keyOverlap, now: .distantFuture
        ).missing
        for key in missing where (try? name.prepending("\(key.id.selector)._domainkey")) == nil {
            throw .other("the name of the key would be longer than DNS allows")
        }
        return missing
    }

    private static func underWay(_ key: KeyRecord) -> OperationError {
        .other("\(key.id) is made already and has not taken over yet; run apply")
    }

    /// Revokes a DKIM key that somebody else may have: nothing is signed with it from now on, and its record is marked
    /// (`p=`) at once; where it signed, its successor is published with the same stroke. Refused where the domain, or
    /// its agents, could then not send until a successor has converged, unless `stopsSending`.
    ///
    /// What fails after the first step is finished by the next apply: the key stays revoked.
    package func revokeKey(
        _ selector: String, of name: DomainName, _ scope: Scope, stopsSending: Bool,
        leaseDuration: Duration = LeaseKeeper.durationDefault, progress: @escaping @Sendable (Progress) -> Void
    ) async throws(OperationError) -> ApplyReport {
        var scope = scope
        scope.domains = [name.text]
        // What was declared through the API is published by hand, and so is what becomes of its keys.
        let loaded = try await loadWithDeclared(scope, .readWrite)
        let store = try openStore(loaded, .readWrite)
        let network = try await self.network(loaded, store)
        let providers = try providers(loaded, store: store, network: network, lease: leaseDuration)
        let keeper = try await acquireLease(store, leaseDuration)
        do throws(OperationError) {
            let key = try await endKey(selector, of: name, loaded, store, stopsSending: stopsSending)
            // There a person published what stands, and a person replaces it.
            let isDeclaredElsewhere = loaded.manifest.domain(name)?.provider == DeclaredDomain.provider
            let run = ApplyRun(
                signet: self, scope: scope, loaded: loaded, store: store, network: network, keeper: keeper,
                providers: providers, options: ApplyOptions(allowDestructive: isDeclaredElsewhere), progress: progress)
            var report = try await run.run(narrowedTo: { $0.name.text.hasSuffix("._domainkey.\(name.text)") })
            report.revokedKeys = [key]
            try? await keeper.stop()
            return report
        } catch {
            try? await keeper.stop()
            throw error
        }
    }

    /// Revokes the key, or removes it where it was never published. A server, or another process, may let it go on in its
    /// life at the same time: what it is by then decides.
    private func endKey(
        _ selector: String, of name: DomainName, _ loaded: LoadedManifest, _ store: any StateStore, stopsSending: Bool
    ) async throws(OperationError) -> KeyID {
        // A key's life goes one way, and so does not change oftener than it has states.
        for _ in KeyState.allCases {
            let keys = try await keyRecords(loaded, store).filter {
                $0.id.domain == name.text && $0.id.purpose == .dkim
            }
            guard let key = keys.first(where: { $0.id.selector == selector }), key.state != .removed else {
                let there = keys.filter { $0.state != .removed }.map(\.id.selector)
                throw .other(
                    "\(name) has no key with the selector \(selector); "
                        + (there.isEmpty ? "it has none at all" : "there is " + there.joined(separator: ", ")))
            }
            if key.state == .revoked { return key.id }
            if !stopsSending { try refuseSilence(without: key, keys, loaded) }
            // Of what was never published nothing is to be marked.
            let end: KeyState = key.state == .generated ? .removed : .revoked
            if try await move([key.id], from: key.state, to: end, store) > 0 { return key.id }
        }
        throw .other(
            "the key \(selector) of \(name) was not revoked: it changed each time before it could be; run the command again"
        )
    }

    private func refuseSilence(
        without key: KeyRecord, _ keys: [KeyRecord], _ loaded: LoadedManifest
    ) throws(OperationError) {
        guard key.state == .active else { return }
        let others = keys.filter { $0.state == .active && $0.id != key.id }
        let reason: String
        if others.isEmpty {
            reason = "no other key of \(key.id.domain) signs"
        } else if key.algorithm == .ed25519,
            loaded.manifest.agents.contains(where: { $0.domain.text == key.id.domain }),
            !others.contains(where: { $0.algorithm == .ed25519 })
        {
            reason = "its agents' identity headers need an active Ed25519 key, and \(key.id.domain) has no other"
        } else {
            return
        }
        throw .other(
            "\(key.id) was not revoked: \(reason), so that mail would wait until the next one has converged; run "
                + "`signet keys rotate \(key.id.domain)` and apply first, or say --stop-sending")
    }
}
