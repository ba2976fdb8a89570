"""Readings as rows of the table ``marks`` (docs/formats.md), for ``whence trace --marks``."""

from collections.abc import Collection, Mapping
from typing import Final

import pyarrow as pa

from whence.errors import UsageError
from whence.marks.reading import Reading

SCHEMA: Final = pa.schema(
    {
        "reading_id": pa.string(),
        "report_id": pa.string(),
        "sample_id": pa.string(),
        "party_id": pa.string(),
        "log10_likelihood_ratio": pa.float64(),
        "false_accusation_bound": pa.float64(),
    }
)
_DIGITS: Final = 6  # as in trace.json


def readings_table(
    reading: Reading,
    party_ids: Mapping[int, str],
    *,
    report_id: str | None = None,
    sample_id: str | None = None,
    unmarked: Collection[str] = (),
) -> pa.Table:
    """Return one row a recipient, and one for each of ``unmarked``, parties who held the orders.

    ``party_ids`` says who a number is; a recipient that it does not know is left out. Exactly one
    of ``report_id`` and ``sample_id`` says what was read.
    """
    if (report_id is None) == (sample_id is None):
        raise UsageError("marks.report-or-sample")
    read = report_id or sample_id
    rows = []
    for place in range(len(reading.numbers)):
        candidate = reading.candidate(place)
        if candidate.number in party_ids:
            party = party_ids[candidate.number]
            ratio, bound = candidate.log10_likelihood_ratio, candidate.false_accusation_bound
            rows.append((party, ratio, bound))
    known = {party for party, _, _ in rows}
    rows += [(party, reading.unmarked_log10, 1.0) for party in sorted(set(unmarked) - known)]
    return pa.Table.from_pylist(
        [
            {
                "reading_id": f"{read}/{party}",
                "report_id": report_id,
                "sample_id": sample_id,
                "party_id": party,
                "log10_likelihood_ratio": _rounded(ratio),
                "false_accusation_bound": _rounded(bound),
            }
            for party, ratio, bound in rows
        ],
        schema=SCHEMA,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
