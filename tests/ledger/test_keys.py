"""Keys lie where only their owner reads them, and people can compare them."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from whence.errors import InputError, OutputError, UsageError
from whence.ledger.keys import fingerprint, key_path, load_keys, make_key, read_fingerprint
from whence.ledger.notes import VerifierKey, read_note, read_verifier_key, sign_note, verify_note

ORIGIN = "shop.example/orders"
PETER = read_verifier_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
# python -c 'import base64, hashlib; print(base64.b32encode(hashlib.sha256(base64.b64decode(
# "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]).digest()[:20]))'
PETERS_FINGERPRINT = "Y6U5-KQPR-C2XI-FC3J-H3UM-RFEC-XPR6-Y6DP"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "keys"
    made.mkdir(mode=0o700)
    return made


def test_a_key_that_was_made_is_there_again_and_signs(folder: Path) -> None:
    made = make_key(folder, ORIGIN)
    (loaded,) = load_keys(folder, ORIGIN)
    assert loaded.verifier == made.verifier
    verify_note(read_note(sign_note("text\n", [loaded])), [made.verifier])


def test_several_keys_lie_side_by_side_and_other_files_are_left_alone(folder: Path) -> None:
    made = {make_key(folder, ORIGIN).verifier for _ in range(3)}
    (folder / "index.key").write_bytes(b"something else")
    assert {key.verifier for key in load_keys(folder, ORIGIN)} == made


def test_an_empty_folder_has_no_keys(folder: Path) -> None:
    assert load_keys(folder, ORIGIN) == ()


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX")
def test_a_key_is_readable_by_its_owner_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        made = make_key(folder, ORIGIN)
    finally:
        os.umask(before)
    assert key_path(folder, made.verifier).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_is_not_used(folder: Path, mode: int) -> None:
    path = key_path(folder, make_key(folder, ORIGIN).verifier)
    path.chmod(mode)
    with pytest.raises(UsageError, match=path.name):
        load_keys(folder, ORIGIN)
    path.chmod(0o600)
    assert load_keys(folder, ORIGIN)


def test_a_file_in_the_place_of_another_key_is_noticed(folder: Path) -> None:
    one, other = make_key(folder, ORIGIN), make_key(folder, ORIGIN)
    key_path(folder, one.verifier).replace(key_path(folder, other.verifier))
    with pytest.raises(InputError, match=one.verifier.id.hex()):
        load_keys(folder, ORIGIN)


def test_the_keys_of_another_ledger_are_noticed(folder: Path) -> None:
    make_key(folder, ORIGIN)
    with pytest.raises(InputError):
        load_keys(folder, "shop.example/returns")


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\n", b"\x00" * 64])
def test_a_damaged_key_is_an_error_that_shows_nothing_of_it(folder: Path, content: bytes) -> None:
    path = key_path(folder, make_key(folder, ORIGIN).verifier)
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        load_keys(folder, ORIGIN)
    assert "BEGIN" not in str(raised.value)


def test_a_key_of_another_kind_is_refused(folder: Path) -> None:
    path = key_path(folder, make_key(folder, ORIGIN).verifier)
    other = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(InputError):
        load_keys(folder, ORIGIN)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        make_key(tmp_path / "nowhere", ORIGIN)


def test_a_fingerprint_is_eight_groups_of_four() -> None:
    assert fingerprint(PETER) == PETERS_FINGERPRINT


def test_a_fingerprint_is_of_the_key_alone() -> None:
    renamed = VerifierKey(name="Somebody", public=PETER.public)
    assert fingerprint(renamed) == fingerprint(PETER)


@pytest.mark.parametrize(
    "typed",
    [
        PETERS_FINGERPRINT,
        PETERS_FINGERPRINT.lower(),
        PETERS_FINGERPRINT.replace("-", " "),
        PETERS_FINGERPRINT.replace("-", ""),
        f"  {PETERS_FINGERPRINT}\n",
    ],
)
def test_a_fingerprint_is_read_however_it_is_typed(typed: str) -> None:
    assert read_fingerprint(typed) == PETERS_FINGERPRINT


@pytest.mark.parametrize(
    "typed",
    [
        "",
        PETERS_FINGERPRINT[:-5],  # a group is missing
        PETERS_FINGERPRINT[:-1],
        f"{PETERS_FINGERPRINT}-AAAA",
        PETERS_FINGERPRINT[:-1] + "1",  # no digit of base32
        PETERS_FINGERPRINT[:-1] + "é",
        "c74f20a3",
    ],
)
def test_what_is_no_whole_fingerprint_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        read_fingerprint(typed)
