"""What attests a ledger, and up to where: told for each reader; what does not hold is refused."""

from collections.abc import Iterator

import pytest
from attested_world import (
    FIRST,
    NOON,
    ORIGIN,
    PRINTS,
    STRANGERS,
    Ledger,
    a_ledger,
    attested,
    checkpoint,
    grown_over,
    last_length_of,
    resealed,
    signed,
)

from whence.errors import IntegrityError
from whence.ledger.verification import Examination, StoredEntry, examine
from whence.model import SECOND


@pytest.fixture(scope="module")
def plain() -> Ledger:
    return a_ledger(100, every=40)


@pytest.fixture(scope="module")
def lived() -> Ledger:
    return a_ledger(120, every=20, rotated_at=33, lost_at=71, erased=[5, 6, 7, 40], erased_at=50)


def test_a_ledger_is_attested_up_to_its_last_checkpoint(plain: Ledger) -> None:
    found = attested(plain, fingerprint=PRINTS[FIRST])
    assert (found.size, found.signed_size, found.vouched_size) == (100, 100, 100)
    assert (found.n_checkpoints, found.n_unattested) == (3, 0)
    assert found.root == grown_over(plain.entries).root()
    assert found.key == PRINTS[FIRST]


def test_what_follows_the_last_checkpoint_nothing_attests(plain: Ledger) -> None:
    found = attested(plain.but(checkpoints=plain.checkpoints[:2]), fingerprint=PRINTS[FIRST])
    assert (found.size, found.signed_size, found.n_unattested) == (100, 80, 20)


def test_and_a_change_there_is_not_noticed(plain: Ledger) -> None:
    """The no beside every yes: this is what the count of unattested entries is told for."""
    changed = Ledger(entries=resealed(plain, 90), checkpoints=plain.checkpoints[:2])
    assert attested(changed).n_unattested == 20
    with pytest.raises(IntegrityError, match="from 80 on"):
        attested(plain.but(entries=changed.entries))


def test_without_a_checkpoint_kept_elsewhere_nothing_is_kept(plain: Ledger) -> None:
    assert attested(plain, fingerprint=PRINTS[FIRST]).kept_size is None


def test_a_holder_of_the_key_can_write_another_ledger_but_not_the_kept_checkpoint(
    plain: Ledger,
) -> None:
    entries = resealed(plain, 10)
    forged = Ledger(entries=entries, checkpoints=signed(entries, 40))
    assert attested(forged, fingerprint=PRINTS[FIRST]).vouched_size == 100  # it proves nothing
    for kept in plain.checkpoints:
        with pytest.raises(IntegrityError):
            attested(forged, fingerprint=PRINTS[FIRST], kept=kept)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_kept_checkpoint_says_up_to_where_nothing_was_altered(plain: Ledger, n: int) -> None:
    found = attested(plain, kept=plain.checkpoints[n])
    assert found.kept_size == (40, 80, 100)[n]


def test_a_kept_checkpoint_need_not_be_one_of_those_stored(plain: Ledger) -> None:
    kept = checkpoint(grown_over(plain.entries[:57]), [FIRST])
    found = attested(plain.but(checkpoints=[]), kept=kept)
    assert (found.kept_size, found.signed_size, found.n_unattested) == (57, 0, 43)


def test_a_ledger_cut_behind_a_kept_checkpoint_is_noticed(plain: Ledger) -> None:
    cut = plain.but(entries=plain.entries[:80], checkpoints=plain.checkpoints[:2])
    assert attested(cut).signed_size == 80  # in itself it is whole
    with pytest.raises(IntegrityError, match="20 entries are missing"):
        attested(cut, kept=plain.checkpoints[2])


def test_a_kept_checkpoint_of_a_stranger_or_of_another_ledger_is_refused(plain: Ledger) -> None:
    grown = grown_over(plain.entries[:40])
    for kept in (
        checkpoint(grown, [STRANGERS]),
        checkpoint(grown, [FIRST], origin="shop.example/returns"),
        "no checkpoint",
    ):
        with pytest.raises(IntegrityError):
            attested(plain, kept=kept)


def test_an_empty_ledger_is_attested_by_nothing() -> None:
    found = attested(Ledger(entries=[], checkpoints=[]))
    assert (found.size, found.signed_size, found.key) == (0, 0, None)


@pytest.mark.parametrize("seq", [1, 39, 40, 99])
def test_a_changed_fact_is_named_by_its_entry(plain: Ledger, seq: int) -> None:
    _, leaf, openings = plain.entries[seq]
    _, _, others = plain.entries[seq - 1]
    for changed in (openings[:-1] + b"x", openings + b"\0", openings[:-1], others, openings * 2):
        entries = [*plain.entries[:seq], StoredEntry(seq, leaf, changed), *plain.entries[seq + 1 :]]
        with pytest.raises(IntegrityError, match=f"entry {seq} "):
            attested(plain.but(entries=entries, checkpoints=[]))


def test_an_opening_whose_length_says_too_much_is_noticed(plain: Ledger) -> None:
    """Cut at the end it would still be the fact it was; it is not as it was written."""
    _, leaf, openings = plain.entries[9]
    at = last_length_of(openings)
    longer = openings[:at] + (len(openings)).to_bytes(4, "big") + openings[at + 4 :]
    entries = [*plain.entries[:9], StoredEntry(9, leaf, longer), *plain.entries[10:]]
    with pytest.raises(IntegrityError, match="entry 9 "):
        attested(plain.but(entries=entries))


def test_an_entry_out_of_its_place_is_named(plain: Ledger) -> None:
    with pytest.raises(IntegrityError, match="entry 7 is missing; entry 8"):
        attested(plain.but(entries=[*plain.entries[:7], *plain.entries[8:]]))


def test_times_that_go_back_are_told_and_nothing_more(plain: Ledger) -> None:
    assert attested(plain).n_times_back == 0
    behind = a_ledger(
        100, every=40, clock=lambda at: at - 500 * SECOND if at >= NOON + 70 * SECOND else at
    )
    found = attested(behind)
    assert found.n_times_back == 30
    assert found.times_back == tuple(range(70, 80))


def test_checkpoints_stand_in_their_order(plain: Ledger) -> None:
    one, two, three = plain.checkpoints
    for notes in ([two, one, three], [one, three, two], [one, two, three, one], [one, one, three]):
        with pytest.raises(IntegrityError, match=r"stands after|attests 80"):
            attested(plain.but(checkpoints=notes))


def test_a_checkpoint_that_a_stranger_signed_too_may_stand_beside_it(plain: Ledger) -> None:
    """As a witness does: the same tree, one more signature."""
    one, two, three = plain.checkpoints
    witnessed = checkpoint(grown_over(plain.entries[:40]), [FIRST, STRANGERS])
    assert attested(plain.but(checkpoints=[one, witnessed, two, three])).signed_size == 100


def test_a_damaged_checkpoint_is_counted_from_the_first(plain: Ledger) -> None:
    notes = [plain.checkpoints[0], plain.checkpoints[1][:-3], plain.checkpoints[2]]
    with pytest.raises(IntegrityError, match="stored checkpoint 1"):
        attested(plain.but(checkpoints=notes))


def test_entries_are_taken_as_they_come_and_never_kept(plain: Ledger) -> None:
    """The check holds no more entries than one step takes, wherever they come from."""
    alive = [0]

    class Counted(bytes):
        def __del__(self) -> None:
            alive[0] -= 1

    most = 0

    def stream() -> Iterator[tuple[int, bytes, bytes]]:
        nonlocal most
        for seq, leaf, openings in plain.entries:
            alive[0] += 1
            most = max(most, alive[0])
            yield seq, Counted(leaf), openings

    examination = Examination(plain.checkpoints, origin=ORIGIN)
    examination.take(stream())
    assert examination.result().size == 100
    assert most <= 41  # as many as between two checkpoints, and the one that comes


def test_progress_is_told_and_ends_at_the_whole(plain: Ledger) -> None:
    told: list[tuple[str, int, int]] = []
    examine(
        plain.entries,
        plain.checkpoints,
        origin=ORIGIN,
        n_entries=100,
        on_progress=lambda *said: told.append(said),
    )
    assert told == [("verify", 40, 100), ("verify", 80, 100), ("verify", 100, 100)]


def test_a_copy_goes_on_from_where_it_was_taken(lived: Ledger) -> None:
    begun = Examination(lived.checkpoints, origin=ORIGIN, fingerprint=PRINTS[FIRST])
    begun.take(lived.entries[:65])
    copied = begun.copy()
    begun.take(lived.entries[65:])
    assert copied.size == 65
    copied.take(lived.entries[65:])
    assert copied.result() == begun.result() == attested(lived, fingerprint=PRINTS[FIRST])


def test_what_is_taken_later_is_not_in_a_copy(lived: Ledger) -> None:
    begun = Examination([], origin=ORIGIN)
    begun.take(lived.entries[:45])
    copied = begun.copy()
    begun.take(lived.entries[45:])
    begun.result()
    with pytest.raises(IntegrityError, match="entry 5 the first"):
        copied.result()  # the erasure, entry 50, is yet to come


def test_times_that_go_back_later_are_not_in_a_copy() -> None:
    behind = a_ledger(9, every=9, clock=lambda at: 2 * NOON - at)
    begun = Examination([], origin=ORIGIN)
    begun.take(behind.entries[:3])
    copied = begun.copy()
    begun.take(behind.entries[3:])
    assert copied.result().times_back == (1, 2)
    assert begun.result().times_back == tuple(range(1, 9))
