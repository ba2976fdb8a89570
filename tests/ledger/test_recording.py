"""Recording and reading back, in either storage: in order, durable, whole or not at all."""

import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from ledger_world import (
    BEGAN,
    ORIGIN,
    WRITER,
    House,
    all_entries,
    house,
    reveal,
    reveals,
    without_persons,
)

from whence.errors import IntegrityError, UsageError
from whence.ledger import Entry, make_ledger, open_ledger
from whence.ledger.appending import append
from whence.ledger.nodes import nodes_in
from whence.ledger.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from whence.ledger.tree import leaf_hash, root_of
from whence.workspace import make_workspace


def test_what_was_recorded_is_read_back_in_order(shop: House) -> None:
    given = reveals(300)
    with shop.ledger() as ledger:
        assert ledger.append(given[:1]) == range(1, 2)  # entry 0 announces the key
        assert ledger.append(given[1:]) == range(2, 301)
        assert ledger.append([]) == range(301, 301)
        assert [read.entry for read in ledger.read(1)] == without_persons(given)
    with shop.ledger() as again:
        assert again.size == 301
        assert [read.seq for read in again.read()] == list(range(301))
        assert [read.seq for read in again.read(299)] == [299, 300]
        assert [read.seq for read in again.read(-5, 2)] == [0, 1]
        assert [read.seq for read in again.read(300, 9_999)] == [300]
        (first,) = again.read(0, 1)
        assert (first.entry.kind, first.entry.facts["why"]) == ("key", "first")


def test_the_latest_instant_is_kept_when_a_clock_goes_back(shop: House) -> None:
    with shop.ledger() as ledger:
        assert ledger.last_at == BEGAN
        ledger.append([reveal(50), reveal(90), reveal(70)])
        ledger.append([reveal(60)])
        assert ledger.last_at == reveal(90).at
        assert ledger.verify().n_times_back == 2


def test_one_entry_that_cannot_be_recorded_keeps_its_batch_out(shop: House) -> None:
    bad = Entry(kind="note", at=BEGAN, facts={"share": 0.5})  # type: ignore[dict-item]
    with shop.ledger() as ledger:
        with pytest.raises(UsageError):
            ledger.append([reveal(1), bad, reveal(2)])
        assert ledger.size == 1


def test_a_step_that_fails_midway_leaves_nothing(shop: House) -> None:
    with shop.ledger() as ledger:
        before = all_entries(ledger)
        given = ledger.seal(reveals(5))

        def broken_off() -> None:
            with ledger._storage.writing() as step:
                append(step, given)
                assert step.state().size == 6
                raise RuntimeError

        with pytest.raises(RuntimeError):
            broken_off()
        assert all_entries(ledger) == before
        assert ledger.append(reveals(2)) == range(1, 3)
        ledger.verify(fingerprint=shop.fingerprint)


def test_a_reader_sees_one_moment_while_others_write(shop: House) -> None:
    with shop.ledger() as ledger:
        ledger.append(reveals(9))
        reading = ledger.read()
        first = next(reading)
        with shop.ledger() as other:
            other.append(reveals(5000, first=9))
        assert len([first, *reading]) == 10
        assert ledger.size == 5010


@pytest.mark.parametrize("batch", [1, 255, 256, 257, pytest.param(70_000, marks=pytest.mark.slow)])
def test_stored_hashes_give_the_tree_of_the_leaves(file_shop: House, batch: int) -> None:
    given = [Entry(kind="note", at=BEGAN + i) for i in range(batch)]
    with file_shop.ledger() as ledger:
        for part in (given, given[: batch // 2], given[:1]):
            ledger.append(part)
        hashes = [leaf_hash(read.leaf) for read in ledger.read()]
        size, root = ledger.size, ledger.state.root
        assert root == root_of(hashes)
        ledger.verify(fingerprint=file_shop.fingerprint)
        with ledger._storage.reading() as reading:
            nodes = nodes_in(reading)
            for index in {0, 1, batch, size // 3, size - 2, size - 1}:
                path = inclusion_proof(index, size, nodes)
                verify_inclusion(hashes[index], index, size, path, root)
            for old in {1, batch, size // 2, size - 1, size}:
                way = consistency_proof(old, size, nodes)
                verify_consistency(old, size, root_of(hashes[:old]), root, way)
        assert ledger.prove_consistency(batch) == consistency_proof(batch, size, nodes)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=8))
def test_how_entries_are_batched_does_not_change_the_tree(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int]
) -> None:
    place = house(tmp_path_factory.mktemp("ledger") / "workspace")
    with place.ledger() as ledger:
        for n in batches:
            ledger.append(Entry(kind="note", at=BEGAN) for _ in range(n))
        assert ledger.size == 1 + sum(batches)
        assert ledger.state.root == root_of(leaf_hash(read.leaf) for read in ledger.read())
        ledger.verify()


def test_several_processes_record_at_once(shop: House) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WRITER)]
    where = [str(shop.workspace.folder), shop.workspace.ledger or ""]
    running = [
        subprocess.Popen([*command, *where, name], stdout=subprocess.PIPE, text=True)
        for name in ("a", "b", "c", "d")
    ]
    told: dict[int, tuple[str, int]] = {}
    for name, process in zip("abcd", running, strict=True):
        said, _ = process.communicate()
        assert process.returncode == 0
        starts = list(map(int, said.split()))
        assert len(starts) == 40
        assert all(a < b for a, b in pairwise(starts))
        told |= {start: (name, i) for i, start in enumerate(starts)}
    with shop.ledger() as ledger:
        assert ledger.size == 1 + 4 * 40 * 25
        entries = all_entries(ledger)
        ledger.verify(fingerprint=shop.fingerprint)
    for start, (name, i) in told.items():
        facts = [entries[seq].entry.facts for seq in range(start, start + 25)]
        assert facts == [{"by": name, "batch": i}] * 25


def test_no_ledger_and_no_second_one(shop: House, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already"):
        make_ledger(shop.workspace, clock=lambda: BEGAN)
    empty = make_workspace(tmp_path / "other", name=ORIGIN)
    with pytest.raises(UsageError, match="no ledger"):
        open_ledger(empty, clock=lambda: BEGAN)
    with shop.ledger() as ledger:
        assert ledger.size == 1


def test_rows_changed_behind_its_back_are_told(shop: House) -> None:
    with shop.ledger() as ledger:
        ledger.append(reveals(20))
        ledger.verify()
        for statement in (
            "UPDATE ledger_entries SET seq = 100 WHERE seq = 20",
            "UPDATE ledger_entries SET seq = -1 WHERE seq = 100",
            "DELETE FROM ledger_entries WHERE seq = -1",
        ):
            with ledger._storage.writing() as step:
                step.run(statement, ())  # type: ignore[attr-defined]
            with pytest.raises(IntegrityError):
                ledger.verify()
