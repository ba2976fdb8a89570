"""Keys that change while the vault is in use, and keys that are not the right ones."""

from pathlib import Path

import pytest
from protection_world import (
    NAME,
    NOON,
    ORDERS,
    PHONE,
    Clock,
    Installation,
    changed,
    made,
    opened,
    sealed_bytes,
)

from whence.errors import InputError, IntegrityError, RefusedError, UsageError
from whence.protection import Clear, Vault, open_vault, wrapping_of
from whence.protection.resealing import Rotated, reseal, rotate
from whence.protection.sealing import MOST_SEALED
from whence.protection.vault_keys import FILE, KeyFile
from whence.workspace import Workspace

MANY = [
    Clear(order_id=f"M-{i}", customer_id=f"K-{i}", fields={"name": f"名{i}", "phone": f"12{i:09d}"})
    for i in range(1500)
]


def key_of(home: Workspace) -> str:
    return (home.keys / FILE).read_text("ascii")


def turned(there: Installation) -> Rotated:
    return rotate(there.vault, wrapping_of(there.home), record=lambda _: None)


def versions(home: Workspace) -> list[int]:
    with open_vault(home, wrapping_of(home), clock=Clock()) as vault:
        return vault.keys.versions()


def name_of(vault: Vault, order_id: str = "O-1") -> str:
    (order,) = vault.stored([order_id], ["name"])
    return vault.opened(order, ["name"])["name"]


def test_a_rotation_touches_nothing_that_is_sealed_and_what_comes_is_sealed_anew(
    installation: Installation,
) -> None:
    before, key = sealed_bytes(installation.home, "O-1", "name"), key_of(installation.home)
    assert turned(installation) == Rotated(version=2, n_versions=2)
    assert sealed_bytes(installation.home, "O-1", "name") == before
    assert key_of(installation.home) != key
    assert len(key_of(installation.home).splitlines()) == 1
    installation.vault.seal([Clear(order_id="O-9", fields={"name": "新", "phone": PHONE})])
    with open_vault(installation.home, wrapping_of(installation.home), clock=Clock()) as anew:
        assert (name_of(anew), name_of(anew, "O-9")) == (NAME, "新")
        found = [order.order_id for order in anew.find("phone", PHONE)]
        assert found == ["O-1", "O-2", "O-9"]  # under both versions


def test_who_has_the_vault_open_reads_on_through_a_rotation(installation: Installation) -> None:
    home = installation.home
    with open_vault(home, wrapping_of(home), clock=Clock()) as reader:
        turned(installation)
        assert name_of(reader) == NAME  # it had opened nothing before
        turned(installation)
        installation.vault.seal([Clear(order_id="O-9", fields={"name": "新"})])
        assert name_of(reader, "O-9") == "新"  # under a version that it had not seen
        reseal(installation.vault)
        assert name_of(reader) == NAME


def test_a_key_that_was_wrapped_anew_between_two_looks_is_looked_at_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader takes the wrapped key, then a rotation runs through, then the reader unwraps."""
    home = installation.home
    with open_vault(home, wrapping_of(home), clock=Clock()) as reader:
        look = reader.keys._wrapped
        looks: list[int] = []

        def late(version: int) -> bytes:
            wrapped = look(version)
            if not looks:
                turned(installation)
            looks.append(version)
            return wrapped

        monkeypatch.setattr(reader.keys, "_wrapped", late)
        assert name_of(reader) == NAME
        assert looks == [1, 1]


def test_resealing_takes_every_field_over_and_destroys_the_old_version(
    installation: Installation,
) -> None:
    home = installation.home
    installation.vault.seal(MANY)
    before = sealed_bytes(home, "O-1", "name")
    turned(installation)
    told: list[tuple[int, int]] = []
    done = reseal(installation.vault, on_progress=lambda _, n, all_: told.append((n, all_)))
    assert (done.version, done.n_fields, done.n_destroyed) == (2, 3009, 1)
    assert told == [(0, 3009), (2000, 3009), (3009, 3009)]
    assert sealed_bytes(home, "O-1", "name") != before
    assert versions(home) == [2]
    assert name_of(installation.vault) == NAME
    assert [one.order_id for one in installation.vault.find("phone", PHONE)] == ["O-1", "O-2"]
    again = reseal(installation.vault)
    assert (again.n_fields, again.n_destroyed) == (0, 0)


def test_resealing_that_is_stopped_goes_on_from_there(installation: Installation) -> None:
    installation.vault.seal(MANY)
    turned(installation)

    def stop(_: str, n: int, __: int) -> None:
        if n:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reseal(installation.vault, on_progress=stop)
    assert versions(installation.home) == [1, 2]
    assert {name_of(installation.vault, o.order_id) for o in MANY} == {
        o.fields["name"] for o in MANY
    }
    assert reseal(installation.vault).n_fields == 1009
    assert versions(installation.home) == [2]


def test_a_copy_made_before_cannot_be_opened_with_the_keys_of_afterwards(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    copy = home.vault.read_bytes()
    with opened(home) as there:
        turned(there)
        reseal(there.vault)
    home.vault.write_bytes(copy)
    with (
        open_vault(home, wrapping_of(home), clock=Clock()) as old,
        pytest.raises(IntegrityError, match=r"which is not in vault\.key"),
    ):
        name_of(old)


def test_a_rotation_stopped_before_the_vault_had_it_loses_nothing(
    installation: Installation,
) -> None:
    def stop(_: Rotated) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(installation.vault, wrapping_of(installation.home), record=stop)
    home = installation.home
    assert len(key_of(home).splitlines()) == 2
    with open_vault(home, wrapping_of(home), clock=Clock()) as vault:
        assert name_of(vault) == NAME
    assert turned(installation).version == 2
    assert len(key_of(home).splitlines()) == 1
    with open_vault(home, wrapping_of(home), clock=Clock()) as vault:
        assert name_of(vault) == NAME


def test_another_key_file_opens_nothing(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    (home.keys / FILE).unlink()
    KeyFile.make(home.keys)
    with (
        open_vault(home, wrapping_of(home), clock=Clock()) as vault,
        pytest.raises(IntegrityError, match=r"which is not in vault\.key"),
    ):
        name_of(vault)


def test_wrapped_keys_in_each_others_place_open_nothing(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
        turned(there)
    changed(home, "UPDATE versions SET wrapped = (SELECT wrapped FROM versions WHERE version = 2)")
    with (
        open_vault(home, wrapping_of(home), clock=Clock()) as vault,
        pytest.raises(IntegrityError, match="key version 1 does not unwrap"),
    ):
        name_of(vault)


def test_a_vault_whose_key_file_is_gone_never_gets_another(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    (home.keys / FILE).unlink()
    with opened(home) as there, pytest.raises(UsageError, match="without it the vault cannot"):
        there.vault.seal([Clear(order_id="O-9", fields={"name": "新"})])
    assert not (home.keys / FILE).exists()


@pytest.mark.parametrize("text", ["", "abcd", "0011 22\n", "zz zz\n", "00112233 " + "00" * 32])
def test_what_is_no_key_file_is_told(tmp_path: Path, text: str) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    (home.keys / FILE).write_text(text, "ascii")
    with (
        open_vault(home, wrapping_of(home), clock=Clock()) as vault,
        pytest.raises(InputError, match="no readable key file"),
    ):
        name_of(vault)


def test_a_key_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        there.vault.seal(ORDERS)
    (home.keys / FILE).chmod(0o640)
    with (
        open_vault(home, wrapping_of(home), clock=Clock()) as vault,
        pytest.raises(UsageError, match="can be read by others"),
    ):
        name_of(vault)


def test_a_version_seals_no_more_than_its_nonces_allow(installation: Installation) -> None:
    changed(installation.home, "UPDATE versions SET n_sealed = ?", (MOST_SEALED - 1,))
    one = Clear(order_id="O-8", fields={"name": "新"})
    two = Clear(order_id="O-9", fields={"name": "新", "phone": PHONE})
    with pytest.raises(RefusedError, match="has sealed all it may"):
        installation.vault.seal([two])
    installation.vault.seal([one])
    turned(installation)
    installation.vault.seal([two])
    assert name_of(installation.vault, "O-9") == "新"
    assert installation.clock.now == NOON
