import Audit
import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile
package import SendGate

extension Signet {
    /// Takes a message in, puts it to the gate, and if that releases it hands it to the relay: once, whatever happens.
    ///
    /// The answer says where it stands. What is held, deferred or in doubt stays in the outbox, and `flushOutbox` goes on
    /// with it.
    package func send(
        _ scope: Scope, _ request: SendRequest, leases: SendLeases = SendLeases()
    ) async throws(OperationError) -> SendReport {
        let loaded = try await loadWithDeclared(Scope(manifestPath: scope.manifestPath), .readWrite)
        let session = try await SendSession(self, scope, loaded, leases)
        return try await SendIntake(session: session).send(request)
    }

    /// Works on everything that is due: what was approved, what was deferred, what a killed process left.
    ///
    /// - Parameter report: each message as its attempt ends.
    package func flushOutbox(
        _ scope: Scope, leases: SendLeases = SendLeases(),
        report: @escaping @Sendable (SendReport) -> Void = { _ in }
    ) async throws(OperationError) -> FlushReport {
        let loaded = try await loadWithDeclared(Scope(manifestPath: scope.manifestPath), .readWrite)
        let session = try await SendSession(self, scope, loaded, leases)
        let worker = SendWorker(session: session, report: report)
        let worked = try await worker.run()
        return FlushReport(messages: worked, waiting: try await worker.waiting(without: worked))
    }

    /// The outbox, newest first.
    package func outbox(
        _ scope: Scope, _ filter: OutboxFilter, countMax: Int
    ) async throws(OperationError) -> [SendReport] {
        let loaded = try load(Scope(manifestPath: scope.manifestPath))
        let store = try openStore(loaded, .readOnly)
        guard let outbox = store as? any OutboxReading else { throw .other("this store keeps no outbox") }
        do {
            return try await outbox.outboxMessages(filter, countMax: countMax).map { SendReport($0) }
        } catch {
            throw OperationError(error)
        }
    }

    /// Records what a person found out about a message whose attempt was cut short at the end of its data: handed over,
    /// or not, in which case it is tried again.
    package func resolve(
        _ scope: Scope, _ id: MessageID, wasHandedOver: Bool
    ) async throws(OperationError) -> SendReport {
        let loaded = try await loadWithDeclared(Scope(manifestPath: scope.manifestPath), .readWrite)
        let session = try await SendSession(self, scope, loaded)
        do {
            let event = OutboxEvent.resolved(wasHandedOver: wasHandedOver, by: ports.holder)
            let transition = try await session.store.apply([OutboxStoreEvent(id, event)], at: ports.clock.now())
            switch transition[0] {
            case .missing: throw OperationError.other("the outbox has no message \(id)")
            case .stale(let state):
                throw OperationError.other("message \(id) is \(state.rawValue): there is nothing in doubt about it")
            case .moved(let message):
                try await finishApproval(of: message, wasHandedOver: wasHandedOver, session)
                try await OutcomeLog(session: session).record([message])
                return SendReport(message)
            }
        } catch {
            throw OperationError(error)
        }
    }

    /// Puts another message in the place of one that is held or queued. Whatever was approved before is void; the gate asks anew
    /// when the outbox is worked on next.
    package func editHeld(
        _ scope: Scope, _ id: MessageID, message octets: [UInt8]
    ) async throws(OperationError) -> SendReport {
        let loaded = try await loadWithDeclared(Scope(manifestPath: scope.manifestPath), .readWrite)
        let session = try await SendSession(self, scope, loaded)
        do {
            guard let message = try await session.store.outboxMessage(id) else {
                throw OperationError.other("the outbox has no message \(id)")
            }
            guard message.kind == .original else {
                throw OperationError.other("message \(id) is somebody else's and goes on as it is: it cannot be edited")
            }
            let prepared: SendPreparation.Prepared
            do throws(SendRequestError) {
                prepared = try SendPreparation(id: id, defaultFrom: nil, now: ports.clock.now(), random: ports.random)
                    .prepare(SendRequest(agent: message.agent, content: .message(octets), mode: message.requestedMode))
            } catch {
                throw OperationError.request(field: error.field, reason: error.reason)
            }
            guard message.isEditable else { throw Self.notEditable(message) }
            let record = try await session.store.latestApproval(for: SendID(rawValue: id.rawValue))
            if let record, record.state.isVoidable {
                _ = try await session.log.append(
                    LogEntry(
                        .approvalVoided, at: ports.clock.now(), domain: message.domain, agent: message.agent,
                        message: id.rawValue, details: ["approval": .text(record.id.rawValue)]))
                try await Approvals(store: session.store).end(record.id, by: .edit, at: ports.clock.now())
            }
            let isReplaced = try await session.store.replaceContent(
                id, sender: prepared.from, recipients: prepared.recipients, octets: prepared.octets,
                at: ports.clock.now())
            guard let edited = try await session.store.outboxMessage(id) else { throw Self.notEditable(message) }
            guard isReplaced else { throw Self.notEditable(edited) }
            return SendReport(edited)
        } catch {
            throw OperationError(error)
        }
    }

    private static func notEditable(_ message: OutboxMessage) -> OperationError {
        .other(
            "message \(message.id) is \(message.state.rawValue): only a held or queued one that nobody has got can be edited"
        )
    }

    private func finishApproval(
        of message: OutboxMessage, wasHandedOver: Bool, _ session: SendSession
    ) async throws {
        guard let record = try await session.store.latestApproval(for: SendID(rawValue: message.id.rawValue)),
            record.state == .inFlight, let attempt = record.attempt
        else { return }
        try await Approvals(store: session.store)
            .finish(record.id, attempt: attempt, accepted: wasHandedOver, at: ports.clock.now())
    }
}

/// Takes a request in: checked, put together, durable, and claimed by this process in the same transaction.
struct SendIntake: Sendable {
    let session: SendSession

    func send(_ request: SendRequest) async throws(OperationError) -> SendReport {
        let now = session.now
        let id = MessageID(random: session.signet.ports.random(16))
        let agent: AgentRegistration?
        do { agent = try await session.store.agent(AgentID(rawValue: request.agent)) } catch { throw .store(error) }
        let preparation = SendPreparation(
            id: id, defaultFrom: agent?.declaration.addresses.first, now: now, random: session.signet.ports.random)
        guard let agent else {
            // Whatever else is wrong with a message, the agent's addresses would be guessed at.
            return try await refuse(
                .agentUnregistered, request, try? preparation.prepare(request),
                near: try await session.store.agent(near: request.agent))
        }
        let prepared: SendPreparation.Prepared
        do {
            prepared = try preparation.prepare(request)
        } catch {
            throw .request(field: error.field, reason: error.reason)
        }
        guard let relay = session.declaration(of: agent.domain)?.relay else {
            let known = session.loaded.manifest.relays.keys.map(\.rawValue).min()
            throw .conflict(
                "the manifest gives \(agent.domain) no relay: nothing can be sent from it; "
                    + (known.map { "give the domain `relay: \($0)`" } ?? "declare one under `relays`, and name it there")
            )
        }
        let lease = now.addingTimeInterval(session.leases.attempt.timeInterval)
        let message = OutboxMessage(
            id: id, kind: prepared.kind, agent: request.agent, domain: agent.domain.text, relay: relay.rawValue,
            sender: prepared.from,
            recipients: prepared.recipients.map { OutboxMessage.Recipient(address: $0) },
            idempotencyKey: request.idempotencyKey, requestDigest: prepared.requestDigest,
            requestedMode: request.mode, state: .delivering, createdAt: now, attempt: 1,
            lease: OutboxMessage.Lease(holder: session.signet.ports.holder, expiresAt: lease))
        let acceptance: OutboxAcceptance
        do {
            acceptance = try await session.store.accept(
                message, octets: prepared.octets, perHourMax: agent.declaration.limits.perHour, at: now)
        } catch {
            throw OperationError(error, "nothing was sent")
        }
        switch acceptance {
        case .repeated(let earlier):
            var report = SendReport(earlier, isRepeated: true)
            report.authentication = try await session.measured(of: earlier.id)
            return report
        case .conflict(let other): throw .idempotencyConflict(other)
        case .overLimit: return try await refuse(.limitExceeded, request, prepared)
        case .accepted:
            return try await SendAttempt(session: session, message: message, given: prepared.octets).run().report
        }
    }

    /// Before it was stored: only the log knows of it.
    private func refuse(
        _ reason: GateDecision.RefusalReason, _ request: SendRequest, _ prepared: SendPreparation.Prepared?,
        near: AgentID? = nil
    ) async throws(OperationError) -> SendReport {
        var report = SendReport(request, prepared)
        var details: [String: LogValue] = ["recipients": .list(report.recipients.map { .personal($0.address) })]
        if let prepared { details["sender"] = .personal(prepared.from) }
        let decision = GateDecision.refuse(reason)
        details["decision"] = .text(decision.code)
        let index: LogIndex
        do {
            index = try await session.log.append(
                LogEntry(
                    .gateRefused, at: session.now, domain: prepared?.domain.text,
                    agent: Self.isName(request.agent) ? request.agent : nil, details: details))
        } catch {
            throw OperationError(error, "nothing was sent")
        }
        report.state = .refused
        report.decision = decision
        report.reason = decision.sentence(near: near)
        report.logIndex = index.rawValue
        return report
    }

    /// A stranger's text is no agent's name.
    private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
    }
}
