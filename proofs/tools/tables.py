"""Swift's decision tables as Lean theorems.

A table is a function of a few axes, printed row by row. It is cut along its axes, in the order in which the model asks
for them, until all rows of a part say the same. Each part becomes one theorem, for all values of the axes that are still
open; together with the cuts they make one more, which says that table and model agree on every combination there is.
That no combination is left out is therefore the kernel's to see, not this program's.
"""
import itertools
import json
import math
import re
import subprocess
from typing import NamedTuple


class Table:
    """Rows of one name: `axes` as (name, values), one code a row, the last axis moving fastest."""

    def __init__(self, name, axes, codes):
        self.name, self.axes, self.codes = name, axes, codes

    @classmethod
    def read(cls, program):
        """The tables that `signet gate-table` prints."""
        answer = json.loads(
            subprocess.run([program, "gate-table", "--output", "json"], check=True, stdout=subprocess.PIPE).stdout)
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        tables = {}
        for table in answer["tables"]:
            axes = [(axis["name"], axis["values"]) for axis in table["axes"]]
            names = dict(zip(letters, table["codes"]))
            rows = [names[letter] for letter in table["rows"]]
            if len(rows) != math.prod(len(values) for _, values in axes):
                raise SystemExit(f"prove: table {table['name']} has {len(rows)} rows, which its axes do not make")
            tables[table["name"]] = cls(table["name"], axes, rows)
        return tables

    def combinations(self):
        """One dictionary from axis to value for each row, in their order."""
        names = [name for name, _ in self.axes]
        return (dict(zip(names, row)) for row in itertools.product(*(values for _, values in self.axes)))

    def changed(self, change):
        """The table of a changed rule: `change(row, code, of)` is the new code; `of(row)` is the unchanged rule."""
        indices = {name: {value: i for i, value in enumerate(values)} for name, values in self.axes}
        strides, stride = {}, 1
        for name, values in reversed(self.axes):
            strides[name], stride = stride, stride * len(values)

        def of(row):
            return self.codes[sum(indices[name][value] * strides[name] for name, value in row.items())]

        return Table(self.name, self.axes, [change(r, c, of) for r, c in zip(self.combinations(), self.codes)])


class Form:
    """How a table looks in Lean: each axis' type, the model's function, a code as its result."""

    def __init__(self, table, types, order, result_type, model, result):
        self.table, self.types, self.order = table, types, order
        self.result_type, self.model, self.result = result_type, model, result


def stop_or_release(code):
    verb, reason = code.split(".")
    return f"(.release .{reason})" if verb == "release" else f"(.stop .{verb}_{reason})"


FORMS = {
    "gate": Form(
        "gate",
        {"log": "Gate.Log", "registration": "Gate.Registration", "sender": "Gate.Sender",
         "recipients": "Gate.Recipients", "limits": "Gate.Limits", "convergence": "Gate.Convergence",
         "alignment": "Gate.Alignment", "declared": "Gate.Mode", "requested": "Gate.Requested",
         "approval": "Gate.Approval", "copy": "Gate.Copy"},
        ["log", "registration", "sender", "recipients", "limits", "declared", "requested", "approval", "convergence",
         "alignment", "copy"],
        "Gate.Decision",
        lambda of: "Gate.decide { " + ", ".join(f"{name} := {value}" for name, value in of.items()) + " }",
        stop_or_release),
    "evidence": Form(
        "evidence",
        {"message": "Approval.Message", "state": "Approval.State", "attempt": "Approval.Attempt",
         "statement": "Approval.Statement", "answering": "Approval.Time", "validity": "Approval.Time"},
        ["message", "state", "attempt", "statement", "answering", "validity"],
        "Gate.Approval",
        lambda of: "Approval.finding { " + ", ".join(f"{name} := {value}" for name, value in of.items()) + " }",
        lambda code: f".{code}"),
    "life": Form(
        "life",
        {"state": "Approval.State", "event": "Approval.Event"},
        ["state", "event"],
        "Approval.Outcome",
        lambda of: f"Approval.step {of['state']} {of['event']}",
        lambda code: "{{ state := .{}, effect := .{} }}".format(*code.split("."))),
}

# Values of an axis that are a constructor with an argument: `fail.holder` is `.fail .holder`.
INNER = {"Approval.Event": "Approval.Claimant"}


def term(value):
    return "." + value if "." not in value else "(.{} .{})".format(*value.split("."))


def constructors(sources):
    """The values of every enumeration of the model, by its full name, as its source lists them."""
    found = {}
    for text in sources:
        namespace = re.search(r"^namespace (\w+)", text, re.M).group(1)
        for name, body in re.findall(r"^inductive (\w+)((?:\s*\|\s*[^|\n]+)+)$", text, re.M):
            found[f"{namespace}.{name}"] = [part.split("(")[0].strip() for part in body.split("|")[1:]]
    return found


class Part(NamedTuple):
    """Rows that say the same: the theorem without its name, what they say, how many they are, the axes that are fixed."""
    statement: str
    result: str
    rows: int
    fixed: dict


class Theorems:
    """A table as theorems: one for each part, and one for the whole."""

    def __init__(self, table, model_values):
        self.table, self.form = table, FORMS[table.name]
        self.axes = dict(table.axes)
        if sorted(self.axes) != sorted(self.form.types):
            raise SystemExit(f"prove: table {table.name} has other axes than the model: {', '.join(self.axes)}")
        for name, values in table.axes:
            wanted = self.expected(self.form.types[name], model_values)
            if values != wanted:
                raise SystemExit(f"prove: axis {name} of table {table.name}: Swift has {values}, the model {wanted}")
        self.parts = []
        self.rows = self.reordered()
        self.tree = self.cut(0, 0, len(self.rows), {})

    @staticmethod
    def expected(type_name, model_values):
        values = []
        for value in model_values[type_name]:
            if value.split()[0] in ("fail", "accept") and type_name in INNER:
                values += [f"{value.split()[0]}.{inner}" for inner in model_values[INNER[type_name]]]
            else:
                values.append(value)
        return values

    def reordered(self):
        """The rows with their axes in the order in which they are cut, one letter each."""
        letters = {code: chr(i + 33) for i, code in enumerate(dict.fromkeys(self.table.codes))}
        self.code_of = {letter: code for code, letter in letters.items()}
        strides, stride = {}, 1
        for name, values in reversed(self.table.axes):
            strides[name], stride = stride, stride * len(values)
        offsets = [0]
        for name in self.form.order:
            offsets = [base + i * strides[name] for base in offsets for i in range(len(self.axes[name]))]
        return "".join(letters[self.table.codes[offset]] for offset in offsets)

    def cut(self, depth, start, end, fixed):
        first = self.rows[start]
        if self.rows.count(first, start, end) == end - start:
            result = self.form.result(self.code_of[first])
            self.parts.append(Part(self.statement(fixed, result), result, end - start, dict(fixed)))
            return len(self.parts) - 1
        name = self.form.order[depth]
        size = (end - start) // len(self.axes[name])
        return name, [
            self.cut(depth + 1, start + i * size, start + (i + 1) * size, {**fixed, name: value})
            for i, value in enumerate(self.axes[name])]

    def open_axes(self, fixed):
        return [name for name in self.axes if name not in fixed]

    def terms(self, fixed):
        return {name: term(fixed[name]) if name in fixed else name for name in self.axes}

    def statement(self, fixed, result):
        binders = "".join(f" ({name} : {self.form.types[name]})" for name in self.open_axes(fixed))
        return f"{binders} : Eq ({self.form.model(self.terms(fixed))}) {result} := Eq.refl"

    @property
    def prefix(self):
        return f"swift_{self.table.name}"

    def source(self, parts=None):
        """Lean text: the theorems of these parts; without any named, of all of them and of the whole."""
        lines = ["prelude", "import Signet.Approval", "set_option autoImplicit false",
                 "set_option maxRecDepth 4096", "set_option linter.unusedVariables false"]
        lines += [f"theorem {self.prefix}_{i}{self.parts[i].statement}" for i in parts or range(len(self.parts))]
        if parts is None:
            binders = " ".join(f"({name} : {self.form.types[name]})" for name in self.axes)
            free = self.terms({})
            lines += [
                f"def {self.prefix} {binders} : {self.form.result_type} :=",
                "  " + self.cases(self.tree, {}, lambda of: self.form.result_type, self.leaf_value),
                f"theorem {self.prefix}_is_proved {binders} :",
                f"    Eq ({self.form.model(free)}) ({self.prefix} {' '.join(free.values())}) :=",
                "  " + self.cases(self.tree, {}, self.equation, self.leaf_proof),
                f"#print axioms {self.prefix}_is_proved"]
        return "\n".join(lines) + "\n"

    def equation(self, of):
        return f"Eq ({self.form.model(of)}) ({self.prefix} {' '.join(of.values())})"

    def leaf_value(self, part, fixed):
        return self.parts[part].result

    def leaf_proof(self, part, fixed):
        return " ".join([f"({self.prefix}_{part}", *self.open_axes(fixed)]) + ")"

    def cases(self, node, fixed, motive, leaf):
        if isinstance(node, int):
            return leaf(node, fixed)
        name, children = node
        type_name, values = self.form.types[name], self.axes[name]

        def split(type_name, variable, wrap, branches):
            of = {**self.terms(fixed), name: wrap(variable)}
            return f"({type_name}.casesOn (motive := fun {variable} => {motive(of)}) {variable} {' '.join(branches)})"

        def branch(i):
            return self.cases(children[i], {**fixed, name: values[i]}, motive, leaf)

        branches, i = [], 0
        while i < len(values):
            if "." not in values[i]:
                branches.append(branch(i))
                i += 1
                continue
            outer = values[i].split(".")[0]
            count = sum(value.startswith(outer + ".") for value in values)
            inner = split(INNER[type_name], "c", lambda c, outer=outer: f"(.{outer} {c})",
                          [branch(i + k) for k in range(count)])
            branches.append(f"(fun c => {inner})")
            i += count
        return split(type_name, name, lambda v: v, branches)
