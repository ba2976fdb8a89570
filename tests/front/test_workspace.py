"""A workspace: made once, opened by every command of the installation, and nothing guessed."""

from pathlib import Path

import pytest

from whence.errors import InputError, UsageError
from whence.workspace import SETTINGS, make_workspace, open_workspace


def test_what_is_made_is_what_is_opened(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "here", name="shop.example/orders", locale="en")
    assert open_workspace(tmp_path / "here") == made
    assert made.locale == "en"
    assert made.ledger_place == str(tmp_path / "here" / "ledger.sqlite")


def test_the_folder_of_keys_is_its_owners_alone(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "here", name="shop.example/orders")
    assert made.keys.stat().st_mode & 0o077 == 0


def test_a_second_workspace_is_not_made_over_the_first(tmp_path: Path) -> None:
    make_workspace(tmp_path, name="shop.example/orders")
    before = (tmp_path / SETTINGS).read_bytes()
    with pytest.raises(UsageError, match="is a workspace already"):
        make_workspace(tmp_path, name="other.example/orders")
    assert (tmp_path / SETTINGS).read_bytes() == before


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a workspace"):
        open_workspace(tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('name = "a.example"\nlocal = "zh"\n', '"local" is no setting'),
        ('name = "a.example"\nrelay_numbers = "95013"\n', '"relay_numbers" is not of the'),
        ('name = "a.example"\nrelay_numbers = [95013]\n', '"relay_numbers" is not of the'),
        ('name = "a.example"\nroute_days = true\n', '"route_days" is not of the'),
        ('name = "a.example"\nroute_days = 0\n', '"route_days" is not of the'),
        ('name = "a.example"\nlocale = "fr"\n', '"locale" is not of the'),
        ('name = "two words"\n', "name of a workspace"),
        ("", "name of a workspace"),
        ("name = \n", "cannot be read as TOML"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(tmp_path: Path, settings: str, said: str) -> None:
    (tmp_path / SETTINGS).write_text(settings, "utf-8")
    with pytest.raises(InputError, match=said):
        open_workspace(tmp_path)


def test_numbers_and_addresses_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / SETTINGS).write_text(
        'name = "a.example"\nrelay_numbers = ["95013 1"]\ncanary_addresses = ["1 Mill Lane"]\n'
        'route_days = 30\nledger = "postgresql:///whence"\n',
        "utf-8",
    )
    opened = open_workspace(tmp_path)
    assert opened.relay_numbers == ("95013 1",)
    assert opened.canary_addresses == ("1 Mill Lane",)
    assert opened.route_days == 30
    assert opened.ledger_place == "postgresql:///whence"
