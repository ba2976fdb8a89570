"""A market too large for memory, written as it is made: as many accesses as the disk has room for.

Orders come in blocks, each with its own random numbers; lanes write their blocks beside each other
(``lanes``), and only what becomes a report is kept (``streamed_leaks``, ``unrelated_calls``).
Memory does not grow with the number of rows. There are no logins.
"""

from pathlib import Path
from typing import Final

from whence.errors import OutputError, UsageError
from whence.market import folder
from whence.market.processes import n_processors, write_lanes
from whence.market.spec import MarketSpec, verify_spec
from whence.market.streamed_plan import planned
from whence.market.streamed_reports import reports_and_truth
from whence.market.streamed_sources import WITHOUT
from whence.market.writing import write_small
from whence.model.progress import Progress, no_progress

ACCESSES_AN_ORDER: Final = 5.08  # measured; the handling of an order is a matter of chance
_MOST_ACCESSES: Final = 5_000_000_000  # customers have nine digits, and six in ten orders one


def orders_for(accesses: int) -> int:
    """Return how many orders give about so many accesses; UsageError beyond what can be told."""
    if accesses > _MOST_ACCESSES:
        raise UsageError(
            "market.too-large", hint="market.too-large-hint", accesses=accesses, most=_MOST_ACCESSES
        )
    return round(accesses / ACCESSES_AN_ORDER)


def stream(
    spec: MarketSpec,
    out: Path,
    on_progress: Progress = no_progress,
    *,
    n_processes: int | None = None,
) -> None:
    """Make a market and write it as it comes; the same spec gives the same bytes.

    ``orders`` and ``accesses`` become folders of Parquet files by UTC day (of placing, of access);
    parties, reports and truth are as ``write`` leaves them, but for the orders of a source: beyond
    4,000 (or 30 a victim) the truth has their number and lists a uniform sample.
    ``n_processes``: by default one a processor; the bytes do not depend on it. A folder that holds
    a market, whole or unfinished, is overwritten; one that is not whole holds ``unfinished`` and no
    ``truth.json``.

    Raises UsageError when the spec makes no sense or asks for more reports than the market can
    give, OutputError when the folder holds anything else or cannot be written, and EngineError when
    a process is ended from outside.
    """
    verify_spec(spec)
    if WITHOUT in spec.kinds:
        raise UsageError("market.no-logins", hint="market.no-logins-hint", kind=WITHOUT)
    plan = planned(spec)
    try:
        folder.make_ready(out)
        folder.begin(out)
        done = 0
        on_progress("market", done, plan.blocks.n)

        def on_block() -> None:
            nonlocal done
            done += 1
            on_progress("market", done, plan.blocks.n)

        lanes = write_lanes(plan, out, n_processes or n_processors(), on_block)
        reports, truth = reports_and_truth(plan, lanes)
        write_small(plan.companies.roster.table(), out / "parties.csv")
        write_small(reports, out / "reports.csv")
        folder.finish(out, truth.to_json())
    except OSError as error:
        raise OutputError("market.unwritable", hint="market.unwritable-hint", path=out) from error
