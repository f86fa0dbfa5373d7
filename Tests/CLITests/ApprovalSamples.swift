import Foundation
import Keys
import Manifest
import Operations
import SendGate

@testable import CLI

/// Requests for approval about messages as they lie in an outbox.
enum ApprovalSamples {
    static func content(_ octets: [UInt8]) -> MessageContent {
        MessageContent(
            octets: octets, recipients: ["b@example.net", "log@example.com"], agent: AgentID(rawValue: "agent-1"),
            mode: .gatedAll, declaration: SHA256.hash([4]))
    }

    /// Lines as on the wire.
    private static func wire(_ lines: String) -> [UInt8] { Array(lines.replacing("\n", with: "\r\n").utf8) }

    private static let head = """
        From: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <a@mail.example.test>
        To: b@example.net
        Subject: =?utf-8?B?UmVjaG51bmcg4oCLMQ==?=
        MIME-Version: 1.0

        """

    /// Text in quoted-printable, HTML in base64 with a direction override and a zero-width space, and a file.
    static let multipart = content(
        wire(
            head + """
                Content-Type: multipart/mixed; boundary=outer

                --outer
                Content-Type: multipart/alternative; boundary=inner

                --inner
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                F=C3=BCr Sie, =
                bis morgen.=1B[2J
                caf=E9
                --inner
                Content-Type: text/html; charset=utf-8
                Content-Transfer-Encoding: base64

                \(Data("<p>pay \u{202E}001\u{202C} now\u{200B}</p>\r\n".utf8).base64EncodedString())
                --inner--
                --outer
                Content-Type: application/pdf
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment; filename*0*=utf-8''Stra%C3%9F; filename*1=e.pdf

                JVBERi0xLjc=
                --outer--

                """))

    static let base64 = content(
        wire(
            head + """
                Content-Type: text/plain; charset=iso-8859-1
                Content-Transfer-Encoding: base64

                \(Data(Array("Gr".utf8) + [0xFC, 0xDF] + Array("e\r\n".utf8)).base64EncodedString())

                """))

    /// Whatever a reader might decode in another way, or not at all.
    static let doubtful = content(
        wire(
            head + """
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: text/plain; charset=utf-7
                Content-Transfer-Encoding: x-uuencode

                +AGg-ello
                --b
                Content-Type: text/plain; name="note.txt"
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment

                SGVsbG8=IGV2aWw=
                --b
                Content-Type: multipart/mixed; boundary=absent

                in no part
                --b
                Content-Type: message/rfc822

                Subject: inner

                text within
                --b--

                """))

    static let outside = content(
        wire(
            head + """
                Content-Type: multipart/mixed; boundary=b

                before the parts
                --b
                Content-Type: multipart/mixed; boundary=c
                X-Note: in a header within

                before the inner parts
                --c
                no field at all
                Content-Type: text/plain

                within
                --c-- behind the inner parts
                --b--
                behind the parts

                """))

    static func report(_ content: MessageContent?, _ state: ApprovalState = .pending) -> ApprovalReport {
        let noon = ApprovalViewTests.noon
        let digest = content.map { MessageDigest(of: $0) } ?? MessageDigest(SHA256.hash([5]))
        var record = ApprovalRecord(
            id: ApprovalID(rawValue: "ap_aaaaaaaaaaaaaaaaaaaaaaaaaa"), send: SendID(rawValue: "msg-1"),
            agent: AgentID(rawValue: "agent-1"), message: digest, requestedAt: noon,
            answerBy: noon.addingTimeInterval(86_400))
        record.state = state
        return ApprovalReport(
            record: record, content: content, contentDigest: content == nil ? nil : digest,
            finding: state == .used ? .used : state == .denied ? .denied : .pending)
    }

    static let views: [(name: String, command: String, view: any View)] = [
        ("approval-multipart", "approvals show", ApprovalView(approval: report(multipart))),
        ("approval-base64", "approvals show", ApprovalView(approval: report(base64))),
        ("approval-doubtful", "approvals show", ApprovalView(approval: report(doubtful))),
        ("approval-outside", "approvals show", ApprovalView(approval: report(outside))),
        ("approval-sent", "approvals show", ApprovalView(approval: report(nil, .used))),
        (
            "approvals", "approvals list",
            ApprovalsView(approvals: [report(multipart), report(nil, .used), report(nil, .denied)])
        ),
    ]
}
