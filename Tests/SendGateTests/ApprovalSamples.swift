import DNS
import Diagnostics
import Foundation
import Keys
import Manifest
import SendGate

/// One message, one approver, one request: what docs/spec/approval.md has as its example.
enum ApprovalSamples {
    static let noon = Date(timeIntervalSince1970: 1_795_521_600)  // 2026-11-24T12:00:00Z
    static let tomorrow = noon.addingTimeInterval(86_400)

    static let content = MessageContent(
        agent: AgentID(rawValue: "onboarding-agent-v2"), from: "Onboarding <onboarding@mail.example.com>",
        recipients: [.init(.to, "Ada <ada@example.net>"), .init(.bcc, "log@example.com")], subject: "Welcome, Ada",
        headers: [.init("Reply-To", "help@example.com")],
        body: [
            .init(mediaType: "text/plain", octets: Array("Hello.\n".utf8)),
            .init(mediaType: "text/html", octets: Array("<p>Hello.</p>".utf8)),
        ],
        attachments: [
            .init(
                name: "terms.pdf", mediaType: "application/pdf", octetCount: 8,
                sha256: SHA256.hash(Array("%PDF-1.7".utf8)))
        ],
        mode: .gatedSend, declaration: SHA256.hash(Array("declaration".utf8)))

    static let digest = MessageDigest(of: content)

    /// RFC 8032 §7.1, tests 1 and 2, as PKCS#8 (RFC 8410 §7).
    static let alice = signer("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")
    static let bob = signer("MC4CAQAwBQYDK2VwBCIEIEzNCJso/5bbppzymrYThOD1uKMfNaum2kzozZ7U+4pv")

    static func signer(_ base64: String) -> Signer {
        try! Signer(pem: Array("-----BEGIN PRIVATE KEY-----\n\(base64)\n-----END PRIVATE KEY-----\n".utf8))
    }

    static func approver(
        _ id: String, _ signer: Signer, email: String? = nil
    ) -> ApproverDeclaration {
        ApproverDeclaration(
            id: id, email: email ?? "\(id)@example.com", publicKey: signer.publicKey.raw!, span: SourceSpan.nowhere)
    }

    static let agent = AgentDeclaration(
        id: content.agent, domain: try! DomainName("mail.example.com"), addresses: ["onboarding@mail.example.com"],
        span: SourceSpan.nowhere)

    static let roster = ApproverRoster(approvers: [approver("alice", alice)], agents: [agent], sendingKeys: [])

    static let id = ApprovalID(rawValue: "ap_aaaaaaaaaaaaaaaaaaaaaaaaaa")
    static let send = SendID(rawValue: "msg-1")
    static let attempt = AttemptID(rawValue: "attempt-1")

    static var record: ApprovalRecord {
        ApprovalRecord(
            id: id, send: send, agent: content.agent, message: digest, requestedAt: noon,
            answerBy: noon.addingTimeInterval(7 * 86_400))
    }

    static func statement(
        _ answer: ApprovalStatement.Answer = .approve, approval: ApprovalID = id, agent: AgentID = content.agent,
        message: MessageDigest = digest, approver: String = "alice", issuedAt: Date = noon, validUntil: Date = tomorrow
    ) throws -> ApprovalStatement {
        try ApprovalStatement(
            approval: approval, agent: agent, message: message, approver: approver, answer: answer, issuedAt: issuedAt,
            validUntil: validUntil)
    }

    /// The record as it stands after alice's yes.
    static func approved(_ signed: SignedStatement? = nil, validUntil: Date = tomorrow) throws -> ApprovalRecord {
        var record = record
        record.state = .approved
        record.statement = try signed ?? SignedStatement(statement(validUntil: validUntil), signer: alice)
        record.validUntil = validUntil
        record.revision = 2
        return record
    }

    /// Facts under which only the approval is missing.
    static func facts(_ approval: GateFacts.Approval) -> GateFacts {
        GateFacts(
            log: .writable, registration: .registered, sender: .own, recipients: .someNotAllowed, limits: .within,
            convergence: .converged, alignment: .aligned, declaredMode: .gatedSend, requestedMode: .unspecified,
            approval: approval, oversightCopy: .impossible)
    }
}

extension SourceSpan {
    static var nowhere: SourceSpan {
        SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)
    }
}
