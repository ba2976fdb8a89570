"""Secrets: whole, on the disk, never over another, and nobody else's to read."""

from pathlib import Path

import pytest

from whence.disk import to_disk, verify_private, write_secret
from whence.errors import UsageError

HINT = "ledger.key-open-hint"


def test_a_secret_is_its_owners_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    write_secret(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    verify_private(path, hint=HINT)
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_secret_never_takes_the_place_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    write_secret(path, b"first")
    with pytest.raises(FileExistsError):
        write_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_what_others_can_read_is_no_secret_and_the_advice_is_the_rooms(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "a.key"
    write_secret(path, b"secret")
    path.chmod(mode)
    with pytest.raises(UsageError, match="others than its owner") as told:
        verify_private(path, hint=HINT)
    assert told.value.hint == HINT


def test_a_folder_can_be_waited_for_as_a_file_can(tmp_path: Path) -> None:
    to_disk(tmp_path)
    with pytest.raises(FileNotFoundError):
        to_disk(tmp_path / "nothing")
