import Audit
import FoundationEssentials
import Keys
import Manifest
import Reconcile
package import SendGate

extension Signet {
    /// How many requests are listed at most; a limit of our own.
    package static let approvalsMax = 10_000
    /// A private key file has a few hundred octets.
    static let keyFileOctetsMax = 64 * 1024

    /// The requests in these states, oldest first. Reads only.
    package func approvals(
        _ scope: Scope, in states: Set<ApprovalState>, countMax: Int = approvalsMax
    ) async throws(OperationError) -> [ApprovalReport] {
        let desk = try await ApprovalDesk(self, scope, .readOnly)
        return try await desk.guarded { desk in
            var reports: [ApprovalReport] = []
            for record in try await desk.store.approvals(ApprovalFilter(states: states), countMax: countMax) {
                reports.append(try await desk.report(record))
            }
            return reports
        }
    }

    /// One request with the whole content that is asked about. Reads only.
    package func approval(_ scope: Scope, _ id: ApprovalID) async throws(OperationError) -> ApprovalReport {
        let desk = try await ApprovalDesk(self, scope, .readOnly)
        return try await desk.guarded { desk in try await desk.report(try await desk.record(id)) }
    }

    /// Signs an approver's answer with their key and records it: in the log first, then in the store. A yes makes the
    /// message due; the gate decides on it anew when it is sent (`flushOutbox`).
    ///
    /// Refused, with nothing recorded: an answer to what is answered, over or edited already, and one by somebody who is
    /// no approver or who may send.
    package func answerApproval(
        _ scope: Scope, _ answer: ApprovalAnswer
    ) async throws(OperationError) -> ApprovalReport {
        let desk = try await ApprovalDesk(self, scope, .readWrite)
        return try await desk.guarded { desk in try await desk.record(answer) }
    }

    /// Who may approve: nobody whose key signs mail, and nobody whose address is an agent's, registered or declared.
    func roster(_ loaded: LoadedManifest, _ store: any StateStore) async throws(OperationError) -> ApproverRoster {
        let registered: [AgentRegistration]
        do { registered = try await store.agents() } catch { throw .store(error) }
        return ApproverRoster(
            approvers: loaded.manifest.approvers, agents: registered.map(\.declaration) + loaded.manifest.agents,
            sendingKeys: try await keyRecords(loaded, store).compactMap {
                PublicKey(subjectPublicKeyInfo: $0.publicKey)
            })
    }
}

/// What approving needs: store, roster, log.
struct ApprovalDesk: Sendable {
    typealias Reading = StateStore & ApprovalReading & HeldMessages
    typealias Writing = Reading & ApprovalStore & OutboxStore

    let signet: Signet
    let loaded: LoadedManifest
    let store: any Reading
    let roster: ApproverRoster
    /// Where answers are written down first.
    private let openLog: @Sendable () async throws(OperationError) -> any AuditStore

    init(_ signet: Signet, _ scope: Scope, _ access: StoreAccess) async throws(OperationError) {
        self.signet = signet
        loaded = try await signet.loadWithDeclared(Scope(manifestPath: scope.manifestPath), access)
        guard let store = try signet.openPlainStore(loaded, access) as? any Reading else {
            throw .other("this store keeps no approvals")
        }
        self.store = store
        roster = try await signet.roster(loaded, store)
        let loaded = loaded
        openLog = { () async throws(OperationError) in try await signet.signingLog(loaded).0 }
    }

    /// With what a server holds open.
    init(_ opened: Desk.Opened, _ signet: Signet) async throws(OperationError) {
        self.signet = signet
        loaded = opened.loaded
        guard let store = opened.session.store as? any Reading else { throw .other("this store keeps no approvals") }
        self.store = store
        roster = try await opened.session.roster()
        let log = opened.session.log
        openLog = { () async throws(OperationError) in log }
    }

    var now: Date { signet.ports.clock.now() }

    func guarded<Value: Sendable>(
        _ body: (ApprovalDesk) async throws -> Value
    ) async throws(OperationError) -> Value {
        do {
            return try await body(self)
        } catch {
            throw OperationError(error)
        }
    }

    func record(_ id: ApprovalID) async throws -> ApprovalRecord {
        guard let record = try await store.approval(id) else {
            throw OperationError.notFound(
                "there is no approval \(id); `signet approvals list --all` shows those there are")
        }
        return record
    }

    func report(_ record: ApprovalRecord) async throws -> ApprovalReport {
        let content = try await store.heldContent(of: record.send)
        let digest = content.map(MessageDigest.init(of:))
        return ApprovalReport(
            record: record, content: content, contentDigest: digest,
            finding: GateFacts.Approval(
                record, message: digest ?? record.message, attempt: record.attempt, roster: roster, at: now),
            answeredBy: record.statement.flatMap { roster.verify($0, for: record)?.approver })
    }

    // MARK: answering

    private func writing() throws -> any Writing {
        guard let store = store as? any Writing else { throw OperationError.other("this store keeps no outbox") }
        return store
    }

    func record(_ answer: ApprovalAnswer) async throws -> ApprovalReport {
        let record = try await record(answer.id)
        try await check(record, answer.answer, seen: answer.seen)
        let (signer, approver) = try approver(answer.keyPath)
        let statement: ApprovalStatement
        do {
            statement = try ApprovalStatement(
                approval: record.id, agent: record.agent, message: record.message, approver: approver,
                answer: answer.answer, issuedAt: now, validUntil: now.addingTimeInterval(answer.validity.timeInterval))
        } catch .validity {
            let days = StatementValidity.max.components.seconds / 86_400
            throw OperationError.other("a yes can be good for one second to \(days) days")
        }
        let signed = try SignedStatement(statement, signer: signer)
        // What is recorded is what the gate will believe, or nothing.
        guard roster.verify(signed, for: record) == statement else {
            throw OperationError.other("the signature does not verify with the key that the manifest gives \(approver)")
        }
        return try await self.record(statement, signed, record)
    }

    /// How far an approver's clock may be ahead of ours.
    private static let clockSkew = Duration.seconds(300)

    /// Records an answer that was signed elsewhere: this process never sees the approver's key.
    func record(_ signed: SignedStatement) async throws -> ApprovalReport {
        let claimed: ApprovalStatement
        do { claimed = try ApprovalStatement(payload: signed.payload) } catch {
            throw OperationError.request(
                field: "payload", reason: "it is no approver's statement (docs/spec/approval.md)")
        }
        let record = try await self.record(claimed.approval)
        guard let statement = roster.verify(signed, for: record) else {
            throw OperationError.request(
                field: "signatures",
                reason: "no approver of the manifest who may approve signed this statement for this request")
        }
        // Handed in again after a lost answer: it is recorded already.
        if record.statement == signed { return try await report(record) }
        guard statement.issuedAt <= now.addingTimeInterval(Self.clockSkew.timeInterval), now < statement.validUntil
        else { throw OperationError.request(field: "payload", reason: "the statement is not good at this time") }
        try await check(record, statement.answer, seen: statement.message)
        return try await self.record(statement, signed, record)
    }

    private func record(
        _ statement: ApprovalStatement, _ signed: SignedStatement, _ record: ApprovalRecord
    ) async throws -> ApprovalReport {
        // It stands in the log before it can let anything go.
        let answer = try await log(statement, signed, record)
        let approvals = Approvals(store: try writing())
        let after = try await approvals.answer(
            record.id, approve: statement.answer == .approve, statement: signed, validUntil: statement.validUntil,
            at: now)
        guard let after, after.statement == signed else {
            try await log(
                .approvalOvertaken, record,
                ["approval": .text(record.id.rawValue), "answer": .integer(answer.rawValue)])
            throw OperationError.conflict(
                "approval \(record.id) is \(after?.state.rawValue ?? "gone") by now: somebody else was faster; the "
                    + "answer was not recorded")
        }
        try await tellOutbox(after, statement.approver)
        return try await report(after)
    }

    private func check(
        _ record: ApprovalRecord, _ answer: ApprovalStatement.Answer, seen: MessageDigest?
    ) async throws {
        let wanted: ApprovalState = answer == .approve ? .approved : .denied
        guard ApprovalLife.step(record.state, answer == .approve ? .approve : .deny).state == wanted,
            record.state != wanted
        else {
            throw OperationError.conflict(
                "approval \(record.id) is \(record.state.rawValue): it cannot be answered any more")
        }
        if record.state == .pending, now >= record.answerBy {
            try await Approvals(store: writing()).end(record.id, by: .expiry, at: now)
            throw OperationError.conflict(
                "approval \(record.id) ran out at \(record.answerBy.formatted(.iso8601)): it cannot be answered any more"
            )
        }
        guard let content = try await store.heldContent(of: record.send) else {
            throw OperationError.conflict("the message \(record.send) is not in the outbox any more")
        }
        guard MessageDigest(of: content) == record.message else {
            try await Approvals(store: writing()).end(record.id, by: .edit, at: now)
            throw OperationError.conflict(
                "the message was edited after approval \(record.id) was asked for, which voids it; look at the new "
                    + "request: signet approvals list")
        }
        if let seen, seen != record.message {
            throw OperationError.conflict(
                "approval \(record.id) is about \(record.message), which is not the digest that was given")
        }
    }

    /// The signer, and whose key it is.
    private func approver(_ path: String) throws -> (Signer, String) {
        let octets: [UInt8]
        do { octets = try signet.ports.files.read(path, octetsMax: Signet.keyFileOctetsMax) } catch {
            throw OperationError.file("\(error)")
        }
        let signer: Signer
        do { signer = try Signer(keyFile: octets) } catch { throw OperationError.file("\(path) \(error)") }
        guard signer.publicKey.raw != nil else {
            throw OperationError.file("\(path) \(KeyFileError.unsupportedType("RSA"))")
        }
        guard let name = roster.name(of: signer.publicKey) else {
            throw OperationError.other(
                "no approver of the manifest has the key in \(path); its public half must stand under `approvers`")
        }
        switch roster.standing(of: name) {
        case .eligible: return (signer, name)
        case .unknown: throw OperationError.other("\(name) is no approver of the manifest")
        case .addressOfAgent(let agent):
            throw OperationError.other(
                "\(name) may not approve: their address is one of agent \(agent)'s, and whoever may send may not approve"
            )
        case .signsMail:
            throw OperationError.other(
                "\(name) may not approve: their key is in the keyring and signs mail, and whoever may send may not approve"
            )
        }
    }

    private func log(
        _ statement: ApprovalStatement, _ signed: SignedStatement, _ record: ApprovalRecord
    ) async throws -> LogIndex {
        try await log(
            statement.answer == .approve ? .approvalApproved : .approvalDenied, record,
            [
                "approval": .text(record.id.rawValue), "content": .text(record.message.description),
                // With these an auditor checks the signature. The approver's name can be erased: a digest of a text that
                // holds it, or a signature over one, would confirm a guess at it.
                "approver": .personal(statement.approver),
                "payload": .personal(String(decoding: signed.payload, as: UTF8.self)),
                "statement": .personal(signed.digest.description),
                "signature": .personal(Data(signed.signature).base64EncodedString()),
            ])
    }

    @discardableResult
    private func log(
        _ kind: LogKind, _ record: ApprovalRecord, _ details: [String: LogValue]
    ) async throws -> LogIndex {
        let log = try await openLog()
        var domain: String?
        if let message = MessageID(rawValue: record.send.rawValue) {
            domain = try await writing().outboxMessage(message)?.domain
        }
        do {
            return try await log.append(
                LogEntry(
                    kind, at: now, domain: domain, agent: record.agent.rawValue, message: record.send.rawValue,
                    details: details))
        } catch {
            throw OperationError(error, "nothing was recorded")
        }
    }

    private func tellOutbox(_ record: ApprovalRecord, _ approver: String) async throws {
        guard let message = MessageID(rawValue: record.send.rawValue) else { return }
        let event: OutboxEvent =
            record.state == .approved ? .approved : .denied(reason: "denied by \(approver)")
        // Where it stands elsewhere by now, there is nothing to tell: the gate reads the record itself.
        _ = try await writing().apply([OutboxStoreEvent(message, event)], at: now)
    }
}
