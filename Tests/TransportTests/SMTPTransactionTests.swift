import SendGate
import Testing

@testable import Transport

@Suite("SMTP transaction")
struct SMTPTransactionTests {
    /// What is sent, then what it came to.
    struct Log: Equatable, CustomStringConvertible {
        var sent: [String] = []
        var outcome: DeliveryOutcome?
        var canGoOn: Bool?
        var description: String { "\(sent) \(outcome.map { "\($0)" } ?? "-") \(canGoOn ?? false)" }
    }

    /// Feeds replies in order; `!` in the list answers the question for the end of the data with no.
    static func run(
        _ replies: [String], recipients: [String] = ["b@x.test"], required: Set<String> = [],
        offers: [String] = ["PIPELINING", "8BITMIME", "SIZE 1000"], octets: String = "A: b\r\n\r\nc\r\n"
    ) -> Log {
        let traits = MessageTraits(Array(octets.utf8))
        var transaction = SMTPTransaction(
            envelope: Envelope(sender: "a@x.test", recipients: recipients, required: required),
            extensions: SMTPExtensions(lines: offers), traits: traits)
        var log = Log()
        var rest = replies[...]
        var action: SMTPTransaction.Action? = transaction.start()
        while let current = action {
            switch current {
            case .send(let octets, _):
                log.sent += String(decoding: octets, as: UTF8.self).split(separator: "\r\n").map(String.init)
                action = nil
            case .sendContent:
                log.sent.append("<content>")
                action = transaction.contentSent()
                continue
            case .confirm:
                let isNo = rest.first == "!"
                if isNo { rest = rest.dropFirst() }
                action = transaction.confirmed(!isNo)
                continue
            case .sendEnd:
                log.sent.append(".")
                action = nil
            case .finish(let outcome, let canGoOn):
                log.outcome = outcome
                log.canGoOn = canGoOn
                return log
            }
            while action == nil {
                guard let text = rest.popFirst() else {
                    log.outcome = transaction.lost(DeliveryProblem(.connectionLost, "lost"))
                    return log
                }
                action = transaction.received(SMTPReply(code: Int(text.prefix(3))!, lines: [String(text.dropFirst(4))]))
            }
        }
        return log
    }

    static let kept = RecipientOutcome.accepted(ReplyText(code: 250, text: "kept"))
    static let lost = DeliveryProblem(.connectionLost, "lost")
    static func no(_ code: Int, _ text: String = "no") -> RecipientOutcome {
        code < 500 ? .deferred(ReplyText(code: code, text: text)) : .rejected(ReplyText(code: code, text: text))
    }

    @Test(
        "Everything that a relay can answer, and where the connection can be lost",
        arguments: [
            // replies, outcome, whether the connection can carry another
            (["250 ok", "250 ok", "354 go", "250 kept"], DeliveryOutcome.answered([kept]), true),
            (["250 ok", "250 ok", "354 go", "451 no"], .answered([no(451)]), true),
            (["250 ok", "250 ok", "354 go", "554 no"], .answered([no(554)]), true),
            (["250 ok", "250 ok", "354 go", "421 no"], .answered([no(421)]), false),
            (["250 ok", "250 ok", "354 go", "!"], .overtaken, false),
            (["250 ok", "450 no", "250 reset"], .answered([no(450)]), true),
            (["250 ok", "550 no", "250 reset"], .answered([no(550)]), true),
            (["550 no", "503 bad", "250 reset"], .answered([no(550)]), true),
            (["451 no", "503 bad", "250 reset"], .answered([no(451)]), true),
            (["421 no", "421 no"], .notHandedOver(DeliveryProblem(.turnedAway, "the relay said 421 no")), false),
            (["250 ok", "250 ok", "451 no", "250 reset"], .answered([no(451)]), true),
            (["250 ok", "250 ok", "554 no", "250 reset"], .answered([no(554)]), true),
            (["250 ok", "550 no", "500 what"], .answered([no(550)]), false),
            (["250 ok", "550 no"], .answered([no(550)]), nil),
            // Lost before the end of the data: certainly not accepted. After it: nobody knows.
            ([], .notHandedOver(lost), nil),
            (["250 ok"], .notHandedOver(lost), nil),
            (["250 ok", "250 ok"], .notHandedOver(lost), nil),
            (["250 ok", "250 ok", "354 go"], .unanswered([.uncertain], lost), nil),
            // Out of place.
            (
                ["250 ok", "250 ok", "250 what"],
                .notHandedOver(DeliveryProblem(.protocolViolation, "the relay gave a reply out of place: 250 what")),
                false
            ),
            (
                ["250 ok", "250 ok", "354 go", "354 what"],
                .unanswered(
                    [.uncertain], DeliveryProblem(.protocolViolation, "the relay gave a reply out of place: 354 what")),
                false
            ),
        ] as [([String], DeliveryOutcome, Bool?)])
    func replies(replies: [String], outcome: DeliveryOutcome, canGoOn: Bool?) {
        let log = Self.run(replies)
        #expect(log.outcome == outcome)
        #expect(log.canGoOn == canGoOn)
    }

    @Test func pipelinesTheEnvelopeAndNotTheData() {
        let log = Self.run(["250 ok", "250 ok", "250 ok", "354 go", "250 kept"], recipients: ["b@x.test", "c@x.test"])
        #expect(
            log.sent == [
                "MAIL FROM:<a@x.test> SIZE=11", "RCPT TO:<b@x.test>", "RCPT TO:<c@x.test>", "DATA", "<content>", ".",
            ])
        // One command at a time, and no parameter, without the extensions.
        let plain = Self.run(["550 no", "250 reset"], recipients: ["b@x.test", "c@x.test"], offers: [])
        #expect(plain.sent == ["MAIL FROM:<a@x.test>", "RSET"])
    }

    @Test(
        "Recipients are told apart",
        arguments: [
            (["250 ok", "250 ok", "550 no", "450 no", "354 go", "250 kept"], [kept, no(550), no(450)]),
            (["250 ok", "250 ok", "550 no", "450 no", "354 go", "451 later"], [no(451, "later"), no(550), no(450)]),
            (["250 ok", "450 no", "550 no", "250 ok", "354 go", "550 bad"], [no(450), no(550), no(550, "bad")]),
        ])
    func recipients(replies: [String], outcomes: [RecipientOutcome]) {
        let log = Self.run(replies, recipients: ["b@x.test", "c@x.test", "d@x.test"])
        #expect(log.outcome == .answered(outcomes))
        #expect(log.sent.contains("DATA"))
    }

    @Test(
        "Nothing goes without its oversight copy, and no copy goes alone",
        arguments: [
            (
                ["250 ok", "250 ok", "450 no", "250 reset"],
                [no(450, "not sent without its oversight copy: no"), no(450)]
            ),
            (
                ["250 ok", "250 ok", "550 no", "250 reset"],
                [no(550, "not sent without its oversight copy: no"), no(550)]
            ),
            (["250 ok", "550 no", "250 ok", "250 reset"], [no(550), no(550)]),
            (["250 ok", "250 ok", "250 ok", "354 go", "250 kept"], [kept, kept]),
        ])
    func copies(replies: [String], outcomes: [RecipientOutcome]) {
        let log = Self.run(replies, recipients: ["b@x.test", "o@x.test"], required: ["o@x.test"])
        #expect(log.outcome == .answered(outcomes))
    }

    @Test(
        "What the relay cannot take is never begun",
        arguments: [
            ("b@x.test>\r\nDATA", [], "A: b\r\n\r\n", "an address of the envelope cannot be sent by SMTP"),
            ("", [], "A: b\r\n\r\n", nil),
            ("b c@x.test", [], "A: b\r\n\r\n", "an address of the envelope cannot be sent by SMTP"),
            (
                "ö@x.test", ["8BITMIME"], "A: b\r\n\r\n",
                "an address or a header field has letters beyond ASCII, and the relay does not support SMTPUTF8"
            ),
            ("ö@x.test", ["SMTPUTF8"], "A: b\r\n\r\n", nil),
            (
                "b@x.test", ["8BITMIME"], "A: ö\r\n\r\n",
                "an address or a header field has letters beyond ASCII, and the relay does not support SMTPUTF8"
            ),
            (
                "b@x.test", ["SMTPUTF8"], "A: b\r\n\r\nö\r\n",
                "the message has 8-bit octets, and the relay does not support 8BITMIME"
            ),
            ("b@x.test", ["8BITMIME"], "A: b\r\n\r\nö\r\n", nil),
            ("b@x.test", ["SIZE 4"], "A: b\r\n\r\n", "the message has 8 octets, and the relay takes 4"),
            ("b@x.test", ["SIZE 0"], "A: b\r\n\r\n", nil),
        ] as [(String, [String], String, String?)])
    func obstacles(recipient: String, offers: [String], octets: String, reason: String?) {
        let log = Self.run(["250 ok"], recipients: [recipient], offers: offers, octets: octets)
        if let reason {
            #expect(log.outcome == .answered([.rejected(ReplyText(code: 0, text: reason))]))
            #expect(log.sent.isEmpty)
        } else {
            #expect(!log.sent.isEmpty)
        }
    }

    @Test(
        "Line ends that a server could read otherwise are found",
        arguments: [
            ("A: b\r\n\r\nc\r\n", nil), ("A: b\n\r\n", "CR or LF"), ("A: b\r\n\r\nc\rd\r\n", "CR or LF"),
            ("A: b\r\n\r\n.\n.\r\n", "CR or LF"), ("A: b\r\n\r\nc\r", "CR or LF"), ("A: b\r\n\r\nc", "no CRLF"),
            ("A: b\0\r\n\r\n", "NUL"),
        ] as [(String, String?)])
    func lineEnds(text: String, reason: String?) throws {
        let obstacle = MessageTraits(Array(text.utf8)).obstacle
        if let reason { #expect(try #require(obstacle).contains(reason)) } else { #expect(obstacle == nil) }
    }

    @Test(
        "Replies come in pieces, in several lines, and not at all",
        arguments: [
            ("250 ok\r\n", SMTPReply(code: 250, lines: ["ok"])), ("250\r\n", SMTPReply(code: 250, lines: [""])),
            ("250-a\r\n250-b\r\n250 c\r\n", SMTPReply(code: 250, lines: ["a", "b", "c"])),
            ("250-a\n250 c\n", SMTPReply(code: 250, lines: ["a", "c"])), ("250-a\r\n251 c\r\n", nil), ("25\r\n", nil),
            ("HTTP/1.1 200\r\n", nil), ("150 a\r\n", nil), ("250_a\r\n", nil), ("\r\n", nil),
            ("250 " + String(repeating: "x", count: 200) + "\r\n", nil),
        ] as [(String, SMTPReply?)])
    func replyReading(text: String, reply: SMTPReply?) {
        for step in [1, 3, 1000] {
            var reader = SMTPReplyReader(octetsMax: 100)
            var rest = Array(text.utf8)[...]
            var found: SMTPReply?
            var hasFailed = false
            while !rest.isEmpty, found == nil, !hasFailed {
                do {
                    let (taken, reply) = try reader.read(rest.prefix(step))
                    rest = rest.dropFirst(taken)
                    found = reply
                } catch {
                    hasFailed = true
                }
            }
            #expect(found == reply)
            #expect(hasFailed == (reply == nil))
        }
    }

    @Test(
        "A relay's URL is read",
        arguments: [
            ("smtps://mail.example.net", false, "mail.example.net", 465, SMTPRelay.Security.implicit),
            ("smtp://mail.example.net", false, "mail.example.net", 587, .startTLS),
            ("smtp://mail.example.net:25/", false, "mail.example.net", 25, .startTLS),
            ("smtps://[::1]:4650", false, "::1", 4650, .implicit),
            ("smtp://127.0.0.1:2525", true, "127.0.0.1", 2525, .none),
            ("smtp://mail.example.net", true, nil, 0, .none), ("smtps://127.0.0.1", true, nil, 0, .none),
            ("smtp://127.0.0.1.example.net", true, nil, 0, .none), ("http://x", false, nil, 0, .none),
            ("smtp://u:p@x", false, nil, 0, .none), ("smtp://x:0", false, nil, 0, .none),
            ("smtp://", false, nil, 0, .none),
        ] as [(String, Bool, String?, UInt16, SMTPRelay.Security)])
    func relays(url: String, isPlain: Bool, host: String?, port: UInt16, security: SMTPRelay.Security) {
        let relay = SMTPRelay(url: url, isPlain: isPlain, clientName: "client.test")
        #expect(relay?.host == host)
        if host != nil {
            #expect(relay?.port == port)
            #expect(relay?.security == security)
        }
    }
}
