"""Trust in a key carries a check forward, and no further than the key could sign."""

import pytest
from attested_world import (
    AFTER_LOSS,
    FIRST,
    NOON,
    PRINTS,
    ROTATED_TO,
    STRANGERS,
    Ledger,
    a_ledger,
    attested,
    checkpoint,
    grown_over,
    stored,
)

from whence.errors import IntegrityError
from whence.ledger.entries import Entry
from whence.ledger.notes import SigningKey
from whence.ledger.succession import KEY_KIND, key_facts


@pytest.fixture(scope="module")
def plain() -> Ledger:
    return a_ledger(100, every=40)


@pytest.fixture(scope="module")
def lived() -> Ledger:
    return a_ledger(120, every=20, rotated_at=33, lost_at=71, erased=[5, 6, 7, 40], erased_at=50)


@pytest.mark.parametrize(
    ("key", "vouched"), [(FIRST, 60), (ROTATED_TO, 60), (AFTER_LOSS, 120)], ids=["1", "2", "3"]
)
def test_trust_follows_a_rotation_and_ends_where_a_key_was_lost(
    lived: Ledger, key: SigningKey, vouched: int
) -> None:
    found = attested(lived, fingerprint=PRINTS[key])
    assert (found.vouched_size, found.signed_size) == (vouched, 120)
    assert [(lost.size, lost.old, lost.new) for lost in found.lost_keys] == [
        (71, PRINTS[ROTATED_TO], PRINTS[AFTER_LOSS])
    ]


def test_a_rotation_without_the_old_signature_is_refused(lived: Ledger) -> None:
    grown = grown_over(lived.entries[:40])
    for keys in ([ROTATED_TO], [FIRST]):
        alone = [*lived.checkpoints[:1], checkpoint(grown, keys), *lived.checkpoints[2:]]
        with pytest.raises(IntegrityError, match="the checkpoint of 40 entries lacks"):
            attested(lived.but(checkpoints=alone))


def test_a_key_no_longer_in_force_signs_nothing(lived: Ledger) -> None:
    grown = grown_over(lived.entries[:60])
    stolen = [*lived.checkpoints[:2], checkpoint(grown, [FIRST]), *lived.checkpoints[3:]]
    with pytest.raises(IntegrityError, match=ROTATED_TO.verifier.id.hex()):
        attested(lived.but(checkpoints=stolen))


def test_a_thief_of_the_store_who_announces_a_loss_gains_no_trust(plain: Ledger) -> None:
    """He has no key: he cuts what he dislikes and says that the key was lost."""
    facts = key_facts(FIRST.verifier, STRANGERS.verifier, lost=True)
    entries = [
        *plain.entries[:80],
        stored(80, Entry(kind=KEY_KIND, at=NOON, facts=facts)),
    ]
    notes = [*plain.checkpoints[:2], checkpoint(grown_over(entries), [STRANGERS])]
    found = attested(Ledger(entries=entries, checkpoints=notes), fingerprint=PRINTS[FIRST])
    assert (found.vouched_size, found.signed_size) == (80, 81)
    assert found.lost_keys[0].size == 80
    with pytest.raises(IntegrityError):
        attested(Ledger(entries=entries, checkpoints=notes), kept=plain.checkpoints[2])


def test_a_key_that_nobody_announced_cannot_sign(plain: Ledger) -> None:
    notes = [checkpoint(grown_over(plain.entries[:40]), [STRANGERS])]
    with pytest.raises(IntegrityError, match="none of the 1 signatures"):
        attested(plain.but(checkpoints=notes))


def test_a_key_entry_that_does_not_follow_is_refused(plain: Ledger) -> None:
    facts = key_facts(ROTATED_TO.verifier, STRANGERS.verifier)
    entries = [*plain.entries, stored(100, Entry(kind=KEY_KIND, at=NOON, facts=facts))]
    with pytest.raises(IntegrityError, match="entry 100"):
        attested(plain.but(entries=entries))


def test_a_key_entry_whose_facts_are_gone_is_refused(plain: Ledger) -> None:
    entries = [plain.entries[0]._replace(openings=b""), *plain.entries[1:]]
    with pytest.raises(IntegrityError, match="entry 0"):
        attested(plain.but(entries=entries))


def test_a_fingerprint_of_no_key_of_the_ledger_is_refused(plain: Ledger) -> None:
    with pytest.raises(IntegrityError, match=PRINTS[STRANGERS]):
        attested(plain, fingerprint=PRINTS[STRANGERS])
