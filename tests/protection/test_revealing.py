"""The desk: what it gives, what it refuses, and that the ledger has it first."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from protection_world import (
    ADDRESS,
    DELIVERING,
    NAME,
    NOON,
    ORDERS,
    PHONE,
    REGISTER,
    Clock,
    Installation,
    changed,
    files_of,
    leaks_in,
    made,
    opened,
    said_by,
    sealed_bytes,
)

from whence.errors import IntegrityError, OutputError, RefusedError, UsageError, WhenceError
from whence.ledger.entries import Sealed, person_digest
from whence.ledger.person_key import load_person_key
from whence.model import DAY, HOUR
from whence.protection import Asking, Clear, Revealed, Vault
from whence.protection.register import PATIENCE_WITH_CLOCKS
from whence.protection.vault_keys import FILE, KeyFile

CLEARLY = replace(DELIVERING, form="clear")


def test_what_is_asked_for_is_given_masked(installation: Installation) -> None:
    given = installation.desk.reveal("O-1", ["name", "phone", "address"], DELIVERING)
    assert given == Revealed(
        order_id="O-1",
        form="masked",
        fields={
            "name": "欧阳**",
            "phone": "120******88",
            "address": "浙江省杭州市文华路12号阳光花园3号楼**",
        },
    )


def test_what_the_register_lists_as_clear_is_given_so_where_that_is_asked_for(
    installation: Installation,
) -> None:
    assert installation.desk.reveal("O-1", ["phone"], CLEARLY).fields == {"phone": PHONE}


def test_a_field_that_an_order_lacks_is_given_as_nothing(installation: Installation) -> None:
    given = installation.desk.reveal("O-2", ["name", "address"], DELIVERING)
    assert given.fields == {"name": "欧阳**", "address": None}


def test_the_ledger_has_who_what_whose_and_for_what_and_never_the_value(
    installation: Installation,
) -> None:
    installation.desk.reveal("O-1", ["name", "phone"], DELIVERING)
    installation.desk.reveal("O-3", ["phone"], CLEARLY)
    first, second = installation.entries("reveal")
    assert first.at == NOON
    assert first.facts == {
        "account_id": "ann",
        "party_id": "SF-021",
        "order_id": "O-1",
        "fields": "name,phone",
        "purpose": "deliver",
        "form": "masked",
    }
    assert second.facts["form"] == "clear"
    key = load_person_key(installation.home.keys)
    persons = [recorded.persons for recorded in installation.persons()]
    assert persons == [(person_digest(key, "C-1"),), (person_digest(key, "C-2"),)]
    history = installation.ledger.history("C-1")
    assert [(one.order_id, one.fields) for one in history.shown] == [("O-1", ("name", "phone"))]


def test_the_entry_is_durable_before_the_answer_leaves(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> range:
        raise OutputError("ledger.full", hint="ledger.full-hint", place="ledger")

    monkeypatch.setattr(installation.ledger, "append", full)
    with pytest.raises(OutputError):
        installation.desk.reveal("O-1", ["phone"], CLEARLY)
    with pytest.raises(OutputError):
        installation.desk.reveal_batch(["O-1"], ["phone"], CLEARLY)
    with pytest.raises(OutputError):
        installation.desk.search("phone", PHONE, DELIVERING)


# --- refusals: what stands before the answer, what the error says, what is recorded ---------------


def put_in_the_place_of_another(there: Installation) -> None:
    """Move the seal of one order's phone to another order."""
    other = sealed_bytes(there.home, "O-3", "phone")
    query = "UPDATE sealed SET sealed = ? WHERE field = 'phone' AND row = 1"
    changed(there.home, query, (other,))


def cut(there: Installation) -> None:
    query = "UPDATE sealed SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE row = 1"
    changed(there.home, query)


def cut_to_nothing(there: Installation) -> None:
    changed(there.home, "UPDATE sealed SET sealed = x'' WHERE row = 1")


def flipped(there: Installation) -> None:
    one = bytearray(sealed_bytes(there.home, "O-1", "phone"))
    one[20] ^= 1
    query = "UPDATE sealed SET sealed = ? WHERE field = 'phone' AND row = 1"
    changed(there.home, query, (bytes(one),))


def other_field(there: Installation) -> None:
    query = "UPDATE sealed SET sealed = ? WHERE field = 'phone' AND row = 1"
    changed(there.home, query, (sealed_bytes(there.home, "O-1", "name"),))


def other_version(there: Installation) -> None:
    changed(there.home, "UPDATE sealed SET version = 5 WHERE row = 1")


def other_key(there: Installation) -> None:
    """Put another key file in the place of the one there; nothing is unwrapped yet."""
    (there.home.keys / FILE).unlink()
    KeyFile.make(there.home.keys)


def key_of_another_content(there: Installation) -> None:
    """Keep the key's id and wrap with another key: only the tag can tell."""
    query = "UPDATE versions SET wrapped = CAST(substr(wrapped, 1, 4) || randomblob(60) AS BLOB)"
    changed(there.home, query)


def used_up(there: Installation) -> None:
    for _ in range(3):
        there.desk.reveal("O-3", ["name"], DELIVERING)


def used_up_by_all(there: Installation) -> None:
    for account in ("bob", "bob", "bob", "cat", "cat"):
        there.desk.reveal("O-3", ["name"], replace(DELIVERING, account_id=account))


def clock_back(there: Installation) -> None:
    there.desk.reveal("O-3", ["name"], DELIVERING)
    there.clock.now -= PATIENCE_WITH_CLOCKS + 1


def nothing(_: Installation) -> None:
    """Leave everything as it is."""


REFUSALS: list[tuple[Callable[[Installation], None], str, Asking, type[WhenceError], str]] = [
    (put_in_the_place_of_another, "O-1", DELIVERING, IntegrityError, "seal-broken"),
    (cut, "O-1", DELIVERING, IntegrityError, "seal-broken"),
    (cut_to_nothing, "O-1", DELIVERING, IntegrityError, "seal-broken"),
    (flipped, "O-1", CLEARLY, IntegrityError, "seal-broken"),
    (other_field, "O-1", CLEARLY, IntegrityError, "seal-broken"),
    (other_version, "O-1", CLEARLY, IntegrityError, "no-version"),
    (other_key, "O-1", CLEARLY, IntegrityError, "other-key"),
    (key_of_another_content, "O-1", CLEARLY, IntegrityError, "wrong-key"),
    (used_up, "O-1", CLEARLY, RefusedError, "above-account"),
    (used_up_by_all, "O-1", CLEARLY, RefusedError, "above-day"),
    (clock_back, "O-1", CLEARLY, RefusedError, "clock-back"),
    (nothing, "O-9", CLEARLY, RefusedError, "no-order"),
    (nothing, "O-1", replace(CLEARLY, purpose="market"), RefusedError, "purpose-not-registered"),
    (nothing, "O-1", replace(CLEARLY, purpose="returns"), RefusedError, "field-not-listed"),
    (nothing, "O-1", replace(CLEARLY, party_id="SF-9"), RefusedError, "unknown-recipient"),
    (
        nothing,
        "O-1",
        replace(CLEARLY, party_id="WH-7", purpose="pack"),
        RefusedError,
        "contract-expired",
    ),
]
NAMES = [f"{rule}, {before.__name__}" for before, _, _, _, rule in REFUSALS]


@pytest.mark.parametrize(("before", "order_id", "asking", "error", "rule"), REFUSALS, ids=NAMES)
def test_a_refusal_is_clear_on_record_and_lets_nothing_out(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    before: Callable[[Installation], None],
    order_id: str,
    asking: Asking,
    error: type[WhenceError],
    rule: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    with opened(home) as there:  # nothing is unwrapped yet
        before(there)
        n_shown = len(there.entries("reveal"))
        with pytest.raises(error) as refused:
            there.desk.reveal(order_id, ["phone"], asking)
        assert refused.value.phrase == f"protection.{rule}"
        assert refused.value.exit_code == (3 if error is RefusedError else 4)
        (entry,) = there.entries("refusal")
        assert entry.facts == {
            "account_id": asking.account_id,
            "party_id": asking.party_id,
            "order_id": order_id,
            "fields": "phone",
            "purpose": asking.purpose,
            "rule": f"protection.{rule}",
        }
        assert len(there.entries("reveal")) == n_shown
        # Whose order it was stands in her own history, as far as the order is known.
        assert len(there.ledger.history("C-1").refused) == (order_id == "O-1")
    said = {"message": said_by(refused.value).encode(), "log": caplog.text.encode()}
    assert leaks_in(said | files_of(home)) == []


def test_a_search_for_a_leak_finds_one(installation: Installation) -> None:
    """The yes to the test above: a value in a message, log or file would be found."""
    error = RefusedError("protection.no-order", order=NAME)
    assert leaks_in({"message": said_by(error).encode()})
    (installation.home.folder / "log").write_text(PHONE, "utf-8")
    assert leaks_in(files_of(installation.home))


def test_a_refused_question_costs_nothing_of_a_quota(installation: Installation) -> None:
    for _ in range(9):
        with pytest.raises(RefusedError):
            installation.desk.reveal("O-9", ["name"], DELIVERING)
    for _ in range(3):
        installation.desk.reveal("O-1", ["name"], DELIVERING)
    with pytest.raises(RefusedError, match="was shown 3 orders on 2026-05-12; 1 more is above"):
        installation.desk.reveal("O-1", ["name"], DELIVERING)


def test_quotas_are_by_account_and_recipient_and_begin_anew_each_day(
    installation: Installation,
) -> None:
    bob = replace(DELIVERING, account_id="bob")
    for asking in (DELIVERING, DELIVERING, DELIVERING, bob, bob):
        installation.desk.reveal("O-1", ["name"], asking)
    with pytest.raises(RefusedError, match=r"recipients\.toml:9: SF-021 was shown 5 orders"):
        installation.desk.reveal("O-1", ["name"], bob)
    installation.clock.now += 12 * HOUR
    installation.desk.reveal("O-1", ["name"], bob)


def test_quotas_are_remembered_by_the_next_process(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
        used_up(there)
    with opened(home) as there, pytest.raises(RefusedError, match="account ann was shown 3"):
        there.desk.reveal("O-1", ["name"], DELIVERING)


def test_a_recipient_without_quotas_is_shown_nothing(tmp_path: Path) -> None:
    register = REGISTER.replace("quota_per_day = 5\nquota_per_account = 3\n", "")
    with opened(made(tmp_path, register)) as there:
        there.vault.seal(ORDERS)
        with pytest.raises(RefusedError, match="has no quota_per_day"):
            there.desk.reveal("O-1", ["name"], DELIVERING)
        with pytest.raises(RefusedError, match="has no quota_per_day"):
            there.desk.search("phone", PHONE, replace(DELIVERING))
        assert len(there.entries("refusal")) == 2


def test_a_clock_within_a_minute_is_trusted(installation: Installation) -> None:
    installation.desk.reveal("O-1", ["name"], DELIVERING)
    installation.clock.now -= PATIENCE_WITH_CLOCKS
    installation.desk.reveal("O-1", ["name"], DELIVERING)
    assert installation.entries("refusal") == []


def test_a_day_that_was_over_does_not_come_again_also_with_another_ledger(tmp_path: Path) -> None:
    """A ledger put back from a backup knows no better; the quotas do."""
    home = made(tmp_path, clock=Clock(NOON - 9 * DAY))
    with opened(home) as there:
        there.vault.seal(ORDERS)
    ledger = (home.folder / "ledger.sqlite").read_bytes()
    with opened(home) as there:
        there.desk.reveal("O-1", ["name"], DELIVERING)
    (home.folder / "ledger.sqlite").write_bytes(ledger)
    with opened(home, Clock(NOON - DAY)) as there:
        with pytest.raises(RefusedError, match="shows 2026-05-11, but 2026-05-12") as refused:
            there.desk.reveal("O-1", ["name"], DELIVERING)
        assert refused.value.phrase == "protection.clock-back"
        assert len(there.entries("refusal")) == 1


@pytest.mark.parametrize(
    ("order_id", "fields", "asking"),
    [
        ("", ["name"], DELIVERING),
        ("O-1", [], DELIVERING),
        ("O-1", ["shoe_size"], DELIVERING),
        ("O-1", ["name"], replace(DELIVERING, account_id=" ")),
        ("O-1", ["name"], replace(DELIVERING, party_id="")),
        ("O-1", ["name"], replace(DELIVERING, purpose="")),
        ("O-\ud800", ["name"], DELIVERING),
    ],
)
def test_a_question_that_is_none_is_no_refusal(
    installation: Installation, order_id: str, fields: list[str], asking: Asking
) -> None:
    with pytest.raises(UsageError):
        installation.desk.reveal(order_id, fields, asking)
    assert installation.entries() == []


def test_a_vault_that_cannot_be_read_refuses_on_record(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise IntegrityError("protection.store-damaged", file="vault.sqlite")

    monkeypatch.setattr(Vault, "stored", damaged)
    with pytest.raises(IntegrityError, match="is damaged"):
        installation.desk.reveal("O-1", ["name"], DELIVERING)
    with pytest.raises(IntegrityError, match="is damaged"):
        installation.desk.reveal_batch(["O-1", "O-2"], ["name"], DELIVERING)
    assert len(installation.entries("refusal")) == 3


# --- several at once ------------------------------------------------------------------------------


def test_a_batch_is_one_write_and_an_entry_for_each_order(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    append = installation.ledger.append_sealed

    def counted(sealed: Sequence[Sealed]) -> range:
        written.append(len(sealed))
        return append(sealed)

    monkeypatch.setattr(installation.ledger, "append_sealed", counted)
    batch = installation.desk.reveal_batch(["O-3", "O-1", "O-9", "O-1"], ["phone"], CLEARLY)
    assert {one.order_id: dict(one.fields) for one in batch.revealed} == {
        "O-3": {"phone": "12099887766"},
        "O-1": {"phone": PHONE},
    }
    assert batch.refused == {"O-9": "protection.no-order"}
    assert written == [3]
    assert len(installation.entries("reveal")) == 2


def test_an_order_of_a_batch_whose_seal_is_broken_is_refused_by_itself(
    installation: Installation,
) -> None:
    flipped(installation)
    batch = installation.desk.reveal_batch(["O-1", "O-3"], ["phone"], CLEARLY)
    assert [one.order_id for one in batch.revealed] == ["O-3"]
    assert batch.refused == {"O-1": "protection.seal-broken"}


def test_a_batch_above_the_quota_is_refused_whole(installation: Installation) -> None:
    installation.desk.reveal("O-1", ["name"], DELIVERING)
    with pytest.raises(RefusedError, match="3 more is above the 3 a day of an account"):
        installation.desk.reveal_batch(["O-1", "O-2", "O-3"], ["name"], DELIVERING)
    assert [one.facts["order_id"] for one in installation.entries("refusal")] == [
        "O-1",
        "O-2",
        "O-3",
    ]
    assert len(installation.desk.reveal_batch(["O-1", "O-2"], ["name"], DELIVERING).revealed) == 2


@pytest.mark.parametrize(
    "asking", [replace(DELIVERING, purpose="market"), replace(DELIVERING, form="clear")]
)
def test_a_batch_that_the_register_forbids_is_refused_whole(
    installation: Installation, asking: Asking
) -> None:
    with pytest.raises(RefusedError):
        installation.desk.reveal_batch(["O-1", "O-2"], ["name"], asking)
    assert len(installation.entries("refusal")) == 2
    assert installation.entries("reveal") == []


# --- searching ------------------------------------------------------------------------------------


def test_a_search_finds_is_on_record_and_shows_in_her_history(installation: Installation) -> None:
    assert installation.desk.search("phone", "120 5566 7788", DELIVERING) == ["O-1", "O-2"]
    assert installation.desk.search("phone", "12000000000", DELIVERING) == []
    first, second = installation.entries("search")
    assert (first.facts["n_found"], second.facts["n_found"]) == (2, 0)
    shown = installation.ledger.history("C-1").shown
    assert [(one.order_id, one.form) for one in shown] == [("O-1", "masked"), ("O-2", "masked")]
    assert leaks_in(files_of(installation.home)) == []


def test_a_search_counts_against_the_quota_found_or_not(installation: Installation) -> None:
    for _ in range(3):
        installation.desk.search("phone", "12000000000", DELIVERING)
    with pytest.raises(RefusedError, match="account ann was shown 3 orders") as refused:
        installation.desk.search("phone", PHONE, DELIVERING)
    assert PHONE not in said_by(refused.value)
    (entry,) = installation.entries("refusal")
    assert entry.facts["order_id"] is None


@pytest.mark.parametrize(
    ("field", "asking", "error"),
    [
        ("phone", replace(DELIVERING, purpose="returns"), RefusedError),
        ("phone", replace(DELIVERING, party_id="WH-7", purpose="pack"), RefusedError),
        ("name", DELIVERING, UsageError),
    ],
)
def test_who_may_not_see_a_field_may_not_search_it(
    installation: Installation, field: str, asking: Asking, error: type[WhenceError]
) -> None:
    with pytest.raises(error) as refused:
        installation.desk.search(field, NAME if field == "name" else PHONE, asking)
    assert PHONE not in said_by(refused.value)
    assert NAME not in said_by(refused.value)
    assert len(installation.entries("refusal")) == (error is RefusedError)


def test_after_an_erasure_her_orders_are_no_orders(installation: Installation) -> None:
    installation.vault.erase("C-1", record=lambda _: None)
    with pytest.raises(RefusedError, match="has no order O-1"):
        installation.desk.reveal("O-1", ["name"], DELIVERING)
    assert installation.desk.search("phone", PHONE, DELIVERING) == []


def test_goods_have_no_mask_and_need_no_clear(installation: Installation, tmp_path: Path) -> None:
    register = REGISTER.replace('returns = ["name"]', 'returns = ["goods", "name"]')
    with opened(made(tmp_path / "other", register)) as there:
        there.vault.seal([Clear(order_id="O-1", fields={"goods": "茶杯", "address": ADDRESS})])
        asking = replace(DELIVERING, purpose="returns", form="clear")
        assert there.desk.reveal("O-1", ["goods"], asking).fields == {"goods": "茶杯"}
        with pytest.raises(RefusedError, match="in masked form only"):
            there.desk.reveal("O-1", ["goods", "name"], asking)
    assert installation.entries() == []
