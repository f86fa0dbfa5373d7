package import DNS

/// What became of one change of a plan.
package enum ChangeOutcome: Sendable, Equatable {
    case written
    /// The change had been made already: by a killed apply, or by somebody else.
    case alreadyThere
    case handedOver(instructions: String)
    /// An earlier stage has not converged yet: the next apply goes on.
    case waiting
    /// Something else stands there than the plan was made from: nothing was written.
    case conflict(found: RecordSet?)
    case failed(ProviderError)
    /// Not tried, because the lease was over.
    case notTried

    init(_ outcome: RecordSetWriteOutcome) {
        self =
            switch outcome {
            case .written: .written
            case .alreadyThere: .alreadyThere
            case .handedOver(let instructions): .handedOver(instructions: instructions)
            case .conflict(let found): .conflict(found: found)
            case .notPermitted: .notTried
            case .failed(let error): .failed(error)
            }
    }

    /// What the ledger is told; nil leaves the intent open, so that the next apply looks.
    var ledgerOutcome: LedgerEntry.Outcome? {
        switch self {
        case .written, .alreadyThere: .written
        case .handedOver: .handedOver
        case .conflict, .notTried, .waiting: .failed
        case .failed(let error): error.code == .unknownOutcome ? nil : .failed
        }
    }
}
