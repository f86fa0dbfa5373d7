import DNS
import Synchronization
import Testing

@testable import Transport

@Suite("Asking name servers", .timeLimit(.minutes(1)))
struct DNSClientTests {
    static func name(_ text: String) -> DomainName { try! DomainName(text) }
    static let soa = StartOfAuthority(
        primary: name("ns1.example.test"), mailbox: name("h.example.test"), serial: 1, refresh: 2, retry: 3, expire: 4,
        minimum: 60)
    static let authority = ZoneAuthority(apex: name("example.test"), startOfAuthority: soa, timeToLiveSeconds: 900)
    static let long = (0..<40).map { RecordData.txt(TXTValue("\($0) " + String(repeating: "x", count: 200))) }

    static let zone = DNSZoneTable(
        authority,
        [
            RecordSet(name("a.example.test"), .txt, timeToLiveSeconds: 300, data: [.txt(TXTValue("hello"))]),
            RecordSet(name("b.example.test"), .cname, timeToLiveSeconds: 20, data: [.cname(name("a.example.test"))]),
            RecordSet(name("away.example.test"), .cname, timeToLiveSeconds: 20, data: [.cname(name("x.other.test"))]),
            RecordSet(
                name("loop.example.test"), .cname, timeToLiveSeconds: 20, data: [.cname(name("loop.example.test"))]),
            RecordSet(name("long.example.test"), .txt, timeToLiveSeconds: 300, data: long),
            RecordSet(name("x.ent.example.test"), .a, timeToLiveSeconds: 300, data: [.a(.v4(1))]),
            RecordSet(name("sub.example.test"), .ns, timeToLiveSeconds: 300, data: [.ns(name("ns.sub.example.test"))]),
            RecordSet(name("ns.sub.example.test"), .a, timeToLiveSeconds: 300, data: [.a(.v4(7))]),
        ])

    static func client(
        _ limits: DNSLimits = DNSLimits(), stubs: [DomainName: [ServerAddress]] = [:],
        resolvers: [ResolverAddress] = []
    ) -> DNSClient {
        DNSClient(limits: limits, stubs: stubs, resolvers: resolvers, httpClient: HTTPClient())
    }

    static let quick = DNSLimits(timeout: .milliseconds(150), attempts: 2)

    static func response(to query: [UInt8], _ change: (inout DNSMessage) -> Void) -> [UInt8] {
        let read = try! DNSMessage(wire: query)
        var message = DNSMessage(id: read.id, questions: read.questions)
        message.flags.isResponse = true
        message.flags.isAuthoritative = true
        change(&message)
        return message.wireOctets()
    }

    static func answering(_ text: String) -> (inout DNSMessage) -> Void {
        { message in
            message.answers = [DNSMessage.Record(message.questions[0].name, timeToLiveSeconds: 9, .txt(TXTValue(text)))]
        }
    }

    static func outcome(_ reply: ServerReply) -> ServerAnswer.Outcome? {
        if case .answer(let answer) = reply { answer.outcome } else { nil }
    }

    @Test("Our responder's answers, over UDP and, where they do not fit, over TCP", arguments: ["127.0.0.1", "::1"])
    func responder(host: String) async throws {
        let responder = try DNSResponder(listen: ServerAddress(address: IPAddress(host)!, port: 0), zones: Self.zone)
        func question(_ text: String, _ type: RecordType = .txt) -> ServerQuestion {
            ServerQuestion(server: responder.address, name: Self.name(text), type: type)
        }
        let replies = await Self.client().ask([
            question("a.example.test"), question("A.example.test", .a), question("nothing.example.test"),
            question("ent.example.test"), question("b.example.test"), question("long.example.test"),
            question("x.sub.example.test"), question("other.test"), question("example.test", .soa),
        ])
        let negative = { (outcome: ServerAnswer.Outcome) in
            var authority = Self.authority
            authority.timeToLiveSeconds = 60
            return ServerReply.answer(ServerAnswer(outcome: outcome, isAuthoritative: true, authority: authority))
        }
        #expect(
            replies[0]
                == .answer(
                    ServerAnswer(
                        outcome: .records(
                            RecordSet(
                                Self.name("a.example.test"), .txt, timeToLiveSeconds: 300,
                                data: [.txt(TXTValue("hello"))])),
                        isAuthoritative: true)))
        #expect(replies[1] == negative(.noData))
        #expect(replies[2] == negative(.noSuchName))
        #expect(replies[3] == negative(.noData))
        #expect(Self.outcome(replies[4]) == .alias(Self.name("a.example.test"), timeToLiveSeconds: 20))
        #expect(
            Self.outcome(replies[5])
                == .records(RecordSet(Self.name("long.example.test"), .txt, timeToLiveSeconds: 300, data: Self.long)))
        #expect(
            replies[6]
                == .answer(
                    ServerAnswer(
                        outcome: .referral(
                            Self.name("sub.example.test"), nameServers: [Self.name("ns.sub.example.test")]),
                        isAuthoritative: false, glue: [Self.name("ns.sub.example.test"): [.v4(7)]])))
        #expect(replies[7] == .failed(.responseCode(ResponseCode.refused, nil)))
        guard case .answer(let apex) = replies[8] else {
            Issue.record("\(replies[8])")
            return
        }
        #expect(apex.authority == Self.authority)
    }

    @Test("Five thousand questions, each with its own answer, in the order asked")
    func many() async throws {
        struct Numbers: DNSZoneSource {
            func answer(_ name: DomainName, _ type: RecordType) -> ZoneAnswer {
                .records(RecordSet(name, .txt, timeToLiveSeconds: 1, data: [.txt(TXTValue(name.firstLabel!))]))
            }
        }
        let responder = try DNSResponder(zones: Numbers())
        let questions = (0..<5000).map {
            ServerQuestion(server: responder.address, name: Self.name("n\($0).example.test"), type: .txt)
        }
        let replies = await Self.client().ask(questions)
        let wrong = zip(questions, replies).filter { question, reply in
            guard case .records(let set) = Self.outcome(reply) else { return true }
            return set.data != [.txt(TXTValue(question.name.firstLabel!))]
        }
        #expect(wrong.count == 0)
    }

    @Test("Many truncated answers share few connections")
    func manyTruncated() async throws {
        let responder = try DNSResponder(zones: Self.zone)
        let question = ServerQuestion(server: responder.address, name: Self.name("long.example.test"), type: .txt)
        let replies = await Self.client().ask(Array(repeating: question, count: 200))
        #expect(replies.allSatisfy { Self.outcome($0) == Self.outcome(replies[0]) })
        #expect(Self.outcome(replies[0]) != nil)
    }

    @Test("Silence is a time-out after the attempts, and a silent server is given up for the rest")
    func silence() async {
        let asked = Mutex(0)
        let server = FakeNameServer { _ in
            asked.withLock { $0 += 1 }
            return []
        }
        let question = ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)
        #expect(await Self.client(Self.quick).ask([question]) == [.failed(.timedOut)])
        #expect(asked.withLock { $0 } == 2)
        let replies = await Self.client(Self.quick).ask(Array(repeating: question, count: 5000))
        #expect(replies == Array(repeating: .failed(.timedOut), count: 5000))
        #expect(asked.withLock { $0 } < 1000)
    }

    @Test("A lost answer is asked for again, with another id")
    func loss() async {
        let ids = Mutex<[UInt16]>([])
        let server = FakeNameServer { query in
            let id = UInt16(query[0]) << 8 | UInt16(query[1])
            let count = ids.withLock {
                $0.append(id)
                return $0.count
            }
            return count == 1 ? [] : [Self.response(to: query, Self.answering("second"))]
        }
        let question = ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)
        let replies = await Self.client(Self.quick).ask([question])
        #expect(Self.outcome(replies[0]) != nil)
        #expect(Set(ids.withLock { $0 }).count == 2)
    }

    @Test("Answers with another id or question are ignored and counted, the right one is taken")
    func forged() async {
        let server = FakeNameServer { query in
            var wrongID = Self.response(to: query, Self.answering("forged"))
            wrongID[1] ^= 1
            let wrongName = Self.response(to: query) {
                $0.questions[0].name = Self.name("b.test")
                Self.answering("forged")(&$0)
            }
            return [wrongID, wrongName, [1, 2, 3], [], Self.response(to: query, Self.answering("right"))]
        }
        let client = Self.client(Self.quick)
        let replies = await client.ask([ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)])
        #expect(
            Self.outcome(replies[0])
                == .records(RecordSet(Self.name("a.test"), .txt, timeToLiveSeconds: 9, data: [.txt(TXTValue("right"))]))
        )
        #expect(client.ignoredCount == 4)
    }

    @Test("A server that refuses EDNS is asked without it", arguments: [1, 4] as [UInt8])
    func withoutExtensions(code: UInt8) async {
        let server = FakeNameServer { query in
            let hasExtensions = (try! DNSMessage(wire: query)).extensions != nil
            return [
                Self.response(to: query) {
                    if hasExtensions { $0.flags.responseCode = code } else { Self.answering("plain")(&$0) }
                }
            ]
        }
        let question = ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)
        let client = Self.client(DNSLimits(timeout: .seconds(2), attempts: 1))
        #expect(Self.outcome(await client.ask([question])[0]) != nil)
    }

    @Test("What is asked without EDNS after a refusal: the same question, and others only once that is answered")
    func extensionsComeBack() async throws {
        let seen = Mutex<[String]>([])
        let server = FakeNameServer { query in
            let message = try! DNSMessage(wire: query)
            let name = message.questions[0].name.text
            let hasExtensions = message.extensions != nil
            seen.withLock { $0.append("\(name) \(hasExtensions ? "EDNS" : "plain")") }
            return [
                Self.response(to: query) {
                    // b.test is refused whatever it comes with, c.test only with EDNS.
                    let isRefused = name == "b.test" || name == "c.test" && hasExtensions
                    if isRefused { $0.flags.responseCode = 1 } else { Self.answering("x")(&$0) }
                }
            ]
        }
        let client = Self.client(
            DNSLimits(timeout: .seconds(2), attempts: 1, withoutExtensions: .milliseconds(500)))
        func ask(_ name: String) async {
            _ = await client.ask([ServerQuestion(server: server.address, name: Self.name(name), type: .txt)])
        }
        for name in ["b.test", "a.test", "c.test", "a.test"] { await ask(name) }
        try await Task.sleep(for: .milliseconds(600))
        await ask("a.test")
        #expect(
            seen.withLock { $0 } == [
                "b.test EDNS", "b.test plain", "a.test EDNS", "c.test EDNS", "c.test plain", "a.test plain",
                "a.test EDNS",
            ])
    }

    @Test("SERVFAIL is asked again, and reported if it stays")
    func serverFailure() async {
        let asked = Mutex(0)
        let server = FakeNameServer { query in
            let count = asked.withLock {
                $0 += 1
                return $0
            }
            return [
                Self.response(to: query) {
                    if count == 2 { Self.answering("yes")(&$0) } else { $0.flags.responseCode = 2 }
                }
            ]
        }
        let client = Self.client(DNSLimits(timeout: .seconds(2), attempts: 2))
        let question = ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)
        #expect(Self.outcome(await client.ask([question])[0]) != nil)
        #expect(await client.ask([question]) == [.failed(.responseCode(2, nil))])
        #expect(asked.withLock { $0 } == 4)
    }

    @Test("Nobody listening is told apart from silence, on UDP and on TCP")
    func refusedConnection() async {
        let closed: ServerAddress
        do {
            let server = try! DNSResponder(zones: Self.zone)
            closed = server.address
            server.stop()
            // Stopping is done once nobody answers any more.
            let probe = ServerQuestion(server: closed, name: Self.name("a.example.test"), type: .txt)
            let client = Self.client(Self.quick)
            while Self.outcome(await client.ask([probe])[0]) != nil {}
        }
        let question = ServerQuestion(server: closed, name: Self.name("a.test"), type: .txt)
        #expect(await Self.client().ask([question]) == [.failed(.refusedConnection)])
        // Truncated over UDP, and nobody on TCP.
        let server = FakeNameServer { query in [Self.response(to: query) { $0.flags.isTruncated = true }] }
        let truncated = ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)
        #expect(await Self.client().ask([truncated]) == [.failed(.refusedConnection)])
    }

    @Test("A cancelled batch comes back at once")
    func cancelled() async {
        let server = FakeNameServer { _ in [] }
        let question = ServerQuestion(server: server.address, name: Self.name("a.test"), type: .txt)
        let task = Task { await Self.client(DNSLimits(timeout: .seconds(50))).ask([question, question]) }
        task.cancel()
        #expect(await task.value == Array(repeating: .failed(.unreachable("cancelled")), count: 2))
    }

    @Test("Look-ups: stubs by the longest zone, aliases across them, failures never absences")
    func lookUp() async throws {
        let responder = try DNSResponder(zones: Self.zone)
        let other = try DNSResponder(
            zones: DNSZoneTable(
                ZoneAuthority(apex: Self.name("other.test"), startOfAuthority: Self.soa, timeToLiveSeconds: 1),
                [RecordSet(Self.name("x.other.test"), .txt, timeToLiveSeconds: 99, data: [.txt(TXTValue("far"))])]))
        let wrong = try DNSResponder(
            zones: DNSZoneTable(
                ZoneAuthority(apex: Self.name("test"), startOfAuthority: Self.soa, timeToLiveSeconds: 1), []))
        let client = Self.client(
            stubs: [
                Self.name("example.test"): [other.address, responder.address],
                Self.name("other.test"): [other.address], Self.name("test"): [wrong.address],
            ])
        #expect(
            await client.look(up: Self.name("a.example.test"), .txt)
                == .found([.txt(TXTValue("hello"))], timeToLiveSeconds: 300))
        #expect(
            await client.look(up: Self.name("b.example.test"), .txt)
                == .found([.txt(TXTValue("hello"))], timeToLiveSeconds: 20))
        #expect(
            await client.look(up: Self.name("away.example.test"), .txt)
                == .found([.txt(TXTValue("far"))], timeToLiveSeconds: 20))
        #expect(await client.look(up: Self.name("a.example.test"), .mx) == .noData)
        #expect(await client.look(up: Self.name("no.example.test"), .txt) == .noSuchName)
        for text in ["loop.example.test", "x.sub.example.test", "unstubbed.invalid"] {
            guard case .failed = await client.look(up: Self.name(text), .txt) else {
                Issue.record("\(text) was read as an absence")
                continue
            }
        }
    }

    @Test("An absence that a stub's server does not speak for is a failure")
    func unauthoritative() async {
        let server = FakeNameServer { query in
            [
                Self.response(to: query) {
                    $0.flags.isAuthoritative = false
                    $0.flags.responseCode = 3
                }
            ]
        }
        let client = Self.client(stubs: [Self.name("test"): [server.address]])
        guard case .failed = await client.look(up: Self.name("a.test"), .txt) else {
            Issue.record("read as an absence")
            return
        }
    }

    @Test("Resolvers are asked in turn, with recursion desired, until one answers")
    func resolvers() async {
        let broken = FakeNameServer { query in [Self.response(to: query) { $0.flags.responseCode = 5 }] }
        let good = FakeNameServer { query in
            let recursionDesired = (try! DNSMessage(wire: query)).flags.recursionDesired
            return [Self.response(to: query, Self.answering(recursionDesired ? "recursive" : "not"))]
        }
        let client = Self.client(resolvers: [.server(broken.address), .server(good.address)])
        #expect(
            await client.look(up: Self.name("a.test"), .txt)
                == .found([.txt(TXTValue("recursive"))], timeToLiveSeconds: 9))
        let failing = Self.client(resolvers: [.server(broken.address)])
        #expect(await failing.look(up: Self.name("a.test"), .txt) == .failed("a.test TXT: REFUSED"))
    }

    @Test("DNS over HTTPS (RFC 8484)")
    func overHTTPS() async {
        let server = FakeHTTPServer { request in
            guard request.method == "POST", request.headers["content-type"] == "application/dns-message",
                request.body[0] == 0, request.body[1] == 0
            else { return .respond(status: 400) }
            switch request.path {
            case "/html": return .respond(status: 200, headers: [("Content-Type", "text/html")], body: [1])
            case "/dns":
                return .respond(
                    status: 200, headers: [("Content-Type", "application/dns-message"), ("Age", "4")],
                    body: Self.response(to: request.body, Self.answering("private")))
            default: return .respond(status: 404)
            }
        }
        let client = Self.client(resolvers: [.https(server.url("/dns"))])
        #expect(
            await client.look(up: Self.name("a.test"), .txt)
                == .found([.txt(TXTValue("private"))], timeToLiveSeconds: 5))
        let questions = (0..<100).map { (Self.name("n\($0).test"), RecordType.txt) }
        let replies = await client.ask(viaHTTPS: server.url("/dns"), questions)
        #expect(replies.compactMap(Self.outcome).count == 100)
        #expect(
            await client.ask(viaHTTPS: server.url("/none"), [questions[0]]) == [
                .failed(.unreachable("HTTP status 404"))
            ])
        guard case .failed(.malformed) = await client.ask(viaHTTPS: server.url("/html"), [questions[0]])[0] else {
            Issue.record("HTML was read")
            return
        }
        #expect(
            await client.ask(viaHTTPS: "http://192.0.2.1/dns", [questions[0]])
                == [.failed(.unreachable("DNS over HTTPS needs an https URL"))])
    }

    @Test("resolv.conf is read as resolv.conf(5) says")
    func systemResolvers() {
        let text = """
            # nameserver 192.0.2.9
            search example.com
            nameserver 192.0.2.1
            nameserver fe80::1%eth0
             nameserver\t2001:db8::1 # second
            nameserver 192.0.2.2
            nameserver 192.0.2.3
            """
        #expect(
            SystemResolvers.servers(in: text) == ["192.0.2.1", "2001:db8::1", "192.0.2.2"].map { ServerAddress($0)! })
        #expect(SystemResolvers.read(path: "/nonexistent") == [ServerAddress("127.0.0.1")!])
    }
}
