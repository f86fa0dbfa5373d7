import Audit
import FoundationEssentials
import Keys
package import Manifest
import Reconcile

/// What a token is to be.
package struct TokenRequest: Sendable {
    package var name: String
    package var scopes: Set<TokenScope>
    /// nil: for all agents.
    package var agents: Set<AgentID>?
    /// nil: it does not expire.
    package var validity: Duration?

    package static let nameOctetsMax = 64

    package init(name: String, scopes: Set<TokenScope>, agents: Set<AgentID>? = nil, validity: Duration? = nil) {
        self.name = name
        self.scopes = scopes
        self.agents = agents
        self.validity = validity
    }
}

/// A new token. `token` is to be shown once.
package struct TokenCreation: Sendable {
    package var record: TokenRecord
    package var token: AccessToken

    package init(record: TokenRecord, token: AccessToken) {
        self.record = record
        self.token = token
    }
}

extension Signet {
    /// Makes a token. The log has it before the store, and neither has its secret.
    ///
    /// Refused: no scope, `send` beside `oversight`, an agent that is neither declared nor registered.
    package func createToken(
        _ scope: Scope, _ request: TokenRequest
    ) async throws(OperationError) -> TokenCreation {
        let loaded = try load(Scope(manifestPath: scope.manifestPath))
        let store = try tokenStore(loaded, .readWrite)
        try Self.check(request)
        try await checkAgents(request.agents ?? [], loaded)
        let now = ports.clock.now()
        let token = AccessToken(
            id: TokenID(random: ports.random(TokenID.octetCount)), secret: ports.random(AccessToken.secretOctetCount))
        let record = TokenRecord(
            id: token.id, name: request.name, digest: token.digest, scopes: request.scopes, agents: request.agents,
            createdAt: now, expiresAt: request.validity.map { now.addingTimeInterval($0.timeInterval) })
        try await append(LogEntry(.tokenCreated, record, at: now), loaded)
        do throws(StoreError) {
            guard try await store.insertToken(record) else {
                throw StoreError(.duplicate, "there is a token \(record.id) already")
            }
        } catch {
            throw .store(error)
        }
        return TokenCreation(record: record, token: token)
    }

    /// Every token that was ever made, oldest first. Reads only.
    package func tokens(_ scope: Scope) async throws(OperationError) -> [TokenRecord] {
        let loaded = try load(Scope(manifestPath: scope.manifestPath))
        let store = try tokenStore(loaded, .readOnly)
        do { return try await store.tokens() } catch { throw .store(error) }
    }

    /// From now on it is good for nothing. A second time changes nothing and is not logged.
    package func revokeToken(_ scope: Scope, _ id: TokenID) async throws(OperationError) -> TokenRecord {
        let loaded = try load(Scope(manifestPath: scope.manifestPath))
        let store = try tokenStore(loaded, .readWrite)
        let now = ports.clock.now()
        do throws(StoreError) {
            guard let known = try await store.token(id) else {
                throw StoreError(.other, "there is no token \(id); `signet tokens list` shows those there are")
            }
            if known.revokedAt != nil { return known }
        } catch {
            throw .store(error)
        }
        try await append(LogEntry(.tokenRevoked, at: now, details: ["token": .text(id.rawValue)]), loaded)
        do throws(StoreError) {
            guard let record = try await store.revokeToken(id, at: now) else {
                throw StoreError(.other, "there is no token \(id)")
            }
            return record
        } catch {
            throw .store(error)
        }
    }

    private func tokenStore(
        _ loaded: LoadedManifest, _ access: StoreAccess
    ) throws(OperationError) -> any TokenStore {
        guard let store = try openPlainStore(loaded, access) as? any TokenStore else {
            throw .other("this store keeps no tokens")
        }
        return store
    }

    private func append(_ entry: LogEntry, _ loaded: LoadedManifest) async throws(OperationError) {
        guard let port = ports.log else { throw .log(AuditError(.unavailable, "this process keeps no log")) }
        do { _ = try await port.write(statePath(loaded), nil).append([entry]) } catch { throw .log(error) }
    }

    private static func check(_ request: TokenRequest) throws(OperationError) {
        guard !request.scopes.isEmpty else { throw .other("a token without a scope is good for nothing") }
        if let conflict = TokenScope.conflict(in: request.scopes) { throw .other(conflict) }
        guard (1...TokenRequest.nameOctetsMax).contains(request.name.utf8.count),
            request.name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw .other("a token's name has 1 to \(TokenRequest.nameOctetsMax) octets, none a control character") }
        if request.agents?.isEmpty == true { throw .other("a token that is bound to no agent is good for nothing") }
        if let validity = request.validity, validity <= .zero { throw .other("a token is good for some time") }
    }

    private func checkAgents(_ agents: Set<AgentID>, _ loaded: LoadedManifest) async throws(OperationError) {
        guard !agents.isEmpty else { return }
        let store = try openStore(loaded, .readOnly)
        var known = Set(loaded.manifest.agents.map(\.id))
        do { known.formUnion(try await store.agents().map(\.id)) } catch { throw .store(error) }
        if let stranger = agents.subtracting(known).min() {
            throw .other("\(stranger) is neither declared nor registered")
        }
    }
}

extension LogEntry {
    fileprivate init(_ kind: LogKind, _ token: TokenRecord, at time: Date) {
        var details: [String: LogValue] = [
            "token": .text(token.id.rawValue), "scopes": .list(token.scopes.sorted().map { .text($0.rawValue) }),
            // It may be a person's.
            "name": .personal(token.name),
        ]
        if let agents = token.agents { details["agents"] = .list(agents.sorted().map { .text($0.rawValue) }) }
        if let expiry = token.expiresAt { details["expires_at"] = .text(expiry.formatted(.iso8601)) }
        self.init(kind, at: time, details: details)
    }
}
