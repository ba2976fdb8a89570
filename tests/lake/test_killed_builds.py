"""A build that is killed at any moment leaves the lake as it was; the next one cleans up."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lake_world import first_touches, laid, present, rows, since, state, tables, until

from whence.lake import build, is_lake, manifest

DAY = "2026-02-10"
COMMAND = (sys.executable, "-c", "from whence.cli import main; main()", "build")


def started(source: Path, lake: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*COMMAND, str(source), str(lake), "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("kills", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_lake_is_before_or_after(tmp_path: Path, kills: int) -> None:
    given = tables()
    first = laid(tmp_path / "first", until(given, DAY))
    second = laid(tmp_path / "second", since(given, DAY))
    whole = tmp_path / "whole"
    build(first, whole)
    before_orders = len(rows(whole, "orders"))
    began = time.monotonic()
    child = started(second, whole)
    assert child.wait() == 0
    lasts = time.monotonic() - began
    after = (rows(whole, "orders"), first_touches(whole))
    moments = random.Random(7)
    seen = set()
    for number in range(kills):
        lake = tmp_path / f"lake-{number}"
        build(first, lake)
        before = state(lake)
        child = started(second, lake)
        time.sleep(moments.uniform(0.25, 1.1) * lasts)
        child.send_signal(signal.SIGKILL)
        child.wait()
        manifest.verify(lake, manifest.read(lake))
        if state(lake) == before:
            seen.add("before")
            assert len(rows(lake, "orders")) == before_orders
        else:
            seen.add("after")
            assert (rows(lake, "orders"), first_touches(lake)) == after
        build(second, lake)
        assert (rows(lake, "orders"), first_touches(lake)) == after
        assert not build(second, lake).is_changed  # and what the one before replaced is gone
        named = {path for path in state(lake) if path.endswith(".parquet")}
        assert present(lake) == named
    assert seen


def test_a_first_build_that_is_killed_leaves_no_lake(tmp_path: Path) -> None:
    source = laid(tmp_path / "all", tables())
    lake = tmp_path / "lake"
    child = started(source, lake)
    while not lake.exists():
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    if not is_lake(lake):
        assert build(source, lake).is_changed
    assert is_lake(lake)


def test_ctrl_c_ends_a_build_and_removes_what_it_wrote(tmp_path: Path) -> None:
    source = laid(tmp_path / "all", tables())
    lake = tmp_path / "lake"
    child = started(source, lake)
    while not (lake / ".building").exists():
        time.sleep(0.005)
    child.send_signal(signal.SIGINT)
    assert child.wait() in (0, 130)
    if not is_lake(lake):
        assert not list(lake.rglob("*.parquet"))
        assert not (lake / ".building").exists()
