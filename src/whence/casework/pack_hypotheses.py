"""How the data can have got out: what the trace says of each way, and what no record can rule out.

PIPL 69 has the processor prove that it was not at fault. What clears is a trace in which a way was
weighed and did not stand out; a way of which there are no records is not cleared, and that is told.
"""

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final, Literal, TypeAlias

from whence.casework.cases_desk import Desk
from whence.casework.pack_material import Material
from whence.errors import InputError
from whence.model import NAMED
from whence.wording import Language

Outcome: TypeAlias = Literal[
    "named", "listed", "weighed", "untouched", "no kind", "no records", "not known"
]
TRACE_FILE, TABLE_FILE = "trace.json", "candidates.parquet"
_MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way in which data can have got out, and the outcome for it.

    ``named``: a suspect of its kinds was named. ``listed``: one stays possible. ``weighed``: some
    were weighed, ``highest`` is the greatest posterior among them. ``untouched``: its records were
    read, and nobody of its kinds held two of the reported orders. ``no kind``: cannot be excluded,
    since the data names nobody of these kinds. ``no records``: cannot be excluded, ``missing`` are
    the tables. ``not known``: nobody said what the trace was given.
    """

    texts: Mapping[str, str]
    outcome: Outcome
    highest: float = 0.0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """The trace of a case as its exhibits have it."""

    version: str
    verdict: str
    reports_used: int
    suspects: tuple[tuple[str, str, float], ...]
    notes: tuple[str, ...]
    ways: tuple[Way, ...]


def traced_in(desk: Desk, material: Material) -> Traced | None:
    """Return what the latest trace of a case says; None where there is none to read."""
    if not material.case.traces:
        return None
    latest = material.case.traces[-1]
    found: dict[str, bytes] = {}
    for exhibit in material.case.exhibits.values():
        words = desk.words(exhibit.taken)
        name = words.text("name") if words else ""
        if exhibit.taken.seq > latest.seq and name in {TRACE_FILE, TABLE_FILE}:
            pieces = desk.safe.exhibit(exhibit.sha256)
            if pieces is not None and exhibit.size <= _MOST_BYTES:
                found[name] = b"".join(pieces)
    if TRACE_FILE not in found:
        return None
    words = desk.words(latest)
    tree = words.tree() if words else {}
    inputs, kinds = tree.get("inputs") or [], tree.get("kinds") or []
    tables = frozenset(PurePath(str(each["name"]).split("/")[0]).stem for each in inputs)
    try:
        answer = json.loads(found[TRACE_FILE])
        return _read(answer, _weighed(found.get(TABLE_FILE)), tables, kinds)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("case.no-trace", file=TRACE_FILE) from error


def _read(
    answer: Mapping[str, Any],
    weighed: Mapping[str, float],
    tables: Collection[str],
    kinds: Collection[str],
) -> Traced:
    suspects = [
        (str(each["suspect"]["kind"]), str(each["suspect"]["id"]), float(each["posterior"]))
        for each in answer["findings"]
    ]
    held = dict(weighed)
    for finding in answer["findings"]:
        for member in (finding["suspect"], *finding["indistinguishable_from"]):
            held[member["kind"]] = max(held.get(member["kind"], 0.0), finding["posterior"])
    return Traced(
        version=str(answer["version"]),
        verdict=str(answer["verdict"]),
        reports_used=int(answer["inputs"]["reports_used"]),
        suspects=tuple(suspects),
        notes=tuple(str(note) for note in answer["notes"]),
        ways=tuple(_ways(held, {kind for kind, _, _ in suspects}, tables, kinds)),
    )


def _ways(
    held: Mapping[str, float],
    listed: Collection[str],
    tables: Collection[str],
    kinds: Collection[str],
) -> Iterator[Way]:
    for row in _table().values():
        here = [held[kind] for kind in row["kinds"] if kind in held]
        highest = max(here, default=0.0)
        missing = tuple(need for need in row["needs"] if need not in tables)
        outcome: Outcome
        if here and highest >= NAMED:
            outcome = "named"
        elif any(kind in listed for kind in row["kinds"]):
            outcome = "listed"
        elif here and not missing:
            outcome = "weighed"
        elif not tables:
            outcome = "not known"
        elif missing:
            outcome = "no records"
        else:
            is_there = "logins" in row["needs"] or any(kind in kinds for kind in row["kinds"])
            outcome = "untouched" if is_there else "no kind"
        texts = {"en": row["en"], "zh": row["zh"]}
        yield Way(texts=texts, outcome=outcome, highest=highest, missing=missing)


def outcome_phrase(way: Way) -> str:
    """Return the key of the sentence that tells an outcome."""
    return f"case.way-{way.outcome.replace(' ', '-')}"


def name_of(way: Way, language: Language) -> str:
    """Return what a way is called."""
    return way.texts[language]


def _weighed(table: bytes | None) -> dict[str, float]:
    """Return the greatest posterior of each kind among the custodians weighed."""
    if table is None:
        return {}
    import pyarrow as pa  # noqa: PLC0415  a tenth of a second
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        rows = pq.read_table(BytesIO(table), columns=["kind", "posterior"]).to_pylist()
    except pa.ArrowException as error:
        raise InputError("case.no-trace", file=TABLE_FILE) from error
    found: dict[str, float] = {}
    for row in rows:
        found[row["kind"]] = max(found.get(row["kind"], 0.0), row["posterior"] or 0.0)
    return found


@cache
def _table() -> dict[str, Any]:
    text = files("whence.casework").joinpath("data/hypotheses.toml").read_text("utf-8")
    return tomllib.loads(text)
