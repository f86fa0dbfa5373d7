import MailAuth
import Operations
import Reconcile

/// From a report to an exit code: the rules of PRODUCT §3 in one place.
extension ExitStatus {
    /// Of `plan` and `drift`. What could not be observed in full is an error. With `--exit-code` changes come next, then
    /// what no change can mend.
    init(_ plan: Plan, tellsDifferences: Bool) {
        if plan.isIncomplete {
            self = .error
        } else if !tellsDifferences {
            self = .done
        } else if !plan.isEmpty {
            self = .differences
        } else if plan.findings.contains(where: { $0.severity == .misaligned }) {
            self = .misaligned
        } else if plan.findings.contains(where: { $0.severity == .pending }) {
            self = .notConverged
        } else {
            self = .done
        }
    }

    /// The worst of all domains: misaligned, then not observable, then not everywhere yet.
    init(_ states: [DomainState]) {
        if states.contains(where: { $0.status == .misaligned }) {
            self = .misaligned
        } else if states.contains(where: { $0.status == .unknown }) {
            self = .error
        } else if states.contains(where: {
            $0.status == .propagating || !$0.waitingForKeys.isEmpty || !$0.waitingForAgents.isEmpty
        }) {
            self = .notConverged
        } else {
            self = .done
        }
    }

    /// For `mail verify`: whether a receiver would take the message for its author's.
    init(_ report: MailVerifyReport) {
        self =
            switch report.verdict.dmarc.verdict {
            case .pass: .done
            case .fail, .none, .permerror: .misaligned
            case .temperror: .error
            }
    }

    init(_ report: ApplyReport) {
        if report.failures > 0 {
            self = .error
        } else if report.outcomes.contains(.waiting), !report.plan.isIncomplete,
            report.domains.allSatisfy({ $0.status != .unknown && $0.status != .misaligned })
        {
            self = .notConverged
        } else if !report.domains.isEmpty, ExitStatus(report.domains) != .done {
            self = ExitStatus(report.domains)
        } else if report.plan.isIncomplete {
            self = .error
        } else if report.domains.isEmpty, report.outcomes.contains(where: \.isHandedOver) {
            self = .notConverged
        } else {
            self = .done
        }
    }

    init(_ error: OperationError) {
        // What is stored is tried again, as one that was deferred.
        if case .unfinished = error { self = .notConverged } else { self = .error }
    }

    /// A message's identity: whatever is not valid is misaligned, but for what could not be asked.
    init(_ report: IdentityReport) {
        switch report.result?.verdict {
        case .valid: self = .done
        case .temperror: self = .error
        case .claimsValidBodyAltered, .legacyOnly, .expired, .revoked, .replaySuspected, .fail, nil: self = .misaligned
        }
    }
}

extension ChangeOutcome {
    /// Somebody has to publish it by hand.
    var isHandedOver: Bool {
        if case .handedOver = self { true } else { false }
    }
}
