import Foundation
import Keys
import Manifest
import Operations
import SendGate
import Testing

@testable import Server

/// A request for approval as programs and models read it.
@Suite struct ApprovalAnswerTests {
    @Test func encodedWordsAreDecoded() {
        let text = """
            From: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <a@s.test>\r
            To: =?utf-8?B?w4RkYQ==?= <ada@example.net>\r
            Subject: =?utf-8?B?UmVjaG51bmcgw7xiZXI=?=\r
            \r
            x\r

            """
        let content = MessageContent(
            octets: Array(text.utf8), recipients: ["ada@example.net"], agent: AgentID(rawValue: "a"), mode: .gatedAll,
            declaration: SHA256.hash([]))
        let record = ApprovalRecord(
            id: ApprovalID(rawValue: "ap_1"), send: SendID(rawValue: "m"), agent: AgentID(rawValue: "a"),
            message: MessageDigest(of: content), requestedAt: Date(timeIntervalSince1970: 0),
            answerBy: Date(timeIntervalSince1970: 9))
        let body = ApprovalAnswerBody(
            ApprovalReport(record: record, content: content, contentDigest: record.message, finding: .pending))
        #expect(body.from == "Grüße <a@s.test>")
        #expect(body.recipients == ["Äda <ada@example.net>"])
        #expect(body.subject == "Rechnung über")
    }
}
