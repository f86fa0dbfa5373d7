prelude
import Signet.Approval
import Signet.GateTheorems
set_option autoImplicit false
set_option genSizeOf false
set_option genInjectivity false

/-!
What PRODUCT.md §6 promises of approvals: a gated message leaves only with a matching, unexpired, unused approval, and one
approval sends at most one message, whatever happens in whatever order.
-/

namespace Approval

/-! ## What `matching` takes -/

/-- The approval is free, or claimed by the very attempt that asks: nobody has used it. -/
def Unused : State → Attempt → Prop
  | .approved, _ => True
  | .in_flight, .own => True
  | _, _ => False

def IsMatching : Gate.Approval → Prop
  | .matching => True
  | _ => False

theorem message_of_matching : (m : Message) → (f : Gate.Approval) → IsMatching (ofMessage m f) →
    And (Eq m .same) (IsMatching f)
  | .same, _, h => And.intro Eq.refl h
  | .other, _, h => False.elim h

theorem yes_of_matching : (s : Statement) → (v : Time) → IsMatching (ofYes s v) →
    And (Eq s .trusted) (Eq v .open)
  | .trusted, .open, _ => And.intro Eq.refl Eq.refl
  | .trusted, .over, h => False.elim h
  | .untrusted, _, h => False.elim h

theorem state_of_matching : (x : State) → (a : Attempt) → (s : Statement) → (t v : Time) →
    IsMatching (ofState x a s t v) → And (Unused x a) (And (Eq s .trusted) (Eq v .open))
  | .approved, _, s, _, v, h => And.intro True.intro (yes_of_matching s v h)
  | .in_flight, .own, s, _, v, h => And.intro True.intro (yes_of_matching s v h)
  | .in_flight, .other, _, _, _, h => False.elim h
  | .pending, _, _, .open, _, h => False.elim h
  | .pending, _, _, .over, _, h => False.elim h
  | .used, _, _, _, _, h => False.elim h
  | .denied, _, _, _, _, h => False.elim h
  | .expired, _, _, _, _, h => False.elim h
  | .voided, _, _, _, _, h => False.elim h

/-- The approval of a gated message that leaves. -/
structure Good (e : Evidence) : Prop where
  /-- It names exactly this message. -/
  matching : Eq e.message .same
  /-- An eligible approver signed yes. -/
  trusted : Eq e.statement .trusted
  unexpired : Eq e.validity .open
  unused : Unused e.state e.attempt

theorem good_of_matching (e : Evidence) (h : IsMatching (finding e)) : Good e :=
  have message := message_of_matching _ _ h
  have state := state_of_matching _ _ _ _ _ message.right
  { matching := message.left, unused := state.left, trusted := state.right.left, unexpired := state.right.right }

/-- Gated and released: only with a matching, unexpired, unused approval. -/
theorem gated_released_needs_good (f : Gate.Facts) (e : Evidence) (known : Eq f.approval (finding e))
    (g : Gate.Gated f.recipients (Gate.effective f.declared f.requested)) (h : (Gate.decide f).Released) : Good e :=
  have matching : Eq (finding e) .matching := known.symm.trans (Gate.gated_released_needs_matching f g h)
  good_of_matching e (Eq.ndrec (a := Gate.Approval.matching) (motive := IsMatching) True.intro matching.symm)

/-! ## One approval, one send

`D` names attempts to send: any type at all, of any size. `same` compares two names. -/

/-- The attempt that has claimed the approval last. -/
inductive Holder (D : Type)
  | nobody
  | somebody (d : D)

/-- An approval with its history, as far as it matters: how many of the attempts that it authorised have not been found
to have failed (each of those may have sent the message), and how many were reported as accepted. -/
structure World (D : Type) where
  state : State
  holder : Holder D
  open_ : Count
  sent : Count

/-- What can happen, in any order and any number of times, from any number of processes. -/
inductive Happening (D : Type)
  | approve | deny | expire | edit
  | claim (d : D)
  | fail (d : D)
  | accept (d : D)

def claimant {D : Type} (same : D → D → Bool) : Holder D → D → Claimant
  | .nobody, _ => .other
  | .somebody h, d => match same h d with
    | .true => .holder
    | .false => .other

def claimed {D : Type} (w : World D) (d : D) : Outcome → World D
  | ⟨s, .authorise⟩ => { state := s, holder := .somebody d, open_ := .succ w.open_, sent := w.sent }
  | ⟨s, .none⟩ => { state := s, holder := w.holder, open_ := w.open_, sent := w.sent }

def less : Count → Count
  | .zero => .zero
  | .succ n => n

/-- A failure that is believed takes its attempt off; one that changes nothing doesn't. -/
def failed {D : Type} (w : World D) (c : Claimant) : World D :=
  { state := (step w.state (.fail c)).state
    holder := w.holder
    open_ := match w.state, c with
      | .in_flight, .holder => less w.open_
      | _, _ => w.open_
    sent := w.sent }

def accepted {D : Type} (w : World D) (c : Claimant) : World D :=
  { state := (step w.state (.accept c)).state
    holder := w.holder
    open_ := w.open_
    sent := match w.state, c with
      | .in_flight, .holder => .succ w.sent
      | _, _ => w.sent }

def move {D : Type} (w : World D) (e : Event) : World D :=
  { state := (step w.state e).state, holder := w.holder, open_ := w.open_, sent := w.sent }

def happen {D : Type} (same : D → D → Bool) (w : World D) : Happening D → World D
  | .approve => move w .approve
  | .deny => move w .deny
  | .expire => move w .expire
  | .edit => move w .edit
  | .claim d => claimed w d (step w.state .claim)
  | .fail d => failed w (claimant same w.holder d)
  | .accept d => accepted w (claimant same w.holder d)

noncomputable def run {D : Type} (same : D → D → Bool) (w : World D) (l : List (Happening D)) : World D :=
  List.rec (motive := fun _ => World D → World D) (fun w => w) (fun e _ rest w => rest (happen same w e)) l w

/-- A new request: nobody has claimed it, nothing was sent. -/
def fresh {D : Type} : World D := { state := .pending, holder := .nobody, open_ := .zero, sent := .zero }

def one : Count := .succ .zero

/-- What holds at every moment: an attempt is open while the approval is in flight and after it was used, and never two;
a message was reported as sent only when it is used, and never twice. -/
def Counts : State → Count → Count → Prop
  | .in_flight, n, s => And (Eq n one) (Eq s .zero)
  | .used, n, s => And (Eq n one) (Eq s one)
  | _, n, s => And (Eq n .zero) (Eq s .zero)

def Invariant {D : Type} (w : World D) : Prop := Counts w.state w.open_ w.sent

theorem move_keeps : (x : State) → (n s : Count) → Counts x n s → And (Counts (step x .approve).state n s)
    (And (Counts (step x .deny).state n s) (And (Counts (step x .expire).state n s) (Counts (step x .edit).state n s)))
  | .pending, _, _, h => And.intro h (And.intro h (And.intro h h))
  | .approved, _, _, h => And.intro h (And.intro h (And.intro h h))
  | .in_flight, _, _, h => And.intro h (And.intro h (And.intro h h))
  | .used, _, _, h => And.intro h (And.intro h (And.intro h h))
  | .denied, _, _, h => And.intro h (And.intro h (And.intro h h))
  | .expired, _, _, h => And.intro h (And.intro h (And.intro h h))
  | .voided, _, _, h => And.intro h (And.intro h (And.intro h h))

theorem succ_zero {n : Count} (h : Eq n .zero) : Eq (Count.succ n) one :=
  Eq.ndrec (motive := fun m => Eq (Count.succ m) one) Eq.refl h.symm

theorem claim_keeps {D : Type} (d : D) : (x : State) → (h : Holder D) → (n s : Count) → Counts x n s →
    Invariant (claimed { state := x, holder := h, open_ := n, sent := s } d (step x .claim))
  | .approved, _, _, _, i => And.intro (succ_zero i.left) i.right
  | .pending, _, _, _, i => i
  | .in_flight, _, _, _, i => i
  | .used, _, _, _, i => i
  | .denied, _, _, _, i => i
  | .expired, _, _, _, i => i
  | .voided, _, _, _, i => i

theorem fail_keeps {D : Type} : (x : State) → (c : Claimant) → (h : Holder D) → (n s : Count) → Counts x n s →
    Invariant (failed { state := x, holder := h, open_ := n, sent := s } c)
  | .in_flight, .holder, _, _, _, i =>
    And.intro (Eq.ndrec (a := one) (motive := fun m => Eq (less m) .zero) Eq.refl i.left.symm) i.right
  | .in_flight, .other, _, _, _, i => i
  | .pending, _, _, _, _, i => i
  | .approved, _, _, _, _, i => i
  | .used, _, _, _, _, i => i
  | .denied, _, _, _, _, i => i
  | .expired, _, _, _, _, i => i
  | .voided, _, _, _, _, i => i

theorem accept_keeps {D : Type} : (x : State) → (c : Claimant) → (h : Holder D) → (n s : Count) → Counts x n s →
    Invariant (accepted { state := x, holder := h, open_ := n, sent := s } c)
  | .in_flight, .holder, _, _, _, i => And.intro i.left (succ_zero i.right)
  | .in_flight, .other, _, _, _, i => i
  | .pending, _, _, _, _, i => i
  | .approved, _, _, _, _, i => i
  | .used, _, _, _, _, i => i
  | .denied, _, _, _, _, i => i
  | .expired, _, _, _, _, i => i
  | .voided, _, _, _, _, i => i

theorem happen_keeps {D : Type} (same : D → D → Bool) (w : World D) (i : Invariant w) : (e : Happening D) →
    Invariant (happen same w e)
  | .approve => (move_keeps _ _ _ i).left
  | .deny => (move_keeps _ _ _ i).right.left
  | .expire => (move_keeps _ _ _ i).right.right.left
  | .edit => (move_keeps _ _ _ i).right.right.right
  | .claim d => claim_keeps d w.state w.holder w.open_ w.sent i
  | .fail d => fail_keeps w.state (claimant same w.holder d) w.holder w.open_ w.sent i
  | .accept d => accept_keeps w.state (claimant same w.holder d) w.holder w.open_ w.sent i

theorem run_keeps {D : Type} (same : D → D → Bool) (l : List (Happening D)) : (w : World D) → Invariant w →
    Invariant (run same w l) :=
  List.rec (motive := fun l => (w : World D) → Invariant w → Invariant (run same w l)) (fun _ i => i)
    (fun e _ rest w i => rest (happen same w e) (happen_keeps same w i e)) l

/-- Zero or one. -/
def AtMostOne (n : Count) : Prop := Or (Eq n .zero) (Eq n one)

theorem at_most_one_open : (x : State) → (n s : Count) → Counts x n s → And (AtMostOne n) (AtMostOne s)
  | .in_flight, _, _, i => And.intro (Or.inr i.left) (Or.inl i.right)
  | .used, _, _, i => And.intro (Or.inr i.left) (Or.inr i.right)
  | .pending, _, _, i => And.intro (Or.inl i.left) (Or.inl i.right)
  | .approved, _, _, i => And.intro (Or.inl i.left) (Or.inl i.right)
  | .denied, _, _, i => And.intro (Or.inl i.left) (Or.inl i.right)
  | .expired, _, _, i => And.intro (Or.inl i.left) (Or.inl i.right)
  | .voided, _, _, i => And.intro (Or.inl i.left) (Or.inl i.right)

/-- One approval, at most one send: after any sequence of events at most one of the attempts that it authorised is not
known to have failed. Any others were certainly not accepted by the relay. -/
theorem at_most_one_send {D : Type} (same : D → D → Bool) (l : List (Happening D)) :
    AtMostOne (run same fresh l).open_ :=
  (at_most_one_open _ _ _ (run_keeps same l fresh (And.intro Eq.refl Eq.refl))).left

/-- Nor is more than one reported as sent. -/
theorem at_most_one_reported {D : Type} (same : D → D → Bool) (l : List (Happening D)) :
    AtMostOne (run same fresh l).sent :=
  (at_most_one_open _ _ _ (run_keeps same l fresh (And.intro Eq.refl Eq.refl))).right

/-! ## An end is an end -/

def Over : State → Prop
  | .used => True
  | .denied => True
  | .expired => True
  | .voided => True
  | _ => False

/-- From a state that is over nothing leads away. -/
theorem over_stays : (x : State) → (e : Event) → Over x → Eq (step x e) { state := x, effect := .none }
  | .used, _, _ => Eq.refl
  | .denied, _, _ => Eq.refl
  | .expired, _, _ => Eq.refl
  | .voided, _, _ => Eq.refl
  | .pending, _, o => False.elim o
  | .approved, _, o => False.elim o
  | .in_flight, _, o => False.elim o

def Authorises : Effect → Prop
  | .authorise => True
  | .none => False

/-- A send is authorised by a claim on an approved one, and by nothing else. -/
theorem authorised_only_when_approved : (x : State) → (e : Event) → Authorises (step x e).effect →
    And (Eq x .approved) (Eq e .claim)
  | .approved, .claim, _ => And.intro Eq.refl Eq.refl
  | .approved, .approve, h => False.elim h
  | .approved, .deny, h => False.elim h
  | .approved, .expire, h => False.elim h
  | .approved, .edit, h => False.elim h
  | .approved, .fail _, h => False.elim h
  | .approved, .accept _, h => False.elim h
  | .pending, .approve, h => False.elim h
  | .pending, .deny, h => False.elim h
  | .pending, .expire, h => False.elim h
  | .pending, .edit, h => False.elim h
  | .pending, .claim, h => False.elim h
  | .pending, .fail _, h => False.elim h
  | .pending, .accept _, h => False.elim h
  | .in_flight, .fail .holder, h => False.elim h
  | .in_flight, .fail .other, h => False.elim h
  | .in_flight, .accept .holder, h => False.elim h
  | .in_flight, .accept .other, h => False.elim h
  | .in_flight, .approve, h => False.elim h
  | .in_flight, .deny, h => False.elim h
  | .in_flight, .expire, h => False.elim h
  | .in_flight, .edit, h => False.elim h
  | .in_flight, .claim, h => False.elim h
  | .used, _, h => False.elim h
  | .denied, _, h => False.elim h
  | .expired, _, h => False.elim h
  | .voided, _, h => False.elim h

/-! ## It can be used

So that the theorems above are not true only because nothing ever happens. -/

def IsFalse : Bool → Prop
  | .false => True
  | .true => False

theorem an_approval_sends {D : Type} (d : D) (same : D → D → Bool) (self : Eq (same d d) .true) :
    Eq (run same fresh (.cons .approve (.cons (.claim d) (.cons (.accept d) .nil)))).sent one :=
  have go : (b : Bool) → Eq b .true → Eq (accepted (D := D)
      { state := .in_flight, holder := .somebody d, open_ := one, sent := .zero }
      (match b with | .true => .holder | .false => .other)).sent one
    | .true, _ => Eq.refl
    | .false, h => False.elim (Eq.ndrec (a := Bool.false) (motive := IsFalse) True.intro h)
  go _ self

end Approval
