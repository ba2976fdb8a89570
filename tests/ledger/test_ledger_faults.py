"""What can go wrong where a ledger is kept: said clearly, with nothing personal in the words."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_world import BEGAN, LI, ORIGIN, House, all_entries, house, reveals
from postgres import Server

from whence.errors import EngineError, InputError, IntegrityError, OutputError, UsageError
from whence.ledger import migrations, open_ledger, postgres, sqlite
from whence.ledger.postgres import Postgres, place_of
from whence.ledger.sqlite import SQLite
from whence.ledger.tables import Session
from whence.workspace import make_workspace

SECRET = "hunter2"  # noqa: S105  of nobody


def file_of(shop: House) -> Path:
    return shop.workspace.folder / "ledger.sqlite"


@pytest.fixture
def impatient(file_shop: House) -> Iterator[SQLite]:
    storage = SQLite(file_of(file_shop), patience_s=0.1)
    yield storage
    storage.close()


def test_a_writer_that_holds_the_ledger_too_long_is_told(
    file_shop: House, impatient: SQLite
) -> None:
    with file_shop.ledger() as ledger, ledger._storage.writing():
        with impatient.reading() as reading:
            assert reading.state().size == 1  # readers are not held up
        with pytest.raises(OutputError, match="in use by others"), impatient.writing():
            pass
    with impatient.writing() as step:
        assert step.state().size == 1


def test_another_programs_lock_is_told(file_shop: House, impatient: SQLite) -> None:
    other = sqlite3.connect(file_of(file_shop), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutputError, match="in use by others"), impatient.writing():
        pass
    other.close()


def test_a_full_disk_is_told_and_nothing_is_half_recorded(file_shop: House) -> None:
    with file_shop.ledger() as ledger:
        ledger.append(reveals(3))
        before = all_entries(ledger)
        pool = ledger._storage._pool  # type: ignore[attr-defined]
        with pool.lent() as connection:
            ((pages,),) = connection.execute("PRAGMA page_count")
            connection.execute(f"PRAGMA max_page_count={pages + 2}").fetchall()
        with pytest.raises(OutputError, match="is full") as told:
            ledger.append(reveals(500))
        assert LI not in str(told.value) + str(told.value.advice())
        assert all_entries(ledger) == before
        assert ledger.append(reveals(1)) == range(4, 5)  # another connection, room again
        ledger.verify(fingerprint=file_shop.fingerprint)


def test_a_place_that_cannot_be_written_is_told(file_shop: House) -> None:
    turn = file_shop.workspace.folder / "ledger.sqlite-turn"
    turn.unlink()
    turn.mkdir()
    with file_shop.ledger() as ledger:
        with pytest.raises(OutputError, match="Is a directory"):
            ledger.append(reveals(1))
        assert ledger.size == 1


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\0" + bytes(5000), b"{}"])
def test_a_file_that_is_no_ledger_is_told(file_shop: House, content: bytes) -> None:
    file_of(file_shop).write_bytes(content)
    with pytest.raises(IntegrityError, match="damaged"), file_shop.ledger():
        pass


def test_an_empty_file_is_no_ledger(file_shop: House) -> None:
    file_of(file_shop).write_bytes(b"")
    with pytest.raises(UsageError, match="no ledger"), file_shop.ledger():
        pass


def test_a_key_that_others_can_read_is_not_used(file_shop: House) -> None:
    for path in file_shop.workspace.keys.iterdir():
        path.chmod(0o644)
    with file_shop.ledger() as ledger:
        for ask in (ledger.checkpoint, lambda: ledger.history(LI)):
            with pytest.raises(UsageError, match="others than its owner"):
                ask()


def test_a_persons_key_that_is_none_is_told(file_shop: House) -> None:
    (file_shop.workspace.keys / "persons.key").write_text("abc", "ascii")
    with file_shop.ledger() as ledger, pytest.raises(InputError, match=r"persons\.key"):
        ledger.history(LI)


# --- layouts ------------------------------------------------------------------------------------


def test_a_ledger_of_a_later_version_is_left_alone(shop: House) -> None:
    with shop.ledger() as ledger, ledger._storage.writing() as step:
        step.set_version(migrations.LAYOUT + 1)  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="layout 2"), shop.ledger():
        pass


def test_layouts_are_brought_forward_step_by_step_or_not_at_all(shop: House) -> None:
    def second(session: Session) -> None:
        session.run("CREATE TABLE ledger_second (x INTEGER)", ())

    def third(session: Session) -> None:
        session.run("CREATE TABLE ledger_third (x INTEGER)", ())

    def breaks(session: Session) -> None:
        third(session)
        raise OutputError("ledger.full", place="disk")

    with shop.ledger() as ledger:
        with pytest.raises(OutputError), ledger._storage.writing() as step:
            migrations.migrate(step, {1: second, 2: breaks}, 3)  # type: ignore[arg-type]
        with ledger._storage.writing() as step:
            assert step.version() == 1  # type: ignore[attr-defined]
            assert migrations.migrate(step, {1: second, 2: third}, 3) == 2  # type: ignore[arg-type]
            assert step.version() == 3  # type: ignore[attr-defined]
            assert migrations.migrate(step, {}, 3) == 0  # type: ignore[arg-type]
        with ledger._storage.writing() as step:
            with pytest.raises(UsageError):
                migrations.migrate(step)  # type: ignore[arg-type]
            step.run("INSERT INTO ledger_second VALUES (1)", ())  # type: ignore[attr-defined]
            step.run("INSERT INTO ledger_third VALUES (1)", ())  # type: ignore[attr-defined]


def test_an_earlier_layout_is_brought_forward_when_it_is_opened(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.ledger() as ledger, ledger._storage.writing() as step:
        step.set_version(0)  # type: ignore[attr-defined]
    told: list[str] = []

    def forward(session: Session) -> int:
        return migrations.migrate(session, {0: lambda _: told.append("step")}, 1)

    monkeypatch.setattr(sqlite, "migrate", forward)
    monkeypatch.setattr(postgres, "migrate", forward)
    with shop.ledger() as ledger:
        assert ledger.append(reveals(1)) == range(1, 2)
    with shop.ledger():
        assert told == ["step"]


# --- PostgreSQL ---------------------------------------------------------------------------------

UNREACHABLE = f"postgresql://clerk:{SECRET}@127.0.0.1:1/orders?connect_timeout=2"


def test_a_server_that_does_not_answer_is_told_without_user_and_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    workspace = replace(make_workspace(tmp_path / "w", name=ORIGIN), ledger=UNREACHABLE)
    with pytest.raises(EngineError, match=r"postgresql://127\.0\.0\.1:1/orders") as told:
        open_ledger(workspace, clock=lambda: BEGAN)
    chain = (told.value, told.value.__cause__, told.value.advice("en"), told.value.text("zh"))
    assert told.value.__suppress_context__
    assert SECRET not in "".join(map(str, chain))
    assert "clerk" not in "".join(map(str, chain))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            f"postgresql://clerk:{SECRET}@db.example:5433/orders",
            "postgresql://db.example:5433/orders",
        ),
        (f"postgres://clerk:{SECRET}@db.example/orders", "postgresql://db.example/orders"),
        (
            f"postgresql:///orders?host=/run/pg&password={SECRET}",
            "postgresql:///orders?host=/run/pg",
        ),
        (
            f"postgresql://a.example,b.example/orders?password={SECRET}",
            "postgresql://a.example,b.example/orders",
        ),
        (
            f"postgresql://a.example:5432,b.example:5433/orders?password={SECRET}",
            "postgresql://a.example:5432,b.example:5433/orders",
        ),
    ],
)
def test_an_address_is_shown_without_user_and_password(address: str, shown: str) -> None:
    pytest.importorskip("psycopg")
    assert place_of(address) == shown


def test_an_address_that_cannot_be_read_is_not_repeated() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UsageError, match="cannot be read") as told:
        place_of(f"postgresql://clerk:{SECRET}@db.example/orders?no_such_option=1")
    assert told.value.__suppress_context__
    assert SECRET not in str(told.value)


@pytest.mark.postgres
def test_a_database_without_a_ledger_and_one_that_is_not_there(
    running_server: Server, database: str
) -> None:
    with pytest.raises(UsageError, match="no ledger"):
        Postgres(database)
    with pytest.raises(EngineError):
        Postgres(running_server.address("nowhere"))


@pytest.mark.postgres
def test_a_row_that_another_session_holds_is_told(database: str) -> None:
    Postgres.make(database).close()
    patient, impatient = Postgres(database), Postgres(database, patience_s=1)
    with patient.writing(), pytest.raises(OutputError, match="in use by others"):  # noqa: SIM117
        with impatient.writing():
            pass
    with impatient.writing() as step:
        assert step.state().size == 0
    patient.close()
    impatient.close()


@pytest.mark.slow
@pytest.mark.postgres
def test_a_server_that_restarts_is_found_again(
    running_server: Server, database: str, tmp_path: Path
) -> None:
    shop = house(tmp_path / "workspace", database)
    with shop.ledger() as ledger:
        ledger.append(reveals(3))
        running_server.stop()
        try:
            with pytest.raises(EngineError, match="does not answer"):
                ledger.append(reveals(3))
        finally:
            running_server.start()
        assert ledger.append(reveals(3)) == range(4, 7)


@pytest.mark.postgres
def test_a_user_who_may_only_read_is_told(database: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    Postgres.make(database).close()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE USER auditor")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
    reader = Postgres(database.replace("whence@", "auditor@"))
    with reader.reading() as reading:
        assert reading.state().size == 0
    with pytest.raises(OutputError, match="does not allow"), reader.writing():
        pass
    reader.close()


def test_without_the_extra_the_command_to_install_it_is_told(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "import importlib.util as u; real = u.find_spec\n"
        "import whence.ledger.postgres as p\n"
        "p.find_spec = lambda name: None\n"
        "from whence.errors import UsageError\n"
        "try:\n    p.Postgres('postgresql:///x')\n"
        "except UsageError as error:\n    print(error, error.advice())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'whence[postgres]'" in done.stdout
    assert not list(tmp_path.iterdir())
