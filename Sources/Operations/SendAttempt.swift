import Audit
import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Reconcile
import SendGate

/// One attempt with one message that this process has claimed: the gate, the log, the signatures, the relay, and what
/// came of it. Everything that it does is recorded durably before the step that depends on it.
///
/// Killed anywhere, it leaves the message where the next process finds it: docs/decisions/0006-one-handover.md.
struct SendAttempt: Sendable {
    let session: SendSession
    let message: OutboxMessage
    /// The octets that the outbox has taken in a moment ago; nil: it is asked for them.
    var given: [UInt8]?

    /// What the gate said, and the message as it stands afterwards.
    struct Ending: Sendable {
        var decision: GateDecision?
        var message: OutboxMessage
        var authentication: MeasuredAuthentication?

        var report: SendReport { SendReport(message, decision: decision, authentication: authentication) }
    }

    private var now: Date { session.now }
    private var send: SendID { SendID(rawValue: message.id.rawValue) }
    private var attemptID: AttemptID { AttemptID(rawValue: "\(message.id).\(message.attempt)") }
    private var approvals: Approvals { Approvals(store: session.store) }

    func run() async throws(OperationError) -> Ending {
        do {
            return try await attempt()
        } catch {
            // What cannot be read or written is never sent. Before the end of the data this gives the message back at
            // once; after it, or where not even this can be written, its lease runs out.
            let until = now.addingTimeInterval(SendLimits.reconsider.timeInterval)
            let reason = (error as? OperationError).map(Self.sentence) ?? "\(error)"
            _ = try? await session.store.apply(
                [OutboxStoreEvent(message.id, .postponed(attempt: message.attempt, until: until, reason: reason))],
                at: now)
            // What failed after the hand-over does not undo it: the message tells where it stands.
            if let after = try? await session.store.outboxMessage(message.id), after.attempt == message.attempt,
                after.state.mayBeHandedOver
            {
                return Ending(message: after)
            }
            throw .unfinished(message.id, reason: reason)
        }
    }

    private static func sentence(_ error: OperationError) -> String {
        switch error {
        case .other(let text), .file(let text), .keyring(let text): text
        case .store(let error): error.message
        default: "\(error)"
        }
    }

    private func attempt() async throws -> Ending {
        var known = given
        if known == nil { known = try await session.store.octets(of: message.id) }
        guard let octets = known else {
            return try await refuse(.agentUnregistered, "its octets are gone from the outbox")
        }
        let id = AgentID(rawValue: message.agent)
        guard let agent = try await session.store.agent(id) else {
            return try await refuse(.agentUnregistered, "")
        }
        guard let domain = session.declaration(of: agent.domain) else {
            return try await postpone(.convergenceUnknown, "the manifest no longer declares \(agent.domain)")
        }
        try await releaseEarlierClaim()
        let requested = GateFacts.RequestedMode(message.requestedMode)
        let mode = Gate.effectiveMode(agent.declaration.oversight, requested) ?? agent.declaration.oversight
        let recipients = message.recipients.filter { !$0.isCopy }.map(\.address)
        let digest = MessageDigest(
            of: MessageContent(message, octets: octets, agent: agent.declaration, digest: agent.digest))
        let record = try await session.store.latestApproval(for: send)
        let found = SendFacts(declaration: agent.declaration)
        let copy = found.copyAddress(from: message.sender)
        var facts = GateFacts(
            log: .writable, registration: agent.state == .registered ? .registered : .revoked,
            sender: found.sender(message.sender), recipients: found.recipients(recipients),
            // The rate was held when the message was taken in, in the same transaction.
            limits: found.limits(recipients: recipients.count, sentInHour: 0), convergence: .unknown,
            alignment: .stale, declaredMode: agent.declaration.oversight, requestedMode: requested,
            approval: GateFacts.Approval(
                record, message: digest, attempt: attemptID, roster: try await session.roster(), at: now),
            oversightCopy: copy == nil ? .impossible : .possible)

        // What refuses whatever the domain's state needs no look at DNS.
        var finding = ""
        if let known = try await session.recentAlignment(of: domain) {
            (facts.convergence, facts.alignment, finding) = (known.convergence, known.alignment, known.finding)
        } else {
            facts.convergence = .converged
        }
        var decision = Gate.decide(facts)
        if decision == .observeAgain {
            let seen = await session.observe(domain)
            (facts.convergence, facts.alignment, finding) = (seen.convergence, seen.alignment, seen.finding)
            decision = Gate.decide(facts)
        }
        var outgoing: OutgoingSignatures?
        // Whether somebody else's message would pass is known once it is sealed; nobody is asked about one that would not.
        let isOpen = facts.convergence == .converged && facts.alignment == .aligned
        if message.kind == .redirect ? isOpen : decision.isRelease {
            do {
                let signing = try await session.signing(agent)
                switch message.kind {
                case .original: outgoing = .signed(with: signing)
                case .redirect:
                    switch try await seal(octets, domain, signing) {
                    case .sealed(let sealed): outgoing = .sealed(sealed, key: signing.sealing.name)
                    case .unknown(let reason): (facts.alignment, finding) = (.unknown, reason)
                    case .unfit(let reason): (facts.alignment, finding) = (.misaligned, reason)
                    }
                }
            } catch {
                // Without keys nothing leaves that receivers would take as authentic.
                facts.convergence = .notConverged
                finding = "\(error)"
            }
        }
        var claim: ApprovalClaim?
        if Gate.decide(facts) == .release(.byApproval), let record {
            claim = try await approvals.claim(record.id, send: send, message: digest, attempt: attemptID, at: now)
        }
        switch Gate.open(facts, message: digest, claim: claim) {
        case .released(let token):
            return try await release(
                token, octets: octets, agent: agent, mode: mode, outgoing: outgoing!,
                approval: claim == nil ? nil : record, copy: copy)
        case .stopped(.hold(let reason)):
            return try await hold(reason, record, digest, mode: mode, agent: agent)
        case .stopped(.refuse(let reason)):
            return try await refuse(reason, reason == .misaligned ? finding : "")
        case .stopped(.deferred(let reason)):
            return try await postpone(reason, finding)
        case .stopped:
            // It was observed a moment ago, and still no word on it.
            return try await postpone(.alignmentUnknown, finding)
        }
    }

    private func seal(
        _ octets: [UInt8], _ domain: DomainDeclaration, _ signing: DomainSigning
    ) async throws -> RedirectSeal.Outcome {
        let resolver = DeadlineResolver(session.network, clock: session.signet.ports.clock)
        return try await RedirectSeal(domain: domain, resolver: resolver, key: signing.sealing)
            .seal(octets, unixTime: Int64(now.timeIntervalSince1970))
    }

    /// An attempt of this message that died before the end of its data had claimed the approval: it handed nothing
    /// over, so the approval is as good as before.
    private func releaseEarlierClaim() async throws {
        guard message.attempt > 1, let record = try await session.store.latestApproval(for: send),
            record.state == .inFlight, let earlier = record.attempt, earlier != attemptID
        else { return }
        try await approvals.finish(record.id, attempt: earlier, accepted: false, at: now)
    }

    // MARK: stopped

    private func hold(
        _ reason: GateDecision.HoldReason, _ record: ApprovalRecord?, _ digest: MessageDigest, mode: OversightMode,
        agent: AgentRegistration
    ) async throws -> Ending {
        let decision = GateDecision.hold(reason)
        // One that is open and for this very message goes on being waited for; anything else is asked anew.
        if reason == .approvalPending, let record {
            try await log(.gateHeld, decision, ["approval": .text(record.id.rawValue)])
            return try await moved(
                .held(
                    attempt: message.attempt, approvalID: record.id.rawValue, until: record.answerBy,
                    reason: decision.sentence), decision)
        }
        let isVoided = reason == .approvalMismatched && record?.state.isVoidable == true
        if isVoided, let record { try await approvals.end(record.id, by: .edit, at: now) }
        // After the one before, also where the clock was set back: the latest is the one that counts.
        let requestedAt = max(now, record?.requestedAt.addingTimeInterval(0.001) ?? now)
        let until = now.addingTimeInterval(OutboxLimits.hold.timeInterval)
        let request = ApprovalRecord(
            id: ApprovalID(rawValue: "ap_\(MessageID(random: session.signet.ports.random(16)))"), send: send,
            agent: agent.id, message: digest, requestedAt: requestedAt, answerBy: until)
        var entries = [entry(.gateHeld, decision, ["approval": .text(request.id.rawValue)])]
        if isVoided, let record {
            entries.insert(entry(.approvalVoided, nil, ["approval": .text(record.id.rawValue)]), at: 0)
        }
        entries.append(
            entry(
                .approvalRequested, nil,
                [
                    "approval": .text(request.id.rawValue), "content": .text("\(digest)"), "mode": .text(mode.rawValue),
                ]))
        _ = try await session.log.append(entries)
        let held = OutboxEvent.held(
            attempt: message.attempt, approvalID: request.id.rawValue, until: until, reason: decision.sentence)
        guard
            let transition = try await session.store.hold(
                OutboxStoreEvent(message.id, held), asking: request, at: now)
        else { throw OperationError.other("the approval \(request.id) is there already") }
        return try ending(transition, decision)
    }

    private func refuse(_ reason: GateDecision.RefusalReason, _ finding: String) async throws -> Ending {
        let decision = GateDecision.refuse(reason)
        try await log(.gateRefused, decision, finding.isEmpty ? [:] : ["finding": .text(finding)])
        return try await moved(
            .refused(attempt: message.attempt, reason: Self.sentence(decision, finding)), decision)
    }

    private func postpone(_ reason: GateDecision.DeferReason, _ finding: String) async throws -> Ending {
        let decision = GateDecision.deferred(reason)
        try await log(.gateDeferred, decision, finding.isEmpty ? [:] : ["finding": .text(finding)])
        let until = now.addingTimeInterval(SendLimits.reconsider.timeInterval)
        return try await moved(
            .postponed(attempt: message.attempt, until: until, reason: Self.sentence(decision, finding)), decision)
    }

    private static func sentence(_ decision: GateDecision, _ finding: String) -> String {
        finding.isEmpty ? decision.sentence : "\(decision.sentence) (\(finding))"
    }

    private func moved(_ event: OutboxEvent, _ decision: GateDecision?) async throws -> Ending {
        let transitions = try await session.store.apply(
            [OutboxStoreEvent(message.id, event, random: random())], at: now)
        return try ending(transitions[0], decision)
    }

    private func ending(_ transition: OutboxTransition, _ decision: GateDecision?) throws -> Ending {
        guard let after = transition.message else { throw OperationError.other("another process took it over") }
        return Ending(decision: decision, message: after)
    }

    // MARK: released

    private func release(
        _ token: consuming ReleaseToken, octets: [UInt8], agent: AgentRegistration, mode: OversightMode,
        outgoing: OutgoingSignatures, approval: ApprovalRecord?, copy: String?
    ) async throws -> Ending {
        let decision = GateDecision.release(token.release)
        let digest = token.message
        let copyTo = token.copiesOversight ? copy : nil
        let envelope = message.envelope(copyTo: copyTo, isWhole: approval != nil)
        let signed: [UInt8]
        switch outgoing {
        case .sealed(let octets, _): signed = octets
        case .signed(let signing):
            signed = try signing.sign(
                octets, try ReleaseClaims.make(agent, mode: mode, approval: approval),
                nonce: session.signet.ports.random(AgentIdentitySigner.nonceOctets),
                unixTime: Int64(now.timeIntervalSince1970))
        }
        let delivery = try await session.delivery(RelayID(rawValue: message.relay), clientName: agent.domain.text)
        // Durable before anything leaves; what the relay will say comes after it.
        let indices = try await session.log.append(
            ReleaseEntries(
                message: message, decision: decision, digest: digest, mode: mode, outgoing: outgoing,
                approval: approval, envelope: envelope
            ).entries(at: now))
        guard let index = indices.first else { throw OperationError.other("the log gave no index") }

        let store = session.store
        let signet = session.signet
        let lease = session.leases.commit
        let (id, attempt) = (message.id, message.attempt)
        async let measurement = measure(signed, agent.domain)
        let outcome = await delivery.deliver(
            token, OutgoingMessage(digest: digest, envelope: envelope, octets: signed)
        ) { outcomes in
            let now = signet.ports.clock.now()
            let event = OutboxEvent.committing(
                attempt: attempt, logIndex: index.rawValue, copy: copyTo, approvalID: approval?.id.rawValue,
                until: now.addingTimeInterval(lease.timeInterval), outcomes: outcomes)
            // Whoever cannot write it down may not send it.
            let transition = try? await store.apply([OutboxStoreEvent(id, event)], at: now)
            return transition?.first?.message?.state == .committing
        }
        var ending = try await end(outcome, decision)
        ending.authentication = await measurement
        if let approval { try await finish(approval, ending.message, outcome) }
        return ending
    }

    /// Beside the hand-over, which does not wait for it: it is told, and decides nothing.
    private func measure(_ signed: [UInt8], _ domain: DomainName) async -> MeasuredAuthentication? {
        guard session.measures else { return nil }
        let egress = session.loaded.manifest.relays[RelayID(rawValue: message.relay)]?.egress ?? []
        let measured = await MeasuredAuthentication.measure(
            signed, domain: domain, sender: message.sender, egress: egress,
            resolver: DeadlineResolver(session.network, clock: session.signet.ports.clock),
            unixTime: Int64(now.timeIntervalSince1970))
        try? await (session.store as? any MeasurementStore)?.recordMeasured(measured, of: message.id)
        return measured
    }

    private func end(_ outcome: DeliveryOutcome, _ decision: GateDecision) async throws -> Ending {
        var ending = try await moved(.ended(attempt: message.attempt, outcome), decision)
        do {
            try await OutcomeLog(session: session).record([ending.message])
            ending.message.isOutcomeUnlogged = false
        } catch {
            // It stands in the outbox as owed, and the next process writes it down.
        }
        return ending
    }

    /// Accepted for anybody: used up. Certainly not accepted: given back. Unknown: it stays in flight.
    private func finish(_ approval: ApprovalRecord, _ after: OutboxMessage, _ outcome: DeliveryOutcome) async throws {
        let accepted: Bool
        switch outcome {
        case .answered(let outcomes):
            accepted = outcomes.contains { if case .accepted = $0 { true } else { false } }
        case .notHandedOver, .overtaken: accepted = false
        case .unanswered: return
        }
        try await approvals.finish(approval.id, attempt: attemptID, accepted: accepted, at: now)
        if accepted {
            _ = try? await session.log.append(
                [entry(.approvalUsed, nil, ["approval": .text(approval.id.rawValue)])])
        }
    }

    // MARK: entries

    private func entry(_ kind: LogKind, _ decision: GateDecision?, _ details: [String: LogValue]) -> LogEntry {
        var details = details
        if let decision { details["decision"] = .text(decision.code) }
        return LogEntry(
            kind, at: now, domain: message.domain, agent: message.agent, message: message.id.rawValue,
            details: details)
    }

    private func log(_ kind: LogKind, _ decision: GateDecision, _ details: [String: LogValue]) async throws {
        _ = try await session.log.append([entry(kind, decision, details)])
    }

    private func random() -> Double {
        Double(session.signet.ports.random(8).reduce(0) { $0 << 8 | UInt64($1) } >> 11) / 0x1p53
    }
}
