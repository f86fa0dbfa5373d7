import Foundation
import Keys
import Manifest
import Testing

@testable import SendGate

@Suite("Approval statement")
struct ApprovalStatementTests {
    static let payload = """
        {"agent":"onboarding-agent-v2","answer":"approve","approval":"ap_aaaaaaaaaaaaaaaaaaaaaaaaaa",\
        "approver":"alice","issued_at":"2026-11-24T12:00:00Z",\
        "message":"sha256:eaf5d2599cc1f293ebbbb41298a3f488a500633e22d4c5e58acaf45e36d3e4c8",\
        "type":"signet approval","valid_until":"2026-11-25T12:00:00Z","version":1}
        """

    @Test("the octets and the signature of docs/spec/approval.md, by another program")
    func vector() throws {
        let statement = try ApprovalSamples.statement()
        #expect(String(decoding: statement.payload, as: UTF8.self) == Self.payload)
        let signed = try SignedStatement(statement, signer: ApprovalSamples.alice)
        #expect(
            signed.signature.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == """
                2b189f829816728c8d7b7e73920d3607523022d60178438416a8bf831de75760\
                f102af0ed7abb27f1130eb47db4827d61be12fb0c737068d1f15657e4d3a0404
                """)
        #expect(
            signed.digest.description == "sha256:494bad16d3af44f5834acb940ef4e11dc8239c5e778ba74e9645f2c8ede0b830")
        #expect(try signed.verify(ApprovalSamples.alice.publicKey) == statement)
        #expect(try ApprovalStatement(payload: Array(Self.payload.utf8)) == statement)
    }

    @Test(
        "one statement has one encoding",
        arguments: [
            ("\"version\":1", "\"version\": 1"), ("\"version\":1", "\"version\":1.0"),
            ("\"version\":1", "\"version\":2"),
            ("\"version\":1", "\"version\":1,\"more\":1"), ("\"version\":1}", "\"version\":1} "),
            ("{\"agent\"", "{\"agent\":\"other\",\"agent\""), ("alice", "\\u0061lice"),
            ("\"type\":\"signet approval\"", "\"type\":\"signet\""), ("approve\"", "Approve\""),
            ("approve\"", "maybe\""),
            ("2026-11-24T12:00:00Z", "2026-11-24T13:00:00+01:00"), ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00.5Z"),
            ("2026-11-24T12:00:00Z", "2026-11-24 12:00:00Z"), ("2026-11-24T12:00:00Z", "tomorrow"),
            ("sha256:eaf5", "sha256:EAF5"), ("sha256:", "sha512:"), ("\"alice\"", "null"),
            ("\"approver\":\"alice\",", ""),
            ("{", ""), ("alice", "al\u{0}ice"), ("alice", ""), ("ap_aaaa", "ap aaaa"),
        ])
    func otherEncodings(_ old: String, _ new: String) {
        let text = Self.payload.replacingOccurrences(of: old, with: new)
        #expect(text != Self.payload)
        #expect(throws: ApprovalStatementError.malformed) { try ApprovalStatement(payload: Array(text.utf8)) }
    }

    @Test("no octet of payload or signature can change")
    func flips() throws {
        let signed = try SignedStatement(ApprovalSamples.statement(), signer: ApprovalSamples.alice)
        for index in signed.payload.indices {
            var changed = signed
            changed.payload[index] ^= 1
            #expect(throws: ApprovalStatementError.signature) {
                try changed.verify(ApprovalSamples.alice.publicKey)
            }
        }
        for index in signed.signature.indices {
            var changed = signed
            changed.signature[index] ^= 1
            #expect(throws: ApprovalStatementError.signature) {
                try changed.verify(ApprovalSamples.alice.publicKey)
            }
        }
        #expect(throws: ApprovalStatementError.signature) { try signed.verify(ApprovalSamples.bob.publicKey) }
    }

    @Test("a signature over the payload alone, without its type, is none")
    func typeIsSigned() throws {
        let payload = try ApprovalSamples.statement().payload
        let bare = SignedStatement(payload: payload, signature: try ApprovalSamples.alice.sign(payload))
        #expect(throws: ApprovalStatementError.signature) { try bare.verify(ApprovalSamples.alice.publicKey) }
    }

    @Test("a yes ends after it begins, within thirty days", arguments: [0, -1, 0.5, 2_592_001] as [Double])
    func validity(_ seconds: Double) {
        #expect(throws: ApprovalStatementError.validity) {
            try ApprovalSamples.statement(validUntil: ApprovalSamples.noon.addingTimeInterval(seconds))
        }
    }

    @Test("a name that would need an escape is refused", arguments: ["", "a\"b", "a\\b", "a b", "ä", "a\n", "a/b"])
    func names(_ name: String) {
        #expect(throws: ApprovalStatementError.malformed) { try ApprovalSamples.statement(approver: name) }
    }

    @Test("thirty days and one second are whole")
    func longest() throws {
        _ = try ApprovalSamples.statement(validUntil: ApprovalSamples.noon.addingTimeInterval(30 * 86_400))
        _ = try ApprovalSamples.statement(validUntil: ApprovalSamples.noon.addingTimeInterval(1))
    }
}
