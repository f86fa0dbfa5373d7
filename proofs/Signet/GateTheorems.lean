prelude
import Signet.Gate
set_option autoImplicit false
set_option genSizeOf false
set_option genInjectivity false

/-!
What PRODUCT.md §6 promises of the gate, for all facts. Each theorem is stated in full, so that it can be read without
its proof; `scripts/prove` checks that none rests on an axiom.
-/

namespace Gate

/-- The message leaves. -/
def Decision.Released : Decision → Prop
  | .release _ => True
  | .stop _ => False

def Ruling.Passes : Ruling → Prop
  | .pass => True
  | .stop _ => False

/-! ## One rule after the other -/

/-- What follows a rule is released only where the rule lets it pass, and only if the rest releases it. -/
theorem of_andThen : (ruling : Ruling) → (rest : Decision) → (ruling.andThen rest).Released →
    And ruling.Passes rest.Released
  | .pass, _, h => And.intro True.intro h
  | .stop _, _, h => False.elim h

theorem log_passes : (x : Log) → (logRule x).Passes → Eq x .writable
  | .writable, _ => Eq.refl
  | .not_writable, h => False.elim h

theorem registration_passes : (x : Registration) → (registrationRule x).Passes → Eq x .registered
  | .registered, _ => Eq.refl
  | .unregistered, h => False.elim h
  | .revoked, h => False.elim h

theorem sender_passes : (x : Sender) → (senderRule x).Passes → Eq x .own
  | .own, _ => Eq.refl
  | .foreign, h => False.elim h

theorem recipients_pass (x : Recipients) (h : (recipientsRule x).Passes) : Not (Eq x .blocked) :=
  fun e => Eq.ndrec (motive := fun x => (recipientsRule x).Passes) h e

theorem limits_pass : (x : Limits) → (limitsRule x).Passes → Eq x .within
  | .within, _ => Eq.refl
  | .exceeded, h => False.elim h

/-- There is an effective mode, and it is not `read_only`. -/
def Effective.Sends : Effective → Prop
  | .tooLoose => False
  | .mode .read_only => False
  | .mode _ => True

theorem mode_passes : (x : Effective) → (modeRule x).Passes → x.Sends
  | .tooLoose, h => False.elim h
  | .mode .read_only, h => False.elim h
  | .mode .gated_all, _ => True.intro
  | .mode .gated_send, _ => True.intro
  | .mode .monitored, _ => True.intro
  | .mode .autonomous, _ => True.intro

theorem denial_passes (x : Approval) (h : (denialRule x).Passes) : Not (Eq x .denied) :=
  fun e => Eq.ndrec (motive := fun x => (denialRule x).Passes) h e

theorem convergence_passes : (x : Convergence) → (convergenceRule x).Passes → Eq x .converged
  | .converged, _ => Eq.refl
  | .not_converged, h => False.elim h
  | .unknown, h => False.elim h

theorem alignment_passes : (x : Alignment) → (alignmentRule x).Passes → Eq x .aligned
  | .aligned, _ => Eq.refl
  | .misaligned, h => False.elim h
  | .stale, h => False.elim h
  | .unknown, h => False.elim h

/-! ## Released, therefore … -/

/-- Everything that holds of a message that leaves, whatever the mode. -/
structure Sound (f : Facts) : Prop where
  logged : Eq f.log .writable
  registered : Eq f.registration .registered
  sender : Eq f.sender .own
  recipients : Not (Eq f.recipients .blocked)
  limits : Eq f.limits .within
  mode : (effective f.declared f.requested).Sends
  notDenied : Not (Eq f.approval .denied)
  converged : Eq f.convergence .converged
  aligned : Eq f.alignment .aligned

/-- What the mode said, once every rule had let the message pass. -/
abbrev Facts.byMode (f : Facts) : Decision :=
  Gate.byMode f.recipients f.approval f.copy (effective f.declared f.requested)

theorem sound_and_mode (f : Facts) (h : (decide f).Released) : And (Sound f) f.byMode.Released :=
  have log := of_andThen _ _ h
  have registration := of_andThen _ _ log.right
  have sender := of_andThen _ _ registration.right
  have recipients := of_andThen _ _ sender.right
  have limits := of_andThen _ _ recipients.right
  have mode := of_andThen _ _ limits.right
  have denial := of_andThen _ _ mode.right
  have convergence := of_andThen _ _ denial.right
  have alignment := of_andThen _ _ convergence.right
  And.intro {
    logged := log_passes _ log.left
    registered := registration_passes _ registration.left
    sender := sender_passes _ sender.left
    recipients := recipients_pass _ recipients.left
    limits := limits_pass _ limits.left
    mode := mode_passes _ mode.left
    notDenied := denial_passes _ denial.left
    converged := convergence_passes _ convergence.left
    aligned := alignment_passes _ alignment.left
  } alignment.right

/-- Released: aligned, converged, registered (so not revoked), as itself, to nobody blocked, within its limits, logged,
in a mode that sends, and without a no. -/
theorem released_is_sound (f : Facts) (h : (decide f).Released) : Sound f := (sound_and_mode f h).left

theorem released_is_aligned (f : Facts) (h : (decide f).Released) : Eq f.alignment .aligned :=
  (released_is_sound f h).aligned

theorem released_is_registered (f : Facts) (h : (decide f).Released) : Eq f.registration .registered :=
  (released_is_sound f h).registered

/-- A revoked agent never sends. -/
theorem released_is_not_revoked (f : Facts) (h : (decide f).Released) : Not (Eq f.registration .revoked) :=
  fun revoked =>
    have impossible : Eq Registration.registered .revoked := (released_is_registered f h).symm.trans revoked
    Eq.ndrec (a := Registration.registered) (motive := fun x => (registrationRule x).Passes) True.intro impossible

/-- Nothing leaves that the log cannot record. -/
theorem released_is_logged (f : Facts) (h : (decide f).Released) : Eq f.log .writable :=
  (released_is_sound f h).logged

/-! ## Gated, therefore … -/

/-- A mode under which this message waits for a person. -/
def Gated (recipients : Recipients) : Effective → Prop
  | .mode .gated_all => True
  | .mode .gated_send => Not (Eq recipients .all_allowed)
  | _ => False

theorem byApproval_needs_matching : (x : Approval) → (byApproval x).Released → Eq x .matching
  | .matching, _ => Eq.refl
  | .none, h => False.elim h
  | .pending, h => False.elim h
  | .mismatched, h => False.elim h
  | .expired, h => False.elim h
  | .used, h => False.elim h
  | .denied, h => False.elim h
  | .untrusted, h => False.elim h
  | .unknown, h => False.elim h

theorem gated_mode_needs_matching : (m : Effective) → (r : Recipients) → (a : Approval) → (c : Copy) → Gated r m →
    (byMode r a c m).Released → Eq a .matching
  | .mode .gated_all, _, a, _, _, h => byApproval_needs_matching a h
  | .mode .gated_send, .all_allowed, _, _, g, _ => False.elim (g Eq.refl)
  | .mode .gated_send, .some_not_allowed, a, _, _, h => byApproval_needs_matching a h
  | .mode .gated_send, .blocked, a, _, _, h => byApproval_needs_matching a h
  | .mode .read_only, _, _, _, g, _ => False.elim g
  | .mode .monitored, _, _, _, g, _ => False.elim g
  | .mode .autonomous, _, _, _, g, _ => False.elim g
  | .tooLoose, _, _, _, g, _ => False.elim g

/-- A gated message leaves only with a matching approval; `Approval.lean` says what `matching` takes. -/
theorem gated_released_needs_matching (f : Facts) (g : Gated f.recipients (effective f.declared f.requested))
    (h : (decide f).Released) : Eq f.approval .matching :=
  gated_mode_needs_matching _ _ _ _ g (sound_and_mode f h).right

/-! ## Released as the mode says -/

theorem andThen_of_released : (x : Ruling) → (rest : Decision) → (x.andThen rest).Released → Eq (x.andThen rest) rest
  | .pass, _, _ => Eq.refl
  | .stop _, _, h => False.elim h

theorem released_by_mode (f : Facts) (h : (decide f).Released) : Eq (decide f) f.byMode :=
  have log := of_andThen _ _ h
  have registration := of_andThen _ _ log.right
  have sender := of_andThen _ _ registration.right
  have recipients := of_andThen _ _ sender.right
  have limits := of_andThen _ _ recipients.right
  have mode := of_andThen _ _ limits.right
  have denial := of_andThen _ _ mode.right
  have convergence := of_andThen _ _ denial.right
  (andThen_of_released _ _ h).trans (
  (andThen_of_released _ _ log.right).trans (
  (andThen_of_released _ _ registration.right).trans (
  (andThen_of_released _ _ sender.right).trans (
  (andThen_of_released _ _ recipients.right).trans (
  (andThen_of_released _ _ limits.right).trans (
  (andThen_of_released _ _ mode.right).trans (
  (andThen_of_released _ _ denial.right).trans (
   andThen_of_released _ _ convergence.right))))))))

/-- The copy can be made, and is. -/
structure Copied (f : Facts) : Prop where
  possible : Eq f.copy .possible
  made : Eq (decide f) (.release .with_copy)

theorem monitored_by_mode (r : Recipients) (a : Approval) : (c : Copy) → (byMode r a c (.mode .monitored)).Released →
    And (Eq c .possible) (Eq (byMode r a c (.mode .monitored)) (.release .with_copy))
  | .possible, _ => And.intro Eq.refl Eq.refl
  | .impossible, h => False.elim h

/-- A monitored message leaves with its copy or not at all. -/
theorem monitored_released_is_copied (f : Facts) (m : Eq (effective f.declared f.requested) (.mode .monitored))
    (h : (decide f).Released) : Copied f :=
  have released : (byMode f.recipients f.approval f.copy (.mode .monitored)).Released :=
    Eq.ndrec (motive := fun m => (byMode f.recipients f.approval f.copy m).Released) (sound_and_mode f h).right m
  have both := monitored_by_mode _ _ _ released
  have same : Eq f.byMode (byMode f.recipients f.approval f.copy (.mode .monitored)) :=
    Eq.ndrec (motive := fun m => Eq f.byMode (byMode f.recipients f.approval f.copy m)) Eq.refl m
  { possible := both.left, made := (released_by_mode f h).trans (same.trans both.right) }

theorem byApproval_releases_by_approval : (x : Approval) → (byApproval x).Released →
    Eq (byApproval x) (.release .by_approval)
  | .matching, _ => Eq.refl
  | .none, h => False.elim h
  | .pending, h => False.elim h
  | .mismatched, h => False.elim h
  | .expired, h => False.elim h
  | .used, h => False.elim h
  | .denied, h => False.elim h
  | .untrusted, h => False.elim h
  | .unknown, h => False.elim h

theorem gated_mode_by_approval : (m : Effective) → (r : Recipients) → (a : Approval) → (c : Copy) → Gated r m →
    (byMode r a c m).Released → Eq (byMode r a c m) (.release .by_approval)
  | .mode .gated_all, _, a, _, _, h => byApproval_releases_by_approval a h
  | .mode .gated_send, .all_allowed, _, _, g, _ => False.elim (g Eq.refl)
  | .mode .gated_send, .some_not_allowed, a, _, _, h => byApproval_releases_by_approval a h
  | .mode .gated_send, .blocked, a, _, _, h => byApproval_releases_by_approval a h
  | .mode .read_only, _, _, _, g, _ => False.elim g
  | .mode .monitored, _, _, _, g, _ => False.elim g
  | .mode .autonomous, _, _, _, g, _ => False.elim g
  | .tooLoose, _, _, _, g, _ => False.elim g

/-- A gated message leaves by its approval: as the kind of release that `Gate.open` wants the claim for. -/
theorem gated_released_by_approval (f : Facts) (g : Gated f.recipients (effective f.declared f.requested))
    (h : (decide f).Released) : Eq (decide f) (.release .by_approval) :=
  (released_by_mode f h).trans (gated_mode_by_approval _ _ _ _ g (sound_and_mode f h).right)

/-! ## A request never loosens -/

def Effective.NotLooserThan (declared : Mode) : Effective → Prop
  | .tooLoose => True
  | .mode m => Eq (looser m declared) .false

theorem not_looser_than_itself : (m : Mode) → Eq (looser m m) .false
  | .read_only => Eq.refl
  | .gated_all => Eq.refl
  | .gated_send => Eq.refl
  | .monitored => Eq.refl
  | .autonomous => Eq.refl

theorem unlessLooser_is_not_looser (declared asked : Mode) : (unlessLooser declared asked).NotLooserThan declared :=
  have go : (b : Bool) → Eq (looser asked declared) b →
      Effective.NotLooserThan declared (match b with | .true => .tooLoose | .false => .mode asked)
    | .true, _ => True.intro
    | .false, h => h
  go _ Eq.refl

/-- The mode that a message is sent under is never looser than the declared one. -/
theorem effective_is_not_looser (declared : Mode) : (requested : Requested) →
    (effective declared requested).NotLooserThan declared
  | .unspecified => not_looser_than_itself declared
  | .read_only => unlessLooser_is_not_looser declared .read_only
  | .gated_all => unlessLooser_is_not_looser declared .gated_all
  | .gated_send => unlessLooser_is_not_looser declared .gated_send
  | .monitored => unlessLooser_is_not_looser declared .monitored
  | .autonomous => unlessLooser_is_not_looser declared .autonomous

/-! ## The gate does open

So that the theorems above are not true only because nothing is ever released. -/

def fine (declared : Mode) (approval : Approval) : Facts where
  log := .writable
  registration := .registered
  sender := .own
  recipients := .some_not_allowed
  limits := .within
  convergence := .converged
  alignment := .aligned
  declared := declared
  requested := .unspecified
  approval := approval
  copy := .possible

theorem autonomous_opens : Eq (decide (fine .autonomous .none)) (.release .plain) := Eq.refl
theorem monitored_opens : Eq (decide (fine .monitored .none)) (.release .with_copy) := Eq.refl
theorem gated_send_opens : Eq (decide (fine .gated_send .matching)) (.release .by_approval) := Eq.refl
theorem gated_all_opens : Eq (decide (fine .gated_all .matching)) (.release .by_approval) := Eq.refl

end Gate
