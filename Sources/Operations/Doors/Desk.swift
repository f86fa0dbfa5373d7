import Audit
import DNS
package import FoundationEssentials
import Keys
import Manifest
import Reconcile
import SendGate
import Synchronization

/// Signet as a process holds it that serves many requests: the manifest, the stores, the keys and the connections to
/// relays stay open, until the manifest changes. The use cases of every door but the command line begin here: each asks
/// first whether the caller may, and then runs what the command line runs.
///
/// A manifest that cannot be read any more closes the desk: as on the command line, nothing is sent without one.
package actor Desk {
    nonisolated let signet: Signet
    nonisolated let scope: Scope
    private let leases: SendLeases

    /// What is open, for one manifest.
    final class Opened: Sendable {
        let loaded: LoadedManifest
        let session: SendSession
        /// The session's store, as it keeps tokens.
        let tokens: any TokenStore

        init(loaded: LoadedManifest, session: SendSession, tokens: any TokenStore) {
            self.loaded = loaded
            self.session = session
            self.tokens = tokens
        }
    }

    /// Read by every request, which takes no turn at the actor for it.
    private nonisolated let current = Mutex<Result<Opened, OperationError>?>(nil)
    /// Looks at the domains that are handed out again: at one of them, or by nil at all.
    var domainsLooks: [DomainName?: DomainsLook] = [:]
    /// How many looks were begun.
    var domainsLooksCount = 0
    /// The last domain that is being declared.
    var declaring: Task<Void, Never>?
    private var opening: Task<Result<Opened, OperationError>, Never>?

    /// - Parameter leases: after how long others take this process for dead.
    package init(_ signet: Signet, manifestPath: String, leases: SendLeases = SendLeases()) {
        self.signet = signet
        self.leases = leases
        scope = Scope(manifestPath: manifestPath)
    }

    package nonisolated var now: Date { signet.ports.clock.now() }

    // MARK: what is open

    nonisolated func opened() async throws(OperationError) -> Opened {
        if let current = current.withLock({ $0 }) { return try current.get() }
        return try await reopen().get()
    }

    /// Looks whether the manifest has changed, or what was declared beside it, and opens it anew if it has, or if it could not be opened before. Throws
    /// what keeps the desk closed.
    package func refresh() async throws(OperationError) {
        if case .success(let opened)? = current.withLock({ $0 }) {
            do {
                if try await signet.version(scope, opened) == opened.loaded.version { return }
            } catch {
                current.withLock { $0 = .failure(error) }
                throw error
            }
        }
        _ = try await reopen().get()
    }

    private func reopen() async -> Result<Opened, OperationError> {
        if let opening { return await opening.value }
        let task = Task { [signet, scope, leases] in await Self.open(signet, scope, leases) }
        opening = task
        let result = await task.value
        current.withLock { $0 = result }
        opening = nil
        return result
    }

    private static func open(
        _ signet: Signet, _ scope: Scope, _ leases: SendLeases
    ) async -> Result<Opened, OperationError> {
        do throws(OperationError) {
            let loaded = try await signet.loadWithDeclared(scope, .readWrite)
            let session = try await SendSession(signet, scope, loaded, leases, measures: true)
            guard let tokens = session.store as? any TokenStore else { throw .other("this store keeps no tokens") }
            return .success(Opened(loaded: loaded, session: session, tokens: tokens))
        } catch {
            return .failure(error)
        }
    }

    // MARK: tokens

    /// How often a token's last use is written down.
    private static let useNoted = Duration.seconds(60)

    /// Who shows this token; nil: it is none, or is good for nothing any more. All of these look alike from outside.
    package nonisolated func grant(for text: String) async throws(OperationError) -> Caller.Grant? {
        guard let token = AccessToken(text) else { return nil }
        let tokens = try await opened().tokens
        let record: TokenRecord?
        do { record = try await tokens.token(token.id) } catch { throw .store(error) }
        // Compared even where there is none, so that the time does not tell.
        let expected = record?.digest ?? Self.nobody
        guard token.digest.isEqualInConstantTime(to: expected), let record, record.state(at: now) == .active else {
            return nil
        }
        let now = now
        if record.lastUsedAt.map({ now.timeIntervalSince($0) >= Self.useNoted.timeInterval }) ?? true {
            // The answer does not wait for it, and nothing hangs on it.
            Task { try? await tokens.recordTokenUse(record.id, at: now) }
        }
        return Caller.Grant(id: record.id, scopes: record.scopes, agents: record.agents)
    }

    /// The same for one whose token was looked at before; nil: it has ended since, or was revoked.
    package nonisolated func grant(of id: TokenID) async throws(OperationError) -> Caller.Grant? {
        let record: TokenRecord?
        do { record = try await opened().tokens.token(id) } catch { throw OperationError(error) }
        guard let record, record.state(at: now) == .active else { return nil }
        return Caller.Grant(id: record.id, scopes: record.scopes, agents: record.agents)
    }

    private static let nobody = SHA256.hash([])

    /// Throws what keeps requests from being served.
    package nonisolated func checkReady() async throws(OperationError) {
        let opened = try await opened()
        do { _ = try await opened.session.store.currentLease(at: now) } catch { throw .store(error) }
    }

    // MARK: sending

    /// As `Signet.send`, for an agent that the caller's token speaks for.
    package nonisolated func send(
        _ request: SendRequest, by caller: Caller
    ) async throws(OperationError) -> SendReport {
        try caller.authorised(to: .send, for: AgentID(rawValue: request.agent))
        return try await SendIntake(session: try await opened().session).send(request)
    }

    /// Works on everything that is due, as `Signet.flushOutbox`. The server's own: no caller asks for it.
    ///
    /// - Parameter goesOn: asked before more is claimed.
    /// - Returns: every message that was worked on, as it stands now.
    package nonisolated func flush(
        while goesOn: @escaping @Sendable () -> Bool
    ) async throws(OperationError) -> [SendReport] {
        try await SendWorker(session: try await opened().session, report: { _ in }, goesOn: goesOn).run()
    }
}
