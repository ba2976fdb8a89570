"""Gangs behind the calls of a market: who uses which numbers, payees and links, and what blurs it.

Reports of a market get what victims remember of the other side. Gangs have numbers, QQ accounts,
links and payees of their own; they wear them out and take new ones. What makes joining hard is in
it: victims forget, misread a digit, see a forged hotline on the display; two gangs rent one mule's
account; and calls that belong to nobody's gang stand between. Everything is made up: mobiles begin
with 12, QQ numbers with 7, links stand on ``.example``.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

CONTACTS: Final = "contacts.csv"
GANGS_TRUTH: Final = "gangs.json"
COLUMNS: Final = ("report_id", "caller_number", "qq", "link", "payee", "lender", "alias_used")

_LENDERS: Final = ("来分期", "招联好期贷", "蚂蚁借呗", "安逸花", "马上金融", "微信微粒贷")
_LENDER_SHARES: Final = (0.28, 0.21, 0.2, 0.14, 0.09, 0.08)  # uses of published_cases.json, rounded
_ALIASES: Final = tuple(
    f"{name}{title}" for name in "王李张刘陈杨赵黄周吴" for title in ("经理", "客服")
)
# Forged on displays: short lines of banks and platforms, and long ones that look like any number.
_HOTLINES: Final = (*(f"95{n}" for n in range(901, 911)), *(f"0210000{n:04}" for n in range(10)))
# How often a victim remembers each, and how often the reading is wrong in one digit.
_REMEMBERED: Final = {"caller_number": 0.8, "qq": 0.45, "link": 0.35, "payee": 0.6}
_MISREAD: Final = 0.02
_FORGED: Final = 0.1  # calls whose display shows a hotline
_LENT: Final = 0.5  # reports that name a lender
_NAMED: Final = 0.3  # reports that name the caller
_OWN: Final = 0.7  # reports that belong to a gang; the others stand alone
_SHARED_MULE: Final = 0.06  # gangs that also use a payee of another
_OWNED: Final = {"caller_number": (2, 7), "qq": (1, 4), "link": (1, 4), "payee": (1, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gangs:
    """What each report says of the other side, and the gang behind it (-1: none)."""

    rows: tuple[dict[str, str], ...]
    gang: tuple[int, ...]


def gangs_for(report_ids: Sequence[str], n_gangs: int, seed: int) -> Gangs:
    """Return contacts for reports; a market's own draws are left as they are."""
    rng = np.random.default_rng([seed, 0x6A46])  # a stream of its own
    sizes = rng.pareto(1.5, n_gangs) + 0.3  # few large gangs, many small ones
    shares = sizes / sizes.sum() if n_gangs else sizes
    pools = [_pool(rng, gang) for gang in range(n_gangs)]
    for gang in range(1, n_gangs):
        if rng.random() < _SHARED_MULE:
            mule = pools[int(rng.integers(gang))]["payee"][0]
            pools[gang]["payee"] = (*pools[gang]["payee"], mule)
    n = len(report_ids)
    member = rng.random(n) < (_OWN if n_gangs else 0.0)
    drawn = rng.choice(n_gangs, n, p=shares) if n_gangs else np.zeros(n, dtype=np.int64)
    gang = np.where(member, drawn, -1).tolist()
    rows = [
        {"report_id": report_id, **_told(rng, pools[g] if g >= 0 else _pool(rng, n_gangs + at))}
        for at, (report_id, g) in enumerate(zip(report_ids, gang, strict=True))
    ]
    return Gangs(rows=tuple(rows), gang=tuple(gang))


def write_gangs(gangs: Gangs, out: Path) -> None:
    """Write ``contacts.csv``, a table that ``whence case report --csv`` reads, and the truth."""
    with (out / CONTACTS).open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        lines.writeheader()
        lines.writerows(gangs.rows)
    truth = {row["report_id"]: g for row, g in zip(gangs.rows, gangs.gang, strict=True) if g >= 0}
    document = {"schema": "whence.market-gangs/1", "gang_of_report": truth}
    (out / GANGS_TRUTH).write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _pool(rng: np.random.Generator, gang: int) -> dict[str, tuple[str, ...]]:
    made = {}
    for kind, (fewest, end) in _OWNED.items():
        count = int(rng.integers(fewest, end))
        made[kind] = tuple(_value(rng, kind, gang, n) for n in range(count))
    made["alias_used"] = (_ALIASES[int(rng.integers(len(_ALIASES)))],)
    return made


def _value(rng: np.random.Generator, kind: str, gang: int, n: int) -> str:
    if kind == "caller_number":
        return f"12{int(rng.integers(10**9)):09}"
    if kind == "qq":
        return f"7{int(rng.integers(10**9)):09}"
    if kind == "link":
        return f"http://tk{gang}-{n}.example/claim"
    return f"6200{int(rng.integers(10**12)):012}"


def _told(rng: np.random.Generator, pool: dict[str, tuple[str, ...]]) -> dict[str, str]:
    told = {}
    for kind, chance in _REMEMBERED.items():
        if rng.random() >= chance:
            told[kind] = ""
            continue
        value = pool[kind][int(rng.integers(len(pool[kind])))]
        if kind == "caller_number" and rng.random() < _FORGED:
            value = _HOTLINES[int(rng.integers(len(_HOTLINES)))]
        elif kind != "link" and rng.random() < _MISREAD:
            at = int(rng.integers(2, len(value)))
            value = f"{value[:at]}{int(rng.integers(10))}{value[at + 1 :]}"
        told[kind] = value
    told["lender"] = (
        _LENDERS[int(rng.choice(len(_LENDERS), p=_LENDER_SHARES))] if rng.random() < _LENT else ""
    )
    told["alias_used"] = pool["alias_used"][0] if rng.random() < _NAMED else ""
    return told
