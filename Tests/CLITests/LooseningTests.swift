import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile
import SendGate
import TestSupport
import Testing

@testable import Operations

/// Which signed statements let an agent do more, and every way in which one does not.
@Suite("Loosening by an approver's signature")
struct LooseningTests {
    static let now = Date(timeIntervalSince1970: 1_795_521_600)
    static let alice = signer()
    static let eve = signer()

    static func signer() -> Signer {
        let pem = try! ChildProcess.run("openssl", ["genpkey", "-algorithm", "ed25519"]).output
        return try! Signer(pem: Array(pem.utf8))
    }

    static func agent(_ id: String, _ mode: OversightMode, address: String? = nil) -> AgentDeclaration {
        AgentDeclaration(
            id: AgentID(rawValue: id), domain: DomainNameSample.name, addresses: [address ?? "\(id)@a.test"],
            oversight: mode, span: DomainNameSample.span)
    }

    static func change(_ from: AgentDeclaration, to: AgentDeclaration) -> AgentChange {
        AgentChange(
            agent: from.id, domain: from.domain, before: .init(declaration: from, state: .registered), after: to,
            risk: .loosens, reason: "")
    }

    static let writer = change(agent("writer", .gatedAll), to: agent("writer", .autonomous))

    static func file(
        _ change: AgentChange = writer, by signer: Signer = alice, issuedAt: Date = now,
        validFor seconds: Double = 3600,
        state: String = "registered"
    ) throws -> [UInt8] {
        let statement = try LooseningStatement(
            id: "lo_aaaaaaaaaaaaaaaaaaaaaaaaaa", agent: change.agent, before: change.before!.mark.digest,
            stateBefore: state, after: change.after!.digest, key: signer.publicKey.raw!, issuedAt: issuedAt,
            validUntil: issuedAt.addingTimeInterval(seconds))
        return try SignedLoosening(statement, signer: signer).file
    }

    static func check(
        _ email: String = "alice@c.test", registered: [AgentRegistration] = [], sendingKeys: [PublicKey] = [],
        state: RegisteredApprover.State = .registered
    ) -> LooseningCheck {
        LooseningCheck(
            approvers: [
                RegisteredApprover(
                    id: "alice", email: email, publicKey: alice.publicKey.raw!, state: state, since: now)
            ], registered: registered, declared: [agent("writer", .autonomous)], sendingKeys: sendingKeys, now: now)
    }

    @Test func whatARegisteredApproverSignedIsAccepted() throws {
        let file = try Self.file()
        let other = Self.change(Self.agent("clerk", .gatedAll), to: Self.agent("clerk", .monitored))
        let accepted = try Self.check().accept(file, of: [other, Self.writer]).get()
        #expect(accepted.agent == Self.writer.agent && !accepted.isDone)
        #expect(accepted.approval.approver == "alice")
        #expect(accepted.approval.statement == (try SignedLoosening(file: file)).digest)
    }

    @Test func everyWayToGoWrong() throws {
        func refusal(_ file: [UInt8], _ check: LooseningCheck = Self.check(), of changes: [AgentChange] = [Self.writer])
            -> LooseningRefusal?
        {
            if case .failure(let reason) = check.accept(file, of: changes) { reason } else { nil }
        }
        #expect(refusal(Array("{}".utf8)) == .unreadable(.malformed))
        let altered = String(decoding: try Self.file(), as: UTF8.self)
            .replacing("\"sig\":\"", with: "\"sig\":\"AA")
        #expect(refusal(Array(altered.utf8)).map { if case .unreadable = $0 { true } else { false } } == true)
        #expect(refusal(try Self.file(by: Self.eve)) == .stranger)
        #expect(refusal(try Self.file(), Self.check(state: .removed)) == .stranger)
        #expect(refusal(try Self.file(), of: []) == .otherAgent(Self.writer.agent))
        // From and to exactly what was signed: the mode, a recipient or the owner more is another declaration.
        for other in [
            Self.change(Self.agent("writer", .gatedSend), to: Self.agent("writer", .autonomous)),
            Self.change(Self.agent("writer", .gatedAll), to: Self.agent("writer", .monitored)),
            Self.change(Self.agent("writer", .gatedAll), to: Self.agent("writer", .autonomous, address: "boss@a.test")),
        ] { #expect(refusal(try Self.file(), of: [other]) == .otherChange) }
        #expect(refusal(try Self.file(state: "revoked")) == .otherChange)
        let early = Self.now.addingTimeInterval(-3600)
        #expect(refusal(try Self.file(issuedAt: early)) == .expired)
        #expect(refusal(try Self.file(issuedAt: early, validFor: 3601)) == nil)
        #expect(refusal(try Self.file(issuedAt: Self.now.addingTimeInterval(301))) == .ahead)
        #expect(refusal(try Self.file(issuedAt: Self.now.addingTimeInterval(300))) == nil)
        // Whoever may send may not approve: by what is declared, and by what was registered.
        #expect(refusal(try Self.file(), Self.check("Writer@a.test")) == .addressOfAgent(Self.writer.agent))
        let boss = AgentRegistration(Self.agent("boss", .gatedAll), since: Self.now)
        #expect(refusal(try Self.file(), Self.check("boss@a.test", registered: [boss])) == .addressOfAgent(boss.id))
        #expect(refusal(try Self.file(), Self.check(sendingKeys: [Self.alice.publicKey])) == .signsMail)
    }

    @Test func whatAKilledApplyHasWrittenIsDone() throws {
        let registered = [AgentRegistration(Self.writer.after!, since: Self.now)]
        for changes in [[], [Self.writer]] {
            #expect(try Self.check(registered: registered).accept(try Self.file(), of: changes).get().isDone)
        }
    }
}
