"""The recipient register: what it permits, what it refuses by which line, and its faults."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from protection_world import NOON, REGISTER

from whence.errors import InputError, RefusedError
from whence.model import HOUR, Instant, to_instant
from whence.protection import Register, example_register, read_register
from whence.protection.register import PATIENCE_WITH_CLOCKS, verify_clock

LINES = REGISTER.splitlines()


def read(folder: Path, text: str) -> Register:
    path = folder / "recipients.toml"
    path.write_text(text, "utf-8")
    return read_register(path)


def line_of(written: str) -> int:
    """Return the line of the register that begins so."""
    (line,) = [n for n, text in enumerate(LINES, start=1) if text.startswith(written)]
    return line


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return read(tmp_path, REGISTER)


def test_what_is_registered_is_permitted(register: Register) -> None:
    permit = register.permit("SF-021", "deliver", ["phone", "name", "phone"], NOON)
    assert permit.fields == ("phone", "name")
    assert permit.recipient.number == 21
    assert permit.recipient.marks == ("name", "extension", "address")
    assert permit.recipient.canaries == 2
    assert permit.quotas() == (5, 3)
    permit.verify_clear(["phone"])


def test_asking_for_no_fields_in_particular_gives_those_of_the_purpose(register: Register) -> None:
    assert register.permit("SF-021", "deliver", None, NOON).fields == ("name", "phone", "address")


@pytest.mark.parametrize(
    ("asked", "phrase", "line"),
    [
        (("SF-999", "deliver", ["name"]), "protection.unknown-recipient", None),
        (
            ("SF-021", "market", ["name"]),
            "protection.purpose-not-registered",
            "[recipients.SF-021.p",
        ),
        (("SF-021", "deliver", ["id_number"]), "protection.field-not-listed", "deliver ="),
        (("SF-021", "returns", ["phone"]), "protection.field-not-listed", "returns ="),
        (("WH-7", "pack", ["name"]), "protection.contract-expired", "until = 2026-04-30"),
    ],
)
def test_a_refusal_names_the_line_that_forbids_it(
    register: Register, asked: tuple[str, str, list[str]], phrase: str, line: str | None
) -> None:
    with pytest.raises(RefusedError) as refused:
        register.permit(*asked, NOON)
    assert refused.value.phrase == phrase
    assert refused.value.exit_code == 3
    place = "recipients.toml" if line is None else f"recipients.toml:{line_of(line)}:"
    assert place in str(refused.value)


@pytest.mark.parametrize(
    ("key", "phrase"),
    [
        ("contract", "protection.no-contract"),
        ("impact_assessment", "protection.no-impact-assessment"),
        ("until", "protection.no-end"),
    ],
)
def test_without_contract_assessment_or_end_nothing_is_handed_out(
    tmp_path: Path, key: str, phrase: str
) -> None:
    register = read(tmp_path, re.sub(rf"^{key} = .*\n", "", REGISTER, flags=re.MULTILINE))
    with pytest.raises(RefusedError) as refused:
        register.permit("SF-021", "deliver", ["name"], NOON)
    assert refused.value.phrase == phrase
    assert "recipients.toml:1:" in str(refused.value)


def test_a_contract_holds_to_the_end_of_its_last_day(register: Register) -> None:
    end = to_instant(datetime(2027, 4, 1, tzinfo=UTC))
    register.permit("SF-021", "deliver", ["name"], end - 1)
    with pytest.raises(RefusedError, match=r"C-2026-017 of SF-021 ended with 2027-03-31"):
        register.permit("SF-021", "deliver", ["name"], end)


def test_a_contract_may_end_at_an_instant(tmp_path: Path) -> None:
    text = REGISTER.replace("2027-03-31", "2026-05-12T21:00:00+08:00")
    register = read(tmp_path, text)
    register.permit("SF-021", "deliver", ["name"], NOON + HOUR - 1)
    with pytest.raises(RefusedError, match="ended with"):
        register.permit("SF-021", "deliver", ["name"], NOON + HOUR)


def test_what_is_not_listed_as_clear_stays_masked(register: Register) -> None:
    permit = register.permit("SF-021", "deliver", ["name", "phone"], NOON)
    with pytest.raises(RefusedError) as refused:
        permit.verify_clear(["name", "phone"])
    assert f"recipients.toml:{line_of('clear =')}: SF-021 gets name in" in str(refused.value)


@pytest.mark.parametrize("key", ["quota_per_day", "quota_per_account"])
def test_no_quota_is_no_quota_not_an_endless_one(tmp_path: Path, key: str) -> None:
    register = read(tmp_path, re.sub(rf"^{key} = 5\n", "", REGISTER.replace("= 3", "= 5"), flags=8))
    permit = register.permit("SF-021", "deliver", ["name"], NOON)
    with pytest.raises(RefusedError, match=f"SF-021 has no {key}"):
        permit.quotas()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("number = 7", "number = 21", r'line 19: "recipients.WH-7.number" is 21, as that of SF-'),
        ("number = 7", "number = true", r'line 19: "recipients.WH-7.number" must be a whole'),
        ("number = 7", "number = 0", r'line 19: "recipients.WH-7.number" must be a whole'),
        ("number = 7\n", "", 'line 18: recipients.WH-7 lacks "number"'),
        ('"phone"]\nq', '"fone"]\nq', r'line 8: "recipients.SF-021.clear" names "fone"'),
        ('["name"]\n\n', '["nom"]\n\n', r'line 16: "recipients.SF-021.purposes.returns" names'),
        ("2026-04-30", '"soon"', r'line 23: "recipients.WH-7.until" must be a date'),
        ("2026-04-30", "2026-04-30T10:00:00", r'line 23: "recipients.WH-7.until" must be a date'),
        ("2026-04-30", "2026-04-31", r"line 23: from here on this is no readable TOML"),
        ("canaries = 2", "canary = 2", r'line 12: "recipients.SF-021.canary" is no key'),
        ("canaries = 2", "canaries = -1", r'line 12: "recipients.SF-021.canaries" must be a who'),
        ('"extension"', '"extent"', r'line 11: "recipients.SF-021.marks" names "extent"'),
        ('contract = "C-2025-002"', "contract = 5", r'line 21: "recipients.WH-7.contract" must'),
        ('kind = "branch"', 'kind = " "', r'line 3: "recipients.SF-021.kind" must be a text'),
        ('returns = ["name"]', 'returns = "name"', r'line 16: ".*returns" must be a list'),
        ("[recipients.WH-7]", "[recipient.WH-7]", r'line 18: "recipient" is no key'),
        ("[recipients.SF-021]", "recipients = 3\n[x]", r"line 15: from here on"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in REGISTER
    with pytest.raises(InputError) as fault:
        read(tmp_path, REGISTER.replace(old, new, 1))
    assert re.match(said.replace("line ", "recipients.toml:"), str(fault.value).split("/")[-1])


def test_lines_are_found_also_behind_keys_that_take_several(tmp_path: Path) -> None:
    text = REGISTER.replace('deliver = ["name",', 'deliver = [\n  # for the courier\n  "name",')
    register = read(tmp_path, text)
    with pytest.raises(RefusedError, match=f"recipients.toml:{line_of('returns') + 2}:"):
        register.permit("SF-021", "returns", ["phone"], NOON)


def test_a_register_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recipient is registered"):
        read_register(tmp_path / "recipients.toml")


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_example_is_a_register_and_so_is_what_it_explains(tmp_path: Path, locale: str) -> None:
    example = example_register("zh" if locale == "zh" else "en")
    assert not read(tmp_path, example).recipients
    shown = "\n".join(
        line.removeprefix("# ") for line in example.splitlines() if re.match(r"# (\[|\w+ = )", line)
    )
    recipient = read(tmp_path, shown).recipients["SF-021"]
    assert recipient.purposes == {"deliver": ("name", "phone", "address")}
    assert recipient.contract
    assert recipient.quota_per_account == 200


@pytest.mark.parametrize("last_at", [None, NOON - HOUR, NOON, NOON + PATIENCE_WITH_CLOCKS])
def test_a_clock_that_is_about_right_is_trusted(last_at: Instant | None) -> None:
    verify_clock(NOON, last_at)


def test_a_clock_more_than_a_minute_behind_the_record_is_not() -> None:
    with pytest.raises(RefusedError, match="the clock shows 2026-05-12T12:00:00Z"):
        verify_clock(NOON, NOON + PATIENCE_WITH_CLOCKS + 1)
