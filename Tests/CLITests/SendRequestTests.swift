import FoundationEssentials
import Manifest
import SendGate
import Testing

@testable import Operations

/// What a request may not smuggle: every field, every trick, refused with the field's name (issue 4, g).
@Suite("Requests to send")
struct SendRequestTests {
    static let preparation = SendPreparation(
        id: MessageID(random: Array(repeating: 1, count: 16)), defaultFrom: "agent@a.test",
        now: Date(timeIntervalSince1970: 1_790_000_000), random: { Array(repeating: 7, count: $0) })

    static func fields(_ change: (inout SendRequest.Fields) -> Void = { _ in }) -> SendRequest {
        var fields = SendRequest.Fields()
        fields.to = [SendRequest.Mailbox("ada@b.test")]
        fields.subject = "Hello"
        fields.text = "Text.\n"
        change(&fields)
        return SendRequest(agent: "a", content: .fields(fields))
    }

    static func refusal(_ request: SendRequest) -> SendRequestError? {
        do throws(SendRequestError) {
            _ = try preparation.prepare(request)
            return nil
        } catch {
            return error
        }
    }

    static let tricks: [(name: String, text: String)] = [
        ("CR LF", "x\r\nBcc: all@c.test"), ("LF", "x\nBcc: all@c.test"), ("CR", "x\rBcc: all@c.test"),
        ("NUL", "x\0y"), ("line separator", "x\u{2028}y"), ("direction override", "x\u{202E}y"),
        ("encoded word", "=?utf-8?q?x=0D=0ABcc:_all=40c.test?="),
    ]

    /// How each text field is filled, and what it is called.
    static let places: [(field: String, set: @Sendable (inout SendRequest.Fields, String) -> Void)] = [
        ("subject", { $0.subject = $1 }),
        ("from.name", { $0.from = .init("agent@a.test", name: $1) }),
        ("from.address", { $0.from = .init("agent\($1)@a.test") }),
        ("to[0].name", { $0.to = [.init("ada@b.test", name: $1)] }),
        ("to[0].address", { $0.to = [.init("ada\($1)@b.test")] }),
        ("cc[0].name", { $0.cc = [.init("c@b.test", name: $1)] }),
        ("cc[0].address", { $0.cc = [.init("c\($1)@b.test")] }),
        ("bcc[0].address", { $0.bcc = [.init("d\($1)@b.test")] }),
        ("replyTo[0].name", { $0.replyTo = [.init("e@b.test", name: $1)] }),
        ("replyTo[0].address", { $0.replyTo = [.init("e\($1)@b.test")] }),
        ("headers[0].value", { $0.headers = [("X-Note", $1)] }),
        ("headers[0].name", { $0.headers = [("X-Note\($1)", "x")] }),
        ("inReplyTo[0]", { $0.inReplyTo = ["<a\($1)@b.test>"] }),
        ("references[0]", { $0.references = ["<a\($1)@b.test>"] }),
        ("attachments[0].filename", { $0.attachments = [.init(name: "a\($1).txt", octets: [1])] }),
        ("attachments[0].mediaType", { $0.attachments = [.init(name: "a", mediaType: "text/\($1)", octets: [1])] }),
        ("unsubscribeURL", { $0.unsubscribeURL = "https://b.test/\($1)" }),
        ("unsubscribeMail", { $0.unsubscribeMail = "mailto:u@b.test?\($1)" }),
    ]

    @Test(arguments: places.indices)
    func everyTrickInEveryField(place: Int) {
        let (field, set) = Self.places[place]
        for (name, text) in Self.tricks {
            let error = Self.refusal(Self.fields { set(&$0, text) })
            #expect(error?.field == field, "\(name) in \(field)")
            // Nothing of what was given stands in the error.
            #expect(error.map { !$0.reason.contains("all@c.test") } ?? true)
        }
        if field != "unsubscribeURL", field != "unsubscribeMail" {
            let long = Self.refusal(Self.fields { set(&$0, String(repeating: "x", count: 100_000)) })
            #expect(long?.field == field, "over-long \(field)")
        }
    }

    @Test(
        "Fields that are not the caller's",
        arguments: [
            "Bcc", "From", "DKIM-Signature", "X-MultiMail-Identity", "Received", "Message-ID", "ARC-Seal",
            "Content-Type",
            "Return-Path", "Date",
        ])
    func reserved(name: String) {
        #expect(Self.refusal(Self.fields { $0.headers = [(name, "x")] })?.field == "headers[0].name")
    }

    @Test func idempotencyKeys() {
        for key in ["", "a b", "a\n", "ü", String(repeating: "k", count: 256)] {
            var request = Self.fields()
            request.idempotencyKey = key
            #expect(Self.refusal(request)?.field == "idempotencyKey")
        }
    }

    @Test(
        "A whole message that two readers could read differently is refused",
        arguments: [
            ("From: a@a.test\r\nTo: b@b.test\r\n\r\nx\ny\r\n", "message"),
            ("From: a@a.test\r\nTo: b@b.test\r\n\r\nx\ry\r\n", "message"),
            ("From: a@a.test\nTo: b@b.test\n\nx\0\n", "message"),
            ("From: a@a.test\nTo: b@b.test\n\n" + String(repeating: "x", count: 999) + "\n", "message"),
            ("From: a@a.test\nFrom: c@a.test\nTo: b@b.test\n\n", "message.from"),
            ("From: a@a.test, c@a.test\nTo: b@b.test\n\n", "message.from"), ("To: b@b.test\n\n", "message.from"),
            ("From: a@a.test\nTo: b@b.test\nTo: c@b.test\n\n", "message.to"),
            ("From: a@a.test\nTo: b@b.test\nSubject: a\nSubject: b\n\n", "message.subject"),
            ("From: a@a.test\nTo: not an address\n\n", "message.to"), ("From: a@a.test\nCc: x y z\n\n", "message.cc"),
            ("From: a@a.test\nTo: b@b.test\nX-MultiMail-Identity: v=2\n\n", "message.x-multimail-identity"),
            ("From: a@a.test\nno colon here\nTo: b@b.test\n\n", "message"),
            ("From: a@a.test\nTo : b@b.test\n\n", "message"),
            ("From: a@a.test\nTo: b@b.test\nX: a\u{1B}[1m\n\n", "message.x"),
            ("From: a@a.test\n\n", "to"), ("", "message"),
        ])
    func wholeMessages(text: String, field: String) {
        let request = SendRequest(agent: "a", content: .message(Array(text.utf8)))
        #expect(Self.refusal(request)?.field == field)
    }

    @Test func aWholeMessageIsCompletedAndItsBccTakenOut() throws {
        let text = "From: Agent <agent@A.test>\nTo: Ada <ada@b.test>\nBcc: secret@b.test\nSubject: x\n\nbody\n"
        let prepared = try Self.preparation.prepare(SendRequest(agent: "a", content: .message(Array(text.utf8))))
        let octets = String(decoding: prepared.octets, as: UTF8.self)
        #expect(prepared.from == "agent@a.test")
        #expect(prepared.recipients == ["ada@b.test", "secret@b.test"])
        #expect(!octets.lowercased().contains("bcc"))
        #expect(!octets.contains("secret"))
        for name in ["Date: ", "Message-ID: <aeaqcaibaeaqcaibaeaqcaibae@a.test>", "Auto-Submitted: auto-generated"] {
            #expect(octets.contains("\r\n\(name)"))
        }
        #expect(octets.hasSuffix("\r\n\r\nbody\r\n"))
    }

    @Test func automaticMailSaysSoAndCanBeStopped() throws {
        let prepared = try Self.preparation.prepare(
            Self.fields {
                $0.inReplyTo = ["<1@b.test>"]
                $0.unsubscribeURL = "https://a.test/u/1"
                $0.unsubscribeMail = "mailto:u@a.test"
            })
        let octets = String(decoding: prepared.octets, as: UTF8.self)
        #expect(octets.contains("Auto-Submitted: auto-replied\r\n"))
        #expect(octets.contains("List-Unsubscribe: <https://a.test/u/1>, <mailto:u@a.test>\r\n"))
        #expect(octets.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
    }

    @Test func theSameRequestHasTheSameDigestAtAnyTime() throws {
        let later = SendPreparation(
            id: MessageID(random: Array(repeating: 9, count: 16)), defaultFrom: "agent@a.test",
            now: Date(timeIntervalSince1970: 1_800_000_000), random: { Array(repeating: 3, count: $0) })
        let request = Self.fields { $0.html = "<p>x</p>" }
        let digest = try Self.preparation.prepare(request).requestDigest
        #expect(try later.prepare(request).requestDigest == digest)
        var others = [Self.fields { $0.subject = "Hallo" }, Self.fields { $0.bcc = [.init("d@b.test")] }]
        var stricter = Self.fields { $0.html = "<p>x</p>" }
        stricter.mode = .gatedAll
        others.append(stricter)
        for other in others { #expect(try later.prepare(other).requestDigest != digest) }
    }

    @Test(
        "Who is on a list, whatever the case and form",
        arguments: [
            (["ada@b.test"], GateFacts.Recipients.allAllowed), (["ADA@B.TEST"], .allAllowed),
            (["x@c.test"], .allAllowed), (["x@sub.c.test"], .someNotAllowed), (["y@xc.test"], .someNotAllowed),
            (["Bad@c.test"], .blocked), (["ada@b.test", "z@d.test"], .someNotAllowed),
            (["z@e.test", "bad@c.test"], .blocked),
            (["x@bücher.test"], .allAllowed), (["x@xn--bcher-kva.test"], .allAllowed),
        ])
    func lists(recipients: [String], fact: GateFacts.Recipients) {
        let facts = SendFacts(declaration: Self.agent)
        #expect(facts.recipients(recipients) == fact)
    }

    static var agent: AgentDeclaration {
        AgentDeclaration(
            id: AgentID(rawValue: "a"), domain: DomainNameSample.name, addresses: ["agent@a.test"],
            allowedRecipients: ["ada@b.test", "*@c.test", "*@bücher.test"], blockedRecipients: ["bad@c.test"],
            limits: .init(perHour: 2, recipientsPerMessage: 3), span: DomainNameSample.span)
    }

    @Test func limits() {
        let facts = SendFacts(declaration: Self.agent)
        #expect(facts.limits(recipients: 3, sentInHour: 1) == .within)
        #expect(facts.limits(recipients: 4, sentInHour: 0) == .exceeded)
        #expect(facts.limits(recipients: 1, sentInHour: 2) == .exceeded)
        // What could not be counted is not taken for nothing.
        #expect(facts.limits(recipients: 1, sentInHour: nil) == .exceeded)
    }
}
