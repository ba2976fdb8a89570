"""What marks say, as a person reads it: whose copy, how sure, who is cleared, what stays open."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.table import Table
from rich.text import Text

from whence.cli.answer import console_for_answers
from whence.wording import Language, name_of_kind, say

if TYPE_CHECKING:
    from whence.marks import Candidate
    from whence.protection.reading_marks import Found

_SCHEMA: Final = "whence.marks/1"
_MOST_LISTED: Final = 10  # recipients in the table; all stand in the JSON
_MOST_NAMED: Final = 5  # of those cleared
_LEAST_TOLD: Final = 1e-12  # smaller bounds say no more to anybody
_SPEAKS: Final = 1.0  # log10: ten times as likely, to be told as pointing somewhere
_MOST_WRITTEN: Final = 4  # digits of a ratio; then it is told as a power of ten


def tell(found: "Found", language: Language, out: Path | None, n_written: int) -> None:
    """Print what was read on standard output."""
    console = console_for_answers()
    teller = _Teller(found, language)
    console.print(Text(teller.headline(), style="bold"))
    if len(found.reading.numbers) > 1 and found.reading.n_read:
        console.print(teller.table())
    for line in teller.lines():
        console.print(Text(line))
    if out is not None:
        console.print(Text(say("marks.written", language, file=out, n=n_written)))


class _Teller:
    """Says one reading in one language."""

    def __init__(self, found: "Found", language: Language) -> None:
        self._found = found
        self._reading = found.reading
        self._language = language

    def headline(self) -> str:
        """Return whose copy it is, or why that cannot be said."""
        reading, named, leading = self._reading, self._reading.named, self._reading.leading
        if not len(reading.numbers):
            return self._say("nobody")
        if not reading.n_read:
            return self._say("no-marks")
        if len(named) == 1:
            return self._say("named", **self._facts(named[0]))
        if named:
            parties = self._say("parties").join(self._party(each.number) for each in named)
            bound = max(each.false_accusation_bound for each in named)
            return self._say("named-many", n=len(named), parties=parties, bound=_bound(bound))
        if leading is None:
            return self._say("nothing")
        is_strong = leading.log10_likelihood_ratio >= _SPEAKS and leading.false_accusation_bound < 1
        return self._say("leading" if is_strong else "leading-barely", **self._facts(leading))

    def table(self) -> Table:
        """Return the likeliest recipients."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name, justify in (
            ("party", "left"),
            ("kind", "left"),
            ("ratio", "right"),
            ("bound", "right"),
            ("says", "left"),
        ):
            table.add_column(
                self._say(f"column-{name}"),
                justify=justify,  # type: ignore[arg-type]
                overflow="fold",
            )
        for place in range(min(len(self._reading.numbers), _MOST_LISTED)):
            each = self._reading.candidate(place)
            cells = (
                self._party(each.number),
                self._kind(each.number),
                _ratio(each.log10_likelihood_ratio),
                self._say("at-most", bound=_bound(each.false_accusation_bound)),
                self._say(f"says-{_verdict(each)}"),
            )
            table.add_row(*map(Text, cells), style="bold" if each.is_named else "")
        return table

    def lines(self) -> Iterator[str]:
        """Yield what was read, who is cleared, what cannot be said."""
        found, reading = self._found, self._reading
        if found.is_canary:
            yield self._say("canary")
        if found.is_by_number:
            yield self._say("dialled")
        counted = [
            self._say(f"field-{count.field}", read=count.n_read, other=count.n_no_mark)
            for count in reading.counts
            if count.n_read or count.n_no_mark
        ]
        fields = self._say("list").join(counted)
        yield self._say("read-of", rows=found.n_rows, orders=reading.n_orders, fields=fields)
        cleared = reading.cleared.tolist()
        if cleared:
            parties = self._some([self._party(number) for number in cleared])
            n_all = len(reading.numbers)
            yield self._say("cleared", n=len(cleared), all=n_all, parties=parties)
        if reading.clears_unmarked:
            yield self._say("unmarked-cleared", ratio=_ratio(reading.unmarked_log10))
        elif reading.n_read:
            yield self._say("unmarked-open")
        if any(count.n_no_mark for count in reading.counts if count.field != "address"):
            yield self._say("real-values")
        for key, n in (
            ("unknown-orders", reading.n_unknown_orders),
            ("no-order-rows", found.n_rows_without_order),
            ("unregistered", found.n_unregistered),
        ):
            if n:
                yield self._say(key, n=n)
        if reading.named or reading.leading:
            yield self._say("whose-copy")
            yield say("cli.caution", self._language)

    def _say(self, key: str, /, **facts: object) -> str:
        return say(f"marks.{key}", self._language, **facts)

    def _facts(self, each: "Candidate") -> dict[str, str]:
        return {
            "party": self._party(each.number),
            "kind": self._found.kinds.get(each.number, ""),
            "ratio": _ratio(each.log10_likelihood_ratio),
            "bound": _bound(each.false_accusation_bound),
        }

    def _party(self, number: int) -> str:
        return self._found.party_ids.get(number, str(number))

    def _kind(self, number: int) -> str:
        return name_of_kind(self._found.kinds.get(number, ""), self._language)

    def _some(self, parties: Sequence[str]) -> str:
        shown = self._say("parties").join(parties[:_MOST_NAMED])
        more = len(parties) - _MOST_NAMED
        return shown if more <= 0 else self._say("and-more", parties=shown, n=more)


def document_of(found: "Found") -> str:
    """Return the reading as JSON."""
    reading = found.reading
    candidates = []
    for place in range(len(reading.numbers)):
        each = reading.candidate(place)
        candidates.append(
            {
                "party_id": found.party_ids.get(each.number),
                "number": each.number,
                "kind": found.kinds.get(each.number),
                "log10_likelihood_ratio": _six(each.log10_likelihood_ratio),
                "false_accusation_bound": _six(each.false_accusation_bound),
                "named": each.is_named,
                "cleared": each.is_cleared,
            }
        )
    document: dict[str, Any] = {
        "schema": _SCHEMA,
        "named": [c["party_id"] for c in candidates if c["named"]],
        "candidates": candidates,
        "unmarked": {
            "log10_likelihood_ratio": _six(reading.unmarked_log10),
            "cleared": reading.clears_unmarked,
        },
        "fields": {
            count.field: {"read": count.n_read, "no_mark": count.n_no_mark}
            for count in reading.counts
        },
        "rows": found.n_rows,
        "rows_without_order": found.n_rows_without_order,
        "orders": reading.n_orders,
        "orders_unknown": reading.n_unknown_orders,
        "recipients_unregistered": found.n_unregistered,
        "canary": found.is_canary,
        "by_number": found.is_by_number,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _verdict(each: "Candidate") -> str:
    if each.is_named:
        return "named"
    if each.is_cleared:
        return "cleared"
    return "for" if each.log10_likelihood_ratio >= _SPEAKS else "open"


def _ratio(log10: float) -> str:
    """Return a ratio as people read it: 178, 0.05, 10^31."""
    if abs(log10) > _MOST_WRITTEN:
        return f"10^{log10:.0f}"
    return f"{10**log10:,.0f}" if log10 >= 1 else f"{10**log10:.2g}"


def _bound(bound: float) -> str:
    return f"{max(bound, _LEAST_TOLD):.2g}"


def _six(value: float) -> float:
    return float(f"{value:.6g}")
