"""The tables a dataset may have, their columns and their file forms: FORMATS.md as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one table must and may bring; ``has_custodians``: any other ``KIND_id`` column too.

    ``unread``: columns it may bring that no check uses. They stay in the file.
    ``is_limited``: every column says of fewer orders, so none named like a custodian's is left out.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    has_custodians: bool = False
    is_limited: bool = False

    @property
    def known(self) -> frozenset[str]:
        """Every column this table is known by."""
        return self.read | frozenset(self.unread)

    @property
    def read(self) -> frozenset[str]:
        """Every column that a check uses."""
        return frozenset(self.required) | frozenset(self.optional)


CONTRACTS: Final[Mapping[str, Contract]] = {
    "orders": Contract(
        required=("order_id", "placed_at"),
        optional=("customer_id", "amount", "region", "goods"),
        unread=("currency", "status", "refund_requested_at"),
        has_custodians=True,
    ),
    "accesses": Contract(
        required=("order_id", "account_id", "accessed_at"),
        optional=("party_id", "fields"),
        unread=("action", "purpose", "ip", "device_id", "session_id"),
    ),
    "exports": Contract(
        required=("account_id",),  # and accessed_at, under this name or as exported_at
        optional=(
            *("accessed_at", "exported_at", "export_id", "party_id", "fields"),
            *("placed_from", "placed_until"),
            *("order_id", "placed_at", "customer_id", "amount", "region", "goods"),
            *("currency", "status", "refund_requested_at"),
        ),
        unread=("action", "purpose", "ip", "device_id", "session_id"),
        has_custodians=True,
        is_limited=True,
    ),
    "logins": Contract(
        required=("attempted_at", "success"),
        optional=("customer_id", "account_id", "ip", "device_id"),
        unread=("asn", "country", "user_agent"),
    ),
    "parties": Contract(
        required=("party_id", "kind"), optional=("parent_id", "name", "fields", "share")
    ),
    "reports": Contract(
        required=("report_id", "called_at"),
        optional=("order_id", "customer_id", "placed_at", "goods", "region", "known_fields"),
        unread=(
            *("reported_at", "loss", "currency", "channel", "caller", "alias_used"),
            *("dialled_number", "pretext", "asks", "payee", "money_channel", "place", "age"),
            *("student", "narrative"),
        ),
        has_custodians=True,
    ),
    "samples": Contract(
        required=(),
        optional=(
            *("sample_id", "acquired_at", "verified"),
            *("order_id", "placed_at", "customer_id", "amount", "goods", "region"),
        ),
        unread=("price", "source"),
        has_custodians=True,
    ),
    "marks": Contract(
        required=("reading_id", "party_id", "log10_likelihood_ratio"),
        optional=("report_id", "sample_id", "false_accusation_bound"),
    ),
    "contacts": Contract(
        required=("customer_id",), unread=("phone", "email", "app_user_id", "language")
    ),
}

READ: Final = tuple(name for name in CONTRACTS if name != "contacts")
# Contacts are for warnings; a trace does not open them, so that phone numbers stay where they are.

LARGE: Final = frozenset({"orders", "accesses", "logins"})
# These stay in the engine as sets; the other tables are few rows and become records.

NO_CUSTODIAN: Final = frozenset({"order_id", "customer_id", "report_id", "sample_id"})

TEXT_FORMS: Final = ("csv", "jsonl")
FORMS: Final = (
    "parquet",
    *(f"{form}{packed}" for form in TEXT_FORMS for packed in ("", ".gz", ".zst")),
    "xlsx",
)


def is_known(table: str, column: str) -> bool:
    """Tell whether a table may bring this column, so that a mapping may name it."""
    return column in CONTRACTS[table].known or _may_name_custodians(table, column)


def is_read(table: str, column: str, *, any_holder: bool) -> bool:
    """Tell whether a check uses a table's column; all others stay in the file.

    ``any_holder``: every column that is named like a custodian's is used.
    """
    contract = CONTRACTS[table]
    is_holder = (any_holder or contract.is_limited) and _may_name_custodians(table, column)
    return column in contract.read or is_holder


def _may_name_custodians(table: str, column: str) -> bool:
    is_unread = column in CONTRACTS[table].unread
    return has_custodians(table) and is_custodian_name(column) and not is_unread


def has_custodians(table: str) -> bool:
    """Tell whether a table's other columns may name custodians."""
    return CONTRACTS[table].has_custodians


def is_custodian_name(column: str) -> bool:
    """Tell whether a column is named like a custodian's: ``KIND_id``."""
    return column.endswith("_id") and len(column) > len("_id") and column not in NO_CUSTODIAN
