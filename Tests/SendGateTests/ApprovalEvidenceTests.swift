import Foundation
import Keys
import Manifest
import SendGate
import Testing

@Suite("Approvals: what a record tells the gate")
struct ApprovalEvidenceTests {
    private func finding(
        _ record: ApprovalRecord?, message: MessageDigest = ApprovalSamples.digest, attempt: AttemptID? = nil,
        roster: ApproverRoster = ApprovalSamples.roster, at now: Date = ApprovalSamples.noon
    ) -> GateFacts.Approval {
        GateFacts.Approval(record, message: message, attempt: attempt, roster: roster, at: now)
    }

    private func changed(_ change: (inout ApprovalRecord) throws -> Void) throws -> ApprovalRecord {
        var record = try ApprovalSamples.approved()
        try change(&record)
        return record
    }

    @Test("a yes matches until its last second, and not at its end")
    func expiry() throws {
        let record = try ApprovalSamples.approved()
        #expect(finding(record) == .matching)
        #expect(finding(record, at: ApprovalSamples.tomorrow.addingTimeInterval(-1)) == .matching)
        #expect(finding(record, at: ApprovalSamples.tomorrow) == .expired)
    }

    @Test("nobody asked, nobody answered, nobody answered in time")
    func pending() {
        let record = ApprovalSamples.record
        #expect(finding(nil) == .none)
        #expect(finding(record) == .pending)
        #expect(finding(record, at: record.answerBy.addingTimeInterval(-1)) == .pending)
        #expect(finding(record, at: record.answerBy) == .expired)
    }

    @Test("any edit of the message voids whatever was said", arguments: MessageDigestTests.edits)
    func edits(_ edit: MessageDigestTests.Edit) throws {
        var content = ApprovalSamples.content
        edit.apply(&content)
        let digest = MessageDigest(of: content)
        #expect(finding(try ApprovalSamples.approved(), message: digest) == .mismatched)
        #expect(finding(ApprovalSamples.record, message: digest) == .mismatched)
        #expect(finding(try changed { $0.state = .denied }, message: digest) == .mismatched)
    }

    @Test("once voided, an edit back does not revive it")
    func voided() throws {
        #expect(finding(try changed { $0.state = .voided }) == .mismatched)
    }

    @Test("it is for the attempt that claimed it")
    func claims() throws {
        let record = try changed {
            $0.state = .inFlight
            $0.attempt = ApprovalSamples.attempt
        }
        #expect(finding(record) == .used)
        #expect(finding(record, attempt: AttemptID(rawValue: "attempt-2")) == .used)
        #expect(finding(record, attempt: ApprovalSamples.attempt) == .matching)
        #expect(finding(record, attempt: ApprovalSamples.attempt, at: ApprovalSamples.tomorrow) == .expired)
        #expect(finding(try changed { $0.state = .used }, attempt: ApprovalSamples.attempt) == .used)
        // No attempt of one's own is not "the same as none".
        #expect(finding(try changed { $0.state = .inFlight }) == .used)
    }

    @Test("a store that says more than was signed is not believed")
    func tampering() throws {
        #expect(finding(try changed { $0.statement = nil }) == .untrusted)
        #expect(finding(try changed { $0.validUntil = ApprovalSamples.tomorrow.addingTimeInterval(1) }) == .untrusted)
        #expect(finding(try changed { $0.validUntil = nil }) == .untrusted)
        #expect(finding(try changed { $0.statement?.signature[0] ^= 1 }) == .untrusted)
        #expect(finding(try changed { $0.id = ApprovalID(rawValue: "ap_bbbbbbbbbbbbbbbbbbbbbbbbbb") }) == .untrusted)
        #expect(finding(try changed { $0.agent = AgentID(rawValue: "another-agent") }) == .untrusted)
        let no = try SignedStatement(ApprovalSamples.statement(.deny), signer: ApprovalSamples.alice)
        #expect(finding(try changed { $0.statement = no }) == .untrusted)
        let bobs = try SignedStatement(ApprovalSamples.statement(), signer: ApprovalSamples.bob)
        #expect(finding(try changed { $0.statement = bobs }) == .untrusted)
        // The digest in the record swapped for the edited message's: the statement still names the old one.
        let other = MessageDigest(SHA256.hash([1]))
        #expect(finding(try changed { $0.message = other }, message: other) == .untrusted)
    }

    @Test("an approver who is taken out of the manifest takes the yes along")
    func removedApprover() throws {
        let roster = ApproverRoster(approvers: [], agents: [], sendingKeys: [])
        #expect(finding(try ApprovalSamples.approved(), roster: roster) == .untrusted)
    }
}
