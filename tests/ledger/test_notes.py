"""A note speaks for a key only where that key signed it: C2SP signed-note, and Go's own cases."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings, strategies as st

from whence.errors import InputError, IntegrityError, UsageError
from whence.ledger.notes import (
    Signature,
    SigningKey,
    VerifierKey,
    is_key_name,
    read_note,
    read_verifier_key,
    sign_note,
    signers_of,
    verify_note,
)

VECTORS = json.loads((Path(__file__).parent / "vectors" / "notes.json").read_text("utf-8"))
TEXT: str = VECTORS["text"]
PETERS_LINE: str = VECTORS["peter"]["line"]
ENOCHS_LINE: str = VECTORS["enoch"]["line"]
PETER = read_verifier_key(VECTORS["peter"]["verifier_key"])
ENOCH = read_verifier_key(VECTORS["enoch"]["verifier_key"])
PETER_SIGNS = SigningKey(
    verifier=PETER,
    private=Ed25519PrivateKey.from_private_bytes(base64.b64decode(VECTORS["peter"]["seed"])),
)


def named(name: str, seed: int = 1) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
    public = private.public_key().public_bytes_raw()
    return SigningKey(verifier=VerifierKey(name=name, public=public), private=private)


def test_a_published_key_is_read_and_written_as_it_was() -> None:
    assert PETER.name == "PeterNeumann"
    assert PETER.id.hex() == "c74f20a3"
    for key in (PETER, ENOCH):
        assert read_verifier_key(key.text) == key
    assert PETER.text == VECTORS["peter"]["verifier_key"]


def test_no_part_of_a_key_passes_for_a_key() -> None:
    text = PETER.text
    parts = {text[i:j] for i in range(len(text)) for j in range(i, len(text) + 1)} - {text}
    bumped = {text[:i] + chr(ord(text[i]) + 1) + text[i + 1 :] for i in range(len(text))}
    for mangled in parts | bumped | set(VECTORS["bad_verifier_keys"]):
        with pytest.raises(InputError):
            read_verifier_key(mangled)


@pytest.mark.parametrize("name", ["shop.example/orders", "台账", "a"])
def test_a_plain_name_is_a_keys_name(name: str) -> None:
    assert is_key_name(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\nb", "a\x01b", "\ud800"]
)
def test_a_name_with_a_space_or_a_plus_is_none(name: str) -> None:
    assert not is_key_name(name)
    with pytest.raises(InputError):
        VerifierKey(name=name, public=bytes(32))


def test_the_published_note_comes_out_signed_to_the_letter() -> None:
    assert sign_note(TEXT, [PETER_SIGNS]) == f"{TEXT}\n{PETERS_LINE}"


def test_signing_again_replaces_the_own_signature_and_keeps_that_of_others() -> None:
    old = Signature(name=PETER.name, id=PETER.id, signature=b"old")
    others = (old, *read_note(f"{TEXT}\n{ENOCHS_LINE}").signatures)
    assert sign_note(TEXT, [PETER_SIGNS], others=others) == f"{TEXT}\n{ENOCHS_LINE}{PETERS_LINE}"


def test_the_secret_half_of_a_key_is_not_printed() -> None:
    seed = PETER_SIGNS.private.private_bytes_raw()
    assert repr(PETER_SIGNS) == f"SigningKey({PETER.text})"
    assert base64.b64encode(seed).decode() not in repr(PETER_SIGNS)


@pytest.mark.parametrize("text", ["abc", "", "a\tb\n", "a\rb\n", "a\x00\n", "\ud800\n"])
def test_a_text_that_cannot_be_a_notes_is_not_signed(text: str) -> None:
    with pytest.raises(UsageError):
        sign_note(text, [PETER_SIGNS])


def test_a_note_is_signed_by_one_key_at_least_and_a_hundred_at_most() -> None:
    assert len(read_note(sign_note(TEXT, [named(f"k{i}", i + 1) for i in range(100)])).signatures)
    with pytest.raises(UsageError):
        sign_note(TEXT, [])
    with pytest.raises(UsageError):
        sign_note(TEXT, [named(f"k{i}", i + 1) for i in range(101)])


def test_signatures_of_unknown_keys_are_ignored() -> None:
    note = read_note(f"{TEXT}\n{PETERS_LINE}{ENOCHS_LINE}")
    assert note.text == TEXT
    assert signers_of(note, [PETER]) == (PETER,)
    assert signers_of(note, [ENOCH]) == (ENOCH,)
    assert signers_of(note, [ENOCH, PETER]) == (PETER, ENOCH)


def test_a_note_without_a_known_signature_is_refused() -> None:
    note = read_note(f"{TEXT}\n{PETERS_LINE}{ENOCHS_LINE}")
    with pytest.raises(IntegrityError, match="none of the 2 signatures"):
        signers_of(note, [])
    with pytest.raises(IntegrityError):
        verify_note(note, [named("Somebody").verifier])


def test_a_key_is_known_by_name_and_id_together() -> None:
    same_name = VerifierKey(name="PeterNeumann", public=ENOCH.public)
    same_public = VerifierKey(name="EnochRoot", public=PETER.public)
    note = read_note(f"{TEXT}\n{PETERS_LINE}")
    assert signers_of(note, [same_name, same_public, PETER]) == (PETER,)
    with pytest.raises(IntegrityError):
        verify_note(note, [same_name, same_public])


def test_a_bad_signature_of_a_known_key_spoils_the_note() -> None:
    changed = f"{TEXT}\n{PETERS_LINE[:60]}ABCD{PETERS_LINE[60:]}{ENOCHS_LINE}"
    with pytest.raises(IntegrityError, match="PeterNeumann"):
        verify_note(read_note(changed), [PETER, ENOCH])
    verify_note(read_note(changed), [ENOCH])  # Peter is nobody here


def test_a_good_signature_does_not_outweigh_a_bad_one_of_the_same_key() -> None:
    twice = f"{TEXT}\n{PETERS_LINE}{PETERS_LINE}"
    assert signers_of(read_note(twice), [PETER]) == (PETER,)
    with pytest.raises(IntegrityError):
        verify_note(
            read_note(f"{TEXT}\n{PETERS_LINE}{PETERS_LINE[:60]}ABCD{PETERS_LINE[60:]}"), [PETER]
        )


def test_another_text_under_the_signature_is_noticed() -> None:
    with pytest.raises(IntegrityError):
        verify_note(read_note(f"{TEXT.replace('answer', 'question')}\n{PETERS_LINE}"), [PETER])


def test_the_last_blank_line_parts_text_and_signatures() -> None:
    text = "first\n\nsecond\n"
    note = read_note(sign_note(text, [PETER_SIGNS]))
    assert note.text == text
    verify_note(note, [PETER])


@pytest.mark.parametrize(
    "message",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{PETERS_LINE[:-1]}",
        f"\x01{TEXT}\n{PETERS_LINE}",
        f"\t{TEXT}\n{PETERS_LINE}",
        f"{TEXT}\n{PETERS_LINE}".replace("\n", "\r\n"),
        b"\xff" + f"{TEXT}\n{PETERS_LINE}".encode(),
        f"{TEXT}\n" + PETERS_LINE.replace("PeterNeumann", "Bad Name"),
        f"{TEXT}\n" + PETERS_LINE.replace("PeterNeumann", "Bad+Name"),
        f"{TEXT}\n{PETERS_LINE}Unexpected line.\n",
        f"{TEXT}\n" + PETERS_LINE.replace("— ", "- "),
        f"{TEXT}\n— PeterNeumann x08goA==\n",  # an id and nothing signed
        f"{TEXT}\n— PeterNeumann x08go_ZJ\n",  # not standard base64
        f"{TEXT}\n— PeterNeumann x08go/ZJ=\n",
        f"{TEXT}\n— PeterNeumann x08go/Z=\n",  # bits beyond the last byte
        f"{TEXT}\n— PeterNeumann\n",
        f"{TEXT}\n" + PETERS_LINE * 101,
        f"{TEXT * 11_000}\n{PETERS_LINE}",
        "",
        "\n\n",
    ],
)
def test_what_is_no_note_is_refused(message: str | bytes) -> None:
    with pytest.raises(InputError):
        read_note(message)


def test_sixteen_signatures_are_read_in_any_case() -> None:
    assert len(read_note(f"{TEXT}\n" + ENOCHS_LINE * 16).signatures) == 16


LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]))


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(LINES, min_size=1, max_size=6), n_keys=st.integers(1, 3))
def test_what_is_signed_is_read_back_as_it_was(lines: list[str], n_keys: int) -> None:
    text = "".join(f"{line}\n" for line in lines)
    keys = [named(f"key/{i}", i + 1) for i in range(n_keys)]
    note = read_note(sign_note(text, keys).encode())
    assert note.text == text
    assert signers_of(note, [key.verifier for key in keys]) == tuple(k.verifier for k in keys)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_changed_byte_of_a_note_is_noticed(data: Any) -> None:
    message = sign_note(TEXT, [PETER_SIGNS]).encode()
    at = data.draw(st.integers(0, len(message) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != message[at]))
    with pytest.raises((InputError, IntegrityError)):
        verify_note(read_note(message[:at] + bytes([byte]) + message[at + 1 :]), [PETER])
