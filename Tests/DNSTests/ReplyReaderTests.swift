import DNS
import Testing

@Suite("From octets to replies")
struct ReplyReaderTests {
    static func name(_ text: String) -> DomainName { try! DomainName(text) }
    static let question = ServerQuestion(
        server: ServerAddress("192.0.2.53")!, name: name("www.example.com"), type: .txt)
    static let soa = StartOfAuthority(
        primary: name("ns1.example.com"), mailbox: name("h.example.com"), serial: 1, refresh: 2, retry: 3, expire: 4,
        minimum: 60)
    static let soaRecord = DNSMessage.Record(name("example.com"), timeToLiveSeconds: 900, .soa(soa))
    static let authority = ZoneAuthority(apex: name("example.com"), startOfAuthority: soa, timeToLiveSeconds: 900)

    static func response(_ change: (inout DNSMessage) -> Void = { _ in }) -> DNSMessage {
        var message = DNSMessage(id: 9, questions: [DNSMessage.Question(question.name, .txt)])
        message.flags.isResponse = true
        message.flags.isAuthoritative = true
        change(&message)
        return message
    }

    static func read(_ message: DNSMessage) -> ReplyReading {
        ReplyReader.read(message.wireOctets(), id: 9, for: question)
    }

    static func txt(_ owner: String, _ text: String, _ seconds: UInt32 = 300) -> DNSMessage.Record {
        DNSMessage.Record(name(owner), timeToLiveSeconds: seconds, .txt(TXTValue(text)))
    }

    @Test("Records of the question, and of nothing else")
    func records() {
        let reading = Self.read(
            Self.response {
                $0.answers = [
                    Self.txt("www.example.com", "one", 300), Self.txt("other.example.com", "not ours"),
                    Self.txt("www.example.com", "two", 200), Self.txt("www.example.com", "one", 300),
                    DNSMessage.Record(Self.question.name, timeToLiveSeconds: 1, .a(.v4(1))),
                    DNSMessage.Record(
                        Self.question.name, timeToLiveSeconds: 1, .txt(TXTValue("chaos")), recordClass: 3),
                ]
            })
        let set = RecordSet(
            Self.question.name, .txt, timeToLiveSeconds: 200, data: [.txt(TXTValue("one")), .txt(TXTValue("two"))])
        #expect(reading == .reply(.answer(ServerAnswer(outcome: .records(set), isAuthoritative: true))))
    }

    @Test("A question in other case, as it was sent or not, is ours")
    func caseInsensitive() {
        var octets = Self.response { $0.answers = [Self.txt("www.example.com", "x")] }.wireOctets()
        octets[13] = UInt8(ascii: "W")
        guard case .reply(.answer(let answer)) = ReplyReader.read(octets, id: 9, for: Self.question) else {
            Issue.record("not read")
            return
        }
        #expect(answer.outcome != .noData)
    }

    @Test("What answers another question is not ours")
    func notOurs() {
        let message = Self.response()
        #expect(ReplyReader.read(message.wireOctets(), id: 10, for: Self.question) == .notOurs)
        #expect(Self.read(Self.response { $0.flags.isResponse = false }) == .notOurs)
        #expect(Self.read(Self.response { $0.flags.operation = 4 }) == .notOurs)
        #expect(Self.read(Self.response { $0.questions[0].name = Self.name("w.example.com") }) == .notOurs)
        #expect(Self.read(Self.response { $0.questions[0].type = .a }) == .notOurs)
        #expect(Self.read(Self.response { $0.questions[0].recordClass = 3 }) == .notOurs)
        #expect(Self.read(Self.response { $0.questions = [] }) == .notOurs)
        #expect(ReplyReader.read([0, 9], id: 9, for: Self.question) == .notOurs)
    }

    @Test("Truncation is told before anything else")
    func truncated() {
        #expect(Self.read(Self.response { $0.flags.isTruncated = true }) == .truncated)
    }

    @Test("Absence, alias and referral are told apart")
    func outcomes() {
        func outcome(_ change: (inout DNSMessage) -> Void) -> ServerAnswer.Outcome? {
            guard case .reply(.answer(let answer)) = Self.read(Self.response(change)) else { return nil }
            return answer.outcome
        }
        let cname = DNSMessage.Record(Self.question.name, timeToLiveSeconds: 30, .cname(Self.name("t.example.net")))
        let ns = DNSMessage.Record(Self.name("example.com"), timeToLiveSeconds: 1, .ns(Self.name("ns1.example.com")))
        #expect(outcome { $0.authorities = [Self.soaRecord] } == .noData)
        #expect(
            outcome {
                $0.flags.responseCode = 3; $0.authorities = [Self.soaRecord]
            } == .noSuchName)
        let alias = ServerAnswer.Outcome.alias(Self.name("t.example.net"), timeToLiveSeconds: 30)
        #expect(outcome { $0.answers = [cname, Self.txt("t.example.net", "x")] } == alias)
        // RFC 6604 §3: NXDOMAIN is about the target.
        #expect(
            outcome {
                $0.answers = [cname]; $0.flags.responseCode = 3
            } == alias)
        let referral = ServerAnswer.Outcome.referral(
            Self.name("example.com"), nameServers: [Self.name("ns1.example.com")])
        #expect(
            outcome {
                $0.flags.isAuthoritative = false; $0.authorities = [ns]
            } == referral)
        #expect(outcome { $0.authorities = [ns] } == .noData)
        #expect(
            outcome {
                $0.flags.isAuthoritative = false; $0.authorities = [ns, Self.soaRecord]
            } == .noData)
        // NS of a name that the question does not lie under is nothing to us.
        let foreign = DNSMessage.Record(
            Self.name("example.net"), timeToLiveSeconds: 1, .ns(Self.name("ns1.example.com")))
        #expect(
            outcome {
                $0.flags.isAuthoritative = false; $0.authorities = [foreign]
            } == .noData)
        #expect(
            outcome {
                $0.flags.isAuthoritative = false
                $0.flags.recursionDesired = true
                $0.flags.recursionAvailable = true
                $0.authorities = [ns]
            } == .noData)
    }

    @Test("The SOA comes along, and glue only of servers that were named")
    func authority() {
        guard
            case .reply(.answer(let answer)) = Self.read(
                Self.response {
                    $0.flags.isAuthoritative = false
                    $0.authorities = [
                        DNSMessage.Record(
                            Self.name("example.com"), timeToLiveSeconds: 1, .ns(Self.name("ns1.example.com")))
                    ]
                    $0.additionals = [
                        DNSMessage.Record(Self.name("ns1.example.com"), timeToLiveSeconds: 1, .a(.v4(1))),
                        DNSMessage.Record(
                            Self.name("NS1.example.com"), timeToLiveSeconds: 1, .aaaa(.v6(high: 1, low: 2))),
                        DNSMessage.Record(Self.name("evil.example.com"), timeToLiveSeconds: 1, .a(.v4(2))),
                    ]
                })
        else {
            Issue.record("not read")
            return
        }
        #expect(answer.glue == [Self.name("ns1.example.com"): [.v4(1), .v6(high: 1, low: 2)]])
        guard case .reply(.answer(let negative)) = Self.read(Self.response { $0.authorities = [Self.soaRecord] }) else {
            Issue.record("not read")
            return
        }
        #expect(negative.authority == Self.authority)
        #expect(negative.authority?.negativeTimeToLiveSeconds == 60)
    }

    @Test("Errors keep their code and the extended error's words (RFC 8914)")
    func errors() {
        #expect(
            Self.read(
                Self.response {
                    $0.flags.responseCode = 2
                    $0.extensions = ExtensionMechanisms(extendedError: ExtendedError(code: 6, text: "sig\u{1B}[31m\n!"))
                }) == .reply(.failed(.responseCode(2, "DNSSEC bogus: sig[31m!"))))
        #expect(
            Self.read(Self.response { $0.extensions = ExtensionMechanisms(extendedResponseCode: 1) })
                == .reply(.failed(.responseCode(16, nil))))
        // A bare header of a server that read nothing.
        #expect(
            Self.read(
                Self.response {
                    $0.questions = []; $0.flags.responseCode = 1
                })
                == .reply(.failed(.responseCode(1, nil))))
    }

    @Test("A broken record is a malformed answer, never an absence")
    func malformed() {
        var octets = Self.response { $0.answers = [Self.txt("www.example.com", "hello")] }.wireOctets()
        octets.removeLast()
        guard case .reply(.failed(.malformed)) = ReplyReader.read(octets, id: 9, for: Self.question) else {
            Issue.record("read as something else")
            return
        }
        octets.append(0x6F)
        octets[octets.count - 6] = 6  // the string claims more than its RDATA
        #expect(
            ReplyReader.read(octets, id: 9, for: Self.question)
                == .reply(.failed(.malformed("a TXT record's data does not fit its type"))))
    }

    @Test("A query is one question with EDNS, or without")
    func query() throws {
        for payload in [1232, nil] as [UInt16?] {
            var buffer = [UInt8](repeating: 0xEE, count: QueryWriter.octetsMax)
            let count = buffer.withUnsafeMutableBytes {
                QueryWriter.write(
                    id: 0xABCD, Self.question.name, .txt, recursionDesired: true, payloadOctets: payload, to: $0)
            }
            let message = try DNSMessage(wire: Array(buffer[..<count]))
            #expect(message.id == 0xABCD && message.flags.recursionDesired && !message.flags.isResponse)
            #expect(message.questions == [DNSMessage.Question(Self.question.name, .txt)])
            #expect(message.extensions?.payloadOctets == payload)
        }
    }
}
