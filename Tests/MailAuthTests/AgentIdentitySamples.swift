import DNS
import Foundation

@testable import Keys
@testable import MailAuth

/// Keys, messages and zones that the tests and vectors of agent identity are made of. Nothing is random, so that the
/// vectors come out alike each time.
enum AgentIdentitySamples {
    static let domain = TableResolver.name("mail.d.example")
    static let signedAt: Int64 = 1_795_492_800
    static let now: Int64 = signedAt + 60
    static let nonce: [UInt8] = Array(0x10...0x1F)

    /// From a seed of 32 equal octets (RFC 8032 §5.1.5), in PKCS#8 (RFC 8410 §7).
    static func key(_ octet: UInt8) -> Signer {
        let der: [UInt8] =
            [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
            + [UInt8](repeating: octet, count: 32)
        let pem = "-----BEGIN PRIVATE KEY-----\n\(Base64.encodeText(der))\n-----END PRIVATE KEY-----\n"
        return try! Signer(pem: Array(pem.utf8))
    }

    static let agentKey = key(1)
    static let domainKey = key(2)
    static let strangerKey = key(3)
    static let keyName = AgentKeyName(domain: domain, agent: "writer-2", key: "k1")!

    static let text =
        "From: Writer <writer@mail.d.example>\r\nTo: Ann <ann@x.example>,\r\n Bob <bob@x.example>\r\n"
        + "Subject: The report\r\nDate: Tue, 24 Nov 2026 04:00:00 +0000\r\nMessage-ID: <1@mail.d.example>\r\n"
        + "X-Mailer: none\r\n\r\nDear Ann,\r\n\r\nhere it is.  \r\n"

    static let approval = AgentIdentityClaims.Approval(
        reference: "apr_7Q2:1", digest: SHA256.hash(Array("approval".utf8)))

    static func claims(
        _ oversight: AgentOversight = .gatedSend, approval: AgentIdentityClaims.Approval? = approval,
        model: String? = AgentModelText.encode(provider: "example", name: "writer large", version: "2026-09-01")
    ) -> AgentIdentityClaims {
        AgentIdentityClaims(
            oversight: oversight, approval: approval, model: model,
            declaration: SHA256.hash(Array("declaration".utf8)))
    }

    static func signer(key: Signer = agentKey, domainKey: Signer = domainKey) -> AgentIdentitySigner {
        try! AgentIdentitySigner(keyName: keyName, key: key, domainSelector: "mm2", domainKey: domainKey)
    }

    static func field(
        _ text: String = text, _ claims: AgentIdentityClaims = claims(), signer: AgentIdentitySigner = signer(),
        at time: Int64 = signedAt
    ) -> String {
        String(
            decoding: try! signer.sign(Message(Array(text.utf8)), claims, nonce: nonce, unixTime: time), as: UTF8.self)
    }

    static func signed(
        _ text: String = text, _ claims: AgentIdentityClaims = claims(), signer: AgentIdentitySigner = signer(),
        at time: Int64 = signedAt
    ) -> String { field(text, claims, signer: signer, at: time) + text }

    static let agentRecord = AgentIdentityRecord(publicKey: agentKey.publicKey)!.text
    static let domainRecord = DKIMRecord(publicKey: domainKey.publicKey).text
    static let agentName = "k1.writer-2._agentid.mail.d.example"
    static let domainName = "mm2._domainkey.mail.d.example"

    /// By name; nil: the query fails.
    typealias Zone = [String: [String]?]

    static let zone: Zone = [agentName: [agentRecord], domainName: [domainRecord]]

    static func resolver(_ zone: Zone) -> TableResolver {
        TableResolver(
            txt: zone.flatMap { name, texts in (texts ?? []).map { (name, $0) } },
            failing: zone.filter { $0.value == nil }.map(\.key))
    }

    static func verdict(
        _ text: [UInt8], zone: Zone = zone, now: Int64 = now, memory: (any AgentNonceMemory)? = nil
    ) async -> AgentIdentityVerdict? {
        await AgentIdentityVerifier(resolver: resolver(zone), memory: memory)
            .verify(Message(text), unixTime: now)?.verdict
    }

    static func verdict(_ text: String, zone: Zone = zone, now: Int64 = now) async -> AgentIdentityVerdict? {
        await verdict(Array(text.utf8), zone: zone, now: now)
    }

    /// Makes `sig` and `b` anew over what a test changed: a signer that keeps to no rule.
    static func resigned(
        _ text: String, changing change: (String) -> String, agentKey: Signer = agentKey
    ) -> String {
        let field = change(field(text))
        let unsigned = field.prefix(upTo: field.range(of: "b=", options: .backwards)!.upperBound)
        let list = field.range(of: "h=").map { start in
            field[start.upperBound...].prefix { $0 != ";" }.replacing("\r\n ", with: "")
        }
        let digest = AgentIdentityHash.digest(
            of: Message(Array(text.utf8)), signedHeaders: Array((list ?? "").utf8)[...],
            field: Array(unsigned.utf8)[...])
        return unsigned + Base64.encodeText(try! agentKey.sign(digest)) + "\r\n" + text
    }
}

/// What a test's verifier has met before.
actor SetOfNonces: AgentNonceMemory {
    private var seen: Set<String>
    init(_ seen: Set<String> = []) { self.seen = seen }
    func isFirst(_ nonce: AgentNonce) -> Bool { seen.insert("\(nonce.domain) \(nonce.agent) \(nonce.text)").inserted }
}
