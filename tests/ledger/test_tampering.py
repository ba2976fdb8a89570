"""Whoever changes one thing in a ledger is noticed: every kind of change, many times over.

The fast tests check the changed ledger whole. The 100,000 changes of the slow test go through the
same code from the last checkpoint that the change leaves as it was: a copy of the examination of
the honest ledger stands there, and what it took before is what the changed ledger begins with.
"""

from random import Random

import pytest
from attested_world import FIRST, ORIGIN, PRINTS, Ledger, a_ledger
from tampering import CHANGES, Change, Tampered, take_facts_away, with_another_fact

from whence.errors import IntegrityError
from whence.ledger.leaves import look_at
from whence.ledger.verification import Examination

EVERY = 100  # entries between two checkpoints
N_SLOW = 25_000  # changes a part, four parts


@pytest.fixture(scope="module")
def small() -> Ledger:
    return a_ledger(500, every=50, rotated_at=160, lost_at=320, erased=[7, 8, 90], erased_at=200)


@pytest.fixture(scope="module")
def large() -> Ledger:
    erased = [*range(1_200, 1_230), 4_444]
    return a_ledger(
        10_000, every=EVERY, rotated_at=3_333, lost_at=7_001, erased=erased, erased_at=5_000
    )


@pytest.fixture(scope="module")
def stations(large: Ledger) -> list[Examination]:
    """Return the honest examination as it stood at each checkpoint, nothing taken first."""
    begun = Examination(large.checkpoints, origin=ORIGIN, fingerprint=PRINTS[FIRST])
    stood = [begun.copy()]
    for start in range(0, len(large.entries), EVERY):
        begun.take(large.entries[start : start + EVERY])
        stood.append(begun.copy())
    begun.result()
    return stood


def noticed(begun: Examination, ledger: Ledger, tampered: Tampered) -> str | None:
    """Return what the examination says against a changed ledger, or None."""
    try:
        begun.take(tampered.entries(ledger, begun.size))
        begun.result()
    except IntegrityError as error:
        return str(error)
    return None


def from_the_start(tampered: Tampered) -> Examination:
    return Examination(tampered.checkpoints, origin=ORIGIN, kept=tampered.kept)


def from_before_the_change(stations: list[Examination], tampered: Tampered) -> Examination:
    """Return the honest examination where neither entries nor checkpoints differ yet.

    At a station the next checkpoint has been read already, so that one must be the same too.
    """
    station = min(tampered.first // EVERY, tampered.n_same_checkpoints - 1)
    if station < 0 or tampered.kept:
        fresh = from_the_start(tampered)
        if station < 1:
            return fresh
        begun = stations[station].copy()
        begun._kept = fresh._kept
    else:
        begun = stations[station].copy()
    begun._checkpoints = tampered.checkpoints
    return begun


def test_the_honest_ledgers_are_attested_whole(small: Ledger, large: Ledger) -> None:
    for ledger in (small, large):
        honest = Examination(ledger.checkpoints, origin=ORIGIN, kept=ledger.checkpoints[-1])
        honest.take(ledger.entries)
        found = honest.result()
        assert found.signed_size == found.kept_size == found.size == len(ledger.entries)
        assert found.n_erased == ledger.n_erased > 0
        assert len(found.lost_keys) == 1


@pytest.mark.parametrize("change", [*CHANGES, take_facts_away], ids=lambda c: c.__name__)
def test_a_changed_ledger_does_not_hold(small: Ledger, change: Change) -> None:
    chance = Random(change.__name__)
    for _ in range(45):
        tampered = change(small, chance)
        assert noticed(from_the_start(tampered), small, tampered), tampered


def test_a_forged_entry_is_well_made(small: Ledger) -> None:
    """Else it would be noticed by itself, and the tree would not be put to the test."""
    chance = Random(3)
    for entry in small.entries[201:260]:
        assert look_at(*with_another_fact(entry, chance))[2] is None


@pytest.mark.parametrize("change", CHANGES[:5], ids=lambda c: c.__name__)
def test_without_checkpoints_only_what_does_not_fit_itself_is_noticed(
    small: Ledger, change: Change
) -> None:
    """So it is the checkpoints that notice the rest, as the count of unattested entries says."""
    bare, chance = small.but(checkpoints=[]), Random(1)
    fits_itself = [
        not noticed(from_the_start(tampered), bare, tampered)
        for tampered in (change(bare, chance) for _ in range(45))
    ]
    well_made = change.__name__ in {
        "change_a_fact_and_its_leaf",
        "change_the_time_of_a_leaf",
        "put_another_entry_in_its_place",
    }
    assert any(fits_itself) == (well_made or change.__name__ == "flip_a_bit_of_a_leaf")


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_checked_from_before_the_change_or_from_the_start_is_the_same(
    large: Ledger, stations: list[Examination], change: Change
) -> None:
    chance = Random(change.__name__)
    for _ in range(2):
        tampered = change(large, chance)
        said = noticed(from_the_start(tampered), large, tampered)
        assert said
        assert noticed(from_before_the_change(stations, tampered), large, tampered) == said


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_hundred_thousand_changes_are_noticed(
    large: Ledger, stations: list[Examination], part: int
) -> None:
    chance = Random(part)
    for n in range(N_SLOW):
        # Missing facts come out at the end only, when no erasure has named them: fewer of these.
        change = take_facts_away if n % 100 == 0 else chance.choice(CHANGES)
        tampered = change(large, chance)
        begun = from_before_the_change(stations, tampered)
        assert noticed(begun, large, tampered), (part, n, change.__name__)
