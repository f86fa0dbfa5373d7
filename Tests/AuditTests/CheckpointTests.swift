import Audit
import Foundation
import Keys
import TestSupport
import Testing

/// C2SP signed-note and tlog-checkpoint, as docs/spec/audit-log.md §4 and §5 read them.
@Suite("Checkpoint")
struct CheckpointTests {
    private static let root = MerkleTree.leafHash(Array("x".utf8))
    private static let note = try! Checkpoint(origin: LogSamples.key.name, size: 12, root: root)
        .signed(as: LogSamples.key, with: LogSamples.signer)

    private func open(_ note: String) throws -> Checkpoint {
        try Checkpoint(note: Array(note.utf8), key: LogSamples.key)
    }

    @Test("the known key of C2SP signed-note, read and written")
    func knownKey() throws {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        let key = try #require(VerifierKey(text))
        #expect(key.name == "PeterNeumann")
        #expect(key.description == text)
        let note = """
            If you think cryptography is the answer to your problem,
            then you don't know what your problem is.

            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

            """
        #expect(try SignedNote.open(Array(note.utf8), key: key).hasPrefix("If you think"))
    }

    @Test("a checkpoint comes back from its note")
    func roundTrip() throws {
        #expect(try open(Self.note) == Checkpoint(origin: LogSamples.key.name, size: 12, root: Self.root))
        #expect(LogSamples.key.name.hasPrefix("signet-log/"))
        #expect(VerifierKey(LogSamples.key.description) == LogSamples.key)
    }

    @Test("any octet of a note flipped, dropped or doubled is seen")
    func flipped() {
        let octets = Array(Self.note.utf8)
        for place in octets.indices {
            for bit in 0..<8 {
                var changed = octets
                changed[place] ^= 1 << UInt8(bit)
                #expect(throws: AuditError.self) { try Checkpoint(note: changed, key: LogSamples.key) }
            }
            var dropped = octets
            dropped.remove(at: place)
            #expect(throws: AuditError.self) { try Checkpoint(note: dropped, key: LogSamples.key) }
            var doubled = octets
            doubled.insert(octets[place], at: place)
            #expect(throws: AuditError.self) { try Checkpoint(note: doubled, key: LogSamples.key) }
        }
        let other = VerifierKey(logKey: LogSamples.otherSigner.publicKey)!
        #expect(throws: AuditError.self) { try Checkpoint(note: octets, key: other) }
    }

    @Test("other signatures are passed over; too many, or what is none, are not")
    func others() throws {
        let other = VerifierKey(logKey: LogSamples.otherSigner.publicKey)!
        let text = String(Self.note.prefix(upTo: Self.note.range(of: "\n\n")!.upperBound).dropLast())
        let signature = String(Self.note.split(separator: "\n").last!)
        let witness = try String(
            SignedNote.sign(text, as: other, with: LogSamples.otherSigner).split(separator: "\n").last!)
        #expect(throws: Never.self) { try open("\(text)\n\(witness)\n\(signature)\n") }
        #expect(throws: Never.self) { try open("\(text)\n\(signature)\n\(witness)\n— x.test/y AAAAAAA=\n") }
        let many = Array(repeating: witness, count: 16).joined(separator: "\n")
        let bad = [
            "\(text)\n\(witness)\n", "\(text)\n", "\(text)\(signature)\n", "\(text)\n\(signature)",
            "\(text)\n\(many)\n\(signature)\n", "\(text)\n\(signature)\n\n", "\(text)\n\(signature)\nx\n",
            "\(text)\n\(signature)\n- x AAAAAAA=\n", "\(text)\n\(signature)\n— x AAAA\n",
            "\(text)\n\(signature)\n—  AAAAAAA=\n", "\(text)\n\(signature)\n— a+b AAAAAAA=\n",
            "\(text)\n\(signature) \n", "\(text)\n\n\(signature)\n", "\n\(signature)\n", "",
            "\(text)\r\n\(signature)\n", Self.note + String(repeating: "x", count: SignedNote.octetsMax),
        ]
        for note in bad { #expect(throws: AuditError.self, "\(note.debugDescription)") { try open(note) } }
    }

    @Test(
        "a text that is no checkpoint is refused though it is signed",
        arguments: [
            "NAME\n012\nROOT\n", "NAME\n-1\nROOT\n", "NAME\n+1\nROOT\n", "NAME\n\nROOT\n", "NAME\n1\nAAAA\n",
            "NAME\n1\n", "other\n1\nROOT\n", "NAME\n1\nROOT\n\nx\n", "NAME\n99999999999999999999\nROOT\n",
            "NAME\n1 \nROOT\n", "NAME\n1\nROOT \n", "\nNAME\n1\nROOT\n",
        ])
    func notACheckpoint(_ template: String) throws {
        let root = "LPfOv7zqjDMYeyMlXPXtNRYCN00aPBbKPjyQZZlBzOY="
        let text = template.replacing("NAME", with: LogSamples.key.name).replacing("ROOT", with: root)
        let note = try SignedNote.sign(text, as: LogSamples.key, with: LogSamples.signer)
        #expect(throws: AuditError.self) { try open(note) }
        // So that the test can fail: the same with nothing wrong in it, and with a line that this version doesn't know.
        for rest in ["", "an extension\n"] {
            let good = try SignedNote.sign(
                "\(LogSamples.key.name)\n1\n\(root)\n\(rest)", as: LogSamples.key, with: LogSamples.signer)
            #expect(try open(good).size == 1)
        }
    }

    @Test(
        "what is no verifier key",
        arguments: [
            "", "a", "a+b", "PeterNeumann+c74f20a3",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "peterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
            " PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ])
    func notAKey(_ text: String) {
        #expect(VerifierKey(text) == nil)
    }
}
