import DNS
import Diagnostics
import FoundationEssentials
import MailAuth
import Manifest
import Operations
import Reconcile

/// Where a domain stands, as the doors tell of it.
struct DomainStateAnswer: Encodable {
    struct Checks: Encodable {
        var spf: String
        var dkim: String
        var dmarc: String
        var alignment: String
    }

    struct Finding: Encodable {
        var code: String
        var severity: String
        var summary: String
        var detail: String
        var help: String?
    }

    var domain: String
    var status: String
    /// One sentence for a reader: what holds, or what keeps it.
    var detail: String
    /// False of a parked domain.
    var sends: Bool
    var isGateOpen: Bool
    var checks: Checks
    var convergedAt: String?
    var waitingFor: [String]
    /// The same for the keys of the domain's agents: those of them that are named send nothing yet.
    var waitingForAgents: [String]
    var findings: [Finding]

    enum CodingKeys: String, CodingKey {
        case domain, status, detail, sends, checks, findings
        case isGateOpen = "gate_open"
        case convergedAt = "converged_at"
        case waitingFor = "waiting_for"
        case waitingForAgents = "waiting_for_agents"
    }

    init(_ state: DomainState) {
        domain = state.domain.text
        status = state.status.rawValue
        detail = Self.detail(state)
        sends = state.sends
        isGateOpen = state.isGateOpen
        checks = Checks(
            spf: Self.word(state.spf), dkim: Self.word(state.dkim), dmarc: Self.word(state.dmarc),
            alignment: Self.word(state.alignment))
        convergedAt = state.convergedAt?.formatted(.iso8601)
        waitingFor = state.waitingFor
        waitingForAgents = state.waitingForAgents
        findings = state.findings.map {
            Finding(
                code: $0.code.rawValue, severity: $0.severity.rawValue, summary: $0.summary, detail: $0.detail,
                help: $0.help)
        }
    }

    private static func detail(_ state: DomainState) -> String {
        let wanted: Reconcile.Finding.Severity
        switch state.status {
        case .aligned:
            return state.sends
                ? "a message that \(state.domain) sends now passes what is required of it"
                : "\(state.domain) is parked, as declared: nothing that says it is from there passes"
        case .propagating:
            if let first = state.waitingFor.first { return "waiting: \(first)" + more(state.waitingFor.count - 1) }
            wanted = .pending
        case .misaligned: wanted = .misaligned
        case .unknown: wanted = .unknown
        }
        let findings = state.findings.filter { $0.severity == wanted }
        guard let first = findings.first else { return "\(state.domain) is \(state.status.rawValue)" }
        return "\(first.summary): \(first.detail)" + more(findings.count - 1)
    }

    private static func more(_ count: Int) -> String { count > 0 ? " (and \(count) more)" : "" }

    static var verdicts: [String] { DomainState.Verdict.allCases.map(word) }

    /// As in the command line's JSON.
    private static func word(_ verdict: DomainState.Verdict) -> String {
        switch verdict {
        case .pass, .fail, .unknown: verdict.rawValue
        case .notRequired: "not_required"
        }
    }
}

/// The domains that are declared.
struct DomainListAnswer: Encodable {
    struct Domain: Encodable {
        var domain: String
        var sends: Bool
        var dmarcPolicy: String?

        enum CodingKeys: String, CodingKey {
            case domain, sends
            case dmarcPolicy = "dmarc_policy"
        }
    }

    var domains: [Domain]

    init(_ declarations: [DomainDeclaration]) {
        domains = declarations.map {
            Domain(domain: $0.name.text, sends: $0.sends, dmarcPolicy: $0.dmarc?.record.policy.rawValue)
        }
    }
}
