"""``whence diff --json``: what changed, as programs read it.

The keys and their meaning are a public contract, ``docs/formats.md``. Reasons stand there in
every language, so that the same two answers give the same bytes for every reader.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from whence.comparison.answers import Answer, Found, Weighed
from whence.comparison.changes import Comparison, FindingChange
from whence.comparison.odds import MARGIN
from whence.comparison.orders import OrderChanges
from whence.comparison.reasons import given_to, priors_by_custodian, reasons_of, taken_from
from whence.comparison.reports import Moved, ReportChanges, Stand
from whence.comparison.voice import said
from whence.model import AnalystPrior, Delay, Note, Suspect, Window, to_text
from whence.version import __version__
from whence.wording import LANGUAGES

SCHEMA: Final = "whence.diff/1"

_DIGITS: Final = 6  # as trace.json carries
_COUNTS: Final = ("orders", "accesses", "custodians", "reports", "reports_used")

Document = dict[str, Any]  # what JSON can hold; its keys are those of docs/formats.md


def to_document(comparison: Comparison) -> Document:
    """Return what ``--json`` prints."""
    before, after = comparison.before, comparison.after
    document: Document = {
        "verdict": _verdict(comparison),
        "made": _made(before, after),
        "inputs": inputs_changed(before, after),
        "priors": priors_changed(before, after),
        "findings": [_finding(change, comparison) for change in comparison.changed],
        "findings_unchanged": len(comparison.findings) - len(comparison.changed),
        "reports": _reports(comparison.reports),
        "exposed": _exposed(comparison.orders),
    }
    return {
        "schema": SCHEMA,
        "version": __version__,
        "margin_log_odds": _number(MARGIN),
        "changed": is_changed(comparison),
        "drifted": comparison.drifted,
        **document,
    }


def to_json(comparison: Comparison) -> str:
    """Return it as text: the same two answers, the same bytes."""
    document = to_document(comparison)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def is_changed(comparison: Comparison) -> bool:
    """Return whether anything changed that is told at all."""
    before, after = comparison.before, comparison.after
    moved = comparison.reports
    return bool(
        before.verdict != after.verdict
        or _made(before, after)
        or inputs_changed(before, after)
        or priors_changed(before, after)
        or comparison.changed
        or moved.new
        or moved.left
        or moved.became_explained
        or moved.became_unexplained
        or moved.moved
        or comparison.orders.changed
    )


def inputs_changed(before: Answer, after: Answer) -> Document:
    """Return the counts that differ, before and after."""
    counts = [(name, getattr(before.inputs, name), getattr(after.inputs, name)) for name in _COUNTS]
    changed: Document = {name: _pair(one, other) for name, one, other in counts if one != other}
    was, now = before.inputs.rejected, after.inputs.rejected
    rejected = {
        reason: _pair(was.get(reason, 0), now.get(reason, 0))
        for reason in sorted({*was, *now})
        if was.get(reason, 0) != now.get(reason, 0)
    }
    return {**changed, "rejected": rejected} if rejected else changed


def priors_changed(before: Answer, after: Answer) -> list[Document]:
    """Return what an analyst set otherwise than before, by custodian."""
    was, now = priors_by_custodian(before), priors_by_custodian(after)
    changed = []
    for key in sorted({*was, *now}):
        one, other = was.get(key, ()), now.get(key, ())
        sides = _priors(one), _priors(other)
        if sides[0] != sides[1]:
            named = (*other, *one)[0]
            changed.append({"kind": named.kind, "id": named.id, **_pair(*sides)})
    return changed


def _made(before: Answer, after: Answer) -> Document:
    """Return what differs in how the two answers were made."""
    pairs = {
        "version": (before.version, after.version),
        "basis": (before.basis, after.basis),
        "observed": (_window(before.observed), _window(after.observed)),
        "delay": (_delay(before.delay), _delay(after.delay)),
    }
    return {name: _pair(*sides) for name, sides in pairs.items() if sides[0] != sides[1]}


def _verdict(comparison: Comparison) -> Document:
    before, after = comparison.before, comparison.after
    return {
        **_pair(before.verdict, after.verdict),
        "named_before": [_custodian(found.lead) for found in before.named],
        "named_after": [_custodian(found.lead) for found in after.named],
        "newly_named": [_named(change, comparison) for change in comparison.newly_named],
        "no_longer_named": [_named(change, comparison) for change in comparison.no_longer_named],
    }


def _named(change: FindingChange, comparison: Comparison) -> Document:
    reasons = _reasons(reasons_of(change, comparison))
    return {**_custodian(change.told.lead), "reasons": reasons}


def _finding(change: FindingChange, comparison: Comparison) -> Document:
    return {
        **_custodian(change.told.lead),
        "changes": list(change.changes),
        "before": _found(change.before, change.exposed_before),
        "after": _found(change.after, change.exposed_after),
        "evidence": [
            {
                **_custodian(evidence.custodian),
                **_pair(_weighed(evidence.before), _weighed(evidence.after)),
            }
            for evidence in change.evidence
        ],
        "newly_explained": [_moved(move) for move in change.gained],
        "no_longer_explained": [_moved(move) for move in change.lost],
        "given_to": _counted(given_to(change)),
        "taken_from": _counted(taken_from(change)),
        "reasons": _reasons(reasons_of(change, comparison)),
    }


def _found(found: Found | None, exposed: int) -> Document | None:
    if found is None:
        return None
    rate = found.report_rate
    return {
        "suspect": _custodian(found.lead),
        "posterior": _number(found.posterior),
        "members": [
            {**_custodian(member.suspect), "share": _number(member.share)}
            for member in found.members
        ],
        "log10_bayes_factor": _number(found.log10_bayes_factor),
        "mode": found.mode,
        "window": _window(found.window),
        "orders_in_window": found.orders_in_window,
        "orders_held": found.orders_held,
        "reports": {
            "in_window": found.counts.in_window,
            "explained": _number(found.counts.explained),
            "expected_by_chance": _number(found.counts.expected_by_chance),
        },
        "report_rate": rate
        and {
            "estimate": _number(rate.estimate),
            "low": _number(rate.low),
            "high": _number(rate.high),
            "n": rate.n,
        },
        "report_ids": list(found.report_ids),
        "exposed_orders": exposed,
    }


def _weighed(weighed: Weighed | None) -> Document | None:
    if weighed is None:
        return None
    return {
        "log10_bayes_factor": _number(weighed.log10_bayes_factor),
        "posterior": _number(weighed.posterior),
        "reports_touched": weighed.reports_touched,
        "orders_held": weighed.orders_held,
    }


def _counted(others: tuple[tuple[Found, int], ...]) -> list[Document]:
    return [{**_custodian(found.lead), "reports": n} for found, n in others]


def _reports(reports: ReportChanges) -> Document:
    return {
        "new": [_moved(move) for move in reports.new],
        "new_unexplained": [m.report_id for m in reports.new if m.after.standing == "unexplained"],
        "left": [_moved(move) for move in reports.left],
        "became_explained": [_moved(move) for move in reports.became_explained],
        "became_unexplained": [_moved(move) for move in reports.became_unexplained],
        "moved": [_moved(move) for move in reports.moved],
    }


def _moved(move: Moved) -> Document:
    return {"report_id": move.report_id, "from": _stand(move.before), "to": _stand(move.after)}


def _stand(stand: Stand) -> Document:
    by = [_custodian(found.lead) for found in stand.by]
    return {"standing": stand.standing, "by": by, "aside_because": stand.reason}


def _exposed(orders: OrderChanges) -> Document:
    def with_reasons(change: str) -> Document:
        return {"orders": len(orders.of(change)), "because": orders.reasons(change)}

    return {
        **_pair(orders.n_before, orders.n_after),
        "newly_exposed": with_reasons("newly exposed"),
        "no_longer_exposed": with_reasons("no longer exposed"),
        "other_suspect": len(orders.of("other suspect")),
        "probability_moved": len(orders.of("probability moved")),
    }


def _reasons(notes: Iterable[Note]) -> list[Document]:
    return [
        {"name": _name_of(note), **{tongue: said(note, tongue) for tongue in LANGUAGES}}
        for note in notes
    ]


def _name_of(note: Note) -> str:
    """Return a reason's own name, which stays when its words are mended."""
    _, _, key = note.phrase.partition("reason-")
    for form in ("-one", "-many", "-all"):
        key = key.removesuffix(form)
    return key


def _priors(priors: Iterable[AnalystPrior]) -> list[Document]:
    return [{"factor": prior.factor, "reason": prior.reason} for prior in priors]


def _pair(before: object, after: object) -> Document:
    return {"before": before, "after": after}


def _custodian(suspect: Suspect) -> Mapping[str, str]:
    return {"kind": suspect.kind, "id": suspect.id}


def _window(window: Window | None) -> Document | None:
    if window is None:
        return None
    return {"start": to_text(window.start), "end": to_text(window.end)}


def _delay(delay: Delay | None) -> Document | None:
    if delay is None:
        return None
    return {
        "q10_days": _number(delay.q10_days),
        "q50_days": _number(delay.q50_days),
        "q90_days": _number(delay.q90_days),
    }


def _number(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}") + 0.0  # + 0.0: minus nought is nought
