"""The vault: what is sealed once stays as it is, is found by its digest, and goes for good."""

import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from protection_world import (
    NAME,
    ORDERS,
    PHONE,
    SECRETS,
    Clock,
    Installation,
    changed,
    files_of,
    leaks_in,
    made,
    opened,
    sealed_bytes,
)

from whence.errors import InputError, IntegrityError, UsageError
from whence.intake.sheets import read_sheet
from whence.protection import Clear, Counts, open_vault, wrapping_of
from whence.protection.sealing_orders import seal_orders
from whence.protection.vault import SEALABLE, Erased


def value(there: Installation, order_id: str, field: str) -> str | None:
    (order,) = there.vault.stored([order_id], [field])
    return there.vault.opened(order, [field]).get(field)


def test_what_was_sealed_is_what_is_opened(installation: Installation) -> None:
    for order in ORDERS:
        for field, text in order.fields.items():
            assert value(installation, order.order_id, field) == text
    assert value(installation, "O-2", "address") is None


def test_no_file_of_the_installation_holds_a_sealed_value(installation: Installation) -> None:
    there = files_of(installation.home)
    assert {"vault.sqlite", "ledger.sqlite", "vault.key"} <= set(there)
    assert leaks_in(there) == []
    assert any(b"O-1" in data for data in there.values())  # the search itself finds what is there


def test_vault_and_keys_are_their_owners_alone(installation: Installation) -> None:
    for path in (installation.home.vault, installation.home.keys / "vault.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sealing_again_changes_nothing(installation: Installation) -> None:
    before = sealed_bytes(installation.home, "O-1", "name")
    assert installation.vault.seal(ORDERS) == Counts(unchanged=9)
    assert sealed_bytes(installation.home, "O-1", "name") == before


def test_a_value_that_changed_is_sealed_anew_and_found_under_its_new_value_only(
    installation: Installation,
) -> None:
    moved = Clear(order_id="O-1", customer_id="C-1", fields={"phone": "12011112222", "name": ""})
    assert installation.vault.seal([moved]) == Counts(changed=1)
    assert value(installation, "O-1", "phone") == "12011112222"
    assert value(installation, "O-1", "name") == NAME
    assert [order.order_id for order in installation.vault.find("phone", "12011112222")] == ["O-1"]
    assert [order.order_id for order in installation.vault.find("phone", PHONE)] == ["O-2"]


def test_whose_an_order_is_can_be_told_later_and_is_not_forgotten(
    installation: Installation,
) -> None:
    nobodys = Clear(order_id="O-7", fields={"name": "陈大文"})
    installation.vault.seal([nobodys])
    assert installation.vault.stored(["O-7"], [])[0].customer_id is None
    installation.vault.seal([Clear(order_id="O-7", customer_id="C-2", fields=nobodys.fields)])
    assert installation.vault.stored(["O-7"], [])[0].customer_id == "C-2"
    installation.vault.seal([nobodys])
    assert installation.vault.stored(["O-7"], [])[0].customer_id == "C-2"


def test_an_equal_phone_is_found_however_it_is_written(installation: Installation) -> None:
    found = installation.vault.find("phone", "120-5566 7788")
    assert [(order.order_id, order.customer_id) for order in found] == [
        ("O-1", "C-1"),
        ("O-2", "C-1"),
    ]
    assert installation.vault.find("phone", "12055667789") == []
    assert installation.vault.find("phone", "") == []


@pytest.mark.parametrize("field", ["name", "address", "goods"])
def test_names_and_addresses_have_no_index(installation: Installation, field: str) -> None:
    with pytest.raises(UsageError, match="cannot be searched"):
        installation.vault.find(field, NAME)


def test_what_is_no_field_is_not_sealed(installation: Installation) -> None:
    assert "order_id" not in SEALABLE
    with pytest.raises(UsageError, match="no fields to seal: shoe_size"):
        installation.vault.seal([Clear(order_id="O-9", fields={"shoe_size": "38"})])
    assert installation.vault.stored(["O-9"], ["name"]) == []


def test_who_is_erased_is_gone_from_every_file_and_stays_out(tmp_path: Path) -> None:
    home = made(tmp_path)
    told: list[Erased] = []
    with opened(home) as there:
        there.vault.seal(ORDERS)
        seals = [sealed_bytes(home, "O-1", "name"), sealed_bytes(home, "O-2", "phone")]
        kept = sealed_bytes(home, "O-3", "name")
        erased = there.vault.erase("C-1", record=told.append)
        assert (erased.n_orders, erased.n_fields, erased.is_scrubbed) == (2, 6, True)
        assert [(one.n_orders, one.n_fields) for one in told] == [(2, 6)]
        assert there.vault.stored(["O-1", "O-2"], SEALABLE) == []
        assert there.vault.find("phone", PHONE) == []
        assert value(there, "O-3", "name") == "陈大文"
        data = b"".join(files_of(home).values())
        assert not any(one in data for one in [*seals, b"O-1", b"C-1"])
        assert kept in data
        assert there.vault.seal(ORDERS) == Counts(unchanged=3, erased=2)
        assert there.vault.seal([Clear(order_id="O-4", customer_id="C-1", fields={"name": "欧"})])
        assert value(there, "O-4", "name") == "欧"  # a new order of hers is a new one


def test_an_erasure_that_cannot_be_recorded_does_not_happen(installation: Installation) -> None:
    def full(_: object) -> None:
        raise OSError

    with pytest.raises(Exception, match="cannot be used"):
        installation.vault.erase("C-1", record=full)
    assert value(installation, "O-1", "name") == NAME


def test_erasing_who_is_not_there_changes_and_records_nothing(installation: Installation) -> None:
    told: list[object] = []
    assert installation.vault.erase("C-9", record=told.append).n_orders == 0
    assert told == []


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("orders.csv", "order_id,customer_id,name,phone\nO-7,C-7,{n},{p}\nO-8,C-8,{n},\n"),
        ("orders.jsonl", '{{"order_id": "O-7", "customer_id": "C-7", "name": "{n}"}}\n'),
    ],
)
def test_any_table_can_be_sealed(
    installation: Installation, tmp_path: Path, file: str, rows: str
) -> None:
    (tmp_path / file).write_text(rows.format(n=NAME, p=PHONE), "utf-8")
    done = seal_orders(installation.vault, read_sheet(tmp_path / file))
    assert value(installation, "O-7", "name") == NAME
    assert done.counts.new == done.n_orders + (1 if "phone" in done.fields else 0)
    again = seal_orders(installation.vault, read_sheet(tmp_path / file))
    assert again.counts == Counts(unchanged=done.counts.new)


def test_numbers_and_amounts_of_a_typed_table_are_sealed_as_text(
    installation: Installation, tmp_path: Path
) -> None:
    table = pa.table({"order_id": [71, 72], "price": pa.array([199.5, None]), "size": [38, 39]})
    pq.write_table(table, tmp_path / "orders.parquet")
    done = seal_orders(installation.vault, read_sheet(tmp_path / "orders.parquet"))
    assert done.fields == ("price",)
    assert not done.has_customers
    assert value(installation, "71", "price") == "199.5"
    assert value(installation, "72", "price") is None


def test_rows_that_contradict_each_other_are_sealed_in_no_order_of_rows(
    installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    rows = ["O-7,one", "O-7,another", "O-8,same", "O-8,same", ",nobody", "O-9,well"]
    for order in (rows, rows[::-1]):
        path.write_text("order_id,name\n" + "\n".join(order), "utf-8")
        done = seal_orders(installation.vault, read_sheet(path))
        assert len(done.conflicting) == 2
        assert len(done.nameless) == 1
        assert installation.vault.stored(["O-7"], ["name"]) == []
        assert value(installation, "O-8", "name") == "same"
        assert value(installation, "O-9", "name") == "well"


def test_a_table_without_orders_or_fields_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"id,name\n1,{NAME}\n", "utf-8")
    with pytest.raises(InputError) as missing:
        seal_orders(installation.vault, read_sheet(path))
    assert NAME not in str(missing.value)
    path.write_text("order_id,size\n1,38\n", "utf-8")
    with pytest.raises(InputError, match="no column to seal"):
        seal_orders(installation.vault, read_sheet(path))


def test_a_vault_of_another_version_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    changed(home, "PRAGMA user_version = 9")
    with pytest.raises(InputError, match="of layout 9"):
        open_vault(home, wrapping_of(home), clock=Clock())
    home.vault.write_bytes(b"SQLite format 3\0" + bytes(4000))
    with pytest.raises(IntegrityError, match="is damaged"):
        open_vault(home, wrapping_of(home), clock=Clock())


def test_before_anything_is_sealed_there_is_no_vault(tmp_path: Path) -> None:
    home = made(tmp_path)
    with pytest.raises(UsageError, match="has no vault yet"):
        open_vault(home, wrapping_of(home), clock=Clock())
    assert not home.vault.exists()


def test_the_secrets_of_this_world_are_long_enough_to_be_looked_for() -> None:
    assert all(len(one.encode()) >= 6 for one in SECRETS)
