"""The ledger as an access log: a trace runs on it, and finds who leaked what it was shown."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ledger_world import BEGAN, CLERK, LI, SHOP, WANG, House, house, reveal
from releases_world import COURIER, release

import whence
from whence import market
from whence.errors import OutputError, UsageError
from whence.ledger import Entry, Value
from whence.ledger.accesses import _legible
from whence.model import to_instant

COLUMNS = ["order_id", "account_id", "party_id", "accessed_at", "action", "fields", "purpose"]


def test_reveals_and_releases_are_accesses(shop: House, tmp_path: Path) -> None:
    orders = [("O000000001", LI), ("O000000002", WANG)]
    with shop.ledger() as ledger:
        ledger.append([reveal(1), reveal(2, form="masked"), Entry(kind="refusal", at=BEGAN)])
        ledger.append([release(shop, "R-1", orders)])
        exported = ledger.export_accesses(tmp_path / "accesses.parquet")
    assert (exported.n_accesses, exported.n_erased) == (4, 0)
    table = pq.read_table(tmp_path / "accesses.parquet")
    assert table.column_names == COLUMNS
    assert table.schema.field("accessed_at").type == pa.timestamp("us", "UTC")
    told = [tuple(row.values()) for row in table.drop(["accessed_at"]).to_pylist()]
    courier = (COURIER, COURIER, "export", "name,phone,address", "deliver")
    assert told == [
        ("O000000001", CLERK, SHOP, "decrypt", "name,phone", "deliver"),
        ("O000000002", CLERK, SHOP, "view", "order_id", "deliver"),  # masked: no field was shown
        ("O000000001", *courier),
        ("O000000002", *courier),
    ]
    times = [to_instant(at) for at in table.column("accessed_at").to_pylist()]
    assert times == [reveal(1).at, reveal(2).at, *[BEGAN + 900_000_000] * 2]


def test_who_was_erased_is_left_out_and_counted(shop: House, tmp_path: Path) -> None:
    with shop.ledger() as ledger:
        ledger.append([reveal(1), reveal(2, WANG)])
        ledger.append([release(shop, "R-1", [("O000000001", LI), ("O000000002", WANG)])])
        ledger.erase(LI)
        exported = ledger.export_accesses(tmp_path / "accesses.parquet")
    assert (exported.n_accesses, exported.n_erased) == (2, 2)
    table = pq.read_table(tmp_path / "accesses.parquet")
    assert set(table.column("order_id").to_pylist()) == {"O000000002"}


def test_an_empty_ledger_gives_an_empty_table(file_shop: House, tmp_path: Path) -> None:
    with file_shop.ledger() as ledger:
        assert ledger.export_accesses(tmp_path / "accesses.parquet").n_accesses == 0
    assert pq.read_table(tmp_path / "accesses.parquet").column_names == COLUMNS


def test_another_form_or_no_folder_is_told(file_shop: House, tmp_path: Path) -> None:
    with file_shop.ledger() as ledger:
        with pytest.raises(UsageError, match="Parquet"):
            ledger.export_accesses(tmp_path / "accesses.csv")
        with pytest.raises(OutputError, match="No such file"):
            ledger.export_accesses(tmp_path / "nowhere" / "accesses.parquet")


@pytest.fixture(scope="module")
def leak() -> market.Market:
    """Make a market in which one clerk's account leaked what it saw."""
    return market.make(
        market.MarketSpec(orders=3_000, sources=1, victims=10, noise=8, kinds=("clerk",), seed=5)
    )


def recorded(leak: market.Market, shop: House) -> None:
    """Put a market's access log into the ledger, as if each look had been a reveal."""
    customers = dict(
        zip(
            leak.orders.column("order_id").to_pylist(),
            leak.orders.column("customer_id").to_pylist(),
            strict=True,
        )
    )

    def entry(row: dict[str, Any]) -> Entry:
        names = ("order_id", "account_id", "party_id", "fields", "purpose")
        facts = {name: row.get(name) for name in names} | {"form": "clear"}
        at = to_instant(row["accessed_at"])
        return Entry(kind="reveal", at=at, facts=facts, persons=(customers[row["order_id"]],))

    with shop.ledger() as ledger:
        ledger.append(map(entry, leak.accesses.to_pylist()))


def test_a_trace_on_the_ledger_names_whom_a_trace_on_the_log_names(
    leak: market.Market, tmp_path: Path
) -> None:
    shop = house(tmp_path / "workspace")
    recorded(leak, shop)
    with shop.ledger() as ledger:
        exported = ledger.export_accesses(tmp_path / "accesses.parquet")
    assert exported.n_accesses == leak.accesses.num_rows
    (source,) = leak.truth.sources
    given = {"orders": leak.orders, "reports": leak.reports, "parties": leak.parties}
    log = whence.trace(given | {"accesses": leak.accesses})
    ours = whence.trace(given | {"accesses": pq.read_table(tmp_path / "accesses.parquet")})
    assert [found.suspect.id for found in ours.named] == [source.id]
    assert ours.findings == log.findings
    assert ours.inputs == log.inputs


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"fields": "name,phone,goods", "forms": "marked,masked,as it is"}, "name,goods"),
        ({"fields": "phone", "forms": "masked"}, "order_id"),
        ({"fields": "name,phone"}, "name,phone"),
    ],
)
def test_a_masked_field_of_a_release_was_shown_to_nobody(
    facts: dict[str, Value], fields: str
) -> None:
    assert _legible(Entry(kind="release", at=0, facts=facts)) == fields
