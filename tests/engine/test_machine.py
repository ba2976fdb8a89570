"""What a run takes of the machine: half of the memory, and a folder that goes with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from whence.engine import DuckDB
from whence.engine.machine import (
    MEBIBYTE,
    PrivateFolder,
    bytes_of,
    half_of_memory,
    java_memory,
    memory_bytes,
)
from whence.errors import EngineError

PHYSICAL = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
OF_BOTH = "9:cpu,cpuacct:/\n4:memory:/job/one\n0::/job/one\n"


def limited(folder: Path, **limits: int | str) -> int:
    """Return the memory there is where control groups (file name with ``_`` for ``/``) say so."""
    own = folder / "own"
    own.write_text(OF_BOTH)
    for name, limit in limits.items():
        path = folder / "groups" / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{limit}\n")
    return memory_bytes(folder / "groups", own)


def test_the_lowest_limit_on_the_way_up_holds(tmp_path: Path) -> None:
    assert limited(tmp_path) == PHYSICAL
    assert limited(tmp_path, memory_DOT_max="max", job__one__memory_DOT_max="max") == PHYSICAL
    assert limited(tmp_path, job__memory_DOT_max=3 << 20) == 3 << 20
    assert limited(tmp_path, memory__job__one__memory_DOT_limit_in_bytes=2 << 20) == 2 << 20
    assert limited(tmp_path, memory__memory_DOT_limit_in_bytes=1 << 62) == 2 << 20


def test_a_container_that_sees_only_its_own_group_is_limited_too(tmp_path: Path) -> None:
    assert limited(tmp_path, memory_DOT_max=5 << 20) == 5 << 20


def test_without_control_groups_the_machine_decides(tmp_path: Path) -> None:
    assert memory_bytes(tmp_path, tmp_path / "none") == PHYSICAL


@pytest.mark.parametrize(
    ("size", "expected"),
    [("512MB", 512_000_000), ("1.5 GiB", 3 << 29), ("2gb", 2_000_000_000), ("1TiB", 1 << 40)],
)
def test_a_size_is_read_with_its_unit(size: str, expected: int) -> None:
    assert bytes_of(size) == expected


def test_what_is_no_size_is_none() -> None:
    with pytest.raises(ValueError, match="lots"):
        bytes_of("lots")


def test_java_gets_what_was_asked_for_but_never_less_than_it_starts_with() -> None:
    assert java_memory("2GiB") == "2048m"
    assert java_memory("1MB") == "512m"
    assert java_memory(None) == f"{max(memory_bytes() // 2 // MEBIBYTE, 512)}m"


def test_the_engine_takes_half_of_the_memory_unless_it_is_told() -> None:
    asked = "SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'"
    told = {}
    for limit in (None, half_of_memory(), "300MiB"):
        with DuckDB(memory_limit=limit) as engine:
            ((told[limit],),) = engine.rows(asked)
    assert told[None] == told[half_of_memory()] != told["300MiB"] == "300.0 MiB"


def test_what_does_not_fit_into_memory_goes_to_a_folder_of_the_runs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    room = tmp_path / "room"
    with (
        DuckDB(memory_limit="48MB", threads=1, temp_dir=room) as engine,
        DuckDB(threads=1, temp_dir=room) as other,
    ):
        engine.execute("CREATE TABLE large AS SELECT hash(range) AS n FROM range(12_000_000)")
        assert [path for path in engine.temp_dir.iterdir() if path.stat().st_size]
        assert list(other.temp_dir.iterdir()) == []
        assert {engine.temp_dir, other.temp_dir} == set(room.iterdir())
    assert list(room.iterdir()) == []
    assert list(tmp_path.iterdir()) == [room]


def test_an_engine_that_cannot_start_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Memory"):
        DuckDB(memory_limit="lots", temp_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError) as told:
        PrivateFolder(tmp_path / "file")
    assert (told.value.phrase, bool(told.value.advice("zh"))) == ("engine.no-temp-dir", True)


def test_a_folder_that_nobody_removed_goes_when_the_process_ends(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from whence.engine.machine import PrivateFolder\n"
        "made = PrivateFolder(Path(sys.argv[1])); (made.path / 'a').touch(); print(made.path)"
    )
    told = subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], text=True)
    assert Path(told.strip()).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
