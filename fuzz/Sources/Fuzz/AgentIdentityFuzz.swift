import DNS
import Keys
import MailAuth

/// The body of an identity field, by itself and on a message that was signed once; an agent's key record; and a message
/// that gets a field.
enum AgentIdentityFuzz {
    private static let time: Int64 = 1_800_000_000
    private static let rest = Array(
        "From: Writer <writer@d.example>\r\nTo: ada@receiver.example\r\nSubject: x\r\nMessage-ID: <1@d.example>\r\n\r\nbody\r\n"
            .utf8)
    private static let resolver = IdentityKeyResolver()
    private static let signer = try! AgentIdentitySigner(
        keyName: AgentKeyName(domain: FuzzKey.domain, agent: "writer-2", key: "k1")!, key: FuzzKey.signer,
        domainSelector: FuzzKey.selector, domainKey: FuzzKey.signer)
    private static let claims = AgentIdentityClaims(
        oversight: .gatedSend,
        approval: AgentIdentityClaims.Approval(reference: "ap_1", digest: SHA256.hash([1])),
        model: "example/writer", declaration: SHA256.hash([2]))
    private static let nonce = Array(UInt8(0)..<16)
    /// The one field that the keys have signed for `rest`, without white space.
    private static let known: [UInt8] = {
        let field = try! signer.sign(Message(rest), claims, nonce: nonce, unixTime: time)
        let parsed = Message(field + rest).fields[0]
        return squeezed(parsed.body)
    }()

    static func run(_ octets: [UInt8]) {
        read(octets)
        verify(octets)
        record(octets)
        // Signing and verifying again costs more than all of the rest.
        if octets.count % 4 == 1 { sign(octets) }
    }

    private static func squeezed(_ octets: some Sequence<UInt8>) -> [UInt8] {
        octets.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D && $0 != 0x0A }
    }

    private static func read(_ octets: [UInt8]) {
        guard let header = try? AgentIdentityHeader(octets[...]) else { return }
        promise(header.claimSignature.count == 64, "sig= is a signature")
        guard let binding = header.binding else { return }
        promise(binding.signature.count == 64, "b= is a signature")
        promise((header.approvalReference == nil) == (binding.approval == nil), "a reference goes with a digest")
        promise(binding.keyName.agent == header.agent, "the key is the agent's")
        promise(binding.signedHeaders.count <= AgentIdentityHeader.signedHeadersMax, "names are bounded")
        let life = binding.expiresAt - binding.signedAt
        promise(life > 0 && life <= AgentIdentityHeader.lifetimeSecondsMax, "the lifetime is bounded")
    }

    private static func verify(_ octets: [UInt8]) {
        let message = Message(Array("X-MultiMail-Identity:".utf8) + octets + [0x0D, 0x0A] + rest)
        let result = now { await AgentIdentityVerifier(resolver: resolver).verify(message, unixTime: time + 1) }
        switch result?.verdict {
        case .valid, .claimsValidBodyAltered, .expired:
            // Whatever stands before the field that was signed, and however it is folded.
            let field = message.fields(named: "x-multimail-identity").first
            promise(
                field.map { squeezed($0.body) } == known, "nobody can sign for a key that they do not have")
        default: break
        }
    }

    private static func record(_ octets: [UInt8]) {
        guard let record = try? AgentIdentityRecord(octets: octets) else { return }
        promise((try? AgentIdentityRecord(record.text)) == record, "a key record reads as written")
    }

    private static func sign(_ octets: [UInt8]) {
        let message = Message(Array("From: writer@d.example\r\n".utf8) + octets)
        guard message.fields.count < 100,
            let field = try? signer.sign(message, claims, nonce: nonce, unixTime: time)
        else { return }
        let signed = Message(field + message.octets)
        let result = now { await AgentIdentityVerifier(resolver: resolver).verify(signed, unixTime: time) }
        promise(result?.verdict == .valid, "what we sign, we verify: \(String(describing: result?.verdict))")
    }
}

/// Agents' keys and domains' keys are the fuzzer's own.
private struct IdentityKeyResolver: Resolver {
    private let agents = AgentIdentityRecord(publicKey: FuzzKey.signer.publicKey)!.text

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        guard type == .txt else { return .noData }
        let text = name.text.utf8.starts(with: "k".utf8) ? Array(agents.utf8) : FuzzKey.record
        return .found([.txt(TXTValue(joined: text))], timeToLiveSeconds: 300)
    }
}
