package import DNS
import Diagnostics
package import FoundationEssentials
import Keys
package import MailAuth
package import Manifest

/// What a receiver would find of a domain, by the word of every authoritative server: SPF evaluated for every egress
/// address, a message signed with each key and verified with the key that is served, the DMARC policy as it is
/// discovered, and whether what passes is aligned with the From: domain. Nothing is sent.
///
/// A receiver's resolver may ask any of the servers, so the domain is as good as the worst of them.
package struct AlignmentCheck: Sendable {
    package enum Verdict: Int, Sendable, Equatable {
        // From the best to the worst.
        case pass, unknown, fail
    }

    package struct Outcome: Sendable, Equatable {
        package var spf: Verdict = .unknown
        package var dkim: Verdict = .unknown
        package var dmarc: Verdict = .unknown
        package var alignment: Verdict = .unknown
        package var findings: [Finding] = []

        /// The same, where a mechanism that fails and need not pass is only warned of.
        package func requiring(_ required: Set<GateRequirement>) -> Outcome {
            var outcome = self
            for index in findings.indices {
                guard let mechanism = Self.mechanisms[findings[index].code], !required.contains(mechanism) else {
                    continue
                }
                outcome.findings[index].severity = .warning
            }
            return outcome
        }

        /// What says that one mechanism fails, or may.
        private static let mechanisms: [Diagnostic.Code: GateRequirement] = [
            "SPF104": .spf, "SPF105": .spf, "SPF106": .spf, "DKM102": .dkim, "DKM103": .dkim, "DMA102": .dmarc,
        ]

        package var isUnknown: Bool { findings.contains { $0.severity == .unknown } }
    }

    /// What the probe's message is signed with.
    package enum Keys: Sendable {
        /// One signer for each signing key that exists.
        case signers([DKIMSigner])
        /// The keyring cannot be unsealed here, and why: served keys are compared with its public halves.
        case publicHalves(String)
        /// The keyring could be unsealed, and one of its keys could not be used.
        case unusable(String)
    }

    private let resolver: any Resolver
    private let querying: (any ServerQuerying)?
    private let now: Date

    /// - Parameters:
    ///   - resolver: for whatever lies outside the domain's zone.
    ///   - querying: asks the zone's servers; nil: only `resolver` is asked.
    package init(resolver: any Resolver, querying: (any ServerQuerying)? = nil, now: Date) {
        self.resolver = resolver
        self.querying = querying
        self.now = now
    }

    /// - Parameters:
    ///   - egress: every address that the domain's relay sends from.
    ///   - zone: whose servers are asked; nil: only the resolver is.
    package func run(
        _ declaration: DomainDeclaration, desired: DesiredState, egress: [IPAddress], keys: Keys, zone: ZoneContext?
    ) async -> Outcome {
        var views: [(server: NameServer?, outcome: Outcome)] = []
        for (server, resolver) in self.views(of: zone) {
            let view = AlignmentView(resolver: RememberingResolver(resolver), now: now)
            views.append((server, await view.run(declaration, desired: desired, egress: egress, keys: keys)))
        }
        var merged = Self.merge(views)
        if declaration.sends, !desired.signingKeys.isEmpty {
            switch keys {
            case .signers: break
            case .publicHalves(let reason): merged.findings.append(FindingCatalogue.notProbed(desired.domain, reason))
            case .unusable(let reason):
                merged.findings.append(FindingCatalogue.keyUnusable(desired.domain, reason))
                if merged.dkim == .pass { merged.dkim = .unknown }
            }
        }
        return merged
    }

    private func views(of zone: ZoneContext?) -> [(NameServer?, any Resolver)] {
        guard let zone, let querying, !zone.servers.isEmpty else { return [(nil, resolver)] }
        return zone.servers.map { server in
            (
                server,
                ServerResolver(server: server.address, apex: zone.apex, querying: querying, others: resolver)
            )
        }
    }

    /// The worst of each verdict, and each finding once, with the servers that it comes from where not all agree.
    private static func merge(_ views: [(server: NameServer?, outcome: Outcome)]) -> Outcome {
        func worst(_ verdict: (Outcome) -> Verdict) -> Verdict {
            views.map { verdict($0.outcome) }.max { $0.rawValue < $1.rawValue } ?? .unknown
        }
        var findings: [Finding] = []
        for (_, outcome) in views {
            for finding in outcome.findings where !findings.contains(finding) { findings.append(finding) }
        }
        let told = findings.map { finding in
            let servers = views.filter { $0.outcome.findings.contains(finding) }.compactMap(\.server)
            guard !servers.isEmpty, servers.count < views.count else { return finding }
            var finding = finding
            finding.detail += " (as served by \(servers.map(\.description).joined(separator: ", ")))"
            return finding
        }
        return Outcome(
            spf: worst(\.spf), dkim: worst(\.dkim), dmarc: worst(\.dmarc), alignment: worst(\.alignment),
            findings: told)
    }
}
