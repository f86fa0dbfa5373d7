import DNS
import Foundation
import Keys
import MailAuth
import Testing

/// The examples of the documentation, as a package that depends on the product MailAuth writes them: this target sees
/// nothing but what is public. `DocumentationTests` holds the two equal.
@Suite struct ExampleTests {
    let now: Int64 = 1_700_000_000
    let rsaKey: Signer
    let ed25519Key: Signer
    let resolver: Table
    let domain: DomainName

    init() throws {
        rsaKey = try Signer(pem: Self.pem(["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]))
        ed25519Key = try Signer(pem: Self.pem(["-algorithm", "ED25519"]))
        domain = try DomainName("d.example")
        resolver = try Table([
            "mm1._domainkey.d.example": DKIMRecord(publicKey: rsaKey.publicKey).text,
            "mm2._domainkey.d.example": DKIMRecord(publicKey: ed25519Key.publicKey).text,
            "d.example": "v=spf1 ip4:192.0.2.0/24 -all",
            "_dmarc.d.example": "v=DMARC1; p=reject; rua=mailto:dmarc@d.example",
        ])
    }

    private static func pem(_ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl", "genpkey"] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let pem = Array(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return pem
    }

    var text: [UInt8] { Array("From: A <a@d.example>\r\nTo: b@x.example\r\nSubject: s\r\n\r\nA body.\r\n".utf8) }

    @Test func buildAMessage() throws {
        var generator = SystemRandomNumberGenerator()
        // example: BuildAMessage
        var builder = MessageBuilder(
            from: .init("agent@d.example", name: "An Ägent"), unixTime: now, messageID: "1@d.example")
        builder.to = [.init("reader@x.example")]
        builder.subject = "Grüße"
        builder.text = "Hello.\n"
        builder.html = "<p>Hello.</p>\n"
        builder.attachments = [.init(filename: "a.csv", mediaType: "text/csv", content: Array("a,b\n".utf8))]
        builder.headers = [.init("Auto-Submitted", "auto-generated")]
        let message = try builder.build(using: &generator)
        print(message.octets.count, message.needsSMTPUTF8)
        // end
        #expect(!message.needsSMTPUTF8)
        #expect(DMARCVerifier.author(of: Message(message.octets)) == .success(domain))
    }

    @Test func signAMessage() async throws {
        let octets = text
        // example: SignAMessage
        let signer = DKIMSigner(domain: domain, selector: "mm1", key: rsaKey)
        let field = try signer.sign(Message(octets), unixTime: now)
        let signed = field + octets
        // end
        let results = await DKIMVerifier(resolver: resolver).verify(Message(signed), unixTime: now)
        #expect(results.map(\.verdict) == [.pass])
    }

    @Test func signWithTwoKeys() async throws {
        let octets = text
        // example: SignWithTwoKeys
        let rsa = DKIMSigner(domain: domain, selector: "mm1", key: rsaKey)
        let ed25519 = DKIMSigner(domain: domain, selector: "mm2", key: ed25519Key)
        let fields = try DKIMSigner.sign(Message(octets), with: [rsa, ed25519], unixTime: now)
        let signed = fields.joined() + octets
        // end
        let results = await DKIMVerifier(resolver: resolver).verify(Message(Array(signed)), unixTime: now)
        #expect(results.map(\.verdict) == [.pass, .pass])
    }

    @Test func verifyAMessage() async throws {
        let octets =
            try DKIMSigner(domain: domain, selector: "mm1", key: rsaKey).sign(Message(text), unixTime: now) + text
        // example: VerifyAMessage
        let verifier = MessageVerifier(resolver: resolver, receiver: "mx.x.example")
        let envelope = MessageVerifier.Envelope(
            address: IPAddress("192.0.2.1"), helo: "mail.d.example", mailFrom: "a@d.example")
        let verdict = await verifier.verify(Message(octets), envelope: envelope, unixTime: now)
        for signature in verdict.dkim { print(signature.verdict.name, signature.verdict.reason ?? "") }
        print(verdict.dmarc.verdict.name, verdict.dmarc.author?.text ?? "no author")
        let field = verdict.authenticationResults(serverID: "mx.x.example").field
        let delivered = Array(field.utf8) + octets
        // end
        #expect(verdict.dmarc.verdict == .pass)
        #expect(Message(delivered).fields(named: "authentication-results").count == 1)
    }

    @Test func checkSPF() async throws {
        let address = try #require(IPAddress("192.0.2.1"))
        // example: CheckSPF
        let spf = SPFVerifier(resolver: resolver)
        let result = await spf.check(
            address: address, mailFrom: "a@d.example", helo: "mail.d.example", unixTime: now)
        switch result.verdict {
        case .pass: print("allowed, after \(result.lookUpCount) look-ups")
        case .fail(let explanation): print("not allowed", explanation ?? "")
        case .temperror(let reason): print("ask again later: \(reason)")
        case .permerror(let error): print("the record is wrong: \(error)")
        default: print(result.verdict.name)
        }
        // end
        #expect(result.verdict == .pass)
    }

    @Test func lookUpDMARC() async throws {
        let author = try DomainName("news.d.example")
        // example: LookUpDMARC
        switch await DMARCDiscovery(for: author, resolver: resolver) {
        case .found(let record, let place, let policy):
            print("\(policy.rawValue), by the record at \(place)")
            for uri in record.aggregateReports {
                print(uri, await DMARCReportDestination(of: uri, requestedBy: place, resolver: resolver))
            }
        case .none(let absence): print("DMARC does not apply: \(absence)")
        case .temperror(let reason): print("ask again later: \(reason)")
        }
        // end
        guard case .found(_, domain, .reject) = await DMARCDiscovery(for: author, resolver: resolver) else {
            Issue.record("not found")
            return
        }
        let destination = await DMARCReportDestination(
            of: "mailto:dmarc@d.example", requestedBy: domain, resolver: resolver)
        #expect(destination == .own)
    }

    @Test func sealAForwardedMessage() async throws {
        let octets = text
        let found = AuthenticationResults(serverID: "lists.d.example", results: [.init("spf", "pass")])
        // example: SealAForwardedMessage
        let chain = await ARCVerifier(resolver: resolver).verify(Message(octets), unixTime: now)
        var results = found
        results.results.append(.init("arc", chain.verdict.name))
        let sealer = ARCSealer(domain: domain, selector: "mm1", key: rsaKey)
        let fields = try sealer.seal(Message(octets), results: results, chain: chain, unixTime: now)
        let forwarded = (fields ?? []) + octets
        // end
        #expect(await ARCVerifier(resolver: resolver).verify(Message(forwarded), unixTime: now).verdict == .pass)
    }

    @Test func readAuthenticationResults() throws {
        let octets =
            Array("Authentication-Results: mx.x.example; dkim=pass (2048-bit key) header.d=d.example\r\n".utf8) + text
        // example: ReadAuthenticationResults
        let message = Message(octets)
        let results = AuthenticationResults.consolidated(from: message, serverID: "mx.x.example")
        for result in results?.results ?? [] {
            print(result.method, result.value, result.property("header", "d") ?? "", result.comments)
        }
        // A message from outside claims nothing in our name:
        let clean = AuthenticationResults.removingForged(from: message, serverID: "mx.x.example")
        // end
        #expect(results?.results.first?.property("header", "d") == "d.example")
        #expect(clean == text)
    }

    @Test func readReports() throws {
        let octets = Array(
            """
            Content-Type: text/xml\r\n\r\n<feedback><report_metadata><report_id>1</report_id><date_range><begin>1</begin>
            <end>2</end></date_range></report_metadata><policy_published><domain>d.example</domain></policy_published>
            </feedback>
            """.utf8)
        // example: ReadReports
        for report in try MailReport.reports(in: Message(octets)) {
            switch report {
            case .dmarc(let report):
                for record in report.records where !record.isDKIMAligned && !record.isSPFAligned {
                    print(report.policy.domain, record.source, record.count, record.disposition)
                }
            case .tls(let report):
                for policy in report.policies { print(policy.domain, policy.failedSessions, policy.failures) }
            }
        }
        // end
        #expect(try MailReport.reports(in: Message(octets)).count == 1)
    }
}

// example: ImplementAResolver
struct Table: Resolver {
    var records: [DomainName: [String]] = [:]

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        guard let texts = records[name] else { return .noSuchName }
        guard type == .txt else { return .noData }
        return .found(texts.map { .txt(TXTValue($0)) }, timeToLiveSeconds: 300)
    }
}
// end

extension Table {
    init(_ texts: [String: String]) throws {
        for (name, text) in texts { records[try DomainName(name)] = [text] }
    }
}
