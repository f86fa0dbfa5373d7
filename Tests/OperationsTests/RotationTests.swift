import DNS
import Foundation
import Keys
import MailAuth
import Manifest
import Reconcile
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Operations
@testable import Storage

@Suite("DKIM keys through their whole life", .serialized)
struct RotationTests {
    @Test("a key is rotated when its time is over: a plan, a switch, an overlap, and the end")
    func wholeLife() async throws {
        let lab = try RotationLab()
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 active"])
        #expect(try await lab.plan().plan.isEmpty)

        lab.clock.advance(days: 89.9)
        #expect(try await lab.plan().plan.isEmpty)
        let early = try await lab.signet.drift(RotationLab.scope, progress: { _ in })
        #expect(early.plan.plan.isEmpty)
        #expect(early.upcoming.map(\.step.kind) == [.rotate], "told, and no difference")

        lab.clock.advance(days: 0.1)
        let due = try await lab.plan()
        #expect(due.plan.keys.map(\.id.selector) == ["mm2"])
        #expect(due.plan.changes.map(\.stage) == [.publish])
        #expect(try await lab.signet.drift(RotationLab.scope, progress: { _ in }).plan.plan == due.plan)
        #expect(try await lab.states().map(\.status) == [.aligned], "that it is due holds no mail up")

        let old = try await lab.signed()
        let report = try await lab.apply()
        #expect(report.generatedKeys.map(\.selector) == ["mm2"])
        #expect(report.domains.map(\.status) == [.aligned])
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 active"])
        let new = try await lab.signed()
        #expect(try await lab.verdicts(old) == ["mm1 pass"], "in transit")
        #expect(try await lab.verdicts(new) == ["mm2 pass"])
        #expect(try await lab.plan().plan.isEmpty)

        lab.clock.advance(days: 6.99)
        #expect(try await lab.plan().plan.isEmpty)
        #expect(try await lab.verdicts(old) == ["mm1 pass"])
        lab.clock.advance(days: 0.01)
        let over = try await lab.plan()
        #expect(over.plan.changes.map(\.stage) == [.retire] && over.plan.changes.map(\.risk) == [.tightens])
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 revoked", "mm2 active"])
        #expect(try await lab.served("mm1") == "revoked")
        #expect(try await lab.verdicts(old) == ["mm1 permerror"])
        #expect(try await lab.plan().plan.isEmpty)

        lab.clock.advance(days: 7)
        #expect(try await lab.plan().plan.changes.map(\.action) == [.delete])
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 removed", "mm2 active"])
        #expect(try await lab.served("mm1") == nil)
        #expect(try await lab.plan().plan.isEmpty)
        #expect(
            try await lab.keyEvents() == [
                "key.generated mm1", "key.published mm1", "key.activated mm1", "key.generated mm2",
                "key.published mm2", "key.activated mm2", "key.retiring mm1", "key.revoked mm1", "key.removed mm1",
            ])
    }

    @Test("until the new key has converged, mail goes out under the old one, whatever the time")
    func noGap() async throws {
        let lab = try RotationLab()
        try await lab.apply()
        lab.clock.advance(days: 90)
        // Published, and nobody has waited: days later the old key still signs.
        try await lab.apply(waits: false)
        lab.clock.advance(days: 30)
        #expect(try await lab.keys() == ["mm1 active", "mm2 published"])
        #expect(try await lab.verdicts(lab.signed()) == ["mm1 pass"])
        #expect(try await lab.states().map(\.status) == [.aligned])
        #expect(try await lab.plan().plan.isEmpty, "no second rotation while one is under way")
        await #expect(throws: OperationError.self) {
            try await lab.signet.rotateKeys(of: .domain(RotationLab.domain, nil), RotationLab.scope, progress: { _ in })
        }
        // The overlap counts from the switch, not from the publication.
        _ = try await lab.signet.wait(RotationLab.scope, timeout: .seconds(60), progress: { _ in })
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 active"])
        lab.clock.advance(days: 6.9)
        #expect(try await lab.plan().plan.isEmpty)
        // The clock is set back: nothing is gone early.
        lab.clock.advance(days: -60)
        #expect(try await lab.plan().plan.isEmpty)
        #expect(try await lab.verdicts(lab.signed()) == ["mm2 pass"])
    }

    @Test("nothing is rotated where DNS cannot be observed")
    func unobservable() async throws {
        let lab = try RotationLab()
        try await lab.apply()
        lab.clock.advance(days: 90)
        lab.isSilent.withLock { $0 = true }
        let plan = try await lab.plan().plan
        #expect(plan.isEmpty && plan.isIncomplete)
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 active"])
    }

    @Test("by hand: both types at once, or one of them")
    func byHand() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], overlap: 7d }")
        try await lab.apply()
        lab.clock.advance(days: 1)
        func rotate(_ type: DKIMDeclaration.KeyType?) async throws -> [String] {
            try await lab.signet.rotateKeys(
                of: .domain(RotationLab.domain, type), RotationLab.scope, progress: { _ in }
            ).map { "\($0.id.selector) \($0.algorithm.rawValue)" }
        }
        #expect(try await rotate(.ed25519) == ["mm3 ed25519"])
        // Of both, one is under way: nothing is made.
        await #expect(throws: OperationError.self) { _ = try await rotate(nil) }
        #expect(try await lab.keys() == ["mm1 active", "mm2 active", "mm3 generated"])
        await #expect(throws: OperationError.self) { _ = try await rotate(.rsa4096) }
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 active", "mm2 retiring", "mm3 active"])
        #expect(try await lab.verdicts(lab.signed()).sorted() == ["mm1 pass", "mm3 pass"])
        lab.clock.advance(days: 1)
        #expect(try await rotate(nil) == ["mm4 rsa2048", "mm5 ed25519"])
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 retiring", "mm3 retiring", "mm4 active", "mm5 active"])
    }

    @Test("a key that somebody else may have is revoked at once, unless that stops the mail")
    func revocation() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], overlap: 7d }")
        try await lab.apply()
        lab.clock.advance(days: 1)
        let before = try await lab.signed()
        func revoke(_ selector: String, stopsSending: Bool = false) async throws -> ApplyReport {
            try await lab.signet.revokeKey(
                selector, of: RotationLab.domain, RotationLab.scope, stopsSending: stopsSending, progress: { _ in })
        }
        let report = try await revoke("mm2")
        #expect(report.revokedKeys.map(\.selector) == ["mm2"] && report.failures == 0)
        #expect(report.generatedKeys.map(\.selector) == ["mm3"])
        #expect(try await lab.served("mm2") == "revoked")
        #expect(try await lab.keys() == ["mm1 active", "mm2 revoked", "mm3 published"])
        // What a list says is to be published is what DNS serves.
        let records = try await lab.signet.keys(RotationLab.scope).filter { $0.id.selector == "mm2" }.map(\.record)
        #expect(records == ["v=DKIM1; k=ed25519; p="])
        #expect(try await lab.verdicts(before).sorted() == ["mm1 pass", "mm2 permerror"])
        // The other key signs on, and the domain stays open.
        #expect(try await lab.verdicts(lab.signed()) == ["mm1 pass"])
        #expect(try await lab.states().map(\.status) == [.aligned])
        #expect(try await lab.plan().plan.isEmpty)

        // Now it is the only one that signs.
        await #expect(throws: OperationError.self) { _ = try await revoke("mm1") }
        #expect(try await lab.served("mm1") == "key")
        _ = try await revoke("mm1", stopsSending: true)
        #expect(try await lab.served("mm1") == "revoked")
        await #expect(throws: OperationError.self) { _ = try await lab.signed() }
        #expect(try await lab.states().map(\.isGateOpen) == [false])
        _ = try await lab.signet.wait(RotationLab.scope, timeout: .seconds(60), progress: { _ in })
        #expect(try await lab.verdicts(lab.signed()).sorted() == ["mm3 pass", "mm4 pass"])
        #expect(try await lab.states().map(\.status) == [.aligned])
        // Once more is no harm, and an unknown one no success.
        #expect(try await revoke("mm1").revokedKeys.map(\.selector) == ["mm1"])
        await #expect(throws: OperationError.self) { _ = try await revoke("mm9") }

        // An overlap later the records go, and the keys with them.
        lab.clock.advance(days: 7.1)
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 removed", "mm2 removed", "mm3 active", "mm4 active"])
        #expect(try await lab.served("mm2") == nil)
    }

    @Test("a key that a server activates while it is being revoked is revoked all the same")
    func revocationOvertaken() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], overlap: 7d }")
        try await lab.apply()
        lab.clock.advance(days: 1)
        _ = try await lab.signet.rotateKeys(
            of: .domain(RotationLab.domain, .ed25519), RotationLab.scope, progress: { _ in })
        try await lab.apply(waits: false)
        #expect(try await lab.keys() == ["mm1 active", "mm2 active", "mm3 published"])
        let path = lab.folder + "/state.db"
        lab.whenLogOpens.withLock {
            $0 = {
                _ = try? SQLiteConnection(path: path, .readWrite).execute(
                    "UPDATE key SET state = 'active' WHERE selector = 'mm3' AND state = 'published'")
            }
        }
        let report = try await lab.signet.revokeKey(
            "mm3", of: RotationLab.domain, RotationLab.scope, stopsSending: false, progress: { _ in })
        #expect(report.revokedKeys.map(\.selector) == ["mm3"])
        #expect(try await lab.keys().contains("mm3 revoked"))
    }

    @Test("a revoked key whose record could not be marked is marked by the next apply")
    func revocationCutShort() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], overlap: 7d }")
        try await lab.apply()
        lab.isSilent.withLock { $0 = true }
        _ = try? await lab.signet.revokeKey(
            "mm1", of: RotationLab.domain, RotationLab.scope, stopsSending: false, progress: { _ in })
        lab.isSilent.withLock { $0 = false }
        #expect(try await lab.keys() == ["mm1 revoked", "mm2 active"])
        #expect(try await lab.verdicts(lab.signed()) == ["mm2 pass"])
        let states = try await lab.states()
        #expect(states[0].waitingForKeys == ["mm1._domainkey.d.example TXT: not published as declared"])
        let change = try #require(try await lab.plan().plan.changes.first { $0.key.name.text.hasPrefix("mm1.") })
        #expect(change.stage == .publish && change.reason == "the key was revoked")
        try await lab.apply()
        #expect(try await lab.served("mm1") == "revoked")
    }

    @Test("a revoked key whose record nobody came to mark in time is taken out of DNS")
    func revocationForgotten() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], overlap: 7d }")
        try await lab.apply()
        lab.isSilent.withLock { $0 = true }
        _ = try? await lab.signet.revokeKey(
            "mm1", of: RotationLab.domain, RotationLab.scope, stopsSending: false, progress: { _ in })
        lab.isSilent.withLock { $0 = false }
        lab.clock.advance(days: 8)
        try await lab.apply()
        #expect(try await lab.served("mm1") == nil)
        #expect(try await lab.keys() == ["mm1 removed", "mm2 active", "mm3 active"])
        #expect(try await lab.plan().plan.isEmpty)
    }

    @Test("another prefix, another type, and a domain that is parked: no gap before, and no key left behind")
    func declarationChanges() async throws {
        let lab = try RotationLab(dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], overlap: 7d }")
        try await lab.apply()
        lab.clock.advance(days: 1)
        lab.declare(dkim: "{ selector_prefix: nn, keys: [ed25519], overlap: 7d }")
        // Read by somebody who waits, an edited manifest changes nothing yet.
        _ = try await lab.signet.wait(RotationLab.scope, timeout: .seconds(1), progress: { _ in })
        #expect(try await lab.keys() == ["mm1 active", "mm2 active"])
        try await lab.apply(waits: false)
        // Ed25519 is declared and signs, so RSA stops; the new prefix has yet to converge.
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 active", "nn1 published"])
        #expect(try await lab.verdicts(lab.signed()) == ["mm2 pass"])
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 retiring", "nn1 active"])

        lab.clock.advance(days: 1)
        lab.declare(dkim: "{ selector_prefix: nn, keys: [rsa2048], overlap: 7d }")
        try await lab.apply(waits: false)
        #expect(try await lab.keys().suffix(2) == ["nn1 active", "nn2 published"])
        #expect(try await lab.verdicts(lab.signed()) == ["nn1 pass"], "until the declared one has converged")
        try await lab.apply()
        #expect(try await lab.keys().suffix(2) == ["nn1 retiring", "nn2 active"])

        lab.declare(dkim: nil)
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 retiring", "nn1 retiring", "nn2 retiring"])
        await #expect(throws: OperationError.self) { _ = try await lab.signed() }
        for _ in 1...2 {
            lab.clock.advance(days: 7.1)
            try await lab.apply()
        }
        #expect(try await lab.keys() == ["mm1 removed", "mm2 removed", "nn1 removed", "nn2 removed"])
        #expect(try await lab.plan().plan.isEmpty)
        await #expect(throws: OperationError.self) {
            try await lab.signet.rotateKeys(of: .domain(RotationLab.domain, nil), RotationLab.scope, progress: { _ in })
        }
    }

    @Test("a saved plan rotates once, however often it is applied")
    func savedPlans() async throws {
        let lab = try RotationLab()
        try await lab.apply()
        lab.clock.advance(days: 90)
        let saved = PlanDocument.encode(try await lab.plan().plan)
        #expect(saved == PlanDocument.encode(try await lab.plan().plan))
        lab.clock.advance(days: 1)
        #expect(saved == PlanDocument.encode(try await lab.plan().plan), "the same inputs, the same bytes")
        func apply() async throws -> ApplyReport {
            try await lab.signet.apply(
                RotationLab.scope,
                options: ApplyOptions(savedPlan: saved, wait: .seconds(60), leaseDuration: RotationLab.lease),
                progress: { _ in })
        }
        #expect(try await apply().failures == 0)
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 active"])
        // Applied again, it finds its work done, and makes no third key.
        #expect(try await apply().failures == 0)
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 active"])
    }

    @Test("a saved plan publishes no key anew that was revoked since")
    func savedPlanOfRevokedKey() async throws {
        let lab = try RotationLab()
        let saved = PlanDocument.encode(try await lab.plan().plan)
        try await lab.apply()
        _ = try await lab.signet.revokeKey(
            "mm1", of: RotationLab.domain, RotationLab.scope, stopsSending: true, leaseDuration: RotationLab.lease,
            progress: { _ in })
        lab.clock.advance(days: 30)
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 removed", "mm2 active"])
        let report = try await lab.signet.apply(
            RotationLab.scope, options: ApplyOptions(savedPlan: saved, leaseDuration: RotationLab.lease),
            progress: { _ in })
        let failed = zip(report.plan.changes, report.outcomes).filter { $1 != .alreadyThere }
        #expect(failed.map(\.0.key.name.text) == ["mm1._domainkey.d.example"])
        let reason = "the key mm1._domainkey.d.example was removed since the plan; make a new plan"
        #expect(failed.map(\.1) == [.failed(ProviderError(.rejected, reason))])
        #expect(try await lab.served("mm1") == nil)
    }

    @Test("whose keys a name means")
    func owners() async throws {
        let lab = try RotationLab(
            more: """
                  writer: { provider: lab, spf: { all: fail } }
                agents:
                  writer: { domain: d.example, addresses: [writer@d.example] }
                  clerk: { domain: d.example, addresses: [clerk@d.example] }
                """)
        func owner(_ text: String, _ type: DKIMDeclaration.KeyType? = nil) async throws -> KeyOwner {
            try await lab.signet.keyOwner(text, type, RotationLab.scope)
        }
        #expect(try await owner("clerk") == .agent(AgentID(rawValue: "clerk")))
        #expect(try await owner("D.example") == .domain(RotationLab.domain, nil))
        #expect(try await owner("d.example", .ed25519) == .domain(RotationLab.domain, .ed25519))
        let writer = DomainName(canonical: "writer")
        #expect(try await owner("writer.") == .domain(writer, nil))
        #expect(try await owner("writer", .rsa2048) == .domain(writer, .rsa2048), "agents' keys have no types")
        for (text, type) in [("writer", nil), ("clerk", .ed25519), ("x.example", nil), ("..", nil)]
            as [(String, DKIMDeclaration.KeyType?)]
        {
            await #expect(throws: OperationError.self, "\(text)") { _ = try await owner(text, type) }
        }
    }

    // MARK: other verifiers

    @Test(
        "what the old key signed passes at dkimpy during the overlap, and fails after it",
        .enabled(if: Peer.dkimpy.runs, Peer.dkimpy.hint))
    func peer() async throws {
        let lab = try RotationLab(
            dkim: "{ selector_prefix: mm, keys: [rsa2048, ed25519], rotate_every: 90d, overlap: 7d }")
        try await lab.apply()
        let old = try await lab.signed()
        lab.clock.advance(days: 90)
        try await lab.apply()
        let new = try await lab.signed()
        let folder = URL(filePath: lab.folder)
        try Data(old.octets).write(to: folder.appending(path: "old.eml"))
        try Data(new.octets).write(to: folder.appending(path: "new.eml"))
        let responder = try DNSResponder(zones: lab.zones())
        defer { withExtendedLifetime(responder) {} }
        let jobs = [["dkim-verify", "old.eml"], ["dkim-verify", "new.eml"]]
        let environment = ["SIGNET_DNS": "\(responder.address)"]
        #expect(try await lab.verdicts(old) == ["mm1 pass", "mm2 pass"])
        #expect(try Peer.dkimpy.run(jobs, in: folder, environment: environment) == ["pass,pass", "pass,pass"])
        lab.clock.advance(days: 7)
        try await lab.apply()
        let after = try Peer.dkimpy.run(jobs, in: folder, environment: environment)
        #expect(after == ["fail,fail", "pass,pass"], "an empty `p=` is no key to dkimpy")
    }

    @Test("an identity header outlives the rotation of the domain's key and of the agent's by the overlap")
    func identity() async throws {
        let lab = try RotationLab(
            more: """
                agents:
                  writer: { domain: d.example, addresses: [writer@d.example], oversight: autonomous }
                """)
        try await lab.apply()
        func signed() async throws -> Message {
            let loaded = try lab.signet.load(RotationLab.scope)
            let store = try lab.signet.openStore(loaded, .readOnly)
            let agent = try #require(try await store.agent(AgentID(rawValue: "writer")))
            let signing = try await DomainSigning(
                agent, keys: try await store.keys(forDomains: ["d.example"]),
                try await lab.signet.openKeyring(loaded, store))
            let text =
                "From: writer@d.example\r\nTo: b@x.example\r\nSubject: s\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
                + "Message-ID: <1@d.example>\r\n\r\nBody.\r\n"
            return Message(
                try signing.sign(
                    Array(text.utf8), AgentIdentityClaims(oversight: .autonomous, declaration: agent.digest),
                    nonce: [UInt8](repeating: 7, count: AgentIdentitySigner.nonceOctets),
                    unixTime: Int64(lab.clock.now().timeIntervalSince1970)))
        }
        func verdict(_ message: Message) async throws -> String? {
            await AgentIdentityVerifier(resolver: try lab.network())
                .verify(message, unixTime: Int64(lab.clock.now().timeIntervalSince1970))?.verdict.name
        }
        lab.clock.advance(days: 89.9)
        let old = try await signed()
        #expect(try await verdict(old) == "valid")
        lab.clock.advance(days: 0.1)
        try await lab.apply()
        #expect(try await lab.keys() == ["mm1 retiring", "mm2 active"])
        let new = try await signed()
        #expect(String(decoding: new.octets, as: UTF8.self).contains("s=mm2;"))
        lab.clock.advance(days: 6.5)
        #expect(try await [verdict(old), verdict(new)] == ["valid", "valid"])
        lab.clock.advance(days: 0.6)
        let report = try await lab.apply()
        #expect(
            report.plan.changes.map(\.key.name.text) == ["k1.writer._agentid.d.example", "mm1._domainkey.d.example"])
        #expect(try await verdict(old) == "revoked")
        #expect(try await verdict(new) == "expired", "by its own `x`, and not revoked")
        #expect(try await verdict(signed()) == "valid")
    }
}
