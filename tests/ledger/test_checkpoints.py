"""A checkpoint is what its log signed, to the letter: C2SP tlog-checkpoint."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from whence.errors import InputError, IntegrityError
from whence.ledger.checkpoints import (
    Checkpoint,
    read_checkpoint,
    sign_checkpoint,
    signers_of_checkpoint,
    verify_checkpoint,
)
from whence.ledger.notes import SigningKey, VerifierKey, read_verifier_key
from whence.ledger.tree import EMPTY_ROOT

PUBLISHED = json.loads((Path(__file__).parent / "vectors" / "notes.json").read_text("utf-8"))[
    "checkpoint"
]
ORIGIN = "shop.example/orders"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = SigningKey(
    verifier=VerifierKey(name=ORIGIN, public=PRIVATE.public_key().public_bytes_raw()),
    private=PRIVATE,
)
ROOT = base64.b64encode(EMPTY_ROOT).decode()
SIGNATURE = "\n— shop.example/orders AAAAAAAA\n"


def test_a_tree_head_of_gos_checksum_database_is_read_and_holds() -> None:
    key = read_verifier_key(PUBLISHED["verifier_key"])
    signed = read_checkpoint(PUBLISHED["note"])
    assert signed.checkpoint.size == PUBLISHED["size"]
    assert signed.checkpoint.root.hex() == PUBLISHED["root"]
    assert signers_of_checkpoint(signed, [key], origin=PUBLISHED["origin"]) == (key,)


def test_the_same_tree_head_under_another_name_does_not_hold() -> None:
    """As the specification shows it: only an example, nobody signed it."""
    key = read_verifier_key(PUBLISHED["verifier_key"])
    renamed = PUBLISHED["note"].replace(PUBLISHED["origin"], "example.com/behind-the-sofa")
    with pytest.raises(IntegrityError):
        verify_checkpoint(read_checkpoint(renamed), [key], origin="example.com/behind-the-sofa")


@given(
    size=st.integers(0, 2**63 - 1),
    root=st.binary(min_size=32, max_size=32),
    extensions=st.lists(st.from_regex(r"[!-~]{1,20}", fullmatch=True), max_size=3),
)
def test_a_checkpoint_is_read_back_as_it_was_signed(
    size: int, root: bytes, extensions: list[str]
) -> None:
    made = Checkpoint(origin=ORIGIN, size=size, root=root, extensions=tuple(extensions))
    signed = read_checkpoint(sign_checkpoint(made, [KEY]).encode())
    assert signed.checkpoint == made
    verify_checkpoint(signed, [KEY.verifier], origin=ORIGIN)


def test_the_checkpoint_of_another_ledger_is_refused() -> None:
    note = sign_checkpoint(Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT), [KEY])
    verify_checkpoint(read_checkpoint(note), [KEY.verifier], origin=ORIGIN)
    with pytest.raises(IntegrityError, match=r"shop\.example/returns"):
        verify_checkpoint(read_checkpoint(note), [KEY.verifier], origin="shop.example/returns")


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n0\n",
        f"\n0\n{ROOT}\n",
        f"{ORIGIN}\n\n{ROOT}\n",
        f"{ORIGIN}\n00\n{ROOT}\n",
        f"{ORIGIN}\n07\n{ROOT}\n",
        f"{ORIGIN}\n+7\n{ROOT}\n",
        f"{ORIGIN}\n-7\n{ROOT}\n",
        f"{ORIGIN}\n7.0\n{ROOT}\n",
        f"{ORIGIN}\n 7\n{ROOT}\n",
        f"{ORIGIN}\n7_0\n{ROOT}\n",
        f"{ORIGIN}\n٧\n{ROOT}\n",  # a digit, but not of ASCII
        f"{ORIGIN}\n９\n{ROOT}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT}\n",
        f"{ORIGIN}\n7\n{ROOT[:-4]}\n",  # 30 bytes
        f"{ORIGIN}\n7\n{ROOT[:-1]}\n",
        f"{ORIGIN}\n7\n{ROOT[:-2]}V=\n",  # bits beyond the last byte
        f"{ORIGIN}\n7\n{ROOT.replace('4', '-')}\n",
        f"{ORIGIN}\n7\n{ROOT}\n\nextension\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_checkpoint(text + SIGNATURE)


@pytest.mark.parametrize("size", ["0", "7", str(2**63 - 1)])
def test_what_is_one_is_read(size: str) -> None:
    read = read_checkpoint(f"{ORIGIN}\n{size}\n{ROOT}\nextension\n{SIGNATURE}").checkpoint
    assert read == Checkpoint(
        origin=ORIGIN, size=int(size), root=EMPTY_ROOT, extensions=("extension",)
    )


@pytest.mark.parametrize(
    "made",
    [
        Checkpoint(origin="", size=0, root=EMPTY_ROOT),
        Checkpoint(origin="two\nlines", size=0, root=EMPTY_ROOT),
        Checkpoint(origin=ORIGIN, size=-1, root=EMPTY_ROOT),
        Checkpoint(origin=ORIGIN, size=0, root=b"short"),
        Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT, extensions=("",)),
    ],
)
def test_what_could_not_be_read_back_is_not_signed(made: Checkpoint) -> None:
    with pytest.raises(InputError):
        sign_checkpoint(made, [KEY])
