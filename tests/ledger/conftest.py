"""Both storages for the tests: a file anew for each, PostgreSQL as one server with many ledgers."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from ledger_world import House, house
from postgres import Server, programs, server

_NUMBERS = count()


def require_postgres() -> None:
    missing = [
        name
        for name, found in (("psycopg", find_spec("psycopg")), ("PostgreSQL", programs()))
        if found is None
    ]
    if missing:
        told = f"{' and '.join(missing)} not installed"
        if os.environ.get("WHENCE_FULL") == "1":
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="session")
def running_server() -> Iterator[Server]:
    """Run a server, or say why the test is left out; with WHENCE_FULL=1 it must be there."""
    require_postgres()
    with server() as running:
        yield running


@pytest.fixture
def database(running_server: Server) -> str:
    """Return the address of a database of the test's own."""
    return running_server.make_database(f"ledger_{next(_NUMBERS)}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest) -> str | None:
    """Say where a ledger is kept: in the workspace's own file (None), or in a database."""
    if request.param == "sqlite":
        return None
    found: str = request.getfixturevalue("database")
    return found


@pytest.fixture
def shop(tmp_path: Path, address: str | None) -> House:
    """Make a shop's workspace with a ledger, in either storage."""
    return house(tmp_path / "workspace", address)


@pytest.fixture
def file_shop(tmp_path: Path) -> House:
    """Make a shop's workspace with a ledger in a file."""
    return house(tmp_path / "workspace")
