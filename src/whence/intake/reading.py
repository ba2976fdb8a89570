"""The story of intake: find the tables, open each, check one after the other, hand on a Dataset."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from whence.engine.files import clear
from whence.errors import InputError
from whence.intake.accesses import Accesses, check_accesses
from whence.intake.contract import CONTRACTS, LARGE, READ
from whence.intake.exports import EXPORTED, LOGGED, check_exports
from whence.intake.logins import check_logins
from whence.intake.mapping import read_mapping
from whence.intake.marks import check_marks
from whence.intake.orders import Orders, check_orders
from whence.intake.parties import check_parties
from whence.intake.places import find
from whence.intake.raw import RawTable, open_memory, open_place
from whence.intake.reports import Reported, check_reports
from whence.intake.samples import check_samples
from whence.intake.setaside import SetAside
from whence.intake.text import room_for_copies
from whence.intake.times import check_zone
from whence.intake.victims import check_victims
from whence.model import Dataset, MarkReading, Parties, Report
from whence.model.progress import Progress, no_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from whence.engine import DuckDB

STAGE: Final = "intake"
Opener: TypeAlias = Callable[[str, Collection[str] | None], RawTable | None]
# A table by name; of columns that may name custodians, those in the collection, or any if None.


def read(
    source: Path | None,
    *,
    engine: "DuckDB",
    tables: Mapping[str, Path] | None = None,
    mapping: Path | None = None,
    timezone: str = "UTC",
    custodians: Sequence[str] | None = None,
    stored: "Stored | None" = None,
    on_progress: Progress = no_progress,
) -> Dataset:
    """Read and check a dataset: a folder, single files (``tables``: name -> path), or both.

    A file of one's own wins over the folder's. ``mapping`` renames columns, ``timezone`` (an IANA
    name) is where times without a zone were written, ``custodians`` names the custodian columns.
    Large tables stay in ``engine``, observations come back as records; rows that cannot be used
    are set aside and counted. ``stored``: what is read is to be added to orders that are stored
    already; then reports are not needed. Raises InputError where a file cannot be used at all.
    """
    check_zone(timezone, engine)
    renamed = read_mapping(mapping, custodians or ())
    places = find(source, tables)
    if "reports" not in places and stored is None:
        raise InputError("intake.no-reports", hint="intake.no-reports-hint")
    aside = SetAside()

    with _scratch(engine) as scratch:

        def opener(table: str, holders: Collection[str] | None) -> RawTable | None:
            place = places.get(table)
            if place is None:
                return None
            return open_place(
                place,
                renamed.get(table, {}),
                holders=holders,
                engine=engine,
                scratch=scratch,
                aside=aside,
            )

        if "orders" not in places and stored is None:
            tell_unused(places, aside)
        reading = _Reading(
            engine=engine, zone=timezone, custodians=custodians, aside=aside, stored=stored
        )
        return reading.dataset(opener, on_progress)


def read_tables(
    tables: "Mapping[str, pa.Table]",
    *,
    engine: "DuckDB",
    timezone: str = "UTC",
    custodians: Sequence[str] | None = None,
    on_progress: Progress = no_progress,
) -> Dataset:
    """Check a dataset that stands in memory, given as Arrow tables by name; else as ``read``."""
    check_zone(timezone, engine)
    for table in tables:
        if table not in CONTRACTS:
            raise InputError("intake.unknown-table", table=table, tables=", ".join(CONTRACTS))
    if "reports" not in tables:
        raise InputError("intake.no-reports", hint="intake.no-reports-hint")

    def opener(table: str, holders: Collection[str] | None) -> RawTable | None:
        if table not in tables:
            return None
        return open_memory(table, tables[table], holders=holders, engine=engine)

    aside = SetAside()
    if "orders" not in tables:
        tell_unused(tables, aside)
    reading = _Reading(engine=engine, zone=timezone, custodians=custodians, aside=aside)
    return reading.dataset(opener, on_progress)


@contextmanager
def _scratch(engine: "DuckDB") -> Iterator[Path]:
    """Return a folder for decoded copies, where the engine keeps its own temporary files."""
    with room_for_copies():
        folder = TemporaryDirectory(prefix="whence-", dir=engine.temp_dir)
    with folder as path:
        yield Path(path)


def tell_unused(tables: Iterable[str], aside: SetAside) -> None:
    """Tell which tables say nothing without the orders they speak of."""
    unused = sorted({"accesses", "exports", "logins", "samples"} & set(tables))
    if unused:
        aside.note("intake.note-unused", tables=", ".join(unused))


class Stored(Protocol):
    """Orders that are stored already, to which what is read is added."""

    def joined(self, came: Orders | None, engine: "DuckDB", aside: SetAside) -> Orders:
        """Return all orders, stored and new, as the relation ``orders``.

        New ones that are stored in the same words are passed over, those in other words set aside.
        """

    def accesses(self, came: Accesses | None, engine: "DuckDB") -> Accesses | None:
        """Return the accesses to go on with, given those that came."""


class _Opened(Protocol):
    """Opens a table when its turn comes; without ``holders`` no column of custodians is read."""

    def __call__(self, table: str, holders: Collection[str] | None = ()) -> RawTable | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What every check of one dataset needs."""

    engine: "DuckDB"
    zone: str
    custodians: Sequence[str] | None
    aside: SetAside
    stored: Stored | None = None

    def dataset(self, opener: Opener, on_progress: Progress) -> Dataset:
        """Check the tables in turn; each is opened only when its turn comes."""
        clear(self.engine, "orders", "accesses", LOGGED, EXPORTED, "actors", "logins")
        turns = iter(range(len(READ)))

        def opened(table: str, holders: Collection[str] | None = ()) -> RawTable | None:
            on_progress(STAGE, next(turns), len(READ))
            return opener(table, holders)

        raw = opened("orders", self.custodians or None)
        if raw is None and self.stored is None:
            found = self._victims(opened)
        else:
            found = self._custody(self._orders(raw), opened)
        clear(self.engine, *(f"raw_{table}" for table in READ if table not in LARGE))
        on_progress(STAGE, len(READ), len(READ))
        self.aside.times(self.zone)
        self.aside.listing()
        return replace(
            found,
            rejected=self.aside.rejected(),
            rejected_rows=self.aside.rejected_rows(),
            notes=tuple(self.aside.notes),
        )

    def _orders(self, raw: RawTable | None) -> Orders:
        """Check the orders that came, and join them with those that are stored."""
        came = None
        if raw is not None:
            came = check_orders(
                raw,
                custodians=self.custodians,
                engine=self.engine,
                zone=self.zone,
                aside=self.aside,
            )
        if self.stored is not None:
            return self.stored.joined(came, self.engine, self.aside)
        if came is None:
            raise InputError("intake.no-reports", hint="intake.no-reports-hint")
        return came

    def _custody(self, orders: Orders, opened: "_Opened") -> Dataset:
        """Check a dataset that has orders."""
        engine, zone, aside = self.engine, self.zone, self.aside
        log = opened("accesses")
        accesses = (
            check_accesses(
                log,
                orders,
                engine=engine,
                zone=zone,
                aside=aside,
            )
            if log
            else None
        )
        taken = opened("exports", [column.column for column in orders.columns])
        if taken:
            accesses = check_exports(taken, orders, accesses, engine=engine, zone=zone, aside=aside)
        if self.stored is not None:
            accesses = self.stored.accesses(accesses, engine)
        log = opened("logins")
        logins = check_logins(log, orders, engine=engine, zone=zone, aside=aside) if log else None
        parties = self._parties(opened)
        came = opened("reports")
        reported = (
            check_reports(came, orders, engine=engine, zone=zone, aside=aside)
            if came
            else Reported()
        )
        taken = opened("samples", [column.column for column in orders.columns])
        samples, sample_ids = (
            check_samples(taken, orders, engine=engine, zone=zone, aside=aside)
            if taken
            else ((), frozenset())
        )
        return Dataset(
            orders=orders.table,
            accesses=accesses.table if accesses else None,
            actors=accesses.actors if accesses else None,
            logins=logins,
            custodian_columns=orders.columns,
            parties=parties,
            reports=reported.reports,
            samples=samples,
            marks=self._marks(opened, reported.reports, sample_ids),
            n_reports=reported.n_rows,
            reported_orders=reported.orders,
        )

    def _victims(self, opened: "_Opened") -> Dataset:
        """Check a dataset that has only what victims tell; what needs orders stays unread."""
        parties = self._parties(opened)
        raw = opened("reports", self.custodians or None)
        if raw is None:
            raise InputError("intake.no-reports", hint="intake.no-reports-hint")
        reports, columns, n_reports = check_victims(
            raw,
            custodians=self.custodians,
            engine=self.engine,
            zone=self.zone,
            aside=self.aside,
        )
        return Dataset(
            orders=None,
            accesses=None,
            actors=None,
            logins=None,
            custodian_columns=columns,
            parties=parties,
            reports=reports,
            marks=self._marks(opened, reports, frozenset()),
            n_reports=n_reports,
        )

    def _parties(self, opened: "_Opened") -> Parties:
        raw = opened("parties")
        if raw is None:
            return Parties()
        return check_parties(raw, engine=self.engine, aside=self.aside)

    def _marks(
        self, opened: "_Opened", reports: Sequence[Report], samples: frozenset[str]
    ) -> tuple[MarkReading, ...]:
        raw = opened("marks")
        if raw is None:
            return ()
        return check_marks(
            raw,
            reports={report.report_id for report in reports},
            samples=samples,
            engine=self.engine,
            zone=self.zone,
            aside=self.aside,
        )
