import Audit
import DNS
import Diagnostics
import FoundationEssentials
import MailAuth
import Manifest
import Reconcile
import SendGate

extension DomainState {
    /// What keeps its mail from being sent, as the gate's observation and a message's reason have it.
    var finding: String {
        (findings.map { "\($0.code.rawValue): \($0.detail)" } + waitingFor).joined(separator: "; ")
    }

    /// What the gate goes by.
    var facts: (convergence: GateFacts.Convergence, alignment: GateFacts.Alignment) {
        switch status {
        case .aligned: (.converged, .aligned)
        case .propagating: (.notConverged, .unknown)
        case .unknown: (.unknown, .unknown)
        // What is not everywhere as declared may yet come to pass: that mail waits.
        case .misaligned: (isConverged ? .converged : .notConverged, .misaligned)
        }
    }
}

/// Observes whether a message that a domain sent now would pass: convergence as `wait` computes it, and a probe that is
/// signed with the real keys and verified through DNS.
struct SendAlignment: Sendable {
    let session: SendSession
    let declaration: DomainDeclaration

    func observe() async -> ObservedAlignment {
        let time = session.now
        var observed = ObservedAlignment(
            domain: declaration.name.text, observedAt: time, convergence: .unknown, alignment: .unknown, finding: "")
        do {
            try await look(&observed)
        } catch {
            observed.finding = "\(error)"
        }
        do {
            try await session.log.append(
                LogEntry(
                    .domainVerified, at: time, domain: observed.domain,
                    details: [
                        "convergence": .text(observed.convergence.rawValue),
                        "alignment": .text(observed.alignment.rawValue), "finding": .text(observed.finding),
                    ]))
        } catch {
            // What is not in the log counts as not observed.
            observed.convergence = .unknown
            observed.alignment = .unknown
            observed.finding = error.message
        }
        return observed
    }

    private func look(_ observed: inout ObservedAlignment) async throws {
        let state = try await session.signet.state(
            of: declaration.name, session.scope, session.loaded, store: session.loggedStore, network: session.network,
            remembering: .looksAndKeys)
        guard let state else { return }
        observed.finding = state.finding
        (observed.convergence, observed.alignment) = state.facts
        guard state.status == .aligned else { return }
        try await probe(&observed)
    }

    private func probe(_ observed: inout ObservedAlignment) async throws {
        let egress = declaration.relay.flatMap { session.loaded.manifest.relays[$0]?.egress } ?? []
        let signers = try await session.domainSigners(declaration.name)
        let report = try await AlignmentProbe(domain: declaration.name, signers: signers, egress: egress)
            .run(resolver: session.network, unixTime: Int64(session.now.timeIntervalSince1970))
        var missing: [String] = []
        let requires = declaration.gateRequires
        // Without a known egress nobody can say from where the mail leaves; the record itself has been checked.
        if requires.contains(.spf), !egress.isEmpty, !report.isSPFAligned { missing.append("SPF") }
        if requires.contains(.dkim), !report.isDKIMAligned { missing.append("DKIM") }
        if requires.contains(.dmarc), !report.isDMARCPassing { missing.append("DMARC") }
        guard !missing.isEmpty else { return }
        (observed.alignment, observed.finding) = report.judgement(missing: missing)
    }
}

extension AlignmentReport {
    /// A domain is misaligned by what was found, never by what could not be looked up.
    func judgement(missing: [String]) -> (alignment: GateFacts.Alignment, finding: String) {
        let finding = "a message sent now would not pass \(missing.joined(separator: ", "))"
        guard let reason = failedLookUp else { return (.misaligned, finding) }
        return (.unknown, "\(finding), and a look-up failed: \(reason)")
    }
}
