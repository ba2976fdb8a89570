"""Around a streamed market: the folder it leaves, whole or not; the command; laws of its ids."""

import hashlib
import multiprocessing
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from whence.cli import run
from whence.errors import EngineError, OutputError
from whence.market import MarketSpec, make, stream, write
from whence.market.alias import Alias
from whence.market.customers import raw_bits
from whence.market.numbering import NUMBERS, CustomerNumbers, OrderNumbers
from whence.market.streamed_leaks import HELD, Held, is_same

SMALL = MarketSpec(orders=500, sources=0, noise=0)
TWO_LANES = MarketSpec(orders=410_000, days=20, sources=2, victims=5, noise=20)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- the folder -------------------------------------------------------------------------------


class Stopped(BaseException):
    """What Ctrl-C is to a run."""


def stop_after_two(_stage: str, done: int, _total: int, /) -> None:
    if done == 2:
        raise Stopped


def test_a_stopped_run_is_known_as_unfinished_and_leaves_no_process(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        stream(TWO_LANES, tmp_path, stop_after_two, n_processes=2)
    assert multiprocessing.active_children() == []
    assert (tmp_path / "unfinished").exists()
    assert not (tmp_path / "truth.json").exists()
    assert not (tmp_path / "reports.csv").exists()
    write(make(SMALL), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("orders.parquet", "accesses.parquet", "logins.parquet"),
        *("parties.csv", "reports.csv", "truth.json"),
    }


def test_a_stopped_run_is_overwritten_by_a_whole_one(tmp_path: Path) -> None:
    stream(SMALL, tmp_path / "clean")
    (tmp_path / "used" / "orders" / "day=2020-01-01").mkdir(parents=True)
    (tmp_path / "used" / "orders" / "day=2020-01-01" / "part-7.parquet").touch()
    (tmp_path / "used" / "unfinished").touch()
    stream(SMALL, tmp_path / "used")
    assert digests(tmp_path / "used") == digests(tmp_path / "clean")


@pytest.mark.parametrize("stranger", ["diary.txt", "orders/diary.txt", "orders/day=2026-01-05/x"])
def test_a_folder_with_anything_else_is_refused_and_left_as_it_was(
    tmp_path: Path, stranger: str
) -> None:
    stream(SMALL, tmp_path)
    (tmp_path / stranger).write_text("mine", "utf-8")
    before = digests(tmp_path)
    with pytest.raises(OutputError, match="no market"):
        stream(replace(SMALL, seed=2), tmp_path)
    assert digests(tmp_path) == before


def test_days_without_a_truth_are_somebody_s_own(tmp_path: Path) -> None:
    (tmp_path / "orders" / "day=2026-01-01").mkdir(parents=True)
    with pytest.raises(OutputError, match="no market"):
        stream(SMALL, tmp_path)


@pytest.mark.parametrize("n_processes", [1, 2])
def test_a_disk_that_gives_out_is_told_as_such(tmp_path: Path, n_processes: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # bytes a file may have
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            stream(TWO_LANES, tmp_path, n_processes=n_processes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "truth.json").exists()
    assert multiprocessing.active_children() == []


def test_a_process_ended_from_outside_is_told_as_such(tmp_path: Path) -> None:
    def end_one(_stage: str, done: int, _total: int, /) -> None:
        if done == 1:
            multiprocessing.active_children()[0].kill()

    with pytest.raises(EngineError, match="ended from outside"):
        stream(TWO_LANES, tmp_path, end_one, n_processes=2)
    assert multiprocessing.active_children() == []


# --- the command ------------------------------------------------------------------------------


def test_the_command_makes_a_streamed_market(tmp_path: Path) -> None:
    asked = ["market", str(tmp_path), "--accesses", "1_0e4", "--sources", "0", "--quiet"]
    assert run(asked) == 0
    assert (tmp_path / "accesses").is_dir()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--accesses", "1e6", "--orders", "20000"], "both say how large"),
        (["--accesses", "1e6", "--format", "csv"], "written in Parquet, not in csv"),
        (["--accesses", "1e6", "--format", "jsonl"], "written in Parquet, not in jsonl"),
        (["--accesses", "1e6", "--kinds", "login_device"], "has no logins"),
        (["--accesses", "many"], "1e9, 200_000_000 is expected"),
        (["--accesses", "0.5"], "1e9, 200_000_000 is expected"),
        (["--accesses", "-1e6"], "1e9, 200_000_000 is expected"),
        (["--accesses", "inf"], "1e9, 200_000_000 is expected"),
        (["--accesses", "6e9"], "more than a market can have"),
        (["--accesses", "100"], "too small"),
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    out = tmp_path / "out"
    assert run(["market", str(out), "--lang", "en", "--quiet", *options]) == 2
    assert complaint in capsys.readouterr().err
    assert not out.exists()


# --- laws -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 999, 100_000])
def test_no_two_orders_and_no_two_customers_share_an_id(n: int) -> None:
    numbers = OrderNumbers.of(n, 20_000, 1, np.random.default_rng(n))
    codes = np.concatenate(
        [numbers.codes(at, np.zeros(min(7, n - at), dtype=np.int64)) for at in range(0, n, 7)]
    )
    assert len(np.unique(codes)) == n
    assert 0 <= codes.min() <= codes.max() < NUMBERS
    customers = CustomerNumbers(shift=n).texts(np.arange(n)).to_pylist()
    assert len(set(customers)) == n
    assert all(len(name) == 10 for name in customers)


def test_an_alias_table_draws_by_weight() -> None:
    weights = np.array([0.0, 5.0, 1.0, 0.5, 13.5])
    drawn = Alias.of(weights).pick(raw_bits(200_000, np.random.default_rng(1)) >> np.uint64(32))
    shares = np.bincount(drawn, minlength=5) / 200_000
    assert shares[0] == 0.0
    assert np.abs(shares - weights / 20.0).max() < 0.005


def held(*touches: tuple[int, int], n: int | None = None) -> Held:
    rows = np.zeros(len(touches), dtype=HELD)
    rows["code"], rows["since"] = zip(*touches, strict=True)
    return Held(n_held=len(rows) if n is None else n, n_leaked=0, rows=rows)


def test_the_same_is_held_where_nothing_else_is_held_meanwhile() -> None:
    source = held((1, 10), (2, 20))
    assert is_same(source, held((2, 25), (1, 12)))
    assert is_same(source, held((7, 1), (1, 12), (2, 25), (8, 90)))
    assert not is_same(source, held((1, 12), (7, 15), (2, 25)))
    assert not is_same(source, held((1, 12), (3, 25)))
    assert not is_same(source, held((1, 12), (2, 25), n=3))  # only a sample is known


def test_a_sample_keeps_the_counts_and_the_smallest_keys() -> None:
    parts = [held((i, i)) for i in range(10)]
    for i, part in enumerate(parts):
        part.rows["key"] = (i * 7) % 10
    together = Held.together(parts, 4)
    assert together.n_held == 10
    assert sorted(together.rows["key"].tolist()) == [0.0, 1.0, 2.0, 3.0]
    assert not together.is_whole
