"""Whose orders they are: made-up people to try what leaves a platform on."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from whence.market import MarketSpec, make, write
from whence.market.people import people_of


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return make(MarketSpec(orders=2_000, sources=0, noise=0, seed=5)).orders


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_order_has_an_addressee_and_a_customer_keeps_hers(
    orders: pa.Table, locale: str
) -> None:
    rows = people_of(orders, locale=locale).to_pylist()
    assert [row["order_id"] for row in rows] == orders.column("order_id").to_pylist()
    assert all(row["name"] and row["phone"] and row["address"] for row in rows)
    hers = {(row["customer_id"], row["name"], row["phone"], row["address"]) for row in rows}
    assert len(hers) == len({row["customer_id"] for row in rows}) < len(rows)


def test_no_phone_is_one_that_somebody_could_have(orders: pa.Table) -> None:
    chinese = people_of(orders, locale="zh").column("phone").to_pylist()
    english = people_of(orders, locale="en").column("phone").to_pylist()
    assert all(re.fullmatch(r"12\d{9}", phone) for phone in chinese)  # mobiles begin with 13 to 19
    assert all(re.fullmatch(r"\(\d{3}\) 555-01\d\d", phone) for phone in english)


def test_another_seed_makes_other_people_and_the_same_seed_the_same(orders: pa.Table) -> None:
    assert people_of(orders, seed=1).equals(people_of(orders, seed=1))
    assert not people_of(orders, seed=1).equals(people_of(orders, seed=2))


def test_people_are_written_where_asked_for_and_the_folder_stays_a_market(tmp_path: Path) -> None:
    market = make(MarketSpec(orders=2_000, sources=0, noise=0, seed=5))
    write(market, tmp_path / "with", people="zh")
    assert pq.read_table(tmp_path / "with" / "people.parquet").num_rows == 2_000
    write(market, tmp_path / "with")
    assert not (tmp_path / "with" / "people.parquet").exists()
