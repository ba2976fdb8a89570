"""What intake hands on: checked tables in the engine, and observations as records.

The two large tables (``orders``, ``accesses``) and ``logins`` stay in the engine under these
names; observations are few, so they are records:

===========  =======================================================================
relation     columns
===========  =======================================================================
``orders``   ``order_id``, ``placed_at``, then ``customer_id``, ``amount``, ``goods``,
             ``region`` and the custodian columns where the dataset has them
``accesses`` ``order_id``, ``account_id``, ``accessed_at``, ``party_id``, ``fields``: always
             all five, null where unknown; those of the log, and what was exported
``touches``  ``account_id``, ``party_id``, ``order_id``, ``accessed_at``, ``placed_at`` (its day
             alone) and what else ``orders`` has but ``amount``: ``accesses`` once more, where they
             are kept by account
``actors``   ``account_id``, ``party_id``, ``n``, ``first_at``, ``last_at``: every pair in
             ``accesses``, with how many rows it has, and from when to when
``logins``   ``customer_id``, ``attempted_at``, ``ip``, ``device_id``: successful ones
``days``     ``column``, ``custodian_id``, ``day``, ``n``: orders by the values of their custodian
             columns and the day they were placed; only where that is counted beforehand
``cells``    orders counted by their strata (``engine.strata``); only beside ``days``
===========  =======================================================================

Times are naive UTC timestamps in microseconds. ``order_id`` and ``customer_id`` keep the type of
the ``orders`` table; every custodian's id is text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from whence.model.instants import Instant
from whence.model.parties import Parties

OrderId: TypeAlias = str | int

FIELDS = (
    "order_id",
    "placed_at",
    "goods",
    "price",
    "name",
    "phone",
    "address",
    "id_number",
    "login",
    "password",
    "refund_status",
    "shipping_status",
    "payment_method",
)  # FORMATS.md, the names used in `fields` and `known_fields`


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetSource:
    """Parquet files whose plain columns are a relation, so that any engine can read it by itself.

    ``columns``: our name -> (name in the files, or None for a column of nulls; type, in the
    expression layer's spelling). ``only`` names a boolean column of the files: the relation has the
    rows for which it is true. With ``is_hive`` a column may also be named by the files' folders.
    """

    paths: tuple[Path, ...]
    columns: Mapping[str, tuple[str | None, str]]
    is_hive: bool = False
    only: str | None = None


class Table(Protocol):
    """A relation that stands in the engine under a name."""

    @property
    def name(self) -> str:
        """The relation's name in the engine."""

    @property
    def columns(self) -> Mapping[str, str]:
        """Column name -> type, in the expression layer's spelling (``string``, ``int64`` ...)."""

    @property
    def n_rows(self) -> int:
        """How many usable rows it has."""

    @property
    def source(self) -> ParquetSource | None:
        """The files it can be read from as it is; columns that no trace reads may be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodianColumn:
    """A column of ``orders`` that names who held the order from ``placed_at`` on."""

    kind: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleOrder:
    """An order that a report may be about; one, unless the report names only a customer."""

    order_id: OrderId
    placed_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One scam call as its victim reported it.

    ``orders`` holds the order it names or, where it names only a customer, every order she had
    placed before the call. Without an ``orders`` table it is empty, and ``custodians`` (kind ->
    id) and ``placed_at`` say what the victim knows. ``known_fields`` is None where nobody asked.
    """

    report_id: str
    called_at: Instant
    orders: tuple[PossibleOrder, ...] = ()
    customer_id: OrderId | None = None
    known_fields: frozenset[str] | None = None
    placed_at: Instant | None = None
    custodians: Mapping[str, str] = field(default_factory=dict)
    goods: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One row of a bought or seized data sample, matched to the one order it fits."""

    sample_id: str
    order_id: OrderId
    acquired_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReading:
    """A mark read back: how much likelier it is that ``party_id`` was handed this copy."""

    reading_id: str
    party_id: str
    log10_likelihood_ratio: float
    report_id: str | None = None
    sample_id: str | None = None
    false_accusation_bound: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row set aside: where it stands and why, never what it says."""

    table: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the reader must be told once: a phrase and its facts."""

    phrase: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Checked tables and observations, ready for tracing.

    ``orders`` is None for victims alone. ``rejected`` counts by ``table: reason``;
    ``rejected_rows`` lists them. ``n_reports`` counts report rows before any was set aside.
    ``reported_orders``: every order that a report is or may be about, also one that was set aside
    as a later report; whoever placed them has been called already.
    """

    orders: Table | None
    accesses: Table | None
    actors: Table | None
    logins: Table | None
    custodian_columns: tuple[CustodianColumn, ...]
    parties: Parties
    reports: tuple[Report, ...]
    samples: tuple[SampleRow, ...] = ()
    marks: tuple[MarkReading, ...] = ()
    touches: Table | None = None
    days: Table | None = None
    cells: Table | None = None
    n_reports: int = 0
    reported_orders: frozenset[OrderId] = frozenset()
    rejected: Mapping[str, int] = field(default_factory=dict)
    rejected_rows: tuple[Rejected, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def basis(self) -> Literal["custody", "victims alone"]:
        """Whether custody of orders is known, or only what victims tell."""
        return "victims alone" if self.orders is None else "custody"
