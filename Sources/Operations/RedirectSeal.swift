import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import SendGate

/// Seals a message of somebody else's on its way out (RFC 8617 §5.1), and finds out by verifying it whether receivers
/// would take it for its author's.
///
/// It gets no DKIM signature of ours: where the author's domain and ours are of one organization, that would make
/// authentic what is not.
struct RedirectSeal: Sendable {
    enum Outcome: Sendable, Equatable {
        case sealed([UInt8])
        /// A look-up failed: nobody can say.
        case unknown(String)
        /// It would not pass, or must not be sealed.
        case unfit(String)
    }

    let domain: DomainDeclaration
    let resolver: any Resolver
    let key: DKIMSigner

    static func sealsNothing(_ domain: DomainName) -> String {
        "\(domain) does not seal what it forwards: declare `arc: forwarded` for it, or forward as attachment"
    }

    /// - Parameter octets: as `RedirectPreparation` made them.
    func seal(_ octets: [UInt8], unixTime: Int64) async throws -> Outcome {
        guard domain.sealsForwarded else { return .unfit(Self.sealsNothing(domain.name)) }
        let message = Message(octets)
        guard let results = AuthenticationResults.consolidated(from: message, serverID: domain.name.text) else {
            return .unfit("what this server found of the message is not in it")
        }
        let chain = await ARCVerifier(resolver: resolver).verify(Self.received(message), unixTime: unixTime)
        if case .temperror(let reason) = chain.verdict { return .unknown("its ARC chain: \(reason)") }
        let sealer = ARCSealer(domain: domain.name, selector: key.selector, key: key.key)
        guard let fields = try sealer.seal(message, results: results, chain: chain, unixTime: unixTime) else {
            return .unfit(
                "its ARC chain must not be continued (\(chain.verdict.reason ?? chain.verdict.name)); forward as "
                    + "attachment")
        }
        let sealed = fields + octets
        let isBroken = if case .fail = chain.verdict { true } else { false }
        return try await judge(sealed, chainIsBroken: isBroken, unixTime: unixTime)
    }

    /// The message as it came in: without what `RedirectPreparation` has put in front, which the last hop has not signed.
    private static func received(_ message: Message) -> Message {
        let own = message.fields.first {
            String(decoding: $0.name, as: UTF8.self).lowercased() == "authentication-results"
        }
        return Message(Array(message.octets[(own?.raw.endIndex ?? 0)...]))
    }

    /// What leaves is measured, not assumed: it passes DMARC by a signature of the author's, and our seal holds.
    private func judge(_ sealed: [UInt8], chainIsBroken: Bool, unixTime: Int64) async throws -> Outcome {
        let verdict = await MessageVerifier(resolver: resolver, receiver: domain.name.text)
            .verify(Message(sealed), envelope: .init(), unixTime: unixTime)
        switch verdict.arc.verdict {
        case .pass: break
        case .temperror(let reason): return .unknown("our seal cannot be verified: \(reason)")
        // The chain was broken before it came here, and our seal says so (cv=fail).
        case .fail where chainIsBroken: break
        case .fail, .none:
            return .unfit("our seal would not verify: \(verdict.arc.verdict.reason ?? verdict.arc.verdict.name)")
        }
        return Self.outcome(of: verdict) ?? .sealed(sealed)
    }

    /// nil: a signature of its author's holds, so that it passes DMARC wherever it is sent from.
    static func outcome(of verdict: MessageVerdict) -> Outcome? {
        let help = "forward it as attachment or inline"
        switch verdict.dmarc.verdict {
        case .pass: return nil
        case .temperror(let reason): return .unknown(reason)
        case .none(.noRecord):
            // Nothing would fail it for want of a signature; it shall have one of its author's all the same.
            let signatures = verdict.authorSignatures.map(\.verdict)
            if signatures.contains(.pass) { return nil }
            for case .temperror(let reason) in signatures { return .unknown(reason) }
            return .unfit("no signature of its author's domain holds, so that nobody vouches for it; \(help)")
        case .fail, .none, .permerror:
            for result in verdict.dkim {
                if case .temperror(let reason) = result.verdict { return .unknown(reason) }
            }
            return .unfit(
                "no signature that is aligned with its author holds, and SPF ends at this hop: receivers would see "
                    + "DMARC \(verdict.dmarc.verdict.name); \(help)")
        }
    }
}
