import Manifest
import SendGate
import Synchronization
import TestSupport
import Testing

@testable import Transport

/// Over real sockets, against our own sink; Tests/EndToEndTests has Postfix.
@Suite("SMTP delivery", .timeLimit(.minutes(1)))
struct SMTPDeliveryTests {
    static let octets = Array("From: a@x.test\r\nSubject: dots\r\n\r\n.\r\n..two\r\n.one\r\nend\r\n".utf8)

    static func delivery(_ port: UInt16, _ change: (inout SMTPLimits) -> Void = { _ in }) -> SMTPDelivery {
        var limits = SMTPLimits(open: .seconds(10), command: .seconds(10), dataTermination: .seconds(10))
        change(&limits)
        return SMTPDelivery(
            SMTPRelay(host: "127.0.0.1", port: port, security: .none, clientName: "client.test"), limits: limits)
    }

    static func send(
        _ delivery: SMTPDelivery, to recipients: [String] = ["b@x.test"], octets: [UInt8] = octets,
        commit: @escaping @Sendable ([RecipientOutcome]) async -> Bool = { _ in true }
    ) async -> DeliveryOutcome {
        await delivery.deliver(
            TestRelease.token(),
            OutgoingMessage(
                digest: TestRelease.digest, envelope: Envelope(sender: "a@x.test", recipients: recipients),
                octets: octets),
            commit: commit)
    }

    static let kept = RecipientOutcome.accepted(ReplyText(code: 250, text: "2.0.0 kept"))

    @Test func theMessageArrivesOctetForOctetOverOneConnection() async throws {
        let sink = try SMTPSink()
        let delivery = Self.delivery(sink.port) { $0.connectionsMax = 1 }
        for _ in 0..<20 {
            #expect(await Self.send(delivery, to: ["b@x.test", "c@x.test"]) == .answered([Self.kept, Self.kept]))
        }
        #expect(sink.messages.count == 20)
        #expect(sink.connectionCount == 1)
        for message in sink.messages {
            #expect(message.octets == Self.octets)
            #expect(message.sender == "a@x.test")
            #expect(message.recipients == ["b@x.test", "c@x.test"])
            #expect(message.parameters == ["SIZE=\(Self.octets.count)"])
        }
    }

    @Test func nothingGoesOutWithoutTheOversightCopy() async throws {
        let sink = try SMTPSink()
        let delivery = Self.delivery(sink.port)
        func outcome(_ envelope: Envelope) async -> DeliveryOutcome {
            await delivery.deliver(
                TestRelease.token(mode: .monitored),
                OutgoingMessage(digest: TestRelease.digest, envelope: envelope, octets: Self.octets)
            ) { _ in true }
        }
        guard case .answered(let refused) = await outcome(Envelope(sender: "a@x.test", recipients: ["b@x.test"])),
            case .rejected(let reply)? = refused.first
        else {
            Issue.record("it was handed over")
            return
        }
        #expect(reply.code == 0 && reply.text.contains("oversight copy") && sink.messages.isEmpty)
        let sent = await outcome(Envelope(sender: "a@x.test", recipients: ["b@x.test"], hasSentCopy: true))
        #expect(sent == .answered([Self.kept]))
        // The oversight address is the message's only recipient.
        let own = Envelope(sender: "a@x.test", recipients: ["b@x.test"], required: ["b@x.test"], copies: [])
        #expect(await outcome(own) == .answered([Self.kept]))
        #expect(sink.messages.count == 2)
    }

    @Test func manyAtOnceShareFewConnections() async throws {
        let sink = try SMTPSink()
        let delivery = Self.delivery(sink.port) { $0.connectionsMax = 3 }
        await withTaskGroup(of: DeliveryOutcome.self) { group in
            for _ in 0..<100 { group.addTask { await Self.send(delivery) } }
            for await outcome in group { #expect(outcome == .answered([Self.kept])) }
        }
        #expect(sink.messages.count == 100)
        #expect((1...3).contains(sink.connectionCount))
    }

    @Test func eightBitAndInternationalizedMailSaysSo() async throws {
        let sink = try SMTPSink()
        let delivery = Self.delivery(sink.port)
        let octets = Array("Subject: Grüße\r\n\r\nGrüße\r\n".utf8)
        #expect(await Self.send(delivery, to: ["jürgen@x.test"], octets: octets) == .answered([Self.kept]))
        let message = try #require(sink.messages.first)
        #expect(message.recipients == ["jürgen@x.test"])
        #expect(message.parameters == ["SIZE=\(octets.count)", "BODY=8BITMIME", "SMTPUTF8"])
    }

    @Test func theEndOfTheDataIsSentOnlyAfterAYes() async throws {
        let sink = try SMTPSink()
        let delivery = Self.delivery(sink.port)
        let messages: @Sendable () -> Int = { sink.messages.count }
        let seen = Mutex<[Int]>([])
        #expect(
            await Self.send(
                delivery,
                commit: { _ in
                    seen.withLock { $0.append(messages()) }; return true
                }) == .answered([Self.kept]))
        #expect(
            await Self.send(
                delivery,
                commit: { _ in
                    seen.withLock { $0.append(messages()) }; return false
                }) == .overtaken)
        #expect(seen.withLock { $0 } == [0, 1])
        #expect(sink.messages.count == 1)
    }

    /// Where the server leaves, and on which side of the end of the data that is.
    @Test(
        "A connection that is lost",
        arguments: [
            ("GREETING", SMTPSink.Answer.close, DeliveryProblem.Code.connectionLost, false),
            ("GREETING", .replyAndClose("554 5.7.1 not you"), .turnedAway, false),
            ("EHLO", .close, .connectionLost, false),
            ("MAIL", .close, .connectionLost, false), ("RCPT", .close, .connectionLost, false),
            ("DATA", .close, .connectionLost, false), ("DATA", .reply("250 what"), .protocolViolation, false),
            ("DATA", .reply("nonsense"), .protocolViolation, false),
            ("END", .close, .connectionLost, true), ("END", .keepAndClose, .connectionLost, true),
            ("END", .reply("nonsense"), .protocolViolation, true),
            ("RCPT", .silence, .timedOut, false), ("END", .silence, .timedOut, true),
        ])
    func lost(verb: String, answer: SMTPSink.Answer, code: DeliveryProblem.Code, isUnknown: Bool) async throws {
        let sink = try SMTPSink { $0.verb == verb ? answer : nil }
        let delivery = Self.delivery(sink.port) {
            if answer == .silence { ($0.command, $0.dataTermination) = (.milliseconds(50), .milliseconds(50)) }
        }
        let asked = Mutex(0)
        let outcome = await Self.send(
            delivery,
            commit: { _ in
                asked.withLock { $0 += 1 }; return true
            })
        switch outcome {
        case .unanswered(let outcomes, let problem):
            #expect(isUnknown)
            #expect(outcomes == [.uncertain])
            #expect(problem.code == code)
        case .notHandedOver(let problem):
            #expect(!isUnknown)
            #expect(problem.code == code)
            #expect(sink.messages.isEmpty)
        default: Issue.record("\(outcome)")
        }
        #expect(asked.withLock { $0 } == (isUnknown ? 1 : 0))
    }

    @Test func aKeptConnectionThatTheServerClosedIsOpenedAgain() async throws {
        let isFirst = Atomic(true)
        let sink = try SMTPSink { step in
            step.verb == "MAIL" && step.connection == 0 && !isFirst.exchange(false, ordering: .relaxed) ? .close : nil
        }
        let delivery = Self.delivery(sink.port)
        for _ in 0..<2 { #expect(await Self.send(delivery) == .answered([Self.kept])) }
        #expect(sink.connectionCount == 2)
        #expect(sink.messages.count == 2)
    }

    @Test func nobodyListens() async throws {
        let outcome = await Self.send(Self.delivery(TestSupport.Lab.freePort()))
        guard case .notHandedOver(let problem) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.code == .couldNotConnect)
    }

    @Test func tlsIsRequiredUnlessDeclaredOtherwise() async throws {
        let sink = try SMTPSink()
        let relay = SMTPRelay(
            host: "127.0.0.1", port: sink.port, security: .startTLS,
            credentials: .init(username: "user", password: "hunter2-secret"), clientName: "client.test")
        let outcome = await Self.send(SMTPDelivery(relay))
        #expect(
            outcome
                == .notHandedOver(
                    DeliveryProblem(.tls, "127.0.0.1:\(sink.port): it offers no STARTTLS, which is required")))
        // Credentials, and a server that takes none.
        let plain = SMTPRelay(
            host: "127.0.0.1", port: sink.port, security: .none,
            credentials: .init(username: "user", password: "hunter2-secret"), clientName: "client.test")
        let refused = await Self.send(SMTPDelivery(plain))
        guard case .notHandedOver(let problem) = refused else {
            Issue.record("\(refused)")
            return
        }
        #expect(problem.code == .authentication)
        #expect(!"\(problem) \(plain)".contains("hunter2"))
        #expect(sink.messages.isEmpty)
    }
}
