"""Attachments are stored by digest, sealed, in flat memory; what was changed does not open."""

import io
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from cases_world import PICTURE, Office, a_case, attached
from hypothesis import given, settings, strategies as st

from whence.casework.exhibits import attach_file
from whence.casework.sealed import Safe
from whence.casework.sealed_stream import PIECE, open_stream, seal_stream
from whence.errors import InputError, IntegrityError, UsageError

SECRET = bytes(range(32))
MOST_MB = 48  # what sealing may add to a process: pieces, their sealed forms, the cipher

MEASURED = """
import resource, sys
from pathlib import Path
from whence.casework.cases_desk import open_desk
from whence.casework.exhibits import attach_file
from whence.workspace import open_workspace

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
folder, small, large = map(Path, sys.argv[1:])
with open_desk(open_workspace(folder), account_id="a", clock=lambda: 0) as desk:
    attach_file(desk, "C1", small)
    before = peak()
    name = attach_file(desk, "C1", large)
    exhibit = desk.case("C1").exhibits[name]
    size = sum(map(len, desk.safe.exhibit(exhibit.sha256)))
print(size, exhibit.size, peak() - before)
"""


def sealed(data: bytes) -> bytes:
    into = io.BytesIO()
    seal_stream([data], SECRET, into)
    return into.getvalue()


def opened(data: bytes) -> bytes:
    return b"".join(open_stream(io.BytesIO(data), SECRET, "it"))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_opens_as_it_was(size: int) -> None:
    data = bytes(size // 2) + b"\x01" * (size - size // 2)
    assert opened(sealed(data)) == data
    if size > 1:  # a single byte stands in any header
        assert data not in sealed(data)


@given(st.binary(max_size=200), st.data())
@settings(max_examples=200, deadline=None)
def test_one_byte_changed_or_cut_and_it_does_not_open(data: bytes, draw: st.DataObject) -> None:
    whole = sealed(data)
    at = draw.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= 1 << draw.draw(st.integers(0, 7))
    for spoiled in (bytes(changed), whole[:at], whole + b"\0"):
        with pytest.raises(IntegrityError):
            opened(spoiled)


def test_pieces_taken_out_or_moved_are_seen() -> None:
    data = bytes(PIECE) + b"\x01" * PIECE + b"\x02" * PIECE
    whole = sealed(data)
    head, step = len(whole) - 3 * (PIECE + 16), PIECE + 16
    one, two, three = (whole[head + n * step : head + (n + 1) * step] for n in range(3))
    for order in (one + three, two + one + three, one + two):
        with pytest.raises(IntegrityError):
            opened(whole[:head] + order)


def test_an_exhibit_is_found_by_its_digest_and_says_who_took_it_in(office: Office) -> None:
    with office.desk("analyst-2") as desk:
        desk.new(title="t", why="", case_id="C1")
        name = attached(desk, "C1")
        exhibit = desk.case("C1").exhibits[name]
        assert exhibit.sha256 == sha256(PICTURE).hexdigest()
        assert (exhibit.size, exhibit.role, exhibit.taken.by) == (
            len(PICTURE),
            "picture",
            "analyst-2",
        )
        assert b"".join(desk.safe.exhibit(exhibit.sha256) or ()) == PICTURE


def test_an_exhibit_of_a_report_that_is_not_there_is_refused(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        with pytest.raises(UsageError, match="V99999"):
            attached(desk, "C1", report_id="V99999")


def test_a_changed_exhibit_does_not_open_and_its_neighbour_does(office: Office) -> None:
    with office.desk() as desk:
        a_case(desk)
        four, five = (desk.case("C1").exhibits[each].sha256 for each in ("E4", "E5"))
        path = office.workspace.folder / "cases" / "exhibits" / four
        data = bytearray(path.read_bytes())
        data[-20] ^= 1
        path.write_bytes(data)
        with pytest.raises(IntegrityError):
            list(desk.safe.exhibit(four) or ())
        assert list(desk.safe.exhibit(five) or ())


def test_a_file_that_is_not_there_is_told_and_leaves_nothing(
    office: Office, tmp_path: Path
) -> None:
    with office.desk() as desk:
        desk.new(title="t", why="", case_id="C1")
        with pytest.raises(InputError):
            attach_file(desk, "C1", tmp_path / "none.png")
        assert not desk.case("C1").exhibits


def test_a_file_that_breaks_off_while_it_is_read_leaves_nothing(office: Office) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    safe = Safe(office.workspace)
    with pytest.raises(Exception, match="Input/output"):
        safe.put_exhibit(Breaking(bytes(3 << 20)))
    assert not list((office.workspace.folder / "cases" / "exhibits").iterdir())


@pytest.mark.parametrize("size", [64 << 20, pytest.param(2 << 30, marks=pytest.mark.slow)])
def test_a_large_recording_needs_no_more_memory_than_a_small_one(
    office: Office, tmp_path: Path, size: int
) -> None:
    with office.desk() as desk:
        desk.new(title="t", why="", case_id="C1")
    small, large = tmp_path / "small.mp3", tmp_path / "large.mp3"
    small.write_bytes(b"\x01" * (2 << 20))
    with large.open("wb") as file:
        file.truncate(size)
    arguments = [str(office.workspace.folder), str(small), str(large)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], capture_output=True, text=True, check=True
    )
    read, said, grown = map(int, done.stdout.split())
    assert read == said == size
    assert grown < MOST_MB
