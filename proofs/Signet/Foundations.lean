prelude
set_option autoImplicit false
set_option genSizeOf false
set_option genInjectivity false

/-!
What Lean's own library would bring, as far as these proofs use it. The checker that `scripts/prove` gets has Lean's
kernel and elaborator, and no library (proofs/README.md). Names and forms are those that Lean looks up when it compiles
a `match`. Nothing below is taken on trust by the proofs: `scripts/prove` asks the kernel what each theorem rests on.
-/

universe u v

-- Lean wants to know these when it compiles data types. No proof can use them: they are `unsafe`.
unsafe axiom lcErased : Type
unsafe axiom lcAny : Type
unsafe axiom lcVoid : Type

inductive False : Prop

inductive True : Prop
  | intro : True

def Not (a : Prop) : Prop := a → False

def False.elim {C : Sort u} (h : False) : C := False.rec (motive := fun _ => C) h

structure And (a b : Prop) : Prop where
  intro ::
  left : a
  right : b

inductive Or (a b : Prop) : Prop
  | inl (h : a) : Or a b
  | inr (h : b) : Or a b

set_option bootstrap.inductiveCheckResultingUniverse false in
inductive PUnit : Sort u
  | unit : PUnit

abbrev Unit : Type := PUnit

@[match_pattern] abbrev Unit.unit : Unit := PUnit.unit

structure PProd (α : Sort u) (β : Sort v) where
  fst : α
  snd : β

inductive Eq {α : Sort u} (a : α) : α → Prop
  | refl : Eq a a

abbrev Eq.ndrec.{u1, u2} {α : Sort u2} {a : α} {motive : α → Sort u1} (m : motive a) {b : α} (h : Eq a b) :
    motive b :=
  Eq.rec (motive := fun b _ => motive b) m h

theorem Eq.symm {α : Sort u} {a b : α} (h : Eq a b) : Eq b a := Eq.rec (motive := fun b _ => Eq b a) Eq.refl h

theorem Eq.trans {α : Sort u} {a b c : α} (h : Eq a b) (i : Eq b c) : Eq a c :=
  Eq.rec (motive := fun c _ => Eq a c) h i

abbrev cast {α β : Sort u} (h : Eq α β) (a : α) : β := Eq.rec (motive := fun α _ => α) a h

def id {α : Sort u} (a : α) : α := a

inductive HEq {α : Sort u} (a : α) : {β : Sort u} → β → Prop
  | refl : HEq a a

theorem eq_of_heq {α : Sort u} {a a' : α} (h : HEq a a') : Eq a a' :=
  have go : (α β : Sort u) → (a : α) → (b : β) → HEq a b → (h : Eq α β) → Eq (cast h a) b :=
    fun α _ a _ h₁ =>
      HEq.rec (motive := fun {β} b _ => (h : Eq α β) → Eq (cast h a) b) (fun _ => Eq.refl (a := a)) h₁
  go α α a a' h Eq.refl

theorem heq_of_eq {α : Sort u} {a a' : α} (h : Eq a a') : HEq a a' :=
  Eq.rec (motive := fun b _ => HEq a b) HEq.refl h

inductive Bool : Type
  | false | true

inductive List (α : Type u) : Type u
  | nil : List α
  | cons (head : α) (tail : List α) : List α

/-- Zero, one, two, …: the numbers that are counted with. -/
inductive Count : Type
  | zero
  | succ (n : Count)
