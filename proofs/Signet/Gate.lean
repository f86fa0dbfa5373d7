prelude
import Signet.Foundations
set_option autoImplicit false
set_option genSizeOf false
set_option genInjectivity false

/-!
The send gate: what it knows, what it can say, and its rules (PRODUCT.md §6). The names are those of the Swift sources,
`Sources/SendGate/Decision`; `scripts/prove` holds every row of the Swift gate's table against `Gate.decide`.
-/

namespace Gate

inductive Log | writable | not_writable
inductive Registration | registered | unregistered | revoked
inductive Sender | own | foreign
inductive Recipients | all_allowed | some_not_allowed | blocked
inductive Limits | within | exceeded
inductive Convergence | converged | not_converged | unknown
inductive Alignment | aligned | misaligned | stale | unknown
inductive Mode | read_only | gated_all | gated_send | monitored | autonomous
inductive Requested | unspecified | read_only | gated_all | gated_send | monitored | autonomous
inductive Approval | none | pending | matching | mismatched | expired | used | denied | untrusted | unknown
inductive Copy | possible | impossible

structure Facts where
  log : Log
  registration : Registration
  sender : Sender
  recipients : Recipients
  limits : Limits
  convergence : Convergence
  alignment : Alignment
  declared : Mode
  requested : Requested
  approval : Approval
  copy : Copy

inductive Release | plain | with_copy | by_approval

/-- Everything but a release. That no `Stop` lets a message go is a matter of its type. -/
inductive Stop
  | hold_approval_needed | hold_approval_pending | hold_approval_mismatched | hold_approval_expired
  | hold_approval_used | hold_approval_untrusted | hold_approval_unknown
  | defer_log_not_writable | defer_not_converged | defer_convergence_unknown | defer_alignment_unknown
  | observe_alignment_stale
  | refuse_agent_unregistered | refuse_agent_revoked | refuse_foreign_sender | refuse_recipient_blocked
  | refuse_limit_exceeded | refuse_misaligned | refuse_looser_mode | refuse_read_only | refuse_approval_denied
  | refuse_oversight_copy_impossible

inductive Decision
  | release (r : Release)
  | stop (s : Stop)

/-! ## Modes -/

/-- The first is looser than the second: it stands further down in `read_only, …, autonomous`. -/
def looser : Mode → Mode → Bool
  | .read_only, _ => .false
  | .gated_all, .read_only => .true
  | .gated_all, _ => .false
  | .gated_send, .read_only => .true
  | .gated_send, .gated_all => .true
  | .gated_send, _ => .false
  | .monitored, .monitored => .false
  | .monitored, .autonomous => .false
  | .monitored, _ => .true
  | .autonomous, .autonomous => .false
  | .autonomous, _ => .true

/-- The mode that a message is sent under, if there is one. -/
inductive Effective
  | tooLoose
  | mode (m : Mode)

/-- A request for a looser mode than the declared one is no request that can be followed. -/
def unlessLooser (declared asked : Mode) : Effective :=
  match looser asked declared with
    | .true => .tooLoose
    | .false => .mode asked

def effective (declared : Mode) : Requested → Effective
  | .unspecified => .mode declared
  | .read_only => unlessLooser declared .read_only
  | .gated_all => unlessLooser declared .gated_all
  | .gated_send => unlessLooser declared .gated_send
  | .monitored => unlessLooser declared .monitored
  | .autonomous => unlessLooser declared .autonomous

/-! ## Rules

Each rule looks at one fact and lets the message pass, or stops it. -/

inductive Ruling
  | pass
  | stop (s : Stop)

def logRule : Log → Ruling
  | .writable => .pass
  | .not_writable => .stop .defer_log_not_writable

def registrationRule : Registration → Ruling
  | .registered => .pass
  | .unregistered => .stop .refuse_agent_unregistered
  | .revoked => .stop .refuse_agent_revoked

def senderRule : Sender → Ruling
  | .own => .pass
  | .foreign => .stop .refuse_foreign_sender

def recipientsRule : Recipients → Ruling
  | .blocked => .stop .refuse_recipient_blocked
  | _ => .pass

def limitsRule : Limits → Ruling
  | .within => .pass
  | .exceeded => .stop .refuse_limit_exceeded

def modeRule : Effective → Ruling
  | .tooLoose => .stop .refuse_looser_mode
  | .mode .read_only => .stop .refuse_read_only
  | .mode _ => .pass

def denialRule : Approval → Ruling
  | .denied => .stop .refuse_approval_denied
  | _ => .pass

def convergenceRule : Convergence → Ruling
  | .converged => .pass
  | .not_converged => .stop .defer_not_converged
  | .unknown => .stop .defer_convergence_unknown

def alignmentRule : Alignment → Ruling
  | .aligned => .pass
  | .misaligned => .stop .refuse_misaligned
  | .stale => .stop .observe_alignment_stale
  | .unknown => .stop .defer_alignment_unknown

/-- What a mode that wants approval makes of the approval at hand. -/
def byApproval : Approval → Decision
  | .matching => .release .by_approval
  | .none => .stop .hold_approval_needed
  | .pending => .stop .hold_approval_pending
  | .mismatched => .stop .hold_approval_mismatched
  | .expired => .stop .hold_approval_expired
  | .used => .stop .hold_approval_used
  | .untrusted => .stop .hold_approval_untrusted
  | .unknown => .stop .hold_approval_unknown
  | .denied => .stop .refuse_approval_denied

/-- What the mode says of a message that no rule has stopped. -/
def byMode (recipients : Recipients) (approval : Approval) (copy : Copy) : Effective → Decision
  | .tooLoose => .stop .refuse_looser_mode
  | .mode .read_only => .stop .refuse_read_only
  | .mode .gated_all => byApproval approval
  | .mode .gated_send => match recipients with
    | .all_allowed => .release .plain
    | _ => byApproval approval
  | .mode .monitored => match copy with
    | .possible => .release .with_copy
    | .impossible => .stop .refuse_oversight_copy_impossible
  | .mode .autonomous => .release .plain

/-! ## The gate -/

/-- The first rule that stops a message decides; only where none does comes the rest. -/
def Ruling.andThen : Ruling → Decision → Decision
  | .pass, rest => rest
  | .stop s, _ => .stop s

def decide (f : Facts) : Decision :=
  (logRule f.log).andThen
  ((registrationRule f.registration).andThen
  ((senderRule f.sender).andThen
  ((recipientsRule f.recipients).andThen
  ((limitsRule f.limits).andThen
  ((modeRule (effective f.declared f.requested)).andThen
  ((denialRule f.approval).andThen
  ((convergenceRule f.convergence).andThen
  ((alignmentRule f.alignment).andThen
  (byMode f.recipients f.approval f.copy (effective f.declared f.requested))))))))))

end Gate
