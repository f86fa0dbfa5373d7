import DNS
import Testing

@testable import Transport

@Suite("Answering for a zone")
struct ResponderCoreTests {
    static let core = ResponderCore(DNSClientTests.zone)

    static func query(_ text: String, _ type: RecordType = .txt, _ change: (inout DNSMessage) -> Void = { _ in })
        -> [UInt8]
    {
        var message = DNSMessage(id: 77, questions: [DNSMessage.Question(try! DomainName(text), type)])
        change(&message)
        return message.wireOctets()
    }

    static func respond(_ octets: [UInt8], overTCP: Bool = false) async throws -> DNSMessage? {
        try await core.respond(to: octets, overTCP: overTCP).map { try DNSMessage(wire: $0) }
    }

    @Test(
        "Codes for what is not ours to answer",
        arguments: [
            ("example.com", RecordType.txt, 5), ("example.test", RecordType("AXFR")!, 5), ("a.example.test", .txt, 0),
            ("none.example.test", .txt, 3),
        ] as [(String, RecordType, UInt8)])
    func codes(name: String, type: RecordType, code: UInt8) async throws {
        let response = try #require(try await Self.respond(Self.query(name, type)))
        #expect(response.id == 77 && response.flags.isResponse)
        #expect(response.flags.responseCode == code)
        #expect(response.flags.isAuthoritative == (code != 5))
    }

    @Test("Odd queries get the RFC's code")
    func odd() async throws {
        #expect(
            try await Self.respond(Self.query("a.example.test") { $0.flags.operation = 5 })?.flags.responseCode == 4)
        #expect(try await Self.respond(Self.query("a.example.test") { $0.questions = [] })?.flags.responseCode == 1)
        #expect(
            try await Self.respond(Self.query("a.example.test") { $0.questions[0].recordClass = 3 })?.flags.responseCode
                == 5)
        let versioned = try await Self.respond(
            Self.query("a.example.test") { $0.extensions = ExtensionMechanisms(version: 1) })
        #expect(versioned?.responseCode == 16)
        // Rubbish behind a header, and a header alone.
        #expect(try await Self.respond([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12])?.flags.responseCode == 1)
        #expect(try await Self.respond([0, 7, 0, 0, 0, 1]) == nil)
        // A response is never answered.
        #expect(try await Self.respond(Self.query("a.example.test") { $0.flags.isResponse = true }) == nil)
    }

    @Test("Aliases are followed inside the zone, and the SOA says for how long an absence holds (RFC 2308 §3)")
    func aliases() async throws {
        let alias = try #require(try await Self.respond(Self.query("b.example.test")))
        #expect(alias.answers.map(\.data.type) == [.cname, .txt])
        let away = try #require(try await Self.respond(Self.query("away.example.test")))
        #expect(away.answers.map(\.data.type) == [.cname])
        #expect(away.flags.responseCode == 0)
        let negative = try #require(try await Self.respond(Self.query("none.example.test")))
        #expect(negative.authorities.map(\.timeToLiveSeconds) == [60])
        let loop = try #require(try await Self.respond(Self.query("loop.example.test")))
        #expect(loop.answers.count == 9)
    }

    @Test(
        "UDP answers stay within what the asker takes",
        arguments: [(nil, 512), (100, 512), (1000, 1000), (4096, 1232)] as [(UInt16?, Int)])
    func sizes(payload: UInt16?, limit: Int) async throws {
        let query = Self.query("long.example.test") { message in
            message.extensions = payload.map { ExtensionMechanisms(payloadOctets: $0) }
        }
        let octets = try #require(await Self.core.respond(to: query, overTCP: false))
        #expect(octets.count <= limit)
        let message = try DNSMessage(wire: octets)
        #expect(message.flags.isTruncated)
        #expect((message.extensions != nil) == (payload != nil))
        let whole = try DNSMessage(wire: try #require(await Self.core.respond(to: query, overTCP: true)))
        #expect(!whole.flags.isTruncated && whole.answers.count == 40)
    }

    @Test("Only loopback is served", arguments: ["192.0.2.1", "0.0.0.0", "::", "2001:db8::1"])
    func loopback(host: String) {
        #expect(throws: DNSResponder.StartError.self) {
            try DNSResponder(listen: ServerAddress(address: IPAddress(host)!, port: 0), zones: DNSClientTests.zone)
        }
    }

    @Test("No octets make it crash")
    func hostile() async {
        let query = Self.query("a.example.test") { $0.extensions = ExtensionMechanisms() }
        var answered = 0
        for index in query.indices {
            for value in [0, 1, 0x3F, 0x40, 0x7F, 0xC0, 0xFF] as [UInt8] {
                var changed = query
                changed[index] = value
                if await Self.core.respond(to: changed, overTCP: false) != nil { answered += 1 }
                if await Self.core.respond(to: Array(changed[...index]), overTCP: true) != nil { answered += 1 }
            }
        }
        #expect(answered > 0)
    }
}
