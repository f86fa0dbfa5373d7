/// What the gate says to one message.
package enum GateDecision: Sendable, Equatable {
    case release, hold, deferred, refuse
}
