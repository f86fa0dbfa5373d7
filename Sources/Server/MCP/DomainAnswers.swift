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
    var isGateOpen: Bool
    var checks: Checks
    var convergedAt: String?
    var waitingFor: [String]
    var findings: [Finding]

    enum CodingKeys: String, CodingKey {
        case domain, status, checks, findings
        case isGateOpen = "gate_open"
        case convergedAt = "converged_at"
        case waitingFor = "waiting_for"
    }

    init(_ state: DomainState) {
        domain = state.domain.text
        status = state.status.rawValue
        isGateOpen = state.isGateOpen
        checks = Checks(
            spf: Self.word(state.spf), dkim: Self.word(state.dkim), dmarc: Self.word(state.dmarc),
            alignment: Self.word(state.alignment))
        convergedAt = state.convergedAt?.formatted(.iso8601)
        waitingFor = state.waitingFor
        findings = state.findings.map {
            Finding(
                code: $0.code.rawValue, severity: $0.severity.rawValue, summary: $0.summary, detail: $0.detail,
                help: $0.help)
        }
    }

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
