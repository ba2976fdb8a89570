"""What the check of a register points at, and what it passes over."""

from pathlib import Path

import pytest
from protection_world import NOON, REGISTER

from whence.model import DAY
from whence.protection import read_register
from whence.protection.minimum import NEEDS, is_known, surplus
from whence.protection.register_check import Remark, remarks_on


def remarks(folder: Path, text: str, now: int = NOON) -> list[Remark]:
    path = folder / "recipients.toml"
    path.write_text(text, "utf-8")
    return remarks_on(read_register(path), now)


def names(found: list[Remark], party: str = "SF-021") -> set[str]:
    return {remark.name.removeprefix("remark-") for remark in found if remark.party_id == party}


def test_a_recipient_that_is_in_order_gives_nothing_to_look_at(tmp_path: Path) -> None:
    text = REGISTER.replace('returns = ["name"]\n', "")
    assert names(remarks(tmp_path, text)) == set()


def test_a_purpose_that_nobody_has_written_about_is_said_to_be_unknown(tmp_path: Path) -> None:
    (remark,) = [r for r in remarks(tmp_path, REGISTER) if r.party_id == "SF-021"]
    assert remark.name == "remark-unknown-purpose"
    assert remark.place == "recipients.toml:16"
    assert "is not known here" in remark.text("en")


def test_a_field_that_delivering_does_not_need_is_named_with_its_basis(tmp_path: Path) -> None:
    text = REGISTER.replace('"address"]\nreturns', '"address", "id_number"]\nreturns')
    (remark,) = [r for r in remarks(tmp_path, text) if r.name == "remark-surplus"]
    assert "does not need id_number" in remark.text("en")
    assert "second-hand" in remark.text("en")
    assert "转引" in remark.text("zh")


@pytest.mark.parametrize(
    ("before_end", "expected"),
    [(31 * DAY, set()), (30 * DAY, {"expires"}), (1, {"expires"}), (0, {"expired"})],
)
def test_a_contract_is_told_thirty_days_before_its_end(
    tmp_path: Path, before_end: int, expected: set[str]
) -> None:
    found = remarks(tmp_path, REGISTER)
    end = read_register(tmp_path / "recipients.toml").recipients["SF-021"].ends_at
    assert end is not None
    found = remarks(tmp_path, REGISTER, end - before_end)
    assert names(found) - {"unknown-purpose"} == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('marks = ["name", "extension", "address"]\n', "", {"no-marks"}),
        ("canaries = 2\n", "", {"no-canaries"}),
        ("quota_per_day = 5\n", "", {"no-quota"}),
        ('contract = "C-2026-017"\n', "", {"no-contract"}),
        ('impact_assessment = "PIA-2026-03"\n', "", {"no-assessment"}),
        ("until = 2027-03-31\n", "", {"no-end"}),
        ('clear = ["phone"]', 'clear = ["email"]', {"idle-clear"}),
    ],
)
def test_what_is_missing_is_pointed_at(
    tmp_path: Path, old: str, new: str, expected: set[str]
) -> None:
    assert old in REGISTER
    found = remarks(tmp_path, REGISTER.replace(old, new, 1))
    assert names(found) - {"unknown-purpose"} == expected


def test_a_recipient_without_a_purpose_is_pointed_at(tmp_path: Path) -> None:
    text = REGISTER.replace('deliver = ["name", "phone", "address"]\nreturns = ["name"]\n', "")
    assert "no-purpose" in names(remarks(tmp_path, text))


def test_shopping_never_needs_an_identity_number() -> None:
    assert all("id_number" not in need.fields for need in NEEDS.values())
    spare = surplus("deliver", ["name", "phone", "address", "id_number", "price"])
    assert spare is not None
    assert spare.fields == ("id_number", "price")
    assert surplus("Deliver ", ["name", "phone", "address"]) is None
    assert not is_known("returns")
