"""A server that keeps the wrapping key: asked through hvac, of a stand-in on this machine."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from protection_world import DELIVERING, NAME, ORDERS, Installation, made, opened
from transit_server import TOKEN, Keeper, transit_server

from whence.errors import EngineError, IntegrityError, UsageError
from whence.protection.resealing import reseal, rotate
from whence.protection.transit import Transit


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Keeper]]:
    monkeypatch.setenv("NO_PROXY", "*")
    with transit_server() as there:
        yield there


@pytest.fixture
def kept(server: tuple[str, Keeper], tmp_path: Path) -> Iterator[Installation]:
    """Yield an installation whose keys a server wraps."""
    place, _ = server
    home = replace(made(tmp_path), transit=place)
    with opened(home, wrapping=Transit(place, token=TOKEN)) as there:
        there.vault.seal(ORDERS)
        yield there


def test_the_vault_opens_with_the_servers_key_and_there_is_no_key_file(
    kept: Installation, server: tuple[str, Keeper]
) -> None:
    assert kept.desk.reveal("O-1", ["name"], DELIVERING).fields == {"name": "欧阳**"}
    assert not (kept.home.keys / "vault.key").exists()
    assert server[1].asked == ["encrypt", "decrypt"]  # once made, once opened, then remembered
    kept.desk.reveal("O-3", ["name"], DELIVERING)
    assert server[1].asked == ["encrypt", "decrypt"]


def test_a_rotation_makes_a_new_key_there_and_the_secrets_are_rewrapped_there(
    kept: Installation, server: tuple[str, Keeper]
) -> None:
    place, keeper = server
    rotate(kept.vault, Transit(place, token=TOKEN), record=lambda _: None)
    assert keeper.asked == ["encrypt", "rotate", "encrypt", "rewrap", "rewrap"]
    assert sorted(keeper.versions) == [1, 2]
    with kept.vault.store.reading() as reading:
        wrapped = [row[0] for row in reading.execute("SELECT wrapped FROM versions")]
    assert all(one.startswith(b"vault:v2:") for one in wrapped)
    keeper.min_decryption_version = 2
    with opened(kept.home, wrapping=Transit(place, token=TOKEN)) as anew:
        (order,) = anew.vault.stored(["O-1"], ["name"])
        assert anew.vault.opened(order, ["name"]) == {"name": NAME}
        assert reseal(anew.vault).n_fields == 9


def test_a_key_the_server_cannot_open_is_refused_on_record_and_says_nothing_of_it(
    kept: Installation, server: tuple[str, Keeper], caplog: pytest.LogCaptureFixture
) -> None:
    place, keeper = server
    keeper.versions[1] = bytes(32)
    caplog.set_level(logging.DEBUG)
    with opened(kept.home, wrapping=Transit(place, token=TOKEN)) as anew:
        with pytest.raises(IntegrityError, match="does not unwrap key version 1") as refused:
            anew.desk.reveal("O-1", ["name"], DELIVERING)
        assert refused.value.__cause__ is None
        (entry,) = anew.entries("refusal")
        assert entry.facts["rule"] == "protection.transit-broken"
    assert "vault:v1:" not in caplog.text + str(refused.value)
    assert TOKEN not in caplog.text + str(refused.value)


def test_a_server_that_is_not_there_gives_nothing_out_and_that_is_on_record(
    kept: Installation, server: tuple[str, Keeper]
) -> None:
    nobody = "http://127.0.0.1:9#transit/whence"  # the port "discard": nobody listens
    with opened(kept.home, wrapping=Transit(nobody, token=TOKEN)) as anew:
        with pytest.raises(EngineError, match="did not do what the key whence was needed for"):
            anew.desk.reveal("O-1", ["name"], DELIVERING)
        (entry,) = anew.entries("refusal")
        assert entry.facts["rule"] == "protection.transit-silent"
    assert server[1].asked == ["encrypt"]


@pytest.mark.parametrize(
    ("key", "token", "said"),
    [("whence", "s.another", "does not let this token"), ("other", TOKEN, "has no key other")],
)
def test_a_wrong_token_or_key_is_told(
    server: tuple[str, Keeper], key: str, token: str, said: str
) -> None:
    wrapping = Transit(server[0].replace("/whence", f"/{key}"), token=token)
    with pytest.raises(UsageError, match=said) as refused:
        wrapping.wrap(1, bytes(32))
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("https://bao.example:8200", "names no key"),
        ("https://bao.example:8200#transit", "names no key"),
        ("https://ann:secret@bao.example#transit/whence", "names no key"),
        ("bao.example#transit/whence", "names no key"),
        ("http://bao.example:8200#transit/whence", "not sent to bao.example in the clear"),
    ],
)
def test_a_place_that_is_none_or_not_private_is_refused(place: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        Transit(place, token=TOKEN)
    assert "secret" not in str(refused.value)


def test_without_a_token_nothing_is_asked() -> None:
    with pytest.raises(UsageError, match="BAO_TOKEN, VAULT_TOKEN"):
        Transit("https://bao.example:8200#transit/whence", token="")


def test_without_hvac_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hvac", None)
    with pytest.raises(UsageError, match="need the package hvac") as missing:
        Transit("https://bao.example:8200#transit/whence", token=TOKEN)
    assert missing.value.advice() == "pip install 'whence[transit]'"
