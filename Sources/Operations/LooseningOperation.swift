import FoundationEssentials
import Keys
package import Manifest
package import Reconcile
package import SendGate

/// What an approver signs offline: a saved plan's change of one agent, with their own key.
package struct LooseningRequest: Sendable {
    /// The octets of a saved plan.
    package var plan: [UInt8]
    /// nil: the plan's only one that may do more.
    package var agent: AgentID?
    /// The approver's private key file: PEM, or OpenSSH's form.
    package var keyPath: String
    /// From now.
    package var validity: Duration
    /// Where the signed statement goes; nothing may be there yet.
    package var outputPath: String

    package static let validityDefault: Duration = .seconds(86_400)

    package init(
        plan: [UInt8], agent: AgentID? = nil, keyPath: String, validity: Duration = validityDefault, outputPath: String
    ) {
        self.plan = plan
        self.agent = agent
        self.keyPath = keyPath
        self.validity = validity
        self.outputPath = outputPath
    }
}

package struct LooseningReport: Sendable {
    package var change: AgentChange
    package var statement: LooseningStatement
    package var path: String

    package init(change: AgentChange, statement: LooseningStatement, path: String) {
        self.change = change
        self.statement = statement
        self.path = path
    }
}

extension Signet {
    /// What of a saved plan lets the agent do more. Reads the plan and nothing else.
    package func loosening(inPlan octets: [UInt8], _ agent: AgentID?) throws(OperationError) -> AgentChange {
        let plan: Plan
        do { plan = try PlanDocument.decode(octets) } catch { throw .unreadablePlan(error.description) }
        let loosened = plan.agents.filter { $0.risk == .loosens && $0.before != nil && $0.after != nil }
        if let agent {
            guard let change = loosened.first(where: { $0.agent == agent }) else {
                throw .other("the plan does not let \(agent) do more: there is nothing to approve")
            }
            return change
        }
        guard loosened.count == 1 else {
            let names = loosened.map(\.agent.rawValue).joined(separator: ", ")
            throw .other(
                loosened.isEmpty
                    ? "the plan lets no agent do more: there is nothing to approve"
                    : "the plan lets several agents do more (\(names)): say which one is approved")
        }
        return loosened[0]
    }

    /// Signs it. Asks nobody, and writes nothing but the statement's file: an approver does this where their key is.
    package func approveLoosening(_ request: LooseningRequest) throws(OperationError) -> LooseningReport {
        let change = try loosening(inPlan: request.plan, request.agent)
        let octets: [UInt8]
        do { octets = try ports.files.read(request.keyPath, octetsMax: Self.keyFileOctetsMax) } catch {
            throw .file("\(error)")
        }
        let signer: Signer
        do { signer = try Signer(keyFile: octets) } catch { throw .file("\(request.keyPath) \(error)") }
        guard let key = signer.publicKey.raw else {
            throw .file("\(request.keyPath) \(KeyFileError.unsupportedType("RSA"))")
        }
        let now = ports.clock.now()
        let signed: SignedLoosening
        do throws(ApprovalStatementError) {
            let statement = try LooseningStatement(
                id: "lo_\(MessageID(random: ports.random(16)))", agent: change.agent,
                before: change.before!.mark.digest, stateBefore: change.before!.state.rawValue,
                after: change.after!.digest, key: key, issuedAt: now,
                validUntil: now.addingTimeInterval(request.validity.timeInterval))
            signed = try SignedLoosening(statement, signer: signer)
        } catch {
            let days = StatementValidity.max.components.seconds / 86_400
            throw .other(
                error == .validity
                    ? "a yes can be good for one second to \(days) days" : "the statement cannot be signed")
        }
        do { try ports.files.write(signed.file, to: request.outputPath, mode: 0o644, replacing: false) } catch {
            throw .file("\(error)")
        }
        return LooseningReport(change: change, statement: signed.statement, path: request.outputPath)
    }
}

/// Holds the approvals that an apply was given against its plan.
struct LooseningCheck: Sendable {
    /// How far a signer's clock may be ahead.
    static let skew: Duration = .seconds(300)

    struct Accepted: Sendable, Equatable {
        var agent: AgentID
        var approval: AgentConsent.Approval
        /// What it allows stands already: a killed apply got so far, and used it for that.
        var isDone: Bool
    }

    private let roster: ApproverRoster
    private let registered: [AgentID: AgentRegistration]
    private let now: Date

    /// - Parameter approvers: the registry, as an earlier apply left it: never the manifest that is applied.
    init(
        approvers: [RegisteredApprover], registered: [AgentRegistration], declared: [AgentDeclaration],
        sendingKeys: [PublicKey], now: Date
    ) {
        roster = ApproverRoster(
            approvers: approvers.filter { $0.state == .registered }.map(\.declaration),
            agents: registered.map(\.declaration) + declared, sendingKeys: sendingKeys)
        self.registered = Dictionary(uniqueKeysWithValues: registered.map { ($0.id, $0) })
        self.now = now
    }

    /// Which of these changes a statement allows; whether it was used before is the store's to say.
    func accept(_ file: [UInt8], of changes: [AgentChange]) -> Result<Accepted, LooseningRefusal> {
        let signed: SignedLoosening
        do { signed = try SignedLoosening(file: file) } catch { return .failure(.unreadable(error)) }
        let statement = signed.statement
        let isDone =
            registered[statement.agent]?.mark
            == AgentRegistration.Mark(digest: statement.after, state: .registered)
        if let change = changes.first(where: { $0.agent == statement.agent }) {
            guard statement.before == change.before?.mark.digest,
                statement.stateBefore == change.before?.state.rawValue, statement.after == change.after?.digest
            else { return .failure(.otherChange) }
        } else if !isDone {
            return .failure(.otherAgent(statement.agent))
        }
        guard now < statement.validUntil else { return .failure(.expired) }
        guard statement.issuedAt <= now.addingTimeInterval(Self.skew.timeInterval) else { return .failure(.ahead) }
        guard let key = PublicKey(rawEd25519: statement.key), let name = roster.name(of: key) else {
            return .failure(.stranger)
        }
        switch roster.standing(of: name) {
        case .eligible(let eligible) where eligible.raw == statement.key: break
        case .eligible, .unknown: return .failure(.stranger)
        case .addressOfAgent(let agent): return .failure(.addressOfAgent(agent))
        case .signsMail: return .failure(.signsMail)
        }
        return .success(
            Accepted(
                agent: statement.agent,
                approval: .init(
                    id: statement.id, statement: signed.digest, approver: name, payload: statement.payload,
                    signature: signed.signature), isDone: isDone))
    }
}

/// Why a signed statement does not let an agent do more.
package enum LooseningRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(ApprovalStatementError)
    case otherAgent(AgentID)
    case otherChange
    case expired
    case ahead
    case stranger
    case addressOfAgent(AgentID)
    case signsMail
    case used

    package var description: String {
        switch self {
        case .unreadable(.signature): "its signature does not verify: it was altered, or another key made it"
        case .unreadable(.validity): "it ends before it begins, or is good for too long"
        case .unreadable(.malformed), .unreadable(.keyType): "it is no signed statement of this kind"
        case .otherAgent(let agent): "it is about \(agent), which the plan does not let do more"
        case .otherChange: "it is about another change: what is registered or declared has changed since it was signed"
        case .expired: "it has expired"
        case .ahead: "it was signed in the future: one of the two clocks is wrong"
        case .stranger:
            "its signer was not a registered approver before this apply; who is new in the manifest, or has another key there, "
                + "is taken in by an apply with --allow-loosening"
        case .addressOfAgent(let agent):
            "its signer's address is one of agent \(agent)'s, and whoever may send may not approve"
        case .signsMail: "its signer's key is in the keyring and signs mail, and whoever may send may not approve"
        case .used: "it was used before, and is good for one change"
        }
    }
}
