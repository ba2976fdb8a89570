"""An office of its own for each test."""

from pathlib import Path

import pytest
from cases_world import Office, make_office
from packs_world import full_case, packed


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return make_office(tmp_path / "workspace")


@pytest.fixture(scope="session")
def full_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Make an office with one full case; tests of packs read it, and leave it as it is."""
    made = make_office(tmp_path_factory.mktemp("office") / "workspace")
    with made.desk() as desk:
        full_case(desk)
    return made


@pytest.fixture(scope="session")
def police_pack(full_office: Office, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return packed(full_office, tmp_path_factory.mktemp("packs") / "police.zip")
