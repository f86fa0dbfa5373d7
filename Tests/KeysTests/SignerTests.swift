import Foundation
import Testing

@testable import Keys

@Suite struct SignerTests {
    struct Vector: Sendable {
        let secret: String, publicKey: String, message: String, signature: String
    }

    // RFC 8032 §7.1, tests 1 to 3.
    static let vectors = [
        Vector(
            secret: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b
                d25bf5f0595bbe24655141438e7a100b
                """),
        Vector(
            secret: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c
                387b2eaeb4302aeeb00d291612bb0c00
                """),
        Vector(
            secret: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659
                4a7c15e9716ed28dc027beceea1ec40a
                """),
    ]

    @Test(arguments: vectors)
    func ed25519SignsAsTheRFCDoes(vector: Vector) throws {
        // RFC 8410 §7: PKCS#8 around the seed.
        let der = hex("302e020100300506032b657004220420") + hex(vector.secret)
        let signer = Signer(try der.withUnsafeBytes { try PrivateKey(der: $0) })
        #expect(signer.algorithm == .ed25519)
        #expect(signer.publicKey.raw == hex(vector.publicKey))
        let signature = try signer.sign(hex(vector.message))
        #expect(signature == hex(vector.signature))
        let publicKey = try #require(PublicKey(rawEd25519: hex(vector.publicKey)))
        #expect(publicKey.verify(signature, of: hex(vector.message)))
        #expect(!publicKey.verify(signature, of: hex(vector.message) + [0]))
        #expect(!publicKey.verify(Array(signature.dropLast()), of: hex(vector.message)))
        #expect(!publicKey.verify([], of: hex(vector.message)))
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func everyAlgorithmSignsMessagesAndDigests(algorithm: KeyAlgorithm) throws {
        let signer = Signer(try PrivateKey.generate(algorithm))
        let message = Array("one message".utf8)
        let digest = SHA256.hash(message)
        let other = SHA256.hash(Array("another".utf8))
        let publicKey = try #require(PublicKey(subjectPublicKeyInfo: signer.publicKey.subjectPublicKeyInfo))
        #expect(publicKey == signer.publicKey)

        let overDigest = try signer.sign(digest)
        #expect(publicKey.verify(overDigest, of: digest))
        #expect(!publicKey.verify(overDigest, of: other))
        let overMessage = try signer.sign(message)
        #expect(publicKey.verify(overMessage, of: message))
        // RSA hashes first, so the two are one signature; PureEdDSA over a digest is a signature over other octets.
        #expect((overMessage == overDigest) == (algorithm != .ed25519))
        for index in [0, overDigest.count / 2, overDigest.count - 1] {
            var changed = overDigest
            changed[index] ^= 1
            #expect(!publicKey.verify(changed, of: digest))
        }
    }

    @Test func manyThreadsSignWithOneSigner() async throws {
        for algorithm in [KeyAlgorithm.rsa2048, .ed25519] {
            let signer = Signer(try PrivateKey.generate(algorithm))
            let good = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        let message = Array("message \(number)".utf8)
                        guard let signature = try? signer.sign(message) else { return false }
                        return signer.publicKey.verify(signature, of: message)
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(good == 32)
        }
    }

    @Test(.enabled(if: OpenSSLCommand.exists, "needs the openssl command"), arguments: KeyAlgorithm.allCases)
    func opensslVerifiesOurSignaturesAndWeItsKeys(algorithm: KeyAlgorithm) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let generate =
            algorithm == .ed25519
            ? ["genpkey", "-algorithm", "ed25519"]
            : ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(algorithm.rawValue.dropFirst(3))"]
        #expect(try OpenSSLCommand.run(generate + ["-out", "key.pem"], in: folder) == 0)
        #expect(try OpenSSLCommand.run(["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"], in: folder) == 0)

        let signer = try Signer(pem: Array(try Data(contentsOf: folder.appending(path: "key.pem"))))
        #expect(signer.algorithm == algorithm)
        let message = Array("signed here, verified there".utf8)
        try Data(message).write(to: folder.appending(path: "message"))
        try Data(try signer.sign(message)).write(to: folder.appending(path: "signature"))
        let verify =
            algorithm == .ed25519
            ? [
                "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem", "-in", "message", "-sigfile",
                "signature",
            ]
            : ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "message"]
        #expect(try OpenSSLCommand.run(verify, in: folder) == 0)
        try Data(message + [0]).write(to: folder.appending(path: "message"))
        #expect(try OpenSSLCommand.run(verify, in: folder) != 0)
    }

    @Test func refusesKeysThatItCannotUse() {
        for text in ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            #expect(throws: KeyringError.self) { try Signer(pem: Array(text.utf8)) }
        }
    }
}

enum OpenSSLCommand {
    static let path = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static var exists: Bool { path != nil }

    static func run(_ arguments: [String], in folder: URL) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: path!)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
