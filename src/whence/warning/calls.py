"""Calls as victims reported them, by person: what the effect of notices is measured by."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from whence.intake.sheets import read_sheet
from whence.warning.effect import Call
from whence.warning.moments import moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The calls of each person, and how many rows could not be used, or were of nobody exposed."""

    of: Mapping[str, tuple[Call, ...]]
    n_unusable: int
    n_strangers: int


def read_calls(path: Path, owners: Mapping[str, str], *, timezone: str = "UTC") -> Calls:
    """Read a table of reports; ``owners`` says whose the exposed orders are.

    A row is of whom it names, or else of whose order it names. Raises InputError where the file
    is no such table.
    """
    sheet = read_sheet(path, only=("report_id", "customer_id", "order_id", "called_at", "loss"))
    sheet.require("called_at")
    n_rows = sheet.table.num_rows
    named = {
        name: sheet.table.column(name).to_pylist()
        if name in sheet.table.column_names
        else [None] * n_rows
        for name in ("customer_id", "order_id", "loss")
    }
    persons = set(owners.values())
    found: dict[str, set[Call]] = {}
    n_unusable = n_strangers = 0
    called_at = moments(sheet, "called_at", timezone)
    for at, customer, order, loss in zip(called_at, *named.values(), strict=True):
        who = _text(customer) or owners.get(_text(order), "")
        amount = _amount(loss)
        if at is None or amount is None or not (_text(customer) or _text(order)):
            n_unusable += 1
        elif who not in persons:
            n_strangers += 1
        else:
            found.setdefault(who, set()).add(Call(at=at, loss=amount))
    return Calls(
        of={who: tuple(sorted(hers, key=lambda call: call.at)) for who, hers in found.items()},
        n_unusable=n_unusable,
        n_strangers=n_strangers,
    )


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _amount(cell: object) -> float | None:
    """Return a loss; nothing written is no loss, what is no number cannot be used."""
    try:
        amount = float(_text(cell).replace(",", "") or 0)
    except ValueError:
        return None
    return amount if math.isfinite(amount) and amount >= 0 else None
