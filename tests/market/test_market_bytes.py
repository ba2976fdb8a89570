"""Same spec, same bytes; another seed, another market; what is in the folder stays safe."""

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.csv as pc_csv
import pyarrow.parquet as pq
import pytest

from whence.errors import OutputError
from whence.market import Market, MarketSpec, make, write

SMALL = MarketSpec(orders=3_000, sources=2, victims=5, noise=15)


@pytest.fixture(scope="module")
def small() -> Market:
    return make(SMALL)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_the_same_seed_gives_the_same_bytes(small: Market, tmp_path: Path, form: str) -> None:
    write(small, tmp_path / "one", format=form)  # type: ignore[arg-type]
    write(make(SMALL), tmp_path / "two", format=form)  # type: ignore[arg-type]
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_another_market(small: Market, tmp_path: Path) -> None:
    write(small, tmp_path / "one")
    write(make(replace(SMALL, seed=2)), tmp_path / "two")
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert one.keys() == two.keys()
    assert all(one[name] != two[name] for name in one)


def test_more_noise_leaves_the_shops_and_orders_as_they_were(small: Market) -> None:
    noisier = make(replace(SMALL, noise=40))
    assert noisier.orders.equals(small.orders)
    assert noisier.accesses.equals(small.accesses)
    assert noisier.reports.num_rows == small.reports.num_rows + 25


def test_the_folder_holds_a_dataset_and_the_truth_beside_it(small: Market, tmp_path: Path) -> None:
    write(small, tmp_path / "market")
    assert {path.name for path in (tmp_path / "market").iterdir()} == {
        *("orders.parquet", "accesses.parquet", "logins.parquet"),
        *("parties.csv", "reports.csv", "truth.json"),
    }
    assert pq.read_table(tmp_path / "market" / "orders.parquet").equals(small.orders)
    with (tmp_path / "market" / "reports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == small.reports.num_rows
    assert all(row["called_at"].endswith("Z") for row in rows)
    truth = json.loads((tmp_path / "market" / "truth.json").read_text("utf-8"))
    assert truth["spec"]["orders"] == SMALL.orders
    assert [source["id"] for source in truth["sources"]] == [s.id for s in small.truth.sources]


def test_csv_says_the_same_as_parquet(small: Market, tmp_path: Path) -> None:
    write(small, tmp_path / "market", format="csv")
    read = pc_csv.read_csv(tmp_path / "market" / "accesses.csv")
    for column in ("order_id", "account_id", "party_id", "action", "fields", "ip"):
        assert read.column(column).to_pylist() == small.accesses.column(column).to_pylist()


def test_json_lines_say_the_same_as_parquet(small: Market, tmp_path: Path) -> None:
    write(small, tmp_path / "market", format="jsonl")
    with (tmp_path / "market" / "orders.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for column in ("order_id", "shop_id", "region"):
        assert [row[column] for row in rows] == small.orders.column(column).to_pylist()
    assert rows[0]["placed_at"].endswith("Z")


def test_an_earlier_market_is_overwritten_whole(small: Market, tmp_path: Path) -> None:
    write(small, tmp_path, format="csv")
    write(small, tmp_path, format="parquet")
    assert not (tmp_path / "orders.csv").exists()
    assert (tmp_path / "orders.parquet").exists()


def test_a_folder_with_anything_else_is_refused(small: Market, tmp_path: Path) -> None:
    write(small, tmp_path)
    (tmp_path / "diary.txt").write_text("mine", "utf-8")
    before = digests(tmp_path)
    with pytest.raises(OutputError, match="holds files that are no market"):
        write(small, tmp_path, format="csv")
    assert digests(tmp_path) == before


def test_orders_without_a_truth_are_somebody_s_own(small: Market, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id,placed_at\n", "utf-8")
    with pytest.raises(OutputError):
        write(small, tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(small: Market, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", "utf-8")
    with pytest.raises(OutputError, match="is a file"):
        write(small, tmp_path / "out")
