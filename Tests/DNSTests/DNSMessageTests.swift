import DNS
import Testing

@Suite("Messages on the wire")
struct DNSMessageTests {
    static func name(_ text: String) -> DomainName { try! DomainName(text) }

    @Test("A hand-made answer with compression is read")
    func answer() throws {
        // RFC 1035 §4.1.4's layout: question a.example MX, answer by pointer, exchange mx.<pointer>.
        let octets: [UInt8] =
            [0x12, 0x34, 0x84, 0x00, 0, 1, 0, 1, 0, 0, 0, 1]
            + [1, 0x41] + [7] + Array("example".utf8) + [0, 0, 15, 0, 1]
            + [0xC0, 12, 0, 15, 0, 1, 0, 0, 1, 0x2C, 0, 7, 0, 10, 2, 0x6D, 0x78, 0xC0, 14]
            + [0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 18]
        let message = try DNSMessage(wire: octets)
        #expect(message.id == 0x1234)
        #expect(message.flags.isResponse && message.flags.isAuthoritative && !message.flags.isTruncated)
        #expect(message.questions == [DNSMessage.Question(Self.name("a.example"), .mx)])
        #expect(
            message.answers == [
                DNSMessage.Record(
                    Self.name("a.example"), timeToLiveSeconds: 300,
                    .mx(preference: 10, exchange: Self.name("mx.example")))
            ])
        #expect(message.extensions?.payloadOctets == 1232)
        #expect(message.extensions?.extendedError?.description == "prohibited")
    }

    static let header: [UInt8] = [0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    @Test(
        "Hostile names end with an error",
        arguments: [
            ([0xC0, 12], WireError.badPointer),  // to itself
            ([1, 0x61, 0xC0, 12], .badPointer),  // to its own start
            ([0xC0, 20], .badPointer),  // forwards
            ([0xFF, 0xFF], .badPointer),
            ([0x40, 1], .badLabelType), ([0x80, 1], .badLabelType),
            ([63, 0x61], .truncated), ([0xC0], .truncated), ([], .truncated), ([1, 0x61], .truncated),
        ] as [([UInt8], WireError)])
    func hostileNames(name: [UInt8], error: WireError) {
        #expect(throws: error) { try DNSMessage(wire: Self.header + name) }
    }

    @Test("Two names that point at each other do not loop")
    func pointerLoop() {
        var octets = Self.header
        octets[5] = 2
        octets += [1, 0x61, 0xC0, 20, 0, 1, 0, 1]  // at 12, on to 20
        octets += [1, 0x62, 0xC0, 12, 0, 1, 0, 1]  // at 20, back to 12
        #expect(throws: WireError.badPointer) { try DNSMessage(wire: octets) }
    }

    @Test("Backward pointers may chain, but no name passes 255 octets")
    func pointerChain() throws {
        var octets = Self.header
        let questionCount = 6
        octets[5] = UInt8(questionCount)
        var previous: Int?
        for _ in 0..<questionCount {
            let start = octets.count
            octets += [50] + [UInt8](repeating: 0x61, count: 50)
            if let previous { octets += [0xC0, UInt8(previous)] } else { octets += [0] }
            octets += [0, 1, 0, 1]
            previous = start
        }
        #expect(throws: WireError.nameTooLong) { try DNSMessage(wire: octets) }
        octets[5] = 4
        #expect(throws: WireError.trailingOctets) { try DNSMessage(wire: octets) }
    }

    @Test("Every prefix of a message is refused, and no change of one octet crashes")
    func truncation() throws {
        let octets = Self.sample.wireOctets()
        #expect(try DNSMessage(wire: octets) == Self.sample)
        for count in 0..<octets.count {
            #expect(throws: WireError.self) { try DNSMessage(wire: Array(octets[..<count])) }
        }
        let question = ServerQuestion(
            server: ServerAddress("127.0.0.1")!, name: Self.name("www.example.com"), type: .txt)
        var readable = 0
        for index in octets.indices {
            for change in [0x01, 0x40, 0x80, 0xC0, 0xFF] as [UInt8] {
                var changed = octets
                changed[index] ^= change
                if (try? DNSMessage(wire: changed)) != nil { readable += 1 }
                _ = ReplyReader.read(changed, id: 7, for: question)
            }
        }
        #expect(readable > 0)
    }

    static let sample: DNSMessage = {
        var flags = HeaderFlags()
        flags.isResponse = true
        flags.recursionDesired = true
        return DNSMessage(
            id: 7, flags: flags, questions: [DNSMessage.Question(name("www.example.com"), .txt)],
            answers: [
                DNSMessage.Record(name("www.example.com"), timeToLiveSeconds: 60, .txt(TXTValue("hello"))),
                DNSMessage.Record(
                    name("www.example.com"), timeToLiveSeconds: 60, .opaque(type: RecordType("CAA")!, octets: [1, 2])),
            ],
            authorities: [
                DNSMessage.Record(
                    name("example.com"), timeToLiveSeconds: 900,
                    .soa(
                        StartOfAuthority(
                            primary: name("ns1.example.com"), mailbox: name("hostmaster.example.com"), serial: 1,
                            refresh: 2, retry: 3, expire: 4, minimum: 5))),
                DNSMessage.Record(name("example.com"), timeToLiveSeconds: 900, .ns(name("ns1.example.com"))),
            ],
            additionals: [
                DNSMessage.Record(name("ns1.example.com"), timeToLiveSeconds: 5, .a(IPAddress("192.0.2.1")!)),
                DNSMessage.Record(name("ns1.example.com"), timeToLiveSeconds: 5, .aaaa(IPAddress("2001:db8::1")!)),
            ],
            extensions: ExtensionMechanisms(extendedError: ExtendedError(code: 22, text: "no luck")))
    }()

    @Test("Random messages come back as they went out")
    func roundTrip() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let message = Self.random(&generator)
            #expect(try DNSMessage(wire: message.wireOctets()) == message, "seed \(seed)")
        }
    }

    @Test("Random octets never crash either reader")
    func randomOctets() {
        let question = ServerQuestion(server: ServerAddress("127.0.0.1")!, name: .root, type: .a)
        var refused = 0
        for seed in 0..<5000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var octets = generator.octets(Int.random(in: 0...120, using: &generator))
            if octets.count > 12 { for index in [4, 6, 8, 10] { octets[index] = 0 } }
            if (try? DNSMessage(wire: octets)) == nil { refused += 1 }
            _ = ReplyReader.read(
                octets, id: octets.count > 1 ? UInt16(octets[0]) << 8 | UInt16(octets[1]) : 0, for: question)
        }
        #expect(refused > 4000)
    }

    private static func random(_ generator: inout SeededGenerator) -> DNSMessage {
        var message = DNSMessage(id: UInt16.random(in: 0...UInt16.max, using: &generator))
        message.flags = HeaderFlags(rawValue: UInt16.random(in: 0...UInt16.max, using: &generator))
        message.questions = [DNSMessage.Question(randomName(&generator), .a)]
        for section in [\DNSMessage.answers, \.authorities, \.additionals] {
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                message[keyPath: section].append(
                    DNSMessage.Record(
                        randomName(&generator),
                        timeToLiveSeconds: UInt32.random(in: 0...0x7FFF_FFFF, using: &generator),
                        randomData(&generator)))
            }
        }
        if Bool.random(using: &generator) { message.extensions = ExtensionMechanisms(version: 1) }
        return message
    }

    private static func randomName(_ generator: inout SeededGenerator) -> DomainName {
        // Few labels, so that names share their ends.
        let labels = ["a", "b\\.c", "\\000", "example", "com", "_x"]
        let count = Int.random(in: 0...4, using: &generator)
        return count == 0
            ? .root : name((0..<count).map { _ in labels.randomElement(using: &generator)! }.joined(separator: "."))
    }

    private static func randomData(_ generator: inout SeededGenerator) -> RecordData {
        switch Int.random(in: 0...6, using: &generator) {
        case 0: .a(.v4(UInt32.random(in: 0...UInt32.max, using: &generator)))
        case 1: .aaaa(.v6(high: generator.next(), low: generator.next()))
        case 2: .mx(preference: 7, exchange: randomName(&generator))
        case 3: .txt(TXTValue(joined: generator.octets(Int.random(in: 0...600, using: &generator))))
        case 4: .ns(randomName(&generator))
        case 5:
            .soa(
                StartOfAuthority(
                    primary: randomName(&generator), mailbox: randomName(&generator), serial: 1, refresh: 2, retry: 3,
                    expire: 4, minimum: 5))
        default: .opaque(type: RecordType(rawValue: 731), octets: generator.octets(9))
        }
    }

    @Test("Truncation cuts whole records and sets TC; OPT stays")
    func truncates() throws {
        var message = Self.sample
        message.answers = (0..<100).map { number in
            DNSMessage.Record(Self.name("www.example.com"), timeToLiveSeconds: 1, .txt(TXTValue("number \(number)")))
        }
        let octets = message.wireOctets(octetsMax: 512)
        #expect(octets.count <= 512)
        let read = try DNSMessage(wire: octets)
        #expect(read.flags.isTruncated)
        #expect(read.answers == Array(message.answers.prefix(read.answers.count)))
        #expect(read.authorities.isEmpty && read.additionals.isEmpty)
        #expect(read.extensions == message.extensions)
    }

    @Test("Names in other types' data come out uncompressed (RFC 3597 §4)")
    func srv() throws {
        let octets: [UInt8] =
            [0, 1, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0] + [1, 0x61, 0, 0, 33, 0, 1]
            + [0xC0, 12, 0, 33, 0, 1, 0x80, 0, 0, 0, 0, 8, 0, 1, 0, 2, 0, 3, 0xC0, 12]
        let record = try DNSMessage(wire: octets).answers[0]
        #expect(record.data == .opaque(type: RecordType("SRV")!, octets: [0, 1, 0, 2, 0, 3, 1, 0x61, 0]))
        // RFC 2181 §8: the top bit set counts as zero.
        #expect(record.timeToLiveSeconds == 0)
    }
}
