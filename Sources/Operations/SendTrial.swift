import DNS
import Diagnostics
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile
import SendGate

/// What sending would come to, found out without leaving a trace: the store is opened to be read only, nothing is
/// logged, and DNS is all that is asked.
struct SendTrial: Sendable {
    let signet: Signet
    let scope: Scope
    let loaded: LoadedManifest

    func run(_ request: SendRequest) async throws(OperationError) -> SendReport {
        let now = signet.ports.clock.now()
        let store = try signet.openStore(loaded, .readOnly)
        let agent: AgentRegistration?
        do { agent = try await store.agent(AgentID(rawValue: request.agent)) } catch { throw .store(error) }
        let prepared: SendPreparation.Prepared
        do {
            prepared = try SendPreparation(
                id: MessageID(random: signet.ports.random(16)), defaultFrom: agent?.declaration.addresses.first,
                now: now, random: signet.ports.random
            ).prepare(request)
        } catch {
            throw .request(field: error.field, reason: error.reason)
        }
        var report = SendReport(
            kind: prepared.kind, agent: request.agent, domain: prepared.domain.text, from: prepared.from,
            recipients: prepared.recipients.map { OutboxMessage.Recipient(address: $0) },
            octetCount: prepared.octets.count, isTrial: true)
        guard let agent else {
            report.decision = .refuse(.agentUnregistered)
            report.reason = report.decision!.sentence
            return report
        }
        guard let domain = loaded.manifest.domains.first(where: { $0.name == agent.domain }) else {
            throw .other("the manifest does not declare \(agent.domain)")
        }
        let found = SendFacts(declaration: agent.declaration)
        var facts = GateFacts(
            log: .writable, registration: agent.state == .registered ? .registered : .revoked,
            sender: found.sender(prepared.from), recipients: found.recipients(prepared.recipients),
            limits: found.limits(
                recipients: prepared.recipients.count, sentInHour: await sentInHour(request.agent, store, now)),
            convergence: .converged, alignment: .stale, declaredMode: agent.declaration.oversight,
            requestedMode: GateFacts.RequestedMode(request.mode), approval: .none,
            oversightCopy: found.copyAddress(from: prepared.from) == nil ? .impossible : .possible)
        var decision = Gate.decide(facts)
        if decision == .observeAgain {
            let state = try await state(of: domain, store)
            report.reason = (state.findings.map { "\($0.code.rawValue): \($0.detail)" } + state.waitingFor)
                .joined(separator: "; ")
            switch state.status {
            case .aligned: facts.alignment = .aligned
            case .propagating: facts.convergence = .notConverged
            case .misaligned: facts.alignment = .misaligned
            case .unknown: facts.convergence = .unknown
            }
            decision = Gate.decide(facts)
        }
        if prepared.kind == .redirect, facts.alignment == .aligned {
            // Without the seal, which takes a private key: whether the message itself would pass.
            let verdict = await MessageVerifier(resolver: try await signet.network(loaded, store))
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
        report.signers = await signers(agent, store, prepared.kind)
        return report
    }

    private func sentInHour(_ agent: String, _ store: any StateStore, _ now: Date) async -> Int? {
        guard let outbox = store as? any OutboxReading else { return nil }
        return try? await outbox.countedMessages(
            of: agent, since: now.addingTimeInterval(-OutboxLimits.hour.timeInterval))
    }

    private func state(
        of domain: DomainDeclaration, _ store: any StateStore
    ) async throws(OperationError) -> DomainState {
        var narrowed = loaded
        narrowed.manifest.domains.removeAll { $0.name != domain.name }
        let network = try await signet.network(loaded, store)
        let states = try await signet.states(
            scope, narrowed, store: store, network: network, remembering: false, deadline: signet.ports.clock.now(),
            progress: { _ in })
        guard let state = states.first else { throw .other("\(domain.name) could not be observed") }
        return state
    }

    /// Which keys would sign; their private halves stay sealed.
    private func signers(
        _ agent: AgentRegistration, _ store: any StateStore, _ kind: OutboxMessage.Kind
    ) async -> [String] {
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
