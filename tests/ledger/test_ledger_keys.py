"""A ledger signs, changes its key, loses it; a proof of one entry stands without the ledger."""

import json
from pathlib import Path
from typing import Any

import pytest
from ledger_world import BEGAN, CLERK, House, house, reveal, reveals

from whence.errors import InputError, IntegrityError, UsageError
from whence.ledger import Entry
from whence.ledger.checkpoints import read_checkpoint
from whence.ledger.proving import read_proof, verify_proof, write_proof


def key_files(shop: House) -> list[Path]:
    return sorted(shop.workspace.keys.glob("ledger-*.pem"))


def test_a_new_ledger_has_a_key_and_a_checkpoint(shop: House) -> None:
    (path,) = key_files(shop)
    assert path.stat().st_mode & 0o077 == 0
    assert (shop.workspace.keys / "persons.key").stat().st_mode & 0o077 == 0
    with shop.ledger() as ledger:
        found = ledger.verify(fingerprint=shop.fingerprint)
    assert (found.size, found.vouched_size, found.n_unattested) == (1, 1, 0)
    assert found.kept_size is None


def test_the_file_is_its_owners_alone(file_shop: House) -> None:
    with file_shop.ledger() as ledger:
        ledger.append(reveals(1))
        files = list(file_shop.workspace.folder.glob("ledger.sqlite*"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in files}
    assert modes.pop("ledger.sqlite-turn") == 0o644  # empty: writers lock it
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_checkpoint_lies_in_the_folder_and_covers_what_there_is(shop: House) -> None:
    with shop.ledger() as ledger:
        ledger.append(reveals(10))
        assert ledger.verify(fingerprint=shop.fingerprint).n_unattested == 10
        signed = ledger.checkpoint()
        assert ledger.checkpoint() == signed  # nothing new: the same once more
        found = ledger.verify(fingerprint=shop.fingerprint, since=signed.note)
    assert (found.n_checkpoints, found.kept_size, found.n_unattested) == (2, 11, 0)
    files = sorted(shop.workspace.checkpoints.glob("*.txt"))
    assert [read_checkpoint(path.read_text("utf-8")).checkpoint.size for path in files] == [1, 11]
    assert files[1].read_text("utf-8") == signed.note


def test_checkpoints_in_the_folder_count_where_the_store_lost_them(shop: House) -> None:
    with shop.ledger() as ledger:
        ledger.append(reveals(10))
        ledger.checkpoint()
        with ledger._storage.writing() as step:
            step.run("DELETE FROM ledger_checkpoints WHERE size = 11", ())  # type: ignore[attr-defined]
            step.close_openings([(5, b"")])
        with pytest.raises(IntegrityError):
            ledger.verify()
        assert len(list(ledger.read())) == 11


def test_after_a_rotation_the_old_key_vouches_for_the_new(shop: House) -> None:
    (old_file,) = key_files(shop)
    with shop.ledger() as ledger:
        ledger.append(reveals(3))
        new = ledger.rotate_key().fingerprint
        assert new != shop.fingerprint
        ledger.append(reveals(3))
        signed = ledger.checkpoint()
        assert signed.fingerprint == new
        for trusted in (shop.fingerprint, new):
            found = ledger.verify(fingerprint=trusted)
            assert (found.vouched_size, found.key, found.lost_keys) == (8, new, ())
        old_file.unlink()  # it is not needed any more
        ledger.append(reveals(1))
        ledger.checkpoint()
        assert ledger.verify(fingerprint=shop.fingerprint).n_unattested == 0


def test_a_lost_key_is_replaced_and_trust_in_it_ends(shop: House) -> None:
    (old_file,) = key_files(shop)
    with shop.ledger() as ledger:
        ledger.append(reveals(3))
        with pytest.raises(UsageError, match="not lost"):
            ledger.rotate_key(lost=True)
        old_file.unlink()
        for ask in (ledger.checkpoint, ledger.rotate_key):
            with pytest.raises(UsageError, match="not here"):
                ask()
        assert ledger.size == 4
        assert not key_files(shop)
        new = ledger.rotate_key(lost=True).fingerprint
        before = ledger.verify(fingerprint=shop.fingerprint)
        assert (before.vouched_size, before.signed_size) == (1, 5)
        after = ledger.verify(fingerprint=new)
        assert after.vouched_size == 5
        ((size, lost),) = [(lost.size, lost.old) for lost in after.lost_keys]
        assert (size, lost) == (4, shop.fingerprint)


def test_another_ledgers_key_or_checkpoint_attests_nothing(shop: House, tmp_path: Path) -> None:
    other = house(tmp_path / "other")
    with other.ledger() as ledger:
        ledger.append(reveals(3))
        note = ledger.checkpoint().note
    with shop.ledger() as ledger:
        ledger.append(reveals(5))
        with pytest.raises(IntegrityError, match="no key of this ledger"):
            ledger.verify(fingerprint=other.fingerprint)
        with pytest.raises(IntegrityError):
            ledger.verify(fingerprint=shop.fingerprint, since=note)


def test_a_proof_stands_without_the_ledger(shop: House, tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    with shop.ledger() as ledger:
        ledger.append(reveals(600))
        ledger.checkpoint()
        ledger.append(reveals(7))
        write_proof(path, ledger.prove_inclusion(321))
    proven = verify_proof(read_proof(path), shop.fingerprint)
    assert proven.recorded.entry.facts == reveal(320).facts
    assert (proven.recorded.seq, proven.size, proven.origin) == (321, 601, shop.workspace.name)
    document = json.loads(path.read_text("utf-8"))
    assert document["schema"] == "whence.proof/1"
    assert "person" not in {opening["name"] for opening in document["openings"]}
    assert proven.recorded.n_facts == len(proven.recorded.openings) + 1


@pytest.mark.parametrize("seq", [-1, 9, 10, 99])
def test_no_proof_of_what_is_not_there_or_not_signed_yet(file_shop: House, seq: int) -> None:
    with file_shop.ledger() as ledger:
        ledger.append(reveals(8))
        ledger.checkpoint()
        ledger.append(reveals(2))
        with pytest.raises(UsageError):
            ledger.prove_inclusion(seq)
        assert ledger.prove_inclusion(8).seq == 8


def test_a_proof_by_another_key_convinces_nobody(file_shop: House, tmp_path: Path) -> None:
    other = house(tmp_path / "other")
    with file_shop.ledger() as ledger:
        proof = ledger.prove_inclusion(0)
    with pytest.raises(IntegrityError, match=file_shop.fingerprint):
        verify_proof(proof, other.fingerprint)
    assert verify_proof(proof, file_shop.fingerprint).size == 1


CHANGES: dict[str, Any] = {
    "seq": lambda held: held | {"seq": 4},
    "leaf": lambda held: held | {"leaf": held["leaf"].replace("reveal", "refusal")},
    "value": lambda held: (
        held
        | {
            "openings": [
                {**o, "value": "X"} if o["value"] == CLERK else o for o in held["openings"]
            ]
        }
    ),
    "name": lambda held: held | {"openings": [{**o, "name": "x"} for o in held["openings"]]},
    "twice": lambda held: held | {"openings": 2 * held["openings"]},
    "path": lambda held: held | {"path": held["path"][1:]},
    "path turned": lambda held: held | {"path": held["path"][::-1]},
    "size": lambda held: held | {"checkpoint": held["checkpoint"].replace("\n9\n", "\n8\n", 1)},
    "no note": lambda held: held | {"checkpoint": "shop.example/orders\n"},
    "no keys": lambda held: held | {"keys": []},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_proof_does_not_hold(file_shop: House, tmp_path: Path, change: str) -> None:
    path = tmp_path / "proof.json"
    with file_shop.ledger() as ledger:
        ledger.append(reveals(8))
        ledger.checkpoint()
        write_proof(path, ledger.prove_inclusion(5))
    held = json.loads(path.read_text("utf-8"))
    changed = CHANGES[change](held)
    assert changed != held
    path.write_text(json.dumps(changed), "utf-8")
    with pytest.raises(IntegrityError):
        verify_proof(read_proof(path), file_shop.fingerprint)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "whence.proof/2"}', "\ud800", "null"])
def test_what_is_no_proof_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "proof.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=r"proof\.json"):
        read_proof(path)
    with pytest.raises(InputError, match=r"nowhere\.json"):
        read_proof(tmp_path / "nowhere.json")


def test_an_erased_fact_is_missing_from_a_proof_and_the_proof_holds(file_shop: House) -> None:
    with file_shop.ledger() as ledger:
        ledger.append([reveal(1), Entry(kind="note", at=BEGAN)])
        ledger.erase("C000000001")
        ledger.checkpoint()
        proven = verify_proof(ledger.prove_inclusion(1), file_shop.fingerprint)
    assert "order_id" not in proven.recorded.entry.facts
    assert proven.recorded.entry.facts["account_id"] == CLERK
