import DNS
import Diagnostics
import Keys
import MailAuth
import Manifest
import Testing
import TestSupport

@testable import Reconcile

@Suite("A plan as data")
struct PlanDocumentTests {
    static let name = DomainName(canonical: "_dmarc.d.example")

    static var plan: Plan {
        let domain = DomainName(canonical: "d.example")
        let provider = ProviderID(rawValue: "lab")
        let id = KeyID(domain: "d.example", selector: "s1")
        return Plan(
            manifestDigest: SHA256.hash([1, 2, 3]), domainCount: 1,
            keys: [
                PlannedKey(id: id, algorithm: .rsa2048),
                PlannedKey(
                    id: KeyID(domain: "d.example", selector: "k1.writer", purpose: .agent), algorithm: .ed25519),
            ],
            agents: AgentPlannerTests.everyAction,
            changes: [
                Change(
                    domain: domain, zone: domain, provider: provider, key: RecordSetKey(name, .txt),
                    before: PlannedRecordSet(
                        RecordSet(
                            name, .txt, timeToLiveSeconds: 5,
                            data: [.txt(TXTValue(strings: [[0, 34, 92, 255], [], Array("é;".utf8)]))])),
                    after: PlannedRecordSet(
                        RecordSet(
                            name, .txt, timeToLiveSeconds: 60,
                            data: [.txt(TXTValue(String(repeating: "x", count: 300)))])),
                    stage: .tighten, risk: .tightens, reason: "because", staleSeconds: 5,
                    owned: [.txt(TXTValue("v=DMARC1; p=none")), .txt(TXTValue(strings: [[0, 34, 92, 255], []]))]),
                Change(
                    domain: domain, zone: domain, provider: provider,
                    key: RecordSetKey(DomainName(canonical: "s1._domainkey.d.example"), .txt), before: nil,
                    after: PlannedRecordSet(timeToLiveSeconds: 60, values: [.futureKey(id, .rsa2048, testing: true)]),
                    stage: .publish, risk: .safe, reason: "not there", staleSeconds: 60),
                Change(
                    domain: domain, zone: domain, provider: provider,
                    key: RecordSetKey(DomainName(canonical: "k1.writer._agentid.d.example"), .txt), before: nil,
                    after: PlannedRecordSet(
                        timeToLiveSeconds: 60,
                        values: [
                            .futureKey(
                                KeyID(domain: "d.example", selector: "k1.writer", purpose: .agent), .ed25519,
                                testing: false)
                        ]),
                    stage: .publish, risk: .safe, reason: "not there", staleSeconds: 60),
                Change(
                    domain: domain, zone: domain, provider: provider, key: RecordSetKey(domain, .mx),
                    before: PlannedRecordSet(
                        RecordSet(domain, .mx, timeToLiveSeconds: 5, data: [.mx(preference: 0, exchange: .root)])),
                    after: nil, stage: .retire, risk: .destructive, reason: "gone", staleSeconds: 5, owned: []),
            ],
            findings: [
                Finding(
                    domain: domain, code: "DNS104", severity: .warning, summary: "a name server does not answer",
                    detail: "x", help: "y")
            ])
    }

    @Test("what is read back is what was written, every octet of it")
    func roundTrip() throws {
        let octets = PlanDocument.encode(Self.plan)
        #expect(try PlanDocument.decode(octets) == Self.plan)
        #expect(PlanDocument.encode(Self.plan) == octets)
    }

    @Test("every octet that is changed is noticed")
    func tampering() throws {
        let octets = PlanDocument.encode(Self.plan)
        for index in stride(from: 0, to: octets.count, by: 3) {
            var changed = octets
            changed[index] ^= 1
            #expect(throws: PlanDocumentError.self, "octet \(index)") { try PlanDocument.decode(changed) }
        }
    }

    @Test("only what was written is read: no member, space or repetition more; the final line end may be missing")
    func writtenForm() throws {
        let octets = PlanDocument.encode(Self.plan)
        #expect(try PlanDocument.decode(Array(octets.dropLast())) == Self.plan)
        let text = String(decoding: octets, as: UTF8.self)
        for other in [
            text.replacing("\"format\" : 1", with: "\"format\" : 1,\n  \"note\" : \"x\""),
            text.replacing("\"format\" : 1", with: "\"format\" : 1,\n  \"format\" : 1"),
            text.replacing("\"format\" : 1", with: "\"format\": 1"), text + "\n",
        ] {
            #expect(other != text)
            #expect { try PlanDocument.decode(Array(other.utf8)) } throws: {
                "\($0)".contains("it is not as `signet plan` writes it")
            }
        }
    }

    @Test("the digest is over the octets with an empty digest and without the final line end")
    func digest() throws {
        let (octets, digest) = PlanDocument.encoded(Self.plan)
        let text = String(decoding: octets.dropLast(), as: UTF8.self)
        let empty = text.replacing("\"digest\" : \"\(digest.text)\"", with: "\"digest\" : \"\"")
        #expect(empty != text)
        #expect(PlanDigest(SHA256.hash(Array(empty.utf8))) == digest)
    }

    @Test(
        "what is not a plan is refused with a reason",
        arguments: [
            ("", "it is not a plan"), ("{}", "format is missing"), ("[]", "it is not a plan"),
            (#"{"format":1}"#, "is missing"),
        ])
    func refused(text: String, words: String) {
        #expect { try PlanDocument.decode(Array(text.utf8)) } throws: { "\($0)".contains(words) }
    }

    @Test("another format's number is named")
    func format() {
        let text = String(decoding: PlanDocument.encode(Self.plan), as: UTF8.self)
        let other = text.replacing("\"format\" : 1", with: "\"format\" : 9")
        #expect(other != text)
        #expect { try PlanDocument.decode(Array(other.utf8)) } throws: { "\($0)".contains("it is of format 9") }
    }
}

@Suite("Which way a DMARC policy moves")
struct PolicyStrictnessTests {
    @Test(
        arguments: [
            ("v=DMARC1; p=none", "v=DMARC1; p=quarantine", Risk.tightens),
            ("v=DMARC1; p=quarantine", "v=DMARC1; p=none", .loosens),
            ("v=DMARC1; p=reject", "v=DMARC1; p=reject; sp=none", .loosens),
            ("v=DMARC1; p=reject; sp=none", "v=DMARC1; p=reject", .tightens),
            ("v=DMARC1; p=reject; np=none", "v=DMARC1; p=reject", .tightens),
            ("v=DMARC1; p=reject", "v=DMARC1; p=reject; adkim=s", .tightens),
            ("v=DMARC1; p=none", "v=DMARC1; p=none; adkim=s", .safe),
            ("v=DMARC1; p=reject", "v=DMARC1; p=reject; t=y", .loosens),
            ("v=DMARC1; p=reject; sp=none", "v=DMARC1; p=quarantine; sp=reject", .tightens),
            ("v=DMARC1; p=reject", "v=DMARC1; p=reject; rua=mailto:a@d.example", .safe),
        ])
    func moves(before: String, after: String, risk: Risk) throws {
        #expect(PolicyStrictness.risk(from: try DMARCRecord(before), to: try DMARCRecord(after)) == risk)
    }
}
