import Foundation
import TestSupport
import Testing

@testable import Keys

/// Private key files as `ssh-keygen` and `openssl` write them, whole and damaged.
@Suite("Private key files")
struct KeyFileTests {
    /// Runs a test on a new key's file, made by these arguments to a program.
    private func withKey(_ program: String, _ arguments: [String], _ test: (URL, [UInt8]) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-key-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("key")
        let made = try ChildProcess.run(program, arguments.map { $0 == "KEY" ? file.path : $0 })
        try #require(made.status == 0, "\(made.all)")
        try test(file, Array(Data(contentsOf: file)))
    }

    private func withSSHKey(
        _ type: [String] = ["-t", "ed25519"], passphrase: String = "", _ test: (URL, [UInt8]) throws -> Void
    ) throws {
        try withKey(
            "/usr/bin/ssh-keygen", ["-q"] + type + ["-N", passphrase, "-C", "a comment", "-f", "KEY"], test)
    }

    @Test("an OpenSSH key signs as the public half beside it says", arguments: 0..<8)
    func openSSH(_: Int) throws {
        try withSSHKey { file, text in
            for signer in [try Signer(openSSH: text), try Signer(keyFile: text)] {
                #expect(signer.algorithm == .ed25519)
                let line = try String(contentsOf: file.appendingPathExtension("pub"), encoding: .utf8)
                let blob = try #require(Data(base64Encoded: String(line.split(separator: " ")[1])))
                #expect(signer.publicKey.raw == Array(blob.suffix(32)))
                let message = Array("message".utf8)
                try #expect(signer.publicKey.verify(signer.sign(message), of: message))
            }
            let carriageReturns = Array(String(decoding: text, as: UTF8.self).replacing("\n", with: "\r\n").utf8)
            try #expect(Signer(keyFile: carriageReturns).publicKey == Signer(keyFile: text).publicKey)
        }
    }

    @Test("an encrypted one is named so, with the way out")
    func encrypted() throws {
        try withSSHKey(passphrase: "correct horse") { _, text in
            let error = #expect(throws: KeyFileError.self) { try Signer(keyFile: text) }
            #expect(error == .encrypted(.openSSH))
            #expect(error?.description.contains("ssh-keygen -p") == true)
        }
    }

    @Test("another type is named", arguments: [["-t", "rsa", "-b", "2048"], ["-t", "ecdsa"]])
    func otherTypes(_ type: [String]) throws {
        try withSSHKey(type) { _, text in
            let error = #expect(throws: KeyFileError.self) { try Signer(keyFile: text) }
            guard case .unsupportedType(let name) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(name.hasPrefix(type[1] == "rsa" ? "ssh-rsa" : "ecdsa-sha2-nistp256"))
        }
    }

    @Test("the public half is named")
    func publicHalf() throws {
        try withSSHKey { file, _ in
            let line = Array(try Data(contentsOf: file.appendingPathExtension("pub")))
            #expect(throws: KeyFileError.publicKey) { try Signer(keyFile: line) }
        }
    }

    @Test("PKCS#8, plain and encrypted")
    func pem() throws {
        try withKey("/usr/bin/openssl", ["genpkey", "-algorithm", "ed25519", "-out", "KEY"]) { _, text in
            try #expect(Signer(keyFile: text).algorithm == .ed25519)
            let cut = Array(text.dropLast(40))
            #expect(throws: KeyFileError.damaged) { try Signer(keyFile: cut) }
        }
        try withKey(
            "/usr/bin/openssl",
            ["genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:secret", "-out", "KEY"]
        ) { _, text in
            #expect(throws: KeyFileError.encrypted(.pem)) { try Signer(keyFile: text) }
        }
    }

    @Test("what is no key is called so", arguments: ["", "\n", "hello", "{\"kty\":\"OKP\"}", "\0\0\0"])
    func noKey(_ text: String) {
        #expect(throws: KeyFileError.notAKey) { try Signer(keyFile: Array(text.utf8)) }
        #expect(throws: KeyFileError.damaged) { try Signer(openSSH: Array(text.utf8)) }
    }

    @Test("a flipped octet never gives another key, and never crashes")
    func flips() throws {
        try withSSHKey { _, text in
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            var blob = Array(try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined())))
            let key = try Signer(openSSH: text).publicKey
            for index in blob.indices {
                for bit in [0x01, 0x80] as [UInt8] {
                    blob[index] ^= bit
                    defer { blob[index] ^= bit }
                    // A comment may change; whatever else does must be noticed.
                    if let other = try? Signer(openSSH: armoured(blob)) { #expect(other.publicKey == key) }
                }
            }
            for count in blob.indices {
                #expect(throws: KeyFileError.self) { try Signer(openSSH: armoured(Array(blob.prefix(count)))) }
            }
        }
    }

    private func armoured(_ blob: [UInt8]) -> [UInt8] {
        let lines = [OpenSSHPrivateKey.beginning, Data(blob).base64EncodedString(), OpenSSHPrivateKey.end]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
