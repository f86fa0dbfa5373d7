import Foundation
import Keys
import Manifest
import SendGate
import Testing

@testable import Server

/// A hostile message on the approver's page: all of it is there, and none of it acts.
@Suite struct MessageSheetTests {
    private static func content(_ text: String, subject: String = "Hi", to: String = "ada@example.net")
        -> MessageContent
    {
        MessageContent(
            agent: AgentID(rawValue: "a"), from: "a@s.test", recipients: [.init(.to, to)], subject: subject,
            body: [.init(mediaType: MessageContent.BodyPart.wholeMessage, octets: Array(text.utf8))], mode: .gatedAll,
            declaration: SHA256.hash([]))
    }

    private static func html(_ sheet: MessageSheet) -> String { Markup.group(sheet.markup).html }

    private static let html = """
        From: a@s.test\r
        MIME-Version: 1.0\r
        Content-Type: multipart/alternative; boundary=b\r
        \r
        --b\r
        Content-Type: text/plain; charset=utf-8\r
        \r
        Pay p\u{430}ypal\u{202E}moc\r
        --b\r
        Content-Type: text/html; charset=utf-8\r
        \r
        </pre><script>alert(1)</script><img src="https://evil.example/x.png" onerror="alert(2)">\r
        <form action="https://evil.example/"><style>*{display:none}</style>\r
        --b\r
        Content-Type: application/pdf; name="<b>.pdf"\r
        Content-Disposition: attachment; filename="<b>.pdf"\r
        Content-Transfer-Encoding: base64\r
        \r
        AAAA\r
        --b--\r

        """

    @Test func nothingOfItBecomesMarkup() {
        let sheet = MessageSheet(
            Self.content(
                Self.html, subject: "<script>x</script>\u{202E}", to: "\"<img src=x>\" <ada@ex\u{430}mple.net>"))
        let page = Self.html(sheet)
        // Elements of ours alone.
        let tags = page.split(separator: "<").dropFirst().map { $0.prefix { $0 != " " && $0 != ">" } }
        let ours = Set(["section", "h2", "p", "dl", "dt", "dd", "bdi", "pre", "mark", "span", "div", "code"])
        #expect(Set(tags.map { String($0.hasPrefix("/") ? $0.dropFirst() : $0) }).isSubset(of: ours), "\(Set(tags))")
        #expect(page.contains("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("https://evil.example/x.png"))
        #expect(page.contains("shown as its source"))
        #expect(page.contains("3 octets (base64)"))
        #expect(!page.unicodeScalars.contains("\u{202E}"))
        #expect(page.contains("\\u{202E}") && page.contains("\\u{430}"))
        #expect(sheet.hasMarks && sheet.isWhole)
    }

    @Test(arguments: [256, 257])
    func aMessageWithMorePartsThanAreReadIsNotWhole(count: Int) {
        let parts = (1...count).map { "--b\r\nContent-Type: text/plain\r\n\r\ntext \($0).\r\n" }.joined()
        let sheet = MessageSheet(
            Self.content("Content-Type: multipart/mixed; boundary=b\r\n\r\n\(parts)--b--\r\n"))
        let page = Self.html(sheet)
        #expect(page.contains("text 256.") && !page.contains("text 257."))
        #expect(sheet.isWhole == (count == 256))
        #expect(page.contains("is not shown") == (count > 256))
    }

    /// Also where the closing line has the text, and where parts lie in one another.
    @Test func whatIsInNoPartIsOnThePage() {
        let inner =
            "Content-Type: multipart/mixed; boundary=c\r\nX-Note: FIRST\r\n\r\nSECOND\r\n--c\r\n\r\nx\r\n--c-- THIRD\r\n"
        let sheet = MessageSheet(
            Self.content(
                "Content-Type: multipart/mixed; boundary=b\r\nno field, FOURTH\r\n\r\nFIFTH\r\n--b\r\n\(inner)--b\r\n"
                    + "NOFIELD SIXTH\r\n\r\ny\r\n--b--\r\nSEVENTH\r\n"))
        let page = Self.html(sheet)
        for text in ["FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH", "SEVENTH"] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(sheet.isWhole)
        let plain = MessageSheet(
            Self.content("Content-Type: multipart/mixed; boundary=b\r\n\r\n\r\n--b\r\n\r\ny\r\n--b--\r\n \r\n"))
        #expect(!Self.html(plain).contains("Outside of the parts"))
    }

    @Test func aTextThatIsNotDecodedWholeIsNotWhole() {
        func sheet(_ type: String, _ text: String) -> MessageSheet {
            MessageSheet(Self.content("Content-Type: \(type)\r\nContent-Transfer-Encoding: base64\r\n\r\n\(text)\r\n"))
        }
        #expect(!sheet("text/plain", "SGVsbG8=IGV2aWw=").isWhole)
        #expect(sheet("text/plain", "SGVsbG8=").isWhole)
        #expect(sheet("application/pdf", "SGVsbG8=IGV2aWw=").isWhole)
    }

    @Test func aMessageThatIsTooLongIsNotWhole() {
        let long = "Content-Type: text/plain\r\n\r\n" + String(repeating: "x", count: 100)
        let sheet = MessageSheet(Self.content(long), octetsMax: 99)
        #expect(!sheet.isWhole)
        #expect(Self.html(sheet).contains("1 more octets of this part are not on this page."))
        #expect(MessageSheet(Self.content(long), octetsMax: 100).isWhole)
        #expect(!MessageSheet(Self.content(long), octetsMax: 100).hasMarks)
    }
}
