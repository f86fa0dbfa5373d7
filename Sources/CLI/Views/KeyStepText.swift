import FoundationEssentials
import Keys
import Operations
import Reconcile

/// What a key comes to next, in each of the three forms.
enum KeyStepText {
    /// `rotated from 2026-12-01T00:00:00Z`, `signs once it has converged`.
    static func text(_ key: KeySummary) -> String {
        guard let next = key.next else { return "" }
        if key.isNextDue { return "\(done(next.kind)) by the next apply" }
        if let dueAt = next.dueAt { return "\(done(next.kind)) from \(dueAt.formatted(.iso8601))" }
        switch next.kind {
        case .sign: return "signs once it has converged"
        case .retire: return "retires once the next one has converged"
        case .publish, .rotate, .revoke, .remove: return "\(done(next.kind)) by the next apply"
        }
    }

    static func done(_ kind: KeyStep.Kind) -> String {
        switch kind {
        case .publish: "published"
        case .sign: "signing"
        case .rotate: "rotated"
        case .retire: "retired"
        case .revoke: "marked as revoked"
        case .remove: "removed"
        }
    }

    static func json(_ step: KeyStep?) -> JSONValue {
        guard let step else { return .null }
        return ["step": .string(step.kind.rawValue), "due_at": JSONValue(step.dueAt?.formatted(.iso8601))]
    }

    /// Of what drift has found, for a person: the first step, and how many there are.
    static func summary(_ upcoming: [UpcomingKeyStep]) -> String? {
        guard let first = upcoming.first, let dueAt = first.step.dueAt else { return nil }
        let others = upcoming.count - 1
        return "\(first.key) is \(done(first.step.kind)) from \(dueAt.formatted(.iso8601))"
            + (others > 0 ? ", and \(others) more later: `signet keys`" : "")
    }
}
