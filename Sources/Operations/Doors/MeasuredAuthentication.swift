import DNS
import FoundationEssentials
import MailAuth
import Manifest
package import Reconcile
package import SendGate

/// What a receiver would find of the very octets that were handed over: our verifier's words (RFC 8601 §2.7), with DNS as
/// it was then. Measured, never assumed.
package struct MeasuredAuthentication: Sendable, Equatable {
    /// Of the relay's worst egress address; `unmeasured` where the manifest names none.
    package var spf: String
    /// `pass` if a signature of the author's domain passes, else what the first of its signatures came to.
    package var dkim: String
    package var dmarc: String
    /// The identity header's verdict, `none` without one.
    package var identity: String

    package init(spf: String, dkim: String, dmarc: String, identity: String) {
        self.spf = spf
        self.dkim = dkim
        self.dmarc = dmarc
        self.identity = identity
    }

    package var isIdentitySigned: Bool { identity == AgentIdentityVerdict.valid.name }

    static let unmeasured = "unmeasured"
}

/// Remembers what was measured, so that a repeated request gets the same answer.
package protocol MeasurementStore: Sendable {
    func recordMeasured(_ measured: MeasuredAuthentication, of id: MessageID) async throws(StoreError)
    func measured(of id: MessageID) async throws(StoreError) -> MeasuredAuthentication?
}

extension MeasuredAuthentication {
    /// - Parameters:
    ///   - octets: as they go to the relay.
    ///   - egress: the addresses that the relay sends from.
    static func measure(
        _ octets: [UInt8], domain: DomainName, sender: String, egress: [IPAddress], resolver: any Resolver,
        unixTime: Int64
    ) async -> MeasuredAuthentication {
        let message = Message(octets)
        async let identity = AgentIdentityVerifier(resolver: resolver).verify(message, unixTime: unixTime)
        let verifier = MessageVerifier(resolver: resolver, receiver: domain.text)
        let envelope = MessageVerifier.Envelope(address: egress.first, helo: domain.text, mailFrom: sender)
        var worst = await verifier.verify(message, envelope: envelope, unixTime: unixTime)
        for address in egress.dropFirst() where worst.spf?.verdict == .pass {
            let other = await verifier.verify(
                message, envelope: .init(address: address, helo: domain.text, mailFrom: sender), unixTime: unixTime)
            if other.spf?.verdict != .pass { worst = other }
        }
        let own = worst.dkim.filter { $0.signature?.domain == domain }
        let dkim = own.first { $0.verdict == .pass } ?? own.first
        return MeasuredAuthentication(
            spf: worst.spf?.verdict.name ?? unmeasured, dkim: dkim?.verdict.name ?? "none",
            dmarc: worst.dmarc.verdict.name, identity: await identity?.verdict.name ?? "none")
    }
}
