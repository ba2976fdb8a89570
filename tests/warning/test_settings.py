"""warning.toml: what it says is used as it stands, and what it cannot mean is named."""

from pathlib import Path

import pytest
from warning_world import WARNING_TOML

from whence.errors import InputError, UsageError, WhenceError
from whence.warning.keys import derived, room_key
from whence.warning.settings import Settings, read_settings

SMTP = '[smtp]\nhost = "mail.shop.example"\nsender = "n@shop.example"\n'
HOOK = '[webhook]\nurl = "https://sms.shop.example/"\nsecret = "s"\n'


def read(folder: Path, text: str, mode: int = 0o600) -> Settings:
    path = folder / "warning.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return read_settings(folder)


def test_without_a_file_the_usual_settings_hold_and_nobody_can_be_warned(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    assert settings.caller.digits == 8
    with pytest.raises(UsageError, match="does not say who warns"):
        settings.require_sender()
    with pytest.raises(UsageError, match=r"needed"):
        settings.require_case("leak")


def test_a_whole_file_is_read_as_it_stands(tmp_path: Path) -> None:
    settings = read(tmp_path, WARNING_TOML + SMTP + HOOK)
    assert settings.require_sender().name("zh") == "示例商城"
    assert settings.require_case("leak").kinds == ("order_id", "goods", "phone")
    assert settings.smtp is not None
    assert settings.smtp.port == 587
    assert settings.smtp.security == "starttls"
    assert settings.pace.per_second == 100_000.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sender", "cannot be read as TOML"),
        ("[sendr]\n", '"sendr" is no table'),
        ("pace = 3\n", '"pace" is no table'),
        ('[sender]\nname_en = "A"\n', r"\[sender\] lacks name_zh, contact_en, contact_zh"),
        ("[pace]\nper_hour = 3\n", '"pace.per_hour" is no setting'),
        ("[pace]\nper_second = true\n", '"pace.per_second" is not of the'),
        ("[pace]\nper_second = 0\n", '"pace.per_second" is not of the'),
        ('[pace]\nattempts = "6"\n', '"pace.attempts" is not of the'),
        ('[file]\nform = "xml"\n', '"file.form" is not of the'),
        (SMTP + 'security = "ssl3"\n', '"smtp.security" is not of the'),
        (SMTP + 'security = "none"\n', '"smtp.security" is not of the'),  # not on this machine
        (SMTP.replace("n@shop.example", "shop"), '"smtp.sender" is not of the'),
        (HOOK.replace("https", "http"), '"webhook.url" is not of the'),
        (HOOK.replace("//", "//me:pw@"), '"webhook.url" is not of the'),
        (HOOK + "connections = 0\n", '"webhook.connections" is not of the'),
        (WARNING_TOML.replace("goods", "gods"), '"cases.leak.kinds" is not of the'),
        (WARNING_TOML.replace("[pace]", '[cases.b]\nkinds = "phone"\n[pace]'), '"cases.b.kinds"'),
        ("[caller]\ndigits = 10\n", '"caller.digits" is not of the'),
        ("[caller]\nstep_s = 600\n", '"caller.step_s" is not of the'),
        ("[caller]\ndigits = 6\n", "guessed with probability 0.009 a day"),
        ("[caller]\nattempts_a_day = 4000\n", "guessed with probability 0.00012 a day"),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, text)


def test_six_digits_are_allowed_where_few_may_be_wrong(tmp_path: Path) -> None:
    settings = read(tmp_path, "[caller]\ndigits = 6\nattempts_a_day = 33\n")
    assert settings.caller.digits == 6
    with pytest.raises(InputError, match="guessed"):
        read(tmp_path, "[caller]\ndigits = 6\nattempts_a_day = 34\n")


@pytest.mark.parametrize("secret", [SMTP + 'user = "u"\npassword = "p"\n', HOOK])
def test_secrets_that_others_can_read_are_not_used(tmp_path: Path, secret: str) -> None:
    with pytest.raises(UsageError, match="can be read by others"):
        read(tmp_path, secret, mode=0o644)
    assert read(tmp_path, SMTP, mode=0o644).smtp is not None  # no secret in it


def test_the_rooms_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    key = room_key(tmp_path)
    assert room_key(tmp_path) == key
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o640)
    with pytest.raises(UsageError, match="can be read by others"):
        room_key(tmp_path)
    path.chmod(0o600)
    path.write_text("00ff\n")
    with pytest.raises(WhenceError, match="does not hold a key"):
        room_key(tmp_path)


def test_no_two_uses_of_the_key_give_the_same() -> None:
    key = bytes(32)
    told = {derived(key, *parts) for parts in (("a", "bc"), ("ab", "c"), ("a", "b", "c"), ("abc",))}
    assert len(told) == 4
