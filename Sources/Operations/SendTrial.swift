import DNS
import Diagnostics
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile
import SendGate

/// What sending would come to, found out without leaving a trace of the message: the store is only read, and DNS is all
/// that is asked.
struct SendTrial: Sendable {
    let signet: Signet
    let store: any StateStore
    let declaration: @Sendable (DomainName) -> DomainDeclaration?
    /// Made when it is first needed.
    let network: @Sendable () async throws(OperationError) -> any DNSNetwork
    /// What is known of the domain, or is seen of it now.
    let alignment: @Sendable (DomainDeclaration) async throws(OperationError) -> ObservedAlignment

    private func report(_ request: SendRequest, _ prepared: SendPreparation.Prepared?) -> SendReport {
        var report = SendReport(request, prepared)
        report.octetCount = prepared?.octets.count
        report.isTrial = true
        return report
    }

    func run(_ request: SendRequest) async throws(OperationError) -> SendReport {
        let now = signet.ports.clock.now()
        let agent: AgentRegistration?
        do { agent = try await store.agent(AgentID(rawValue: request.agent)) } catch { throw .store(error) }
        let preparation = SendPreparation(
            id: MessageID(random: signet.ports.random(16)), defaultFrom: agent?.declaration.addresses.first,
            now: now, random: signet.ports.random)
        guard let agent else {
            let decision = GateDecision.refuse(.agentUnregistered)
            var report = report(request, try? preparation.prepare(request))
            report.decision = decision
            report.reason = decision.sentence(near: try await store.agent(near: request.agent))
            return report
        }
        let prepared: SendPreparation.Prepared
        do {
            prepared = try preparation.prepare(request)
        } catch {
            throw .request(field: error.field, reason: error.reason)
        }
        var report = report(request, prepared)
        guard let domain = declaration(agent.domain) else {
            throw .other("the manifest does not declare \(agent.domain)")
        }
        let found = SendFacts(declaration: agent.declaration)
        var facts = GateFacts(
            log: .writable, registration: agent.state == .registered ? .registered : .revoked,
            sender: found.sender(prepared.from), recipients: found.recipients(prepared.recipients),
            limits: found.limits(
                recipients: prepared.recipients.count,
                sentInHour: agent.declaration.limits.perHour == nil ? 0 : await sentInHour(request.agent, now)),
            convergence: .converged, alignment: .stale, declaredMode: agent.declaration.oversight,
            requestedMode: GateFacts.RequestedMode(request.mode), approval: .none,
            oversightCopy: found.copyAddress(from: prepared.from) == nil ? .impossible : .possible)
        var decision = Gate.decide(facts)
        if decision == .observeAgain {
            let seen = try await alignment(domain)
            (facts.convergence, facts.alignment, report.reason) = (seen.convergence, seen.alignment, seen.finding)
            decision = Gate.decide(facts)
        }
        if prepared.kind == .redirect, facts.alignment == .aligned {
            // Without the seal, which takes a private key: whether the message itself would pass.
            let resolver = DeadlineResolver(try await network(), clock: signet.ports.clock)
            let verdict = await MessageVerifier(resolver: resolver)
                .verify(Message(prepared.octets), envelope: .init(), unixTime: Int64(now.timeIntervalSince1970))
            switch RedirectSeal.outcome(of: verdict) {
            case .unknown(let reason): (facts.alignment, report.reason) = (.unknown, reason)
            case .unfit(let reason): (facts.alignment, report.reason) = (.misaligned, reason)
            case .sealed, nil: break
            }
            decision = Gate.decide(facts)
        }
        if report.reason.isEmpty { report.reason = decision.sentence }
        report.decision = decision
        if decision == .release(.withCopy), let copy = found.copyAddress(from: prepared.from) {
            report.recipients.append(OutboxMessage.Recipient(address: copy, isCopy: true))
        }
        report.signers = await signers(agent, prepared.kind)
        return report
    }

    private func sentInHour(_ agent: String, _ now: Date) async -> Int? {
        guard let outbox = store as? any OutboxReading else { return nil }
        return try? await outbox.countedMessages(
            of: agent, since: now.addingTimeInterval(-OutboxLimits.hour.timeInterval))
    }

    /// Which keys would sign; their private halves stay sealed.
    private func signers(_ agent: AgentRegistration, _ kind: OutboxMessage.Kind) async -> [String] {
        let keys = (try? await store.keys(forDomains: [agent.domain.text])) ?? []
        let domainKeys = DKIMKeyLife.signingKeys(of: agent.domain, in: keys)
        if kind == .redirect {
            // A set has one seal, and RSA is what every validator knows.
            let seal = domainKeys.first { $0.algorithm != .ed25519 } ?? domainKeys.first
            return seal.map { [$0.id.description] } ?? []
        }
        let signing = domainKeys + (AgentKeyLife.signingKey(of: agent.id, in: keys).map { [$0] } ?? [])
        return signing.map(\.id.description).sorted()
    }
}

extension Signet {
    /// What `send` would do now. Stores, logs and sends nothing.
    package func trySend(_ scope: Scope, _ request: SendRequest) async throws(OperationError) -> SendReport {
        let loaded = try await loadWithDeclared(Scope(manifestPath: scope.manifestPath))
        let store = try openStore(loaded, .readOnly)
        return try await SendTrial(
            signet: self, store: store,
            declaration: { loaded.manifest.domain($0) },
            network: { () async throws(OperationError) in try await network(loaded, store) },
            alignment: { (domain) async throws(OperationError) in try await look(at: domain, scope, loaded, store) }
        ).run(request)
    }

    /// The domain's state, seen now and kept nowhere.
    private func look(
        at domain: DomainDeclaration, _ scope: Scope, _ loaded: LoadedManifest, _ store: any StateStore
    ) async throws(OperationError) -> ObservedAlignment {
        let state = try await state(
            of: domain.name, scope, loaded, store: store, network: try await network(loaded, store),
            remembering: .nothing)
        guard let state else { throw .other("\(domain.name) could not be observed") }
        let (convergence, alignment) = state.facts
        return ObservedAlignment(
            domain: domain.name.text, observedAt: ports.clock.now(), convergence: convergence, alignment: alignment,
            finding: state.finding)
    }
}

extension Desk {
    /// As `Signet.trySend`, for an agent that the caller's token speaks for. Where the domain has to be looked at, that is
    /// recorded as for any message, and shared with those that wait for the same.
    package nonisolated func trySend(
        _ request: SendRequest, by caller: Caller
    ) async throws(OperationError) -> SendReport {
        try caller.authorised(to: .send, for: AgentID(rawValue: request.agent))
        let opened = try await opened()
        let session = opened.session
        return try await SendTrial(
            signet: signet, store: session.store, declaration: { session.declaration(of: $0) },
            network: { () async throws(OperationError) in session.network },
            alignment: { (domain) async throws(OperationError) in
                do throws(SendStoreError) {
                    if let known = try await session.recentAlignment(of: domain) { return known }
                } catch {
                    throw OperationError(error)
                }
                return await session.observe(domain)
            }
        ).run(request)
    }
}
