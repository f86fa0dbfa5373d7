import Diagnostics
import Foundation
import Keys
import Manifest
import Operations
import SendGate
import Testing

@testable import CLI

/// An approver sees exactly what they approve, and nothing in it can hide or reorder anything.
@Suite("Approvals: what is shown")
struct ApprovalViewTests {
    static let noon = Date(timeIntervalSince1970: 1_795_521_600)

    /// Escape, bell, direction override, zero-width space, joiner and non-joiner, soft hyphen, byte-order mark, line
    /// separator, a lone carriage return, NUL, a private-use character, a grapheme joiner, a Hangul filler, a variation
    /// selector.
    static let hidden =
        "\u{1B}[2J\u{7}\u{202E}\u{200B}\u{200D}\u{200C}\u{AD}\u{FEFF}\u{2028}\r\0\u{E000}\u{34F}\u{3164}\u{E0101}"

    static func content(_ hidden: String = hidden) -> MessageContent {
        MessageContent(
            agent: AgentID(rawValue: "agent-1"), from: "A\(hidden) <a@mail.example.test>",
            recipients: [.init(.to, "B\(hidden) <b@example.net>"), .init(.bcc, "c@example.net")],
            subject: "Subject\(hidden)", headers: [.init("X-Note\(hidden)", "note\(hidden)")],
            body: [
                .init(
                    mediaType: "text/plain",
                    octets: Array("first\(hidden)\r\n\r\n  last line".utf8) + [0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80])
            ],
            attachments: [
                .init(
                    name: "f\(hidden).pdf", mediaType: "application/pdf", octetCount: 3, sha256: SHA256.hash([1, 2, 3]))
            ], mode: .gatedAll, declaration: SHA256.hash([4]))
    }

    static func report(_ content: MessageContent, asked: MessageContent? = nil) -> ApprovalReport {
        let digest = MessageDigest(of: content)
        let record = ApprovalRecord(
            id: ApprovalID(rawValue: "ap_aaaaaaaaaaaaaaaaaaaaaaaaaa"), send: SendID(rawValue: "msg-1"),
            agent: content.agent, message: asked.map { MessageDigest(of: $0) } ?? digest, requestedAt: noon,
            answerBy: noon.addingTimeInterval(86_400))
        return ApprovalReport(
            record: record, content: content, contentDigest: digest,
            finding: record.message == digest ? .pending : .mismatched)
    }

    private static func isVisible(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar == "\n"
            case .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
            default: true
            }
        }
    }

    static let views: [(String, any View)] =
        [
            ("show", ApprovalView(approval: report(content()))),
            ("list", ApprovalsView(approvals: [report(content())])),
            ("edited", ApprovalView(approval: report(content(), asked: content("")))),
            ("answer", ApprovalAnswerView(approval: report(content()))),
        ] + ApprovalSamples.views.map { ($0.name, $0.view) }

    @Test("no unseen character reaches any form", arguments: views.indices)
    func unseen(_ index: Int) {
        for format in OutputFormat.allCases {
            let text = format.render(Self.views[index].1, command: "approvals", style: .plain)
            #expect(Self.isVisible(text), "\(Self.views[index].0), \(format)")
        }
    }

    @Test("each unseen character is shown by its number")
    func numbers() {
        let text = ApprovalView(approval: Self.report(Self.content())).human(.plain)
        for scalar in Self.hidden.unicodeScalars
        where scalar != "[" && scalar != "2" && scalar != "J" {
            let escape = "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            // Sender, recipient, subject, header's name and value, body, attachment.
            #expect(text.components(separatedBy: escape).count - 1 >= 7, "\(escape)")
        }
        #expect(text.contains("|   last line\\xFF\\xC3(\\xED\\xA0\\x80\n"))
    }

    @Test("everything that the digest is over is shown, whole")
    func nothingIsLeftOut() {
        var content = Self.content("")
        let lines = (0..<5000).map { "line \($0) \(String(repeating: "x", count: 200))" }
        content.body.append(.init(mediaType: "text/html", octets: Array(lines.joined(separator: "\n").utf8)))
        let text = ApprovalView(approval: Self.report(content)).human(.plain)
        for line in lines { #expect(text.contains("| \(line)\n")) }
        for part in [
            "agent-1", "From: A <a@mail.example.test>", "To: B <b@example.net>", "Bcc: c@example.net",
            "Subject: Subject", "X-Note: note", "text/plain", "text/html", "| first\n| \n|   last line",
            "f.pdf, application/pdf, 3 octets, sha256:", "gated_all", content.declaration.description,
            MessageDigest(of: content).description,
        ] { #expect(text.contains(part), "\(part)") }
    }

    @Test("parts are shown decoded, with what hides in them made visible")
    func decoded() {
        let text = ApprovalView(approval: ApprovalSamples.report(ApprovalSamples.multipart)).human(.plain)
        for part in [
            "From: Grüße <a@mail.example.test>\n  encoded as: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= <a@mail.example.test>\n",
            "Subject: Rechnung \\u{200B}1\n", "| Für Sie, bis morgen.\\u{1B}[2J\n| caf\\xE9\n",
            "| <p>pay \\u{202E}001\\u{202C} now\\u{200B}</p>\n",
            "application/pdf, attachment, file name \"Straße.pdf\", 8 octets (base64), \(SHA256.hash(Array("%PDF-1.7".utf8)))",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(
            ApprovalView(approval: ApprovalSamples.report(ApprovalSamples.base64)).human(.plain).contains("| Grüße\n"))
    }

    @Test("what another reader may see differently is said, and hides nothing")
    func doubtful() {
        let text = ApprovalView(approval: ApprovalSamples.report(ApprovalSamples.doubtful)).human(.plain)
        for part in [
            "character set that is not read", "encoding that is not known", "base64 is malformed", "not taken apart",
            "| +AGg-ello\n", "| Hello\n", "| in no part\n", "| text within\n",
        ] { #expect(text.contains(part), "\(part)") }
    }

    @Test("what is in no part is shown all the same")
    func outside() {
        let text = ApprovalView(approval: ApprovalSamples.report(ApprovalSamples.outside)).human(.plain)
        for line in [
            "| before the parts", "| X-Note: in a header within", "| before the inner parts",
            "(no field): no field at all",
            "| within", "|  behind the inner parts", "| behind the parts",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(!text.contains("is not shown"))
    }

    @Test("parts that are not read are told of", arguments: [256, 257])
    func cut(count: Int) {
        let parts = (1...count).map { "--b\r\nContent-Type: text/plain\r\n\r\ntext \($0)\r\n" }.joined()
        let content = ApprovalSamples.content(
            Array("Content-Type: multipart/mixed; boundary=b\r\n\r\n\(parts)--b--\r\n".utf8))
        let view = ApprovalView(approval: ApprovalSamples.report(content))
        let text = view.human(.plain)
        #expect(text.contains("| text 256\n") && !text.contains("| text 257\n"))
        #expect(text.contains("warning: more of this message is not shown: 256 parts are read") == (count > 256))
    }

    @Test("JSON has the octets as they stand")
    func raw() {
        let text = OutputFormat.json.render(
            ApprovalView(approval: ApprovalSamples.report(ApprovalSamples.multipart)), command: "approvals show",
            style: .plain)
        let octets = ApprovalSamples.multipart.body[0].octets
        // A slash may stand escaped in JSON.
        #expect(text.replacing("\\/", with: "/").contains(Data(octets).base64EncodedString()))
    }

    @Test("an edited message says so, and offers no yes")
    func edited() {
        let text = ApprovalView(approval: Self.report(Self.content(), asked: Self.content(""))).human(.plain)
        #expect(text.contains("edited"))
        #expect(!text.contains("Say yes"))
        #expect(ApprovalView(approval: Self.report(Self.content())).human(.plain).contains("Say yes"))
    }

    @Test(
        "octets survive as text",
        arguments: [
            ([0x61, 0x0A, 0x62], ["a", "b"]), ([0x61, 0x0D, 0x0A], ["a"]), ([0x61, 0x0D, 0x0D, 0x0A], ["a\r"]),
            ([], []),
            ([0x0A, 0x0A], ["", ""]), ([0xC3, 0xBC], ["ü"]), ([0xC3], ["\\xC3"]), ([0xF0, 0x9F, 0x98, 0x80], ["😀"]),
            ([0xC0, 0x80], ["\\xC0\\x80"]), ([0xFE, 0x0A], ["\\xFE"]),
        ] as [([UInt8], [String])])
    func octets(_ octets: [UInt8], _ lines: [String]) {
        #expect(OctetText.lines(octets) == lines)
    }
}
