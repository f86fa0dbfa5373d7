"""What `scripts/prove` runs inside its environment: proofs, rows, mutants."""
import pathlib
import re
import shutil
import sys
import time

from lean import Lean
from mutants import MODEL, TABLES
from tables import Table, Theorems, constructors

PROOFS = pathlib.Path(__file__).resolve().parent.parent
WORK = PROOFS.parent / ".build-lean" / "work"
MODEL_MODULES = ["Foundations", "Gate", "Approval"]
THEOREM_MODULES = ["GateTheorems", "ApprovalTheorems"]

# PRODUCT.md §6, by the names of the theorems that say it. None may go missing.
PROMISED = {
    "Gate.released_is_aligned": "released: aligned",
    "Gate.released_is_registered": "released: registered",
    "Gate.released_is_not_revoked": "released: not revoked",
    "Gate.released_is_logged": "released: the log can record it",
    "Gate.released_is_sound": "released: all of these, converged, own address, nobody blocked, within limits, no no",
    "Gate.monitored_released_is_copied": "monitored: released with its copy or not at all",
    "Gate.effective_is_not_looser": "a request never loosens the mode",
    "Gate.gated_released_by_approval": "gated: released by its approval, for which the claim is wanted",
    "Approval.gated_released_needs_good": "gated: released only with a matching, unexpired, unused approval",
    "Approval.at_most_one_send": "one approval: at most one send, over every sequence of events",
    "Approval.authorised_only_when_approved": "a send is authorised by a claim on an approved request alone",
    "Approval.over_stays": "used, denied, expired, voided: for good",
}

# What could make a theorem say less than it seems to.
FORBIDDEN = re.compile(
    r"\b(sorry|sorryAx|admit|axiom|opaque|unsafe|partial|constant|extern|implemented_by|csimp|native_decide|ofReduceBool"
    r"|macro|macro_rules|notation|syntax|elab|initialize|builtin_\w+|debug\.\w+|run_cmd)\b|#eval|#exit|local instance")
# Lean wants these names where it compiles data types; a theorem that used one would be told by `#print axioms`.
ALLOWED_LINES = {f"unsafe axiom {name} : Type" for name in ("lcErased", "lcAny", "lcVoid")}
ALLOWED_OPTIONS = {"autoImplicit false", "genSizeOf false", "genInjectivity false",
                   "bootstrap.inductiveCheckResultingUniverse false"}


def fail(text):
    print(text, flush=True)
    sys.exit(1)


def section(name):
    print(f"== {name}", flush=True)


def source(module):
    return (PROOFS / "Signet" / f"{module}.lean").read_text()


def code(text):
    """Without comments."""
    return re.sub(r"--[^\n]*", "", re.sub(r"/-.*?-/", "", text, flags=re.S))


def check_words():
    for module in MODEL_MODULES + THEOREM_MODULES:
        for line in code(source(module)).splitlines():
            word = FORBIDDEN.search(line)
            if word and not (module == "Foundations" and line.strip() in ALLOWED_LINES):
                fail(f"proofs/Signet/{module}.lean: `{word.group()}` is not allowed: {line.strip()}")
            option = re.match(r"\s*set_option (.+?)(?: in)?\s*$", line)
            if option and option.group(1) not in ALLOWED_OPTIONS:
                fail(f"proofs/Signet/{module}.lean: this option is not allowed: {line.strip()}")


def theorem_names(modules):
    names = []
    for module in modules:
        text = code(source(module))
        namespace = re.search(r"^namespace (\w+)", text, re.M)
        prefix = namespace.group(1) + "." if namespace else ""
        names += [prefix + name for name in re.findall(r"^theorem ([\w.']+)", text, re.M)]
    return names


def compile_modules(lean, texts, modules):
    """The first module that Lean refuses, with what it says; None if it accepts all."""
    folder = lean.out / "Signet"
    folder.mkdir(parents=True, exist_ok=True)
    for module in modules:
        path = folder / f"{module}.lean"
        path.write_text(texts[module])
        accepted, said = lean.check(path, f"Signet.{module}")
        if not accepted:
            return module, said
    return None


def check_proofs(lean):
    section("proofs")
    check_words()
    modules = ["Foundations", "Gate", "GateTheorems", "Approval", "ApprovalTheorems"]
    refused = compile_modules(lean, {module: source(module) for module in modules}, modules)
    if refused:
        fail(f"Lean refuses proofs/Signet/{refused[0]}.lean:\n{refused[1]}")
    names = theorem_names(modules)
    missing = [name for name in PROMISED if name not in names]
    if missing:
        fail(f"missing: {', '.join(missing)}")
    path = lean.out / "Axioms.lean"
    path.write_text("prelude\nimport Signet.ApprovalTheorems\n" + "".join(f"#print axioms {name}\n" for name in names))
    accepted, said = lean.check(path)
    expected = [f"'{name}' does not depend on any axioms" for name in names]
    if not accepted or said.splitlines() != expected:
        odd = [line for line in said.splitlines() if line not in expected]
        fail("a theorem rests on an axiom, or is not there:\n" + "\n".join(odd))
    for name, meaning in PROMISED.items():
        print(f"  {meaning}  ({name})")
    print(f"{len(names)} theorems, {len(PROMISED)} of them promised; none rests on an axiom", flush=True)


def model_values():
    return constructors([source("Gate"), source("Approval")])


def check_rows(lean, tables):
    section("rows")
    accepted = {}
    for table in tables.values():
        start = time.monotonic()
        theorems = Theorems(table, model_values())
        covered = sum(part.rows for part in theorems.parts)
        path = lean.out / f"Swift_{table.name}.lean"
        path.write_text(theorems.source())
        holds, said = lean.check(path)
        whole = f"'{theorems.prefix}_is_proved' does not depend on any axioms"
        if not holds or said.strip() != whole:
            for number in re.findall(r"\.lean:(\d+):\d+: error", said)[:5]:
                line = path.read_text().splitlines()[int(number) - 1]
                part = re.match(rf"theorem {theorems.prefix}_(\d+)", line)
                if part:
                    wrong = theorems.parts[int(part.group(1))]
                    print(f"Swift departs from the model: {wrong.fixed} gives {wrong.result}")
            fail(f"Lean refuses the table {table.name} ({path}):\n{said[:4000]}")
        accepted[table.name] = {part.statement for part in theorems.parts}
        print(f"{table.name}: {covered} rows in {len(theorems.parts)} theorems, and one over all of them: accepted "
              f"({time.monotonic() - start:.1f} s)", flush=True)
    return accepted


def refuses_rows(lean, table, accepted):
    """Whether Lean refuses a row of this table that is not among those accepted already."""
    theorems = Theorems(table, model_values())
    new = [i for i, part in enumerate(theorems.parts) if part.statement not in accepted]
    # The smallest parts first: a change lies in one of them more often than not.
    new.sort(key=lambda i: theorems.parts[i].rows)
    for some in (new[:8], new[8:]):
        if not some:
            continue
        path = lean.out / "Mutant.lean"
        path.write_text(theorems.source(some))
        holds, said = lean.check(path)
        # Refused for what it says, not for how it is written.
        if not holds and "Type mismatch" in said:
            return True
    return False


def check_table_mutants(lean, tables, accepted):
    section("mutants of Swift's tables")
    missed = []
    count = 0
    for name, mutants in TABLES.items():
        for title, change in mutants:
            count += 1
            if not refuses_rows(lean, tables[name].changed(change), accepted[name]):
                missed.append(f"{name}: {title}")
    if missed:
        fail("not caught:\n  " + "\n  ".join(missed))
    print(f"{count} of {count} caught", flush=True)


def check_model_mutants(tables):
    section("mutants of the model")
    wrong = []
    by = {"theorem": 0, "row": 0}
    for module, old, new, expected in MODEL:
        title = f"{module}: {old!r} → {new!r}"
        out = WORK / "mutant"
        shutil.rmtree(out, ignore_errors=True)
        lean = Lean(out)
        texts = {name: source(name) for name in MODEL_MODULES + THEOREM_MODULES}
        if texts[module].count(old) != 1:
            wrong.append(f"{title}: the text stands there {texts[module].count(old)} times")
            continue
        texts[module] = texts[module].replace(old, new)
        refused = compile_modules(lean, texts, MODEL_MODULES)
        if refused:
            wrong.append(f"{title}: is no Lean: {refused[1].splitlines()[0]}")
            continue
        if compile_modules(lean, texts, THEOREM_MODULES):
            found = "theorem"
        else:
            name = "gate" if module == "Gate" else "life"
            found = "row" if refuses_rows(lean, tables[name], set()) else "nobody"
        if found == "nobody" or (expected == "theorem" and found != "theorem"):
            wrong.append(f"{title}: was to be caught by a {expected}, and was by {found}")
        else:
            by[found] += 1
    if wrong:
        fail("\n".join(wrong))
    print(f"{len(MODEL)} of {len(MODEL)} caught: {by['theorem']} by a theorem, {by['row']} by a row", flush=True)


def main():
    start = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    lean = Lean(WORK / "out")
    lean.out.mkdir(parents=True)
    check_proofs(lean)
    tables = Table.read(sys.argv[1])
    accepted = check_rows(lean, tables)
    check_table_mutants(lean, tables, accepted)
    check_model_mutants(tables)
    print(f"all proved ({time.monotonic() - start:.0f} s)")


main()
