import DNS
import Foundation
import Testing

@testable import Keys
@testable import MailAuth

/// What we sign, dkimpy verifies; what dkimpy signs, we verify. It needs a python3 that has dkimpy and PyNaCl: the one
/// on the path, or the one that SIGNET_PYTHON names.
@Suite(.enabled(if: DKIMPy.exists, "no dkimpy: pip install dkimpy pynacl, and point SIGNET_PYTHON at its python3"))
struct InteroperabilityTests {
    static let bodies = [
        "empty": "", "short": "A body.\r\n", "no line end": "no end", "blank lines": "\r\n\r\nx\r\n\r\n\r\n",
        "white space": "a  b \t c  \r\n \r\n\tx \r\n", "8-bit": "Grüße, 世界\r\n",
        "huge": String(repeating: "The quick brown fox  jumps over the lazy dog. \r\n", count: 20_000),
        "multipart": "--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>hi\r\n--b--\r\n",
    ]

    static let headers =
        "Received: from a.example\r\n\tby b.example;  Fri, 11 Jul 2003 21:00:37 -0700\r\nFrom: Jo  Doe <jo@d.example>\r\n"
        + "To: a@x.example,\r\n b@x.example\r\nSubject:  Grüße  \r\nX-Empty:\r\nMIME-Version: 1.0\r\n"
        + (0..<40).map { "X-Field-\($0): value \($0)\r\n" }.joined() + "\r\n"

    @Test(arguments: DKIMCanonicalization.allCases, [KeyAlgorithm.rsa2048, .ed25519])
    func dkimpyVerifiesWhatWeSign(canonicalization: DKIMCanonicalization, algorithm: KeyAlgorithm) throws {
        let keys = algorithm == .rsa2048 ? DKIMVerifierTests.rsa : DKIMVerifierTests.ed25519
        var signer = DKIMSigner(domain: DKIMVerifierTests.domain, selector: "s", key: keys.signer)
        signer.headerCanonicalization = canonicalization
        signer.bodyCanonicalization = canonicalization
        for (name, body) in Self.bodies {
            let octets = Array((Self.headers + body).utf8)
            let signed = try signer.sign(Message(octets), unixTime: 1_700_000_000) + octets
            #expect(try DKIMPy.verifies(signed, record: keys.record), "\(name)")
            let changed = Array(String(decoding: signed, as: UTF8.self).replacing("Jo  Doe", with: "Jo  Dot").utf8)
            #expect(try !DKIMPy.verifies(changed, record: keys.record), "\(name), changed")
        }
    }

    @Test(arguments: DKIMCanonicalization.allCases, DKIMCanonicalization.allCases)
    func weVerifyWhatDkimpySigns(header: DKIMCanonicalization, body: DKIMCanonicalization) async throws {
        let keys = try DKIMPy.makeRSAKey()
        let resolver = TableResolver(txt: [("s._domainkey.d.example", DKIMRecord(publicKey: keys.publicKey).text)])
        for (name, text) in Self.bodies {
            let octets = Array((Self.headers + text).utf8)
            let signed = try DKIMPy.sign(octets, pem: keys.pem, canonicalization: "\(header.rawValue)/\(body.rawValue)") + octets
            let results = await DKIMVerifier(resolver: resolver).verify(Message(signed), unixTime: 1_700_000_000)
            #expect(results.map(\.verdict) == [.pass], "\(name)")
        }
    }
}

enum DKIMPy {
    static let python = ProcessInfo.processInfo.environment["SIGNET_PYTHON"] ?? "python3"
    static let exists = (try? run("import dkim, nacl", [])) != nil

    static func verifies(_ message: [UInt8], record: String) throws -> Bool {
        let output = try run(
            """
            import dkim, sys
            record = sys.argv[2].encode()
            message = open(sys.argv[1], 'rb').read()
            try: print(dkim.verify(message, dnsfunc=lambda name, timeout=5: record))
            except Exception: print(False)
            """, [record], input: message)
        return output.starts(with: Array("True".utf8))
    }

    static func sign(_ message: [UInt8], pem: [UInt8], canonicalization: String) throws -> [UInt8] {
        try run(
            """
            import dkim, sys
            header, body = sys.argv[3].encode().split(b'/')
            sys.stdout.buffer.write(dkim.sign(open(sys.argv[1], 'rb').read(), b's', b'd.example', sys.argv[2].encode(),
                                              canonicalize=(header, body), include_headers=[b'from', b'to', b'subject']))
            """, [String(decoding: pem, as: UTF8.self), canonicalization], input: message)
    }

    /// By the openssl command, because keys of ours do not leave Keys.
    static func makeRSAKey() throws -> (pem: [UInt8], publicKey: PublicKey) {
        let pem = try run(
            """
            import subprocess, sys
            sys.stdout.buffer.write(subprocess.run(['openssl', 'genrsa', '-traditional', '2048'], check=True, capture_output=True).stdout)
            """, [])
        return (pem, try Signer(pem: pem).publicKey)
    }

    /// The input is a file, whose path is the first argument.
    private static func run(_ script: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "interop-\(UUID().uuidString)")
        let output = file.appendingPathExtension("out")
        try Data(input).write(to: file)
        try Data().write(to: output)
        defer {
            try? FileManager.default.removeItem(at: file)
            try? FileManager.default.removeItem(at: output)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", script, file.path] + arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return Array(try Data(contentsOf: output))
    }
}
