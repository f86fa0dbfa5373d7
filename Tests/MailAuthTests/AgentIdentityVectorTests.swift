import Foundation
import TestSupport
import Testing

@testable import Keys
@testable import MailAuth

/// `schemas/vectors/agent-identity.json`: made here (`RECORD=1 swift test --filter AgentIdentityVectorTests`), and checked
/// by `schemas/vectors/agent_identity.py`, which was written from the specification alone.
@Suite("Vectors of agent identity")
struct AgentIdentityVectorTests {
    typealias Samples = AgentIdentitySamples

    struct Vector: Codable, Equatable {
        struct Answer: Codable, Equatable {
            /// Absent: the query fails.
            var txt: [String]?
        }

        var name: String
        var message: String
        /// The verifier's clock, Unix seconds.
        var now: Int64
        /// By name; a name that is not here does not exist.
        var dns: [String: Answer]
        /// Nonces that the verifier has met before; absent: it remembers none.
        var noncesMet: [String]?
        var verdict: String

        enum CodingKeys: String, CodingKey {
            case name, message, now, dns, verdict
            case noncesMet = "nonces_met"
        }
    }

    struct Document: Codable, Equatable {
        struct Key: Codable, Equatable {
            /// Of Ed25519: 64 hexadecimal digits.
            var seed: String
            /// Base64.
            var publicKey: String

            enum CodingKeys: String, CodingKey {
                case seed
                case publicKey = "public_key"
            }
        }

        var description: String
        var keys: [String: Key]
        var vectors: [Vector]
    }

    static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "schemas/vectors/agent-identity.json")

    private static func vector(
        _ name: String, _ message: String, _ verdict: String, zone: Samples.Zone = Samples.zone,
        now: Int64 = Samples.now, met: [String]? = nil
    ) -> Vector {
        Vector(
            name: name, message: message, now: now, dns: zone.mapValues { Vector.Answer(txt: $0) }, noncesMet: met,
            verdict: verdict)
    }

    private static func zone(_ name: String, _ texts: [String]?) -> Samples.Zone {
        var zone = Samples.zone
        zone.updateValue(texts, forKey: name)
        return zone
    }

    private static func without(_ name: String) -> Samples.Zone { Samples.zone.filter { $0.key != name } }

    /// The claims alone, and a DKIM signature that tells where their key stands.
    private static func legacy(signed: Bool = true, algorithm: String = "ed25519-sha256") throws -> String {
        let sig = Base64.encodeText(try Samples.domainKey.sign(Array("writer-2:monitored".utf8)))
        let dkim =
            "DKIM-Signature: v=1; a=\(algorithm); d=mail.d.example; s=mm2; h=From; bh=AAAA; b=AAAA\r\n"
        return "X-MultiMail-Identity: agent_id=writer-2; oversight=monitored; sig=\(sig)\r\n" + (signed ? dkim : "")
            + Samples.text
    }

    static func document() throws -> Document {
        let signed = Samples.signed()
        let plain = Samples.signed(
            Samples.text, Samples.claims(.monitored, approval: nil, model: nil))
        let revoked = AgentIdentityRecord.revoked.text
        let forged = Samples.signed(signer: Samples.signer(domainKey: Samples.strangerKey))
        let elsewhere = Samples.resigned(Samples.text) { $0.replacing(" s=mm2;", with: "") }
        let withDKIM = "DKIM-Signature: v=1; a=ed25519-sha256; d=mail.d.example; s=mm2; h=From; bh=AAAA; b=AAAA\r\n"
        let vectors = [
            vector("valid, with approval and model", signed, "valid"),
            vector("valid, without approval and model", plain, "valid"),
            vector(
                "valid, other records beside the key", signed, "valid",
                zone: zone(Samples.agentName, ["site=1", Samples.agentRecord])),
            vector("valid, the key of sig named by a DKIM signature", withDKIM + elsewhere, "valid"),
            vector("valid, nonce met for the first time", signed, "valid", met: ["00000000000000000000000000000000"]),
            vector(
                "valid, white space and the case of names changed",
                signed.replacing("Subject: The report", with: "subject:  The\r\n\treport "), "valid"),
            vector(
                "body altered by a list's footer", signed + "-- \r\nlist@x.example\r\n", "claims-valid-body-altered"),
            vector(
                "body altered in one octet", signed.replacing("here it is", with: "here it iz"),
                "claims-valid-body-altered"),
            vector("legacy", try legacy(), "legacy-only"),
            vector("legacy, no key named", try legacy(signed: false), "fail"),
            vector("legacy, an RSA signature names no key", try legacy(algorithm: "rsa-sha256"), "fail"),
            vector(
                "legacy, another mode", try legacy().replacing("oversight=monitored", with: "oversight=autonomous"),
                "fail"),
            vector(
                "legacy, the key revoked", try legacy(), "revoked",
                zone: zone(Samples.domainName, ["v=DKIM1; k=ed25519; p="])),
            vector("legacy, no answer", try legacy(), "temperror", zone: zone(Samples.domainName, nil)),
            vector("legacy, with a tag of version 2", try legacy().replacing("; sig=", with: "; k=k1; sig="), "fail"),
            vector("expired", signed, "expired", now: Samples.signedAt + 604_801),
            vector("expired, and the body altered", signed + "more\r\n", "expired", now: Samples.signedAt + 604_801),
            vector("signed in the future", signed, "fail", now: Samples.signedAt - 301),
            vector("agent key revoked", signed, "revoked", zone: zone(Samples.agentName, [revoked])),
            vector("domain key revoked", signed, "revoked", zone: zone(Samples.domainName, ["v=DKIM1; k=ed25519; p="])),
            vector("nonce met before", signed, "replay-suspected", met: ["101112131415161718191a1b1c1d1e1f"]),
            vector("agent key: no answer", signed, "temperror", zone: zone(Samples.agentName, nil)),
            vector("domain key: no answer", signed, "temperror", zone: zone(Samples.domainName, nil)),
            vector("agent key: none", signed, "fail", zone: without(Samples.agentName)),
            vector("agent key: two", signed, "fail", zone: zone(Samples.agentName, [Samples.agentRecord, revoked])),
            vector(
                "agent key: another", signed, "fail",
                zone: zone(Samples.agentName, [AgentIdentityRecord(publicKey: Samples.strangerKey.publicKey)!.text])),
            vector(
                "agent key: unreadable", signed, "fail",
                zone: zone(Samples.agentName, ["v=AGENTID1; k=ed25519; p=AAAA"])),
            vector("domain key: none", signed, "fail", zone: without(Samples.domainName)),
            vector("sig by another key", forged, "fail"),
            vector("b by another key", Samples.signed(signer: Samples.signer(key: Samples.strangerKey)), "fail"),
            vector("two fields", Samples.field() + signed, "fail"),
            vector("another From", signed.replacing("<writer@", with: "<other@"), "fail"),
            vector(
                "From at another domain", signed.replacing("@mail.d.example>\r\nTo", with: "@d.example>\r\nTo"), "fail"),
            vector("another Subject", signed.replacing("The report", with: "A report"), "fail"),
            vector("a Cc added", signed.replacing("X-Mailer", with: "Cc: eve@x.example\r\nX-Mailer"), "fail"),
            vector("a second Subject above", "Subject: first\r\n" + signed, "fail"),
            vector("another mode", signed.replacing("=gated_send", with: "=autonomous"), "fail"),
            vector("trailing semicolon", signed.replacing("==\r\nFrom", with: "==;\r\nFrom"), "fail"),
            vector(
                "a tag twice", Samples.resigned(Samples.text) { $0.replacing("k=k1;", with: "k=k1; k=k1;") }, "fail"),
            vector(
                "Subject not oversigned",
                Samples.resigned(Samples.text) { $0.replacing("Subject:Subject:", with: "Subject:") }, "fail"),
            vector("version 3", Samples.resigned(Samples.text) { $0.replacing("v=2;", with: "v=3;") }, "fail"),
            vector("no field", Samples.text, "none"),
        ]
        func key(_ octet: UInt8, _ signer: Signer) -> Document.Key {
            Document.Key(
                seed: String(repeating: octet < 16 ? "0\(octet)" : "\(octet)", count: 32),
                publicKey: Base64.encodeText(signer.publicKey.raw!))
        }
        return Document(
            description:
                "Vectors of docs/spec/agent-identity.md, written by Tests/MailAuthTests/AgentIdentityVectorTests.swift.",
            keys: ["agent": key(1, Samples.agentKey), "domain": key(2, Samples.domainKey)], vectors: vectors)
    }

    @Test("the file is what the generator makes")
    func fresh() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let octets = try encoder.encode(try Self.document()) + Data("\n".utf8)
        if ProcessInfo.processInfo.environment["RECORD"] == "1" { try octets.write(to: Self.file) }
        #expect(try Data(contentsOf: Self.file) == octets, "run with RECORD=1")
    }

    @Test("our verifier says what the file says")
    func ours() async throws {
        let document = try JSONDecoder().decode(Document.self, from: try Data(contentsOf: Self.file))
        for vector in document.vectors {
            let memory = vector.noncesMet.map { met in SetOfNonces(Set(met.map { "mail.d.example writer-2 \($0)" })) }
            let verdict = await Samples.verdict(
                Array(vector.message.utf8), zone: vector.dns.mapValues(\.txt), now: vector.now, memory: memory)
            #expect(verdict?.name ?? "none" == vector.verdict, "\(vector.name)")
        }
        #expect(
            Set(document.vectors.map(\.verdict)) == Set(AgentIdentityVerdict.names + ["none"]), "each verdict is met")
    }

    /// The Python of `scripts/python-environment`.
    static let python = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build-python/bin/python3").path

    @Test(
        "an implementation of the specification in Python says so too",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python)
                || ProcessInfo.processInfo.environment["CI"] == "true",
            "needs scripts/python-environment"))
    func theirs() throws {
        let script = Self.file.deletingLastPathComponent().appending(path: "agent_identity.py")
        let result = try ChildProcess.run(Self.python, [script.path, Self.file.path])
        #expect(result.status == 0, "\(result.output)\(result.error)")
        #expect(result.output.contains("all agree"))
    }
}
