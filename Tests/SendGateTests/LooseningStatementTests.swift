import Foundation
import Keys
import Manifest
import Testing

@testable import SendGate

@Suite("Loosening statement")
struct LooseningStatementTests {
    static let key = Data(ApprovalSamples.alice.publicKey.raw!).base64EncodedString()
    static let payload = """
        {"after":"sha256:cc62d6d71f1ab2f6ec2a01d0ad8a4b9fc18bc5a7e1c3b8e87d96b21c3de3a7f5",\
        "agent":"writer","before":"sha256:eaf5d2599cc1f293ebbbb41298a3f488a500633e22d4c5e58acaf45e36d3e4c8",\
        "id":"lo_aaaaaaaaaaaaaaaaaaaaaaaaaa","issued_at":"2026-11-24T12:00:00Z",\
        "key":"ed25519:\(key)","state":"registered","type":"signet loosening",\
        "valid_until":"2026-11-25T12:00:00Z","version":1}
        """

    static func signed(_ payload: String = payload) throws -> SignedLoosening {
        try SignedLoosening(LooseningStatement(payload: Array(payload.utf8)), signer: ApprovalSamples.alice)
    }

    @Test("a statement is its octets, and a file is read as it was written")
    func roundTrip() throws {
        let signed = try Self.signed()
        #expect(String(decoding: signed.statement.payload, as: UTF8.self) == Self.payload)
        #expect(signed.statement.agent == AgentID(rawValue: "writer"))
        #expect(try SignedLoosening(file: signed.file) == signed)
    }

    @Test(
        "one statement has one encoding",
        arguments: [
            ("\"version\":1", "\"version\": 1"), ("\"version\":1", "\"version\":2"),
            ("\"version\":1", "\"more\":1,\"version\":1"), ("signet loosening", "signet approval"),
            ("\"version\":1}", "\"version\":1} "), ("lo_aaaa", "ap_aaaa"), ("writer", "wri\\\\u0074er"),
            ("writer", ""), ("12:00:00Z\",\"key", "12:00:00.5Z\",\"key"), ("ed25519:", ""),
            ("ed25519:", "ed25519:AAAA"),
            ("\"state\":\"registered\",", ""), ("sha256:cc", "sha256:CC"),
        ])
    func otherEncodings(_ old: String, _ new: String) {
        let text = Self.payload.replacingOccurrences(of: old, with: new)
        #expect(text != Self.payload)
        #expect(throws: ApprovalStatementError.malformed) { try LooseningStatement(payload: Array(text.utf8)) }
    }

    @Test(
        "30 days at most, and never backwards",
        arguments: ["2026-11-24T12:00:00Z", "2026-12-24T12:00:01Z", "2025-01-01T00:00:00Z"])
    func validity(end: String) {
        let text = Self.payload.replacingOccurrences(of: "2026-11-25T12:00:00Z", with: end)
        #expect(throws: ApprovalStatementError.validity) { try LooseningStatement(payload: Array(text.utf8)) }
    }

    @Test("nobody signs in another's name, and no octet can change")
    func forgeries() throws {
        let statement = try LooseningStatement(payload: Array(Self.payload.utf8))
        #expect(throws: ApprovalStatementError.keyType) {
            try SignedLoosening(statement, signer: ApprovalSamples.bob)
        }
        let file = try Self.signed().file
        // Another JSON text of the same envelope is as good; another content never is.
        for index in file.indices {
            var changed = file
            changed[index] ^= 1
            if let read = try? SignedLoosening(file: changed) { #expect(try read == Self.signed()) }
        }
    }

    @Test("a signature over one kind of statement is none over another")
    func kindsAreApart() throws {
        let payload = Array(Self.payload.utf8)
        let signature = try ApprovalSamples.alice.sign(SignedStatement.signedOctets(payload))
        let file = """
            {"payload":"\(Data(payload).base64EncodedString())","payloadType":"\(LooseningStatement.payloadType)",\
            "signatures":[{"sig":"\(Data(signature).base64EncodedString())"}]}
            """
        #expect(throws: ApprovalStatementError.signature) { try SignedLoosening(file: Array(file.utf8)) }
        let other = try String(decoding: Self.signed().file, as: UTF8.self)
            .replacing(LooseningStatement.payloadType, with: SignedStatement.payloadType)
        #expect(throws: ApprovalStatementError.malformed) { try SignedLoosening(file: Array(other.utf8)) }
        #expect(throws: ApprovalStatementError.malformed) { try SignedLoosening(file: []) }
    }
}
