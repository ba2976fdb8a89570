"""Trust in a key reaches those it was rotated to, and ends where a key was lost."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from whence.errors import IntegrityError, UsageError
from whence.ledger.keys import fingerprint
from whence.ledger.notes import SigningKey, VerifierKey
from whence.ledger.succession import (
    KeyChange,
    key_facts,
    keys_to_sign,
    read_key_change,
    signers_needed,
    verify_follows,
    verify_signers,
    vouched_for,
)

ORIGIN = "shop.example/orders"


def key(seed: int) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
    public = private.public_key().public_bytes_raw()
    return SigningKey(verifier=VerifierKey(name=ORIGIN, public=public), private=private)


A, B, C, D = (key(seed).verifier for seed in range(1, 5))
FIRST = KeyChange(seq=0, old=None, new=A)
ROTATED = KeyChange(seq=10, old=A, new=B)
LOST = KeyChange(seq=20, old=B, new=C, lost=True)
ROTATED_AGAIN = KeyChange(seq=30, old=C, new=D)
LIFE = [FIRST, ROTATED, LOST, ROTATED_AGAIN]


@pytest.mark.parametrize("change", LIFE)
def test_an_entry_says_which_key_follows_which(change: KeyChange) -> None:
    facts = key_facts(change.old, change.new, lost=change.lost)
    assert read_key_change(change.seq, facts) == change


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"old": None, "new": A.text},
        {"old": None, "new": None, "why": "first"},
        {"old": None, "new": A.text, "why": "rotated"},
        {"old": A.text, "new": B.text, "why": "first"},
        {"old": A.text, "new": B.text, "why": "sold"},
        {"old": A.text, "new": B.text[:-2], "why": "rotated"},
        {"old": 7, "new": B.text, "why": "rotated"},
    ],
)
def test_an_entry_that_does_not_say_so_is_an_error(facts: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="entry 4"):
        read_key_change(4, facts)


def test_keys_follow_one_another() -> None:
    for n, change in enumerate(LIFE):
        verify_follows(LIFE[:n], change)


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ([], ROTATED),  # nothing to rotate from
        ([FIRST], KeyChange(seq=5, old=None, new=B)),  # a second beginning
        ([FIRST, ROTATED], KeyChange(seq=12, old=A, new=C)),  # from a key no longer in force
        ([FIRST, ROTATED], KeyChange(seq=12, old=B, new=A)),  # back to a key used before
        ([FIRST], KeyChange(seq=5, old=A, new=A)),
    ],
)
def test_a_key_that_does_not_follow_is_noticed(before: list[KeyChange], change: KeyChange) -> None:
    with pytest.raises(IntegrityError, match=f"entry {change.seq}"):
        verify_follows(before, change)


@pytest.mark.parametrize(
    ("since", "size", "needed"),
    [
        (0, 1, (A,)),
        (0, 10, (A,)),  # entry 10 is not in it yet
        (1, 11, (A, B)),  # the first checkpoint over the rotation: both
        (11, 12, (B,)),
        (11, 21, (C,)),  # B is lost
        (21, 30, (C,)),
        (21, 31, (C, D)),
        (31, 99, (D,)),
        (5, 25, (A, C)),  # rotated and lost in between: A signs, B cannot
        (0, 31, (A, C, D)),
    ],
)
def test_both_sides_of_a_rotation_sign_the_next_checkpoint(
    since: int, size: int, needed: tuple[VerifierKey, ...]
) -> None:
    assert signers_needed(LIFE, since=since, size=size) == needed
    verify_signers(needed, [D, C, B, A], size=size)
    for i in range(len(needed)):
        with pytest.raises(IntegrityError, match=needed[i].id.hex()):
            verify_signers(needed, [*needed[:i], *needed[i + 1 :]], size=size)


def test_the_keys_that_must_sign_are_taken_from_those_at_hand() -> None:
    at_hand = [key(seed) for seed in range(1, 5)]
    chosen = keys_to_sign(LIFE, at_hand, since=1, size=11)
    assert [signing.verifier for signing in chosen] == [A, B]


def test_a_key_that_must_sign_and_is_not_at_hand_is_named() -> None:
    with pytest.raises(UsageError, match=A.id.hex()):
        keys_to_sign(LIFE, [key(2)], since=1, size=11)
    with pytest.raises(UsageError):
        keys_to_sign([], [key(1)], since=0, size=1)


@pytest.mark.parametrize(("trusted", "chain"), [(A, (A, B)), (B, (B,)), (C, (C, D)), (D, (D,))])
def test_a_fingerprint_vouches_forward_until_a_key_is_lost(
    trusted: VerifierKey, chain: tuple[VerifierKey, ...]
) -> None:
    assert vouched_for(LIFE, fingerprint(trusted)) == chain


def test_a_fingerprint_of_no_key_vouches_for_none() -> None:
    assert vouched_for(LIFE, fingerprint(key(9).verifier)) == ()
    assert vouched_for([], fingerprint(A)) == ()
