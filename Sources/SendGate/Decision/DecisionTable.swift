import Manifest

/// The gate's and the approvals' rules as data: every combination of what they know, with what they say.
///
/// `signet gate-table` prints it, `scripts/prove` checks each row of it against the model in `proofs/`.
package struct DecisionTable: Sendable {
    package struct Axis: Sendable, Equatable {
        package var name: String
        package var values: [String]
    }

    package var name: String
    package var axes: [Axis]
    /// One code for each row; the last axis moves fastest.
    package var results: [String]

    package static var all: [DecisionTable] { [gate, evidence, life] }

    /// Every combination of `GateFacts`.
    package static var gate: DecisionTable {
        DecisionTable(
            name: "gate",
            axes: [
                Axis("log", GateFacts.Log.self), Axis("registration", GateFacts.Registration.self),
                Axis("sender", GateFacts.SenderAddress.self), Axis("recipients", GateFacts.Recipients.self),
                Axis("limits", GateFacts.Limits.self), Axis("convergence", GateFacts.Convergence.self),
                Axis("alignment", GateFacts.Alignment.self), Axis("declared", OversightMode.self),
                Axis("requested", GateFacts.RequestedMode.self), Axis("approval", GateFacts.Approval.self),
                Axis("copy", GateFacts.OversightCopy.self),
            ],
            results: allFacts.map { Gate.decide($0).code })
    }

    /// Every combination of `ApprovalEvidence`.
    package static var evidence: DecisionTable {
        DecisionTable(
            name: "evidence",
            axes: [
                Axis("message", ApprovalEvidence.Message.self), Axis("state", ApprovalState.self),
                Axis("attempt", ApprovalEvidence.Attempt.self), Axis("statement", ApprovalEvidence.Statement.self),
                Axis("answering", ApprovalEvidence.Time.self), Axis("validity", ApprovalEvidence.Time.self),
            ],
            results: allEvidence.map(\.finding.rawValue))
    }

    /// Every state with every event.
    package static var life: DecisionTable {
        DecisionTable(
            name: "life",
            axes: [
                Axis("state", ApprovalState.self),
                Axis(name: "event", values: ApprovalEvent.allCases.map(\.code)),
            ],
            results: ApprovalState.allCases.flatMap { state in
                ApprovalEvent.allCases.map { event in
                    let next = ApprovalLife.step(state, event)
                    return "\(next.state.rawValue).\(next.effect.rawValue)"
                }
            })
    }

    /// In the order of the table's rows.
    package static var allFacts: [GateFacts] {
        var facts: [GateFacts] = []
        var all = Combinations()
        repeat {
            facts.append(
                GateFacts(
                    log: all.pick(), registration: all.pick(), sender: all.pick(), recipients: all.pick(),
                    limits: all.pick(), convergence: all.pick(), alignment: all.pick(), declaredMode: all.pick(),
                    requestedMode: all.pick(), approval: all.pick(), oversightCopy: all.pick()))
        } while all.advance()
        return facts
    }

    /// In the order of the table's rows.
    package static var allEvidence: [ApprovalEvidence] {
        var evidence: [ApprovalEvidence] = []
        var all = Combinations()
        repeat {
            evidence.append(
                ApprovalEvidence(
                    message: all.pick(), state: all.pick(), attempt: all.pick(), statement: all.pick(),
                    answering: all.pick(), validity: all.pick()))
        } while all.advance()
        return evidence
    }
}

/// Counts through all combinations of what is picked, in the order of picking; the last pick moves fastest.
private struct Combinations {
    private var digits: [(value: Int, count: Int)] = []
    private var position = 0

    mutating func pick<Value: CaseIterable>() -> Value where Value.AllCases == [Value] {
        let values = Value.allCases
        if position == digits.count { digits.append((0, values.count)) }
        defer { position += 1 }
        return values[digits[position].value]
    }

    /// False after the last combination.
    mutating func advance() -> Bool {
        position = 0
        for index in digits.indices.reversed() {
            digits[index].value += 1
            if digits[index].value < digits[index].count { return true }
            digits[index].value = 0
        }
        return false
    }
}

extension DecisionTable.Axis {
    fileprivate init<Value: RawRepresentable<String> & CaseIterable>(_ name: String, _ values: Value.Type) {
        self.init(name: name, values: Value.allCases.map(\.rawValue))
    }
}
