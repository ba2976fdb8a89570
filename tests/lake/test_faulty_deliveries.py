"""A disk that fills up, a corrupt file, a partition of another kind: said clearly, nothing half."""

import resource
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_world import laid, present, state, tables

from whence.errors import WhenceError
from whence.lake import build, is_lake

ENTRANCE = (sys.executable, "-c", "from whence.cli import main; main()")


@pytest.fixture(scope="module")
def given() -> dict[str, pa.Table]:
    return tables()


def partitioned(folder: Path, given: dict[str, pa.Table]) -> Path:
    """Lay a dataset out with its accesses in two partitions."""
    rest = {name: rows for name, rows in given.items() if name != "accesses"}
    laid(folder, rest)
    half = given["accesses"].num_rows // 2
    for day, part in (("1", given["accesses"][:half]), ("2", given["accesses"][half:])):
        place = folder / "accesses" / f"day={day}"
        place.mkdir(parents=True)
        pq.write_table(part, place / "part-0.parquet")
    return folder


def test_a_partitioned_delivery_is_built(given: dict[str, pa.Table], tmp_path: Path) -> None:
    assert build(partitioned(tmp_path / "all", given), tmp_path / "lake").new_touches


@pytest.mark.parametrize("cut", [4, 4_000])
def test_a_corrupt_partition_stops_the_build_and_leaves_the_lake(
    given: dict[str, pa.Table], tmp_path: Path, cut: int
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "first", {k: given[k] for k in ("orders", "parties")}), lake)
    before, files = state(lake), present(lake)
    source = partitioned(tmp_path / "all", given)
    part = source / "accesses" / "day=2" / "part-0.parquet"
    data = part.read_bytes()
    part.write_bytes(data[:-cut])
    with pytest.raises(WhenceError) as told:
        build(source, lake)
    assert "accesses" in str(told.value)
    assert (state(lake), present(lake)) == (before, files)


def test_a_partition_of_another_kind_does_not_pass_in_silence(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    source = partitioned(tmp_path / "all", given)
    part = source / "accesses" / "day=2" / "part-0.parquet"
    rows = pq.ParquetFile(part).read()
    other = rows.rename_columns([f"x_{name}" for name in rows.column_names])
    pq.write_table(other, part)
    built = build(source, tmp_path / "lake")
    assert built.rejected["accesses: missing order_id"] == rows.num_rows
    assert built.new_touches  # those of the other partition


def test_a_disk_that_fills_up_leaves_the_lake_as_it_was(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    build(laid(tmp_path / "first", {k: given[k] for k in ("orders", "parties")}), lake)
    before, files = state(lake), present(lake)
    source = laid(tmp_path / "all", given)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 13, 1 << 13))

    ended = subprocess.run(
        [*ENTRANCE, "build", str(source), str(lake), "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert (state(lake), present(lake)) == (before, files)
    assert build(source, lake).is_changed


def test_a_first_build_that_fails_leaves_no_lake(
    given: dict[str, pa.Table], tmp_path: Path
) -> None:
    source = laid(tmp_path / "all", {"accesses": given["accesses"]})
    with pytest.raises(WhenceError, match="orders"):
        build(source, tmp_path / "lake")
    assert not is_lake(tmp_path / "lake")
