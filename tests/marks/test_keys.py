"""The key of the marks: made once, its owner's alone, never replaced."""

from pathlib import Path

import pytest

from whence.errors import InputError, OutputError, UsageError
from whence.marks.keys import FILE, load_key, make_key


def test_what_is_made_is_what_is_loaded(tmp_path: Path) -> None:
    made = make_key(tmp_path)
    assert len(made) == 32
    assert load_key(tmp_path) == made
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert make_key(tmp_path / "one") != make_key(tmp_path / "two")


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    made = make_key(tmp_path)
    with pytest.raises(UsageError, match="there already"):
        make_key(tmp_path)
    assert load_key(tmp_path) == made


def test_without_a_key_nothing_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no key of the marks") as error:
        load_key(tmp_path)
    assert "backup" in (error.value.advice() or "")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(UsageError, match="read by others"):
        load_key(tmp_path)


def test_a_file_that_is_no_key_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"short")
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(InputError, match="5 bytes instead of 32"):
        load_key(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        make_key(tmp_path / "nowhere")
