"""Rules that are wrong in one point each. Every one of them must be caught; one that isn't shows a hole in the proofs.

Those of the tables are what Swift would print if one of its rules were wrong; Lean must refuse a row. Those of the model
are wrong proofs' subjects; Lean must refuse a theorem, or, where no theorem speaks of the point, a row of Swift's table.
"""


def takes(axis, wrong, right):
    """The rule takes one value of an axis for another."""
    def change(row, code, of):
        return of({**row, axis: right}) if row[axis] == wrong else code
    return f"{axis}: {wrong} is taken for {right}", change


def where(name, new, **facts):
    """The rule says `new` wherever these facts hold."""
    def change(row, code, of):
        return new if all(row[axis] == value for axis, value in facts.items()) else code
    return name, change


MODES = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"]


def looser_is_followed(row, code, of):
    return of({**row, "declared": row["requested"]}) if code == "refuse.looser_mode" else code


def looser_is_ignored(row, code, of):
    return of({**row, "requested": "unspecified"}) if code == "refuse.looser_mode" else code


def stricter_is_ignored(row, code, of):
    asked = row["requested"]
    if asked != "unspecified" and MODES.index(asked) < MODES.index(row["declared"]):
        return of({**row, "requested": "unspecified"})
    return code


def one_row(number):
    """A single row of all: the smallest change there is."""
    count = iter(range(10**9))

    def change(row, code, of):
        if next(count) != number:
            return code
        return "release.plain" if code != "release.plain" else "release.with_copy"
    return f"row {number} alone", change


TABLES = {
    "gate": [
        takes("log", "not_writable", "writable"),
        takes("registration", "unregistered", "registered"),
        takes("registration", "revoked", "registered"),
        takes("registration", "revoked", "unregistered"),
        takes("sender", "foreign", "own"),
        takes("recipients", "blocked", "some_not_allowed"),
        takes("recipients", "some_not_allowed", "all_allowed"),
        takes("recipients", "all_allowed", "some_not_allowed"),
        takes("limits", "exceeded", "within"),
        takes("convergence", "not_converged", "converged"),
        takes("convergence", "unknown", "converged"),
        takes("alignment", "misaligned", "aligned"),
        takes("alignment", "stale", "aligned"),
        takes("alignment", "unknown", "aligned"),
        takes("alignment", "misaligned", "stale"),
        takes("declared", "read_only", "gated_all"),
        takes("declared", "gated_all", "gated_send"),
        takes("declared", "gated_send", "monitored"),
        takes("declared", "monitored", "autonomous"),
        ("a request for a looser mode is followed", looser_is_followed),
        ("a request for a looser mode is ignored", looser_is_ignored),
        ("a request for a stricter mode is ignored", stricter_is_ignored),
        takes("approval", "none", "matching"),
        takes("approval", "pending", "matching"),
        takes("approval", "mismatched", "matching"),
        takes("approval", "expired", "matching"),
        takes("approval", "used", "matching"),
        takes("approval", "denied", "none"),
        takes("approval", "untrusted", "matching"),
        takes("approval", "unknown", "matching"),
        takes("copy", "impossible", "possible"),
        ("a copy is forgotten", lambda row, code, of: "release.plain" if code == "release.with_copy" else code),
        ("an approved message needs no claim",
         lambda row, code, of: "release.plain" if code == "release.by_approval" else code),
        ("a refusal becomes a deferral",
         lambda row, code, of: "defer.not_converged" if code == "refuse.misaligned" else code),
        one_row(0), one_row(123_457), one_row(400_009), one_row(466_559),
    ],
    "evidence": [
        takes("message", "other", "same"),
        takes("state", "pending", "approved"),
        takes("state", "used", "approved"),
        takes("state", "denied", "pending"),
        takes("state", "expired", "approved"),
        takes("state", "voided", "approved"),
        takes("attempt", "other", "own"),
        takes("statement", "untrusted", "trusted"),
        takes("answering", "over", "open"),
        takes("validity", "over", "open"),
    ],
    "life": [
        where("a used approval can be claimed", "in_flight.authorise", state="used", event="claim"),
        where("a claimed one can be claimed again", "in_flight.authorise", state="in_flight", event="claim"),
        where("a pending one can be claimed", "in_flight.authorise", state="pending", event="claim"),
        where("a denied one can be claimed", "in_flight.authorise", state="denied", event="claim"),
        where("a claim does not claim", "approved.authorise", state="approved", event="claim"),
        where("another's failure gives it back", "approved.none", state="in_flight", event="fail.other"),
        where("another's success uses it up", "used.none", state="in_flight", event="accept.other"),
        where("success gives it back", "approved.none", state="in_flight", event="accept.holder"),
        where("a late yes revives a used one", "approved.none", state="used", event="approve"),
        where("a late yes revives a denied one", "approved.none", state="denied", event="approve"),
        where("a late yes revives an expired one", "approved.none", state="expired", event="approve"),
        where("an edit voids nothing", "approved.none", state="approved", event="edit"),
        where("the clock ends nothing", "approved.none", state="approved", event="expire"),
        where("a no comes too late", "approved.none", state="approved", event="deny"),
        where("an edit frees a claimed one", "approved.none", state="in_flight", event="edit"),
    ],
}

# File, what stands there, what stands there instead, and who must see it: a theorem, or a row of Swift's table.
MODEL = [
    ("Gate", "| .not_writable => .stop .defer_log_not_writable", "| .not_writable => .pass", "theorem"),
    ("Gate", "| .unregistered => .stop .refuse_agent_unregistered", "| .unregistered => .pass", "theorem"),
    ("Gate", "| .revoked => .stop .refuse_agent_revoked", "| .revoked => .pass", "theorem"),
    ("Gate", "| .foreign => .stop .refuse_foreign_sender", "| .foreign => .pass", "theorem"),
    ("Gate", "| .blocked => .stop .refuse_recipient_blocked", "| .blocked => .pass", "theorem"),
    ("Gate", "| .exceeded => .stop .refuse_limit_exceeded", "| .exceeded => .pass", "theorem"),
    ("Gate", "| .tooLoose => .stop .refuse_looser_mode\n  | .mode .read_only => .stop .refuse_read_only\n  | .mode _",
     "| .tooLoose => .pass\n  | .mode .read_only => .stop .refuse_read_only\n  | .mode _", "theorem"),
    ("Gate", "| .mode .read_only => .stop .refuse_read_only\n  | .mode _ => .pass",
     "| .mode .read_only => .pass\n  | .mode _ => .pass", "theorem"),
    ("Gate", "| .denied => .stop .refuse_approval_denied\n  | _ => .pass", "| .denied => .pass\n  | _ => .pass", "theorem"),
    ("Gate", "| .not_converged => .stop .defer_not_converged", "| .not_converged => .pass", "theorem"),
    ("Gate", "| .unknown => .stop .defer_convergence_unknown", "| .unknown => .pass", "theorem"),
    ("Gate", "| .misaligned => .stop .refuse_misaligned", "| .misaligned => .pass", "theorem"),
    ("Gate", "| .stale => .stop .observe_alignment_stale", "| .stale => .pass", "theorem"),
    ("Gate", "| .unknown => .stop .defer_alignment_unknown", "| .unknown => .pass", "theorem"),
    ("Gate", "| .none => .stop .hold_approval_needed", "| .none => .release .by_approval", "theorem"),
    ("Gate", "| .pending => .stop .hold_approval_pending", "| .pending => .release .by_approval", "theorem"),
    ("Gate", "| .mismatched => .stop .hold_approval_mismatched", "| .mismatched => .release .by_approval", "theorem"),
    ("Gate", "| .expired => .stop .hold_approval_expired", "| .expired => .release .by_approval", "theorem"),
    ("Gate", "| .used => .stop .hold_approval_used", "| .used => .release .by_approval", "theorem"),
    ("Gate", "| .untrusted => .stop .hold_approval_untrusted", "| .untrusted => .release .by_approval", "theorem"),
    ("Gate", "| .unknown => .stop .hold_approval_unknown", "| .unknown => .release .by_approval", "theorem"),
    ("Gate", "| .matching => .release .by_approval", "| .matching => .release .plain", "theorem"),
    ("Gate", "| .matching => .release .by_approval", "| .matching => .stop .hold_approval_needed", "theorem"),
    ("Gate", "| .mode .gated_all => byApproval approval", "| .mode .gated_all => .release .plain", "theorem"),
    ("Gate", "    | .all_allowed => .release .plain\n    | _ => byApproval approval",
     "    | .all_allowed => .release .plain\n    | _ => .release .plain", "theorem"),
    ("Gate", "| .possible => .release .with_copy", "| .possible => .release .plain", "theorem"),
    ("Gate", "| .impossible => .stop .refuse_oversight_copy_impossible", "| .impossible => .release .with_copy",
     "theorem"),
    ("Gate", "| .true => .tooLoose", "| .true => .mode asked", "theorem"),
    ("Gate", "| .monitored, .autonomous => .false", "| .monitored, .autonomous => .true", "row"),
    ("Gate", "| .autonomous, _ => .true", "| .autonomous, _ => .false", "row"),
    ("Gate", "    | .all_allowed => .release .plain", "    | .all_allowed => byApproval approval", "row"),
    ("Approval", "| .approved, .claim => { state := .in_flight, effect := .authorise }",
     "| .approved, .claim => { state := .approved, effect := .authorise }", "theorem"),
    ("Approval", "| .approved, .claim => { state := .in_flight, effect := .authorise }",
     "| .approved, .claim => { state := .in_flight, effect := .none }", "theorem"),
    ("Approval", "| state, _ => { state := state, effect := .none }",
     "| .used, .claim => { state := .in_flight, effect := .authorise }\n"
     "  | state, _ => { state := state, effect := .none }", "theorem"),
    ("Approval", "| state, _ => { state := state, effect := .none }",
     "| .in_flight, .claim => { state := .in_flight, effect := .authorise }\n"
     "  | state, _ => { state := state, effect := .none }", "theorem"),
    ("Approval", "| state, _ => { state := state, effect := .none }",
     "| .used, .approve => { state := .approved, effect := .none }\n"
     "  | state, _ => { state := state, effect := .none }", "theorem"),
    ("Approval", "| state, _ => { state := state, effect := .none }",
     "| .denied, .approve => { state := .approved, effect := .none }\n"
     "  | state, _ => { state := state, effect := .none }", "theorem"),
    ("Approval", "| state, _ => { state := state, effect := .none }",
     "| .in_flight, .fail .other => { state := .approved, effect := .none }\n"
     "  | state, _ => { state := state, effect := .none }", "theorem"),
    ("Approval", "| .in_flight, .accept .holder => { state := .used, effect := .none }",
     "| .in_flight, .accept .holder => { state := .approved, effect := .none }", "theorem"),
    ("Approval", "| .other, _ => .mismatched", "| .other, finding => finding", "theorem"),
    ("Approval", "| .untrusted, _ => .untrusted", "| .untrusted, _ => .matching", "theorem"),
    ("Approval", "| .trusted, .over => .expired", "| .trusted, .over => .matching", "theorem"),
    ("Approval", "| .in_flight, .other, _, _, _ => .used",
     "| .in_flight, .other, statement, _, validity => ofYes statement validity", "theorem"),
    ("Approval", "| .used, _, _, _, _ => .used", "| .used, _, statement, _, validity => ofYes statement validity",
     "theorem"),
    ("Approval", "| .voided, _, _, _, _ => .mismatched",
     "| .voided, _, statement, _, validity => ofYes statement validity", "theorem"),
    ("Approval", "| .approved, .edit => { state := .voided, effect := .none }",
     "| .approved, .edit => { state := .approved, effect := .none }", "row"),
]
