"""How well reports are read: F1 of each field on the labelled narratives.

A claim is right when its quote overlaps the label's and its value is equal; of `goods`, `place`,
`payee` and `shop` the words may be cut wider or narrower: there the one value must hold the other.
Beside it stands the strict figure: the same span to the character and the equal value. Roles and
currencies of sums and times are counted apart.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from whence.text.extracting import extract
from whence.text.extracting_claims import Extracted, sheet_of

_NAMES: Final = {"amounts": "amount", "times": "time"}
_CUT_FREELY: Final = frozenset({"goods", "place", "shop", "payee"})
_FOLDED: Final = {"part": "loss", "total": "loss"}


@dataclass(slots=True)
class Score:
    """Counts of one field."""

    found: int = 0
    wanted: int = 0
    right: int = 0
    strict: int = 0
    with_role: int = 0

    @property
    def f1(self) -> float:
        """F1 by overlap and value."""
        return 2 * self.right / max(1, self.found + self.wanted)

    @property
    def f1_strict(self) -> float:
        """F1 by exact span and value."""
        return 2 * self.strict / max(1, self.found + self.wanted)

    @property
    def f1_role(self) -> float:
        """F1 by overlap, value and role."""
        return 2 * self.with_role / max(1, self.found + self.wanted)


def labels_of(fields: Mapping[str, list[dict[str, Any]]]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield labels by our field names; relative times apart."""
    for name, labels in fields.items():
        for label in labels:
            field = _NAMES.get(name, name)
            value = str(label["value"])
            if field == "time" and (value.lstrip("-").startswith("P")):
                field = "relative_time"
            yield field, {**label, "value": value}


def score(path: Path, show: str | None = None) -> dict[str, Score]:
    """Return the counts of each field; ``show`` prints what went wrong with one."""
    scores: dict[str, Score] = defaultdict(Score)
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        wanted: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for field, label in labels_of(row["fields"]):
            wanted[field].append(label)
        made: dict[str, list[Any]] = defaultdict(list)
        for claim in extract(row["text"]):
            made[claim.field].append(claim)
        for field in wanted.keys() | made.keys():
            _compare(
                scores[field], field, wanted[field], made[field], row if show == field else None
            )
    return scores


def _compare(
    it: Score,
    field: str,
    wanted: list[dict[str, Any]],
    made: list[Any],
    row: Mapping[str, Any] | None,
) -> None:
    it.wanted += len(wanted)
    left = list(wanted)
    extra = []
    for claim in made:
        found = next((w for w in left if _agree(field, claim, w)), None)
        if found is None:
            # A second mention of a labelled value is no error and no second hit.
            if any(_same(field, claim.value, w["value"]) for w in wanted):
                if any(_same(field, claim.value, w["value"]) for w in left):
                    it.found += 1
                    extra.append(claim)
                continue
            it.found += 1
            extra.append(claim)
            continue
        left.remove(found)
        it.found += 1
        it.right += 1
        it.strict += (claim.start, claim.end) == (found["start"], found["end"])
        role = found.get("role", found.get("from"))
        it.with_role += _FOLDED.get(str(claim.role), claim.role) == _FOLDED.get(str(role), role)
    if row is not None and (left or extra):
        print(row["id"], row["text"][:2000].replace("\n", "/"))
        print("   missed", [(w["value"], w["quote"], w.get("role")) for w in left])
        print("   extra ", [(c.value, c.quote, c.role) for c in extra])


def _agree(field: str, claim: Extracted, label: Mapping[str, Any]) -> bool:
    overlaps = claim.start < label["end"] and label["start"] < claim.end
    return overlaps and _same(field, claim.value, label["value"])


def _same(field: str, ours: str, theirs: str) -> bool:
    if field in _CUT_FREELY:
        a, b = _plain(ours), _plain(theirs)
        return a in b or b in a
    return ours.lower() == theirs.lower()


def _plain(text: str) -> str:
    return sheet_of(text).text.replace(" ", "").lower()


def table(scores: Mapping[str, Score]) -> str:
    """Return the figures as a table."""
    lines = [
        "| field | labels | found | right | F1 | strict F1 | F1 with role |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for field, it in sorted(scores.items(), key=lambda each: -each[1].wanted):
        role = f"{it.f1_role:.2f}" if field in {"amount", "time", "relative_time"} else ""
        counts = f"{it.wanted} | {it.found} | {it.right}"
        lines.append(f"| {field} | {counts} | {it.f1:.2f} | {it.f1_strict:.2f} | {role} |")
    total: Counter[str] = Counter()
    for field, it in scores.items():
        if field != "relative_time":
            total.update(found=it.found, wanted=it.wanted, right=it.right)
    f1 = 2 * total["right"] / max(1, total["found"] + total["wanted"])
    counts = f"{total['wanted']} | {total['found']} | {total['right']}"
    lines.append(f"| all without relative times | {counts} | {f1:.2f} | | |")
    return "\n".join(lines)
