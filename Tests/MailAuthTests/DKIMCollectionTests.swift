import DNS
import Foundation
import Testing

@testable import MailAuth

/// Messages and keys that other libraries test themselves with.
@Suite(.enabled(if: SharedSuites.has("dkim") && SharedSuites.has("arc"), SharedSuites.absence))
struct DKIMCollectionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        /// Selector and domain, and the file of the key record or the record itself.
        var keys: [(String, String)] = []
        let expected: [DKIMVerdict]

        var testDescription: String { file }
    }

    static let football = [
        (
            "brisbane._domainkey.football.example.com",
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        ),
        (
            "test._domainkey.football.example.com",
            """
            v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\
            Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\
            +2kryOTIKT+l/K4w3QIDAQAB
            """
        ),
    ]

    static let cases = [
        Case(file: "dkim/dkimpy/rfc6376.signed.msg", keys: football, expected: [.pass, .pass]),
        Case(file: "dkim/dkimpy/rfc6376.signed.rsa.msg", keys: football, expected: [.pass]),
        // An x= without a t= was put in after signing: an ordinary broken signature, nothing worse.
        Case(file: "dkim/dkimpy/rfc6376.signed.no_t.msg", keys: football, expected: [.fail(.signature)]),
        Case(
            file: "dkim/dkimpy/ed25519test2.msg",
            keys: [("sed._domainkey.test.ex", "dkim/dkimpy/eximtest.dns")], expected: [.pass]),
        Case(
            file: "dmarc/authheaders/testcomma.message",
            keys: [("test._domainkey.example.com", "dmarc/authheaders/test.txt")], expected: [.pass]),
        // A message is whole here, and each key record has one thing wrong with it.
        Case(
            file: "dmarc/authheaders/testcomma.message",
            keys: [("test._domainkey.example.com", "dkim/dkimpy/badk.txt")],
            expected: [.permerror(.key(.unknownKeyType("ed25519-sha256")))]),
        Case(
            file: "dmarc/authheaders/testcomma.message",
            keys: [("test._domainkey.example.com", "dkim/dkimpy/badversion.txt")],
            expected: [.permerror(.key(.version("DKIM1: g=*")))]),
        Case(
            file: "dmarc/authheaders/testcomma.message",
            keys: [("test._domainkey.example.com", "dkim/dkimpy/test_tlsrpt.txt")],
            expected: [.permerror(.serviceNotAllowed)]),
    ]

    @Test(arguments: cases)
    func verdicts(item: Case) async throws {
        let keys = try item.keys.map { name, record in
            (
                name,
                SharedSuites.has(record)
                    ? String(decoding: try SharedSuites.bytes(record), as: UTF8.self)
                        .trimmingCharacters(in: .whitespacesAndNewlines) : record
            )
        }
        let results = await DKIMVerifier(resolver: TableResolver(txt: keys)).verify(
            try Self.message(item.file), unixTime: 1_700_000_000)
        #expect(results.map(\.verdict) == item.expected)
    }

    /// One file's header has both line ends; it was signed with CRLF.
    private static func message(_ file: String) throws -> Message {
        Message(file: try SharedSuites.bytes(file).filter { $0 != .carriageReturn })
    }

    @Test func mailauthsDoublySignedMessage() async throws {
        // By name and type.
        let zone = try JSONDecoder().decode(
            [String: [String: [[String]]]].self,
            from: Data(try SharedSuites.bytes("dkim/mailauth/tests-dkim/ec/fixtures/dns.json")))
        let keys = zone.flatMap { name, zone in (zone["TXT"] ?? []).map { (name, $0.joined()) } }
        let results = await DKIMVerifier(resolver: TableResolver(txt: keys)).verify(
            Message(file: try SharedSuites.bytes("dkim/mailauth/tests-dkim/ec/fixtures/signed.eml")),
            unixTime: 1_700_000_000)
        #expect(results.map(\.verdict) == [.pass, .pass])
    }

    // RFC 6376 §3.6.1 wants SubjectPublicKeyInfo, §3.3.1's examples PKCS#1: both forms are one key.
    @Test(arguments: ["1024", "2048"])
    func bothFormsOfAnRSAKeyAreRead(bits: String) throws {
        let keys = try ["", ".rsa"].map { form in
            let text = String(
                decoding: try SharedSuites.bytes("dkim/dkimpy/\(bits)_testkey_wo_markers.pub\(form).txt"), as: UTF8.self
            )
            return try DKIMRecord(text.trimmingCharacters(in: .whitespacesAndNewlines)).publicKey
        }
        #expect(keys[0] != nil && keys[0] == keys[1])
    }

    /// Their keys are in no suite: what can be held is that every signature is read, and its absence said.
    static let withoutKeys = [
        ("dkim/mailauth/message2.eml", 1), ("dkim/mailauth/message3.eml", 2), ("dkim/mailauth/message4.eml", 1),
        ("dkim/mailauth/bimi.eml", 2), ("dkim/mailauth/zbimi.eml", 1), ("dkim/mailauth/zproov.eml", 1),
        ("dkim/mailauth/message1.eml", 0), ("dkim/dkimpy/test2.message", 1), ("dkim/dkimpy/test.message", 0),
        ("dkim/dkimpy/test_extra.message", 0), ("dkim/dkimpy/test_nofrom.message", 0), ("dkim/dkimpy/rfc6376.msg", 0),
        ("dkim/dkimpy/rfc6376.w1258.msg", 0), ("dkim/dkimpy/ed25519test.msg", 0), ("dkim/mailauth/authtest.eml", 1),
    ]

    @Test(arguments: withoutKeys)
    func signaturesWithoutKeysAreReadAllTheSame(file: String, count: Int) async throws {
        let message = Message(file: try SharedSuites.bytes(file))
        let results = await DKIMVerifier(resolver: TableResolver()).verify(message, unixTime: 1_700_000_000)
        #expect(results.count == count)
        for result in results {
            guard case .permerror(.noKey) = result.verdict else {
                Issue.record("\(file): \(result.verdict)")
                continue
            }
        }
    }

    static let arcMessages: [(String, String)] = [
        ("arc/stalwart/001.eml", "pass"), ("arc/stalwart/002.eml", "pass"),
        ("dkim/mailauth/arc-pass.eml", "pass"), ("dkim/mailauth/arc-pass2.eml", "pass"),
        ("dkim/mailauth/arc-fail.eml", "fail"), ("dkim/mailauth/arc-fail2.eml", "fail"),
        ("dkim/mailauth/arc-fail3.eml", "fail"), ("dkim/mailauth/authtest.eml", "pass"),
        ("dkim/mailauth/bimi.eml", "pass"), ("dkim/mailauth/message3.eml", "pass"), ("dkim/mailauth/zbimi.eml", "pass"),
    ]

    @Test(arguments: arcMessages)
    func chainsOfRealMail(file: String, expected: String) async throws {
        let keys = String(decoding: try SharedSuites.bytes("arc/stalwart/dns.txt"), as: UTF8.self)
            .split(separator: "\n").compactMap { line in
                line.firstIndex(of: " ").map { (String(line[..<$0]), line[$0...].trimmingCharacters(in: .whitespaces)) }
            }
        let verdict = await ARCVerifier(resolver: TableResolver(txt: keys)).verify(
            Message(file: try SharedSuites.bytes(file)), unixTime: 1_700_000_000
        ).verdict
        #expect(verdict.name == expected, "\(verdict)")
    }

    // KumoMTA's keys stand in nobody's file; what is read of its messages is their structure.
    @Test(arguments: ["dkim/kumomta/arc-example.eml", "dkim/kumomta/arc-example-2.eml"])
    func kumomtasChainsAreRead(file: String) async throws {
        let result = await ARCVerifier(resolver: TableResolver()).verify(
            Message(file: try SharedSuites.bytes(file)), unixTime: 1_700_000_000)
        guard case .fail(.messageSignature) = result.verdict else {
            Issue.record("\(result.verdict)")
            return
        }
        #expect(result.instance == result.sealers.count && result.instance > 0)
    }

    /// Folders that hold a licence and nothing to test with; once they hold more, this list is no longer true.
    @Test(arguments: ["dkim/go-msgauth", "dkim/mox"])
    func foldersWithoutCases(folder: String) throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: SharedSuites.url(folder).path)
        #expect(files.allSatisfy { $0.hasPrefix("LICENSE") }, "\(files)")
    }

    static let authors: [(String, Result<String, DMARCAuthorError>)] = [
        ("test.message", .success("example.com")), ("test.bad.message", .success("bad.example.com")),
        ("test.gov.message", .success("example.gov")), ("test_nop.message", .success("nop.example.org")),
        ("testcomma.message", .success("example.com")), ("test.nofrom.message", .failure(.malformedFrom)),
    ]

    @Test(.enabled(if: SharedSuites.has("dmarc/authheaders"), SharedSuites.absence), arguments: authors)
    func authorsOfAuthheadersMessages(file: String, expected: Result<String, DMARCAuthorError>) throws {
        let message = try Self.message("dmarc/authheaders/" + file)
        #expect(DMARCVerifier.author(of: message).map(\.text) == expected)
    }
}
