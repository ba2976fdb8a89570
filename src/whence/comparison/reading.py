"""Read an answer folder back, or say which file of which folder is no answer's, and why."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from whence.comparison.answers import Answer, Days, Exposed, Found
from whence.errors import InputError
from whence.model import (
    DAY,
    AnalystPrior,
    Delay,
    Estimate,
    Inputs,
    Instant,
    Member,
    ReportCounts,
    Suspect,
    Window,
    to_instant,
)

if TYPE_CHECKING:
    import pyarrow as pa

READS: Final = "whence.trace/1"  # docs/formats.md
DOCUMENT: Final = "trace.json"
REJECTED: Final = "rejected.jsonl"
CANDIDATES: Final = "candidates.parquet"
EXPOSED: Final = "exposed.parquet"

_OF_A_CANDIDATE: Final = (
    "kind",
    "id",
    "log10_bayes_factor",
    "posterior",
    "reports_touched",
    "orders_held",
)
_OF_AN_ORDER: Final = ("order_id", "suspect_id", "probability", "accessed_at")

_BASES: Final = ("custody", "victims alone")
_VERDICTS: Final = ("suspects found", "nothing stands out", "too few reports")
_MODES: Final = ("drip", "dump", "unknown")

T = TypeVar("T")
Object = Mapping[str, Any]  # an object of JSON, its keys those of docs/formats.md


def read_answer(folder: Path) -> Answer:
    """Return what an answer folder of ``whence trace`` holds.

    Raises InputError where it is no such folder: which file is missing, which schema is unknown,
    which field or column cannot be read.
    """
    if not folder.is_dir():
        raise InputError("comparison.no-folder", hint="comparison.no-answer-hint", folder=folder)
    for name in (DOCUMENT, REJECTED, CANDIDATES, EXPOSED):
        if not (folder / name).is_file():
            _refuse("missing-file", folder, name)
    document = _document(folder)
    if (schema := document.get("schema")) != READS:
        _refuse("unknown-schema", folder, DOCUMENT, schema=schema, known=READS)
    try:
        return _answer(document, folder)
    except KeyError as error:
        _refuse("missing-field", folder, DOCUMENT, error, field=error.args[0])
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        _refuse("unreadable", folder, DOCUMENT, error)


def _refuse(
    key: str, folder: Path, file: str, cause: Exception | None = None, /, **facts: object
) -> NoReturn:
    phrase, hint = f"comparison.{key}", "comparison.no-answer-hint"
    raise InputError(phrase, hint=hint, folder=folder, file=file, **facts) from cause


def _document(folder: Path) -> Object:
    try:
        text = (folder / DOCUMENT).read_text("utf-8")
        document = json.loads(text, parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        _refuse("unreadable", folder, DOCUMENT, error)
    if not isinstance(document, dict):
        _refuse("unreadable", folder, DOCUMENT)
    return document


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)  # NaN and Infinity are no JSON


def _answer(document: Object, folder: Path) -> Answer:
    findings = [_found(finding) for finding in document["findings"]]
    inputs = document["inputs"]
    return Answer(
        version=_optional(str, document.get("version")),
        basis=_one_of(_BASES, document.get("basis", "custody")),
        verdict=_one_of(_VERDICTS, document["verdict"]),
        inputs=Inputs(
            **{
                name: int(inputs[name])
                for name in ("orders", "accesses", "custodians", "reports", "reports_used")
            },
            rejected={str(reason): int(n) for reason, n in inputs["rejected"].items()},
        ),
        observed=_optional(_window, document.get("observed")),
        delay=_optional(_delay, document["delay"]),
        findings=tuple(sorted(findings, key=lambda found: (-found.posterior, found.key))),
        unexplained=tuple(sorted(map(str, document["unexplained"]["report_ids"]))),
        priors=tuple(_prior(prior) for prior in document.get("priors", ())),
        aside=_aside(folder),
        candidates=_table(folder, CANDIDATES, _OF_A_CANDIDATE),
        exposed=_exposed(folder),
    )


def _found(finding: Object) -> Found:
    others = sorted(
        (Member(suspect=_suspect(m), share=float(m["share"])) for m in _tied(finding)),
        key=lambda member: (-member.share, member.suspect.kind, member.suspect.id),
    )
    lead = Member(suspect=_suspect(finding["suspect"]), share=float(finding["share"]))
    counts = finding["reports"]
    return Found(
        members=(lead, *others),
        posterior=float(finding["posterior"]),
        log10_bayes_factor=_optional(float, finding["log10_bayes_factor"]),
        mode=_one_of(_MODES, finding.get("mode", "unknown")),
        window=_optional(_window, finding["window"]),
        orders_in_window=_optional(int, finding["orders_in_window"]),
        orders_held=_optional(int, finding.get("orders_held")),
        counts=ReportCounts(
            in_window=int(counts["in_window"]),
            explained=float(counts["explained"]),
            expected_by_chance=float(counts["expected_by_chance"]),
        ),
        report_rate=_optional(_estimate, finding["report_rate"]),
        report_ids=tuple(sorted(map(str, finding["report_ids"]))),
        days=_optional(_days, finding.get("timeline")),
    )


def _tied(finding: Object) -> list[Object]:
    return list(finding["indistinguishable_from"])


def _suspect(named: Object) -> Suspect:
    return Suspect(
        kind=str(named["kind"]),
        id=str(named["id"]),
        name=_optional(str, named.get("name")),
        parent_id=_optional(str, named.get("parent_id")),
    )


def _estimate(held: Object) -> Estimate:
    low, middle, high = (float(held[name]) for name in ("low", "estimate", "high"))
    return Estimate(estimate=middle, low=low, high=high, n=int(held.get("n", 0)))


def _delay(held: Object) -> Delay:
    return Delay(**{name: float(held[name]) for name in ("q10_days", "q50_days", "q90_days")})


def _window(held: Object) -> Window:
    return Window(start=_instant(held["start"]), end=_instant(held["end"]))


def _days(held: Object) -> Days:
    return Days(
        first_day=_instant(f"{held['first_day']}T00:00:00Z") // DAY,
        in_window=tuple(map(float, held["in_window"])),
        touched=tuple(map(int, held["touched"])),
    )


def _prior(held: Object) -> AnalystPrior:
    return AnalystPrior(
        kind=str(held["kind"]),
        id=str(held["id"]),
        factor=float(held["factor"]),
        reason=_optional(str, held.get("reason")),
    )


def _instant(text: str) -> Instant:
    return to_instant(datetime.fromisoformat(text))


def _one_of(words: tuple[str, ...], word: object) -> str:
    if word not in words:
        raise ValueError(word)
    return str(word)


def _optional(read: Callable[[Any], T], held: Any) -> T | None:  # noqa: ANN401  of JSON
    return None if held is None else read(held)


def _aside(folder: Path) -> dict[str, str]:
    """Return the reports that were set aside, and why."""
    aside = {}
    try:
        text = (folder / REJECTED).read_text("utf-8")
    except (OSError, ValueError) as error:
        _refuse("unreadable", folder, REJECTED, error)
    # By line feeds alone: an id may hold what Python calls a line's end.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        try:
            row = json.loads(line)
            if row["table"] == "reports":
                aside[str(row["id"])] = str(row["reason"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            _refuse("unreadable-line", folder, REJECTED, error, line=number)
    return aside


def _table(folder: Path, name: str, columns: tuple[str, ...]) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415  help and wrong usage do without
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        # Opened as one file: as a dataset, a folder called `day=3` would add a column of its own.
        with pq.ParquetFile(folder / name) as file:
            held = set(file.schema_arrow.names)
            missing = next((column for column in columns if column not in held), None)
            if missing is None:
                return file.read(columns=list(columns))
    except (OSError, pa.ArrowException) as error:
        _refuse("unreadable", folder, name, error)
    _refuse("missing-field", folder, name, field=missing)


def _exposed(folder: Path) -> dict[str, Exposed]:
    import pyarrow as pa  # noqa: PLC0415  help and wrong usage do without

    table = _table(folder, EXPOSED, _OF_AN_ORDER)
    orders, suspects, probabilities, held = (table.column(name) for name in _OF_AN_ORDER)
    try:
        moments = held.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
        chances = probabilities.cast(pa.float64()).to_pylist()
        rows = zip(orders.to_pylist(), suspects.to_pylist(), chances, moments, strict=True)
        return {
            str(order_id): Exposed(
                order_id=order_id, suspect_id=str(suspect_id), probability=float(p), held_at=at
            )
            for order_id, suspect_id, p, at in rows
        }
    except (ValueError, TypeError, pa.ArrowException) as error:
        _refuse("unreadable", folder, EXPOSED, error)
