import DNS
import Keys
import MailAuth

/// A message's ARC sets, and a seal put on top of them.
enum ARCFuzz {
    private static let sealer = ARCSealer(domain: FuzzKey.domain, selector: FuzzKey.selector, key: FuzzKey.signer)

    static func run(_ octets: [UInt8]) {
        let message = Message(octets)
        let verifier = ARCVerifier(resolver: FuzzKey.resolver)
        let chain = now { await verifier.verify(message, unixTime: 1) }
        promise(chain.instance <= ARCVerifier.setsMax + 1, "the number of sets is bounded: \(chain.instance)")
        // Sealing and verifying again costs more than all of the rest: for messages of few fields.
        guard message.fields.count < 12, let first = octets.first, first != 0x20, first != 0x09 else { return }
        let results = AuthenticationResults(serverID: "me.example", results: [.init("arc", chain.verdict.name)])
        guard let seal = try? sealer.seal(message, results: results, chain: chain, unixTime: 1) else { return }
        let sealed = Message(seal + octets)
        let after = now { await verifier.verify(sealed, unixTime: 1) }
        switch chain.verdict {
        case .none, .pass:
            promise(after.verdict == .pass, "what we seal, we verify: \(chain.verdict) became \(after.verdict)")
        default:
            promise(after.verdict != .pass, "a seal mends no broken chain: \(chain.verdict) became \(after.verdict)")
        }
    }
}
