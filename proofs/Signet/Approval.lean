prelude
import Signet.Gate
set_option autoImplicit false
set_option genSizeOf false
set_option genInjectivity false

/-!
An approval's life, and what it tells the gate. The names are those of the Swift sources, `Sources/SendGate/Approvals`;
`scripts/prove` holds every row of Swift's tables against `step` and `finding`.
-/

namespace Approval

inductive State | pending | approved | in_flight | used | denied | expired | voided

/-- Whether an attempt to send is the one that has claimed the approval. -/
inductive Claimant | holder | other

inductive Event
  | approve | deny | expire | edit | claim
  | fail (c : Claimant)
  | accept (c : Claimant)

inductive Effect | none | authorise

structure Outcome where
  state : State
  effect : Effect

/-- The next state and what follows from it. -/
def step : State → Event → Outcome
  | .pending, .approve => { state := .approved, effect := .none }
  | .pending, .deny => { state := .denied, effect := .none }
  | .pending, .expire => { state := .expired, effect := .none }
  | .pending, .edit => { state := .voided, effect := .none }
  | .approved, .deny => { state := .denied, effect := .none }
  | .approved, .expire => { state := .expired, effect := .none }
  | .approved, .edit => { state := .voided, effect := .none }
  | .approved, .claim => { state := .in_flight, effect := .authorise }
  | .in_flight, .fail .holder => { state := .approved, effect := .none }
  | .in_flight, .accept .holder => { state := .used, effect := .none }
  | state, _ => { state := state, effect := .none }

/-! ## What a record tells the gate -/

inductive Message | same | other
inductive Attempt | own | other
inductive Statement | trusted | untrusted
inductive Time | open | over

structure Evidence where
  message : Message
  state : State
  attempt : Attempt
  statement : Statement
  answering : Time
  validity : Time

/-- Of a yes that may be used by the attempt that asks. -/
def ofYes : Statement → Time → Gate.Approval
  | .untrusted, _ => .untrusted
  | .trusted, .open => .matching
  | .trusted, .over => .expired

def ofState : State → Attempt → Statement → Time → Time → Gate.Approval
  | .pending, _, _, .open, _ => .pending
  | .pending, _, _, .over, _ => .expired
  | .denied, _, _, _, _ => .denied
  | .expired, _, _, _, _ => .expired
  | .voided, _, _, _, _ => .mismatched
  | .used, _, _, _, _ => .used
  | .in_flight, .other, _, _, _ => .used
  | .in_flight, .own, statement, _, validity => ofYes statement validity
  | .approved, _, statement, _, validity => ofYes statement validity

def ofMessage : Message → Gate.Approval → Gate.Approval
  | .other, _ => .mismatched
  | .same, finding => finding

def finding (e : Evidence) : Gate.Approval :=
  ofMessage e.message (ofState e.state e.attempt e.statement e.answering e.validity)

end Approval
