import DNS
import Foundation
import Keys
import MailAuth
import Manifest
import Operations
import Reconcile
import Synchronization
import Testing
import TestSupport

@testable import CLI

/// `signet mail …` from arguments to octets, with files and DNS in memory.
@Suite struct MailCommandTests {
    static let message = Array(
        "From: Jo <jo@d.example>\r\nTo: a@x.example\r\nSubject: Gr\u{FC}\u{DF}e\r\n\r\nA body.\r\n".utf8)
    static let domain = try! DomainName("d.example")

    // MARK: what each command line gives

    @Test("what is signed verifies, with both keys, and the message's own octets are untouched")
    func signAndVerify() async throws {
        let lab = try Lab()
        let signed = await lab.run(
            ["mail", "sign", "m.eml", "--key", "r.pem", "--selector", "r", "--key", "e.pem", "--selector", "e"])
        #expect(signed.status == .done)
        #expect(signed.octets.suffix(Self.message.count).elementsEqual(Self.message))
        #expect(signed.error == "signed by d=d.example s=r, rsa-sha256\nsigned by d=d.example s=e, ed25519-sha256\n")
        let verdict = await lab.run(
            ["mail", "verify", "-", "--ip", "192.0.2.1", "--mail-from", "jo@d.example", "--quiet"],
            input: signed.octets)
        #expect(verdict.status == .done)
        #expect(verdict.text.hasPrefix("DMARC passes"))
        #expect(verdict.text.contains("d=d.example s=e, ed25519-sha256, relaxed/relaxed, aligned (relaxed)"))
        let changed = await lab.run(["mail", "verify", "-"], input: signed.octets + Array("more\r\n".utf8))
        #expect(changed.status == .misaligned)
        #expect(changed.text.contains("the body hash does not match"))
    }

    @Test("lines that end in LF alone come out so, and are signed as they go over the wire")
    func lineEnds() async throws {
        let lab = try Lab()
        let unix = Self.message.filter { $0 != 13 }
        let signed = await lab.run(
            ["mail", "sign", "-", "--key", "r.pem", "--selector", "r", "-c", "simple/simple"], input: unix)
        #expect(!signed.octets.contains(13) && signed.octets.suffix(unix.count).elementsEqual(unix))
        #expect(await lab.run(["mail", "verify", "-"], input: signed.octets).status == .done)
        let mixed = Self.message + Array("a\nb\r\n".utf8)
        let warned = await lab.run(["mail", "sign", "-", "--key", "r.pem", "--selector", "r"], input: mixed)
        #expect(warned.octets.suffix(mixed.count).elementsEqual(mixed))
        #expect(warned.error.contains("bare CRs or LFs"))
        let prepended = Array("Return-Path: <jo@d.example>\n".utf8) + Self.message
        for command in [["sign"], ["seal", "--domain", "d.example"]] {
            let warned = await lab.run(
                ["mail"] + command + ["-", "--key", "r.pem", "--selector", "r"], input: prepended)
            #expect(warned.octets.suffix(prepended.count).elementsEqual(prepended))
            #expect(warned.error.contains("bare CRs or LFs"))
            guard command == ["sign"] else { continue }
            #expect(await lab.run(["mail", "verify", "-"], input: warned.octets).status == .done)
        }
    }

    @Test("options of signing stand in the field")
    func signingOptions() async throws {
        let lab = try Lab()
        let signed = await lab.run([
            "mail", "sign", "m.eml", "--key", "e.pem", "--selector", "e", "-c", "simple", "--no-oversign",
            "--expires-in", "7d", "--identity", "bot@sub.d.example", "--header", "X-Agent", "--at",
            "2026-11-24T12:00:00Z",
        ])
        let signature = try DKIMSignature(Message(signed.octets).fields[0].body)
        #expect(signature.headerCanonicalization == .simple && signature.bodyCanonicalization == .simple)
        #expect(signature.signedHeaders == ["From", "To", "Subject"], "X-Agent is not there, and none is oversigned")
        #expect(signature.timestamp == 1_795_521_600 && signature.expiration == 1_795_521_600 + 7 * 86400)
        #expect(signature.identity == "bot@sub.d.example")
        let late = await lab.run(["mail", "verify", "-", "--at", "1796126401", "--quiet"], input: signed.octets)
        #expect(late.status == .misaligned && late.text.contains("the signature has expired"))
    }

    @Test("a sealed message's chain passes, and can be sealed on")
    func seal() async throws {
        let lab = try Lab()
        let seal = ["mail", "seal", "-", "--key", "r.pem", "--selector", "r", "--domain", "d.example"]
        let once = await lab.run(seal, input: Self.message)
        let twice = await lab.run(seal + ["--authserv-id", "two.example"], input: once.octets)
        #expect(once.status == .done && twice.status == .done)
        #expect(twice.octets.suffix(Self.message.count).elementsEqual(Self.message))
        #expect(String(decoding: twice.octets, as: UTF8.self).contains("ARC-Authentication-Results: i=2; two.example;"))
        let verdict = await lab.run(["mail", "verify", "-"], input: twice.octets)
        #expect(verdict.text.contains("2 sets, sealed by d.example, then d.example"))
        // A broken chain gets cv=fail once, and is not sealed again.
        let broken = await lab.run(seal, input: twice.octets + Array("more\r\n".utf8))
        #expect(broken.error.contains("cv=fail"))
        let stopped = await lab.run(seal, input: broken.octets)
        #expect(stopped.status == .error && stopped.octets.isEmpty && stopped.error.contains("must not be continued"))
    }

    @Test("results of a server that is trusted are taken from the message, others' are not")
    func trustedResults() async throws {
        let lab = try Lab()
        let message =
            Array("Authentication-Results: mx.d.example; spf=pass smtp.mailfrom=d.example\r\n".utf8) + Self.message
        let seal = [
            "mail", "seal", "-", "--key", "r.pem", "--selector", "r", "--domain", "d.example", "--trust-results",
            "--authserv-id",
        ]
        let sealed = await lab.run(seal + ["mx.d.example"], input: message)
        #expect(
            String(decoding: sealed.octets, as: UTF8.self).contains("i=1; mx.d.example;\r\n\tspf=pass"))
        #expect(await lab.run(seal + ["other.example"], input: message).status == .error)
    }

    @Test("the envelope is read from the trace, and the answer says so")
    func trace() async throws {
        let lab = try Lab()
        let trace = "Return-Path: <jo@d.example>\r\nReceived: from mx.d.example (mx [192.0.2.1]) by r.example\r\n"
        let verdict = await lab.run(["mail", "verify", "-"], input: Array(trace.utf8) + Self.message)
        #expect(verdict.status == .done, "SPF alone is aligned")
        #expect(verdict.text.contains("192.0.2.1  (from the message's Received field)"))
        #expect(verdict.text.contains("<jo@d.example>  (from the message's Return-Path field)"))
        let other = await lab.run(
            ["mail", "verify", "-", "--ip", "192.0.2.9", "--output", "json"], input: Array(trace.utf8) + Self.message)
        #expect(other.status == .misaligned)
        #expect(other.text.contains(#""address_origin": "option""#) && other.text.contains(#""helo": null"#))
    }

    @Test(
        "exit codes",
        arguments: [("d.example", CLI.ExitStatus.done), ("silent.example", .error), ("x.example", .misaligned)])
    func exitCodes(author: String, expected: CLI.ExitStatus) async throws {
        let lab = try Lab()
        let message = Array("From: a@\(author)\r\n\r\n".utf8)
        let answer = await lab.run(
            ["mail", "verify", "-", "--ip", "192.0.2.1", "--mail-from", "jo@d.example"], input: message)
        #expect(answer.status == expected, "\(answer.text)\(answer.error)")
    }

    @Test(
        "a mistake is told with its fix",
        arguments: [
            (["mail", "verify", "none.eml"], "the message cannot be read: there is no none.eml", CLI.ExitStatus.error),
            (["mail", "verify", "m.eml", "--ip", "300.1.1.1"], "--ip 300.1.1.1 is no IP address", .usage),
            (["mail", "verify", "m.eml", "--stub", "d.example"], "names no zone and server", .usage),
            (["mail", "verify", "m.eml", "--resolver", "dns"], "--resolver dns is no address", .usage),
            (["mail", "sign", "m.eml", "--key", "r.pem"], "1 --key and 0 --selector", .usage),
            (["mail", "sign", "m.eml", "--key", "m.eml", "--selector", "r"], "m.eml holds no private key", .error),
            (["mail", "sign", "m.eml", "--key", "r.pem", "--selector", "a..b"], "a..b is no selector", .error),
            (
                ["mail", "sign", "m.eml", "--key", "r.pem", "--selector", "r", "--identity", "a@e.example"],
                "a@e.example cannot be i=", .error
            ),
            (["mail", "sign", "m.eml", "-c", "strict"], "simple/relaxed", .usage),
            (["mail", "seal", "m.eml", "--key", "r.pem", "--selector", "r"], "--key needs the --domain", .usage),
        ])
    func mistakes(arguments: [String], told: String, status: CLI.ExitStatus) async throws {
        let answer = try await Lab().run(arguments)
        #expect(answer.status == status)
        #expect(answer.error.contains(told), "\(answer.error)")
        #expect(answer.octets.isEmpty)
    }

    // MARK: the world

    struct Answer {
        var status: CLI.ExitStatus
        var octets: [UInt8]
        var error: String
        var text: String { String(decoding: octets, as: UTF8.self) }
    }

    struct Lab {
        let network = TableNetwork()
        let files: [String: [UInt8]]

        init() throws {
            var files = ["m.eml": message]
            let server = ServerAddress("192.0.2.53")!
            network.serve(TableNetwork.Zone(domain), at: server)
            network.serve(TableNetwork.Zone(DomainName(canonical: "example")), at: server)
            network.script(
                ServerQuestion(server: server, name: DomainName(canonical: "_dmarc.silent.example"), type: .txt),
                .failed(.timedOut))
            for (name, algorithm) in [("r", ["genrsa", "2048"]), ("e", ["genpkey", "-algorithm", "ed25519"])] {
                let pem = Array(try ChildProcess.run("openssl", algorithm).output.utf8)
                files["\(name).pem"] = pem
                let record = DKIMRecord(publicKey: try Signer(pem: pem).publicKey).text
                Self.put("\(name)._domainkey.d.example", record, server, network)
            }
            Self.put("d.example", "v=spf1 ip4:192.0.2.1 -all", server, network)
            Self.put("_dmarc.d.example", "v=DMARC1; p=reject", server, network)
            self.files = files
        }

        private static func put(
            _ name: String, _ text: String, _ server: ServerAddress, _ network: TableNetwork
        ) {
            network.put(
                RecordSet(DomainName(canonical: name), .txt, timeToLiveSeconds: 60, data: [.txt(TXTValue(text))]),
                at: server)
        }

        func run(_ arguments: [String], input: [UInt8] = []) async -> Answer {
            let output = Mutex<(octets: [UInt8], error: String)>(([], ""))
            let console = Console(
                write: { stream, text in
                    output.withLock { if stream == .output { $0.octets += text.utf8 } else { $0.error += text } }
                },
                writeOctets: { octets in output.withLock { $0.octets += octets } }, readInput: { _ in input })
            let ports = Ports(
                clock: TestClock(), files: Files(files: files), secrets: Secrets(files: files),
                network: { [network] _, _ in Network(table: network) },
                openStore: { _, _ in InMemoryStore() },
                provider: { _, _, _, _, _ in throw Missing(description: "there is no provider") },
                random: { Array(repeating: 0, count: $0) }, holder: "test")
            let door = CommandLineInterface(
                signet: Signet(ports: ports), console: console,
                workspace: Workspace(makeTemporary: { "" }, remove: { _ in }))
            let status = await door.run(arguments)
            return output.withLock { Answer(status: status, octets: $0.octets, error: $0.error) }
        }
    }

    struct Missing: Error, CustomStringConvertible { let description: String }

    struct Files: ManifestFiles {
        let files: [String: [UInt8]]
        func manifestFiles(at path: String) throws -> [(path: String, octets: [UInt8])] {
            [(path, try read(path, octetsMax: 0))]
        }
        func read(_ path: String, octetsMax: Int) throws -> [UInt8] {
            guard let octets = files[path] else { throw Missing(description: "there is no \(path)") }
            return octets
        }
        func write(_ octets: [UInt8], to path: String, mode: UInt16, replacing: Bool) throws {
            throw Missing(description: "nothing is written")
        }
        func exists(_ path: String) -> Bool { files[path] != nil }
        func isFolder(_ path: String) -> Bool { false }
    }

    struct Secrets: SecretReader {
        let files: [String: [UInt8]]
        func secret(_ reference: SecretReference, relativeTo folder: String) async throws -> [UInt8] {
            guard case .file(let path) = reference, let octets = files[path] else {
                throw Missing(description: "there is no such file")
            }
            return octets
        }
    }
}

/// A table as everything that an operation asks DNS through.
private struct Network: DNSNetwork {
    let table: TableNetwork
    var stubs: [DomainName: [ServerAddress]] { [:] }
    var resolvers: [ResolverAddress] { [] }
    func checkedResolvers(for name: DomainName) -> [ResolverAddress] { [] }
    func ask(_ questions: [ServerQuestion]) async -> [ServerReply] { await table.ask(questions) }
    func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        await table.ask(resolver, questions)
    }
    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer { await table.look(up: name, type) }
}
