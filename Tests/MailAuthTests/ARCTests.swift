import DNS
import Foundation
import Keys
import Testing

@testable import MailAuth

@Suite struct ARCTests {
    static let text = "From: A <a@d.example>\r\nTo: b@x.example\r\nSubject: one\r\n\r\nA body.\r\n"

    static func results(_ arc: String) -> AuthenticationResults {
        AuthenticationResults(serverID: "me.example", results: [.init("arc", arc), .init("spf", "pass")])
    }

    @Test func whatWeSealValidatesHopAfterHop() async throws {
        let resolver = DKIMVerifierTests.resolver()
        let verifier = ARCVerifier(resolver: resolver)
        var message = Message(Array(Self.text.utf8))
        var chain = await verifier.verify(message)
        #expect(chain.verdict == .none)
        for hop in 1...4 {
            let keys = hop % 2 == 0 ? DKIMVerifierTests.ed25519 : DKIMVerifierTests.rsa
            let sealer = ARCSealer(
                domain: DKIMVerifierTests.domain, selector: hop % 2 == 0 ? "e" : "s", key: keys.signer)
            let fields = try #require(
                try sealer.seal(message, results: Self.results(chain.verdict.name), chain: chain, unixTime: 1000))
            #expect(fields.starts(with: Array("ARC-Seal: i=\(hop); a=".utf8)))
            message = Message(fields + message.octets)
            chain = await verifier.verify(message)
            #expect(chain.verdict == .pass)
            #expect(chain.instance == hop)
        }
        let changed = String(decoding: message.octets, as: UTF8.self)
        for (part, replacement) in [("A body", "B body"), ("Subject: one", "Subject: two"), ("i=1; me", "i=1; you")] {
            let broken = await verifier.verify(Message(Array(changed.replacing(part, with: replacement).utf8)))
            #expect(broken.verdict.name == "fail", "\(part)")
        }
    }

    @Test func aFailedChainIsSealedOnceAndNotAgain() async throws {
        let verifier = ARCVerifier(resolver: DKIMVerifierTests.resolver())
        let sealer = ARCSealer(
            domain: DKIMVerifierTests.domain, selector: "s", key: DKIMVerifierTests.rsa.signer)
        let first = Message(Array(Self.text.utf8))
        let fields = try #require(
            try sealer.seal(first, results: Self.results("none"), chain: await verifier.verify(first), unixTime: 1))
        let broken = Message(fields + Self.text.replacing("A body", with: "B body").utf8)
        let chain = await verifier.verify(broken)
        #expect(chain.verdict.name == "fail")
        let second = try #require(try sealer.seal(broken, results: Self.results("fail"), chain: chain, unixTime: 2))
        let sealed = Message(second + broken.octets)
        let again = await verifier.verify(sealed)
        #expect(again.verdict == .fail(.failedBefore))
        #expect(try sealer.seal(sealed, results: Self.results("fail"), chain: again, unixTime: 3) == nil)
        let unknown = await ARCVerifier(resolver: TableResolver(failing: ["s._domainkey.d.example"])).verify(sealed)
        #expect(unknown.verdict == .fail(.failedBefore))
        let down = await ARCVerifier(resolver: TableResolver(failing: ["s._domainkey.d.example"])).verify(
            Message(fields + first.octets))
        #expect(down.verdict == .temperror("TXT of s._domainkey.d.example: no answer"))
        #expect(
            try sealer.seal(Message(fields + first.octets), results: Self.results("none"), chain: down, unixTime: 3)
                == nil)
    }
}

/// The ARC test suite.
@Suite(.enabled(if: SharedSuites.has("arc") && SharedSuites.readsYAML, SharedSuites.absence))
struct ARCSuiteTests {
    static func resolver(_ document: [String: Any]) -> TableResolver {
        let records = document["txt-records"] as? [String: String] ?? [:]
        return TableResolver(txt: records.map { ($0.key, $0.value.split(separator: "\n").joined(separator: "")) })
    }

    static func message(_ test: [String: Any]) throws -> Message {
        Message(file: Array(try #require(test["message"] as? String).utf8))
    }

    @Test func validatesAsTheSuiteSays() async throws {
        var total = 0
        var agreed = 0
        for document in try SharedSuites.documents("arc/arc-draft-validation-tests.yml") {
            let verifier = ARCVerifier(resolver: Self.resolver(document))
            for (name, test) in document["tests"] as? [String: [String: Any]] ?? [:] {
                total += 1
                let verdict = await verifier.verify(try Self.message(test)).verdict
                let stated = (test["cv"] as? String ?? "").lowercased()
                // Three have no stated answer: their newest seal says cv=fail, so the chain has failed.
                if verdict.name == (stated.isEmpty ? "fail" : stated) {
                    agreed += 1
                } else {
                    Issue.record("\(name): \(verdict), the suite says \(stated)")
                }
            }
        }
        print("ARC validation: \(agreed) of \(total)")
        #expect(total == 171)
    }

    /// The suite's key has 1024 bits, too few for us to sign with. So its own signatures are taken in place of ours,
    /// where they verify over exactly the octets that we would have signed: RSASSA-PKCS1-v1_5 has one signature for
    /// each message.
    @Test(arguments: ["arc/arc-draft-sign-tests.yml", "dkim/mailauth/arc/arc-draft-sign-tests.yml"])
    func sealsAsTheSuiteSays(file: String) async throws {
        var total = 0
        var agreed = 0
        for document in try SharedSuites.documents(file) {
            let resolver = Self.resolver(document)
            let records = document["txt-records"] as! [String: String]
            let key = try #require(try DKIMRecord(records.values.first!.split(separator: "\n").joined()).publicKey)
            for (name, test) in document["tests"] as? [String: [String: Any]] ?? [:] {
                total += 1
                let message = try Self.message(test)
                let expected = ["AMS", "AS"].map { tag in
                    (try? TagList(Array((test[tag] as? String ?? "").utf8)[...]))?["b"].flatMap(Base64.decode) ?? []
                }
                let signatures = Signatures(expected, key: key)
                let sealing = ARCSealing(
                    domain: TableResolver.name(document["domain"] as! String), selector: document["sel"] as! String,
                    algorithm: .rsaSHA256,
                    signedHeaders: (test["sig-headers"] as! String).split(separator: ":").map(String.init),
                    order: .byName, unixTime: Int64("\(test["t"]!)")!, sign: signatures.next)
                let results = try #require(
                    AuthenticationResults.consolidated(from: message, serverID: test["srv-id"] as! String))
                let chain = await ARCVerifier(resolver: resolver).verify(message)
                let fields = try sealing.seal(message, results: results, chain: chain)
                let isAsExpected = expected == [[], []] ? fields == nil : fields != nil && signatures.verified == 2
                if isAsExpected {
                    agreed += 1
                } else {
                    Issue.record("\(name): \(chain.verdict), \(signatures.verified) of 2 signatures are the suite's")
                }
            }
        }
        print("\(file): \(agreed) of \(total)")
        #expect(total == 17)
    }

    private final class Signatures {
        private var expected: [[UInt8]]
        private let key: PublicKey
        private(set) var verified = 0

        init(_ expected: [[UInt8]], key: PublicKey) {
            self.expected = expected
            self.key = key
        }

        func next(_ digest: SHA256Digest) throws(KeyringError) -> [UInt8] {
            let signature = expected.isEmpty ? [] : expected.removeFirst()
            if key.verify(signature, of: digest) { verified += 1 }
            return signature
        }
    }
}
