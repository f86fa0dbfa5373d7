import Keys
import Manifest
import SendGate
import Testing

/// What is approved is the message octet by octet, however a reader would show it.
@Suite("The content of a message in the outbox")
struct PreparedContentTests {
    static let message: [UInt8] =
        Array("From: onboarding@mail.example.com\r\nSubject: Welcome,\r\n\tJ".utf8) + [0xFC]
        + Array("rgen\r\nTo: ada@example.net\r\n\r\nHello.\r\n".utf8)

    static func content(_ octets: [UInt8]) -> MessageContent {
        MessageContent(
            octets: octets, recipients: ["ada@example.net", "log@example.com"], agent: ApprovalSamples.content.agent,
            mode: .gatedSend, declaration: ApprovalSamples.content.declaration)
    }

    @Test("the second example of docs/spec/approval.md, by another program")
    func vector() {
        #expect(
            MessageDigest(of: Self.content(Self.message)).description
                == "sha256:c696a4724f18760ea4e356f78b852852a3a09f723a07d4c673ea62f2f50a48d5")
    }

    @Test("any octet that is flipped gives another digest", arguments: message.indices)
    func flip(_ index: Int) {
        let digest = MessageDigest(of: Self.content(Self.message))
        for bit in 0..<8 {
            var octets = Self.message
            octets[index] ^= 1 << UInt8(bit)
            #expect(MessageDigest(of: Self.content(octets)) != digest, "bit \(bit) of octet \(index)")
        }
    }

    /// Each pair reads the same, unfolded and decoded.
    static let sameReading: [(String, [UInt8], [UInt8])] = [
        (
            "octets that are not UTF-8", Array("Subject: a".utf8) + [0xFC, 0x0D, 0x0A],
            Array("Subject: a".utf8) + [0xE4, 0x0D, 0x0A]
        ),
        (
            "octets that are not UTF-8, in another field", Array("X: a".utf8) + [0xFC, 0x0D, 0x0A],
            Array("X: a".utf8) + [0xE4, 0x0D, 0x0A]
        ),
        (
            "octets that are not UTF-8, in a name", [0x58, 0xFC] + Array(": a\r\n".utf8),
            [0x58, 0xE4] + Array(": a\r\n".utf8)
        ),
        ("a fold more", Array("Subject: a b\r\n".utf8), Array("Subject: a\r\n b\r\n".utf8)),
        ("a lone line feed", Array("Subject: a b\r\n".utf8), Array("Subject: a\n b\r\n".utf8)),
        ("a lone carriage return", Array("Subject: a b\r\n".utf8), Array("Subject: a\r b\r\n".utf8)),
        ("white space after the colon", Array("Subject: a\r\n".utf8), Array("Subject:\ta\r\n".utf8)),
        ("white space before the colon", Array("Subject: a\r\n".utf8), Array("Subject : a\r\n".utf8)),
        ("a name in another case", Array("Subject: a\r\n".utf8), Array("SUBJECT: a\r\n".utf8)),
        ("another order", Array("From: a\r\nSubject: b\r\n".utf8), Array("Subject: b\r\nFrom: a\r\n".utf8)),
        ("a line that is no field", Array("no field\r\n".utf8), Array("other line\r\n".utf8)),
        ("no empty line", Array("Subject: a\r\n".utf8), Array("Subject: a\r\n\r\n".utf8)),
        ("fields beyond those that are read", many("a"), many("b")),
    ]

    private static func many(_ last: String) -> [UInt8] {
        Array((String(repeating: "X: a\r\n", count: 5000) + "X: \(last)\r\n\r\n").utf8)
    }

    @Test("what reads the same is not the same", arguments: sameReading.indices)
    func isTold(_ index: Int) {
        let (title, one, other) = Self.sameReading[index]
        let (first, second) = (Self.content(one), Self.content(other))
        #expect(
            first.subject == second.subject && first.headers.map(\.value) == second.headers.map(\.value), "\(title)")
        #expect(MessageDigest(of: first) != MessageDigest(of: second), "\(title)")
    }

    @Test("two envelopes of the same octets are not the same, whoever its fields name")
    func envelopes() {
        let octets = Array("From: a@x.test\r\nTo: Alice <alice@x.test>\r\nCc: carol@x.test\r\n\r\nHi.\r\n".utf8)
        let people = ["alice@x.test", "bob@x.test", "carol@x.test", "dave@x.test"]
        var digests: Set<MessageDigest> = []
        for bits in 1..<16 {
            let recipients = people.indices.filter { bits & 1 << $0 != 0 }.map { people[$0] }
            let content = MessageContent(
                octets: octets, recipients: recipients, agent: ApprovalSamples.content.agent, mode: .gatedSend,
                declaration: ApprovalSamples.content.declaration)
            digests.insert(MessageDigest(of: content))
            let hidden = content.recipients.filter { $0.kind == .bcc }.map(\.address)
            #expect(hidden == recipients.filter { $0.hasPrefix("bob") || $0.hasPrefix("dave") })
            let absent = content.recipients.filter { $0.kind == .absent }.map(\.address)
            #expect(absent == ["alice@x.test", "carol@x.test"].filter { !recipients.contains($0) })
        }
        #expect(digests.count == 15)
    }

    @Test("a second From or Subject is shown among the others")
    func repeated() {
        let content = Self.content(Array("From: a\r\nSubject: b\r\nfrom: c\r\nSubject: d\r\n\r\n".utf8))
        #expect(content.from == "a" && content.subject == "b")
        #expect(content.headers == [.init("from", "c"), .init("Subject", "d")])
    }
}
