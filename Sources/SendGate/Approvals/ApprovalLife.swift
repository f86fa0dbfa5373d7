/// Where an approval is in its life.
///
/// ```
/// pending ─approve─▶ approved ─claim─▶ inFlight ─accept─▶ used
///    │                 │  ▲               │
///    │                 │  └─────fail──────┘
///    └─deny, expire, edit─┴─▶ denied, expired, voided
/// ```
package enum ApprovalState: String, Sendable, CaseIterable {
    case pending, approved
    /// An attempt to send has claimed it, and how that ended is not recorded yet.
    case inFlight = "in_flight"
    case used, denied, expired
    /// The message was edited after the request.
    case voided

    /// Whether an edit of the message voids it.
    package var isVoidable: Bool { ApprovalLife.step(self, .edit).state != self }
}

package enum ApprovalEvent: Sendable, Hashable, CaseIterable {
    /// An eligible approver signed yes, or no.
    case approve, deny
    /// The clock has passed the request's or the statement's end.
    case expire
    /// The message's digest is not the record's any more.
    case edit
    /// An attempt wants to send by it.
    case claim
    /// An attempt was certainly not accepted by the relay; or it was. `Claimant`: is it the one that claimed?
    case fail(Claimant)
    case accept(Claimant)

    package enum Claimant: String, Sendable, CaseIterable {
        case holder, other
    }

    package static let allCases: [ApprovalEvent] =
        [.approve, .deny, .expire, .edit, .claim] + Claimant.allCases.map(Self.fail)
        + Claimant.allCases.map(Self.accept)

    package var code: String {
        switch self {
        case .approve: "approve"
        case .deny: "deny"
        case .expire: "expire"
        case .edit: "edit"
        case .claim: "claim"
        case .fail(let claimant): "fail.\(claimant.rawValue)"
        case .accept(let claimant): "accept.\(claimant.rawValue)"
        }
    }
}

package enum ApprovalEffect: String, Sendable, CaseIterable {
    case none
    /// The attempt that claimed may send. The record names it from now on.
    case authorise
}

package enum ApprovalLife {
    /// The next state and what follows from it. Pure and total; an event that has no place in a state changes nothing.
    ///
    /// One approval, one send: `authorise` comes only from `approved`, which a claim leaves in the same step and to which
    /// only the failure of that very attempt leads back. `proofs/` proves it over every sequence of events.
    package static func step(
        _ state: ApprovalState, _ event: ApprovalEvent
    ) -> (state: ApprovalState, effect: ApprovalEffect) {
        switch (state, event) {
        case (.pending, .approve): (.approved, .none)
        // An approver may take a yes back as long as no attempt has claimed it.
        case (.pending, .deny), (.approved, .deny): (.denied, .none)
        case (.pending, .expire), (.approved, .expire): (.expired, .none)
        case (.pending, .edit), (.approved, .edit): (.voided, .none)
        case (.approved, .claim): (.inFlight, .authorise)
        case (.inFlight, .fail(.holder)): (.approved, .none)
        case (.inFlight, .accept(.holder)): (.used, .none)
        case (.pending, _), (.approved, _), (.inFlight, _), (.used, _), (.denied, _), (.expired, _), (.voided, _):
            (state, .none)
        }
    }
}
