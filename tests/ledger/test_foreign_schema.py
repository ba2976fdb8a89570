"""What somebody adds to the stored tables so that they answer other than they hold is found out."""

import sqlite3
from pathlib import Path

import pytest
from ledger_world import LI, House, house, reveal, reveals

from whence.errors import IntegrityError
from whence.ledger import open_ledger
from whence.ledger.sqlite import SQLite

VIEW = "CREATE VIEW ledger_persons AS SELECT * FROM kept_persons WHERE seq <> 1"
SCHEMA: dict[str, list[str]] = {
    "a view in place of a table": ["ALTER TABLE ledger_persons RENAME TO kept_persons", VIEW],
    "an index": ["CREATE INDEX faster ON ledger_persons (person, seq)"],
    "a trigger": [
        "CREATE TRIGGER quiet AFTER INSERT ON ledger_persons BEGIN DELETE FROM ledger_persons; END"
    ],
    "another table": ["CREATE TABLE notes (text TEXT)"],
    "another column": ["ALTER TABLE ledger_persons ADD COLUMN more TEXT"],
    "statistics": ["ANALYZE"],
    "a table taken": ["DROP TABLE ledger_tiles"],
}


@pytest.fixture
def filled(file_shop: House) -> House:
    with file_shop.ledger() as ledger:
        ledger.append([reveal(1), *reveals(60, first=2)])
        ledger.checkpoint()
    return file_shop


def run_in(shop: House, *statements: str) -> None:
    connection = sqlite3.connect(shop.workspace.ledger_place, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("what", SCHEMA)
def test_what_is_not_the_ledgers_own_is_found_when_it_is_opened(filled: House, what: str) -> None:
    with filled.ledger() as ledger:
        assert ledger.history(LI).shown[0].seq == 1
    run_in(filled, *SCHEMA[what])
    with pytest.raises(IntegrityError, match="not its own"):
        open_ledger(filled.workspace, clock=lambda: 0)


@pytest.mark.parametrize("what", SCHEMA)
def test_and_by_verify_where_it_came_later(filled: House, what: str) -> None:
    with filled.ledger() as ledger:
        ledger.verify(fingerprint=filled.fingerprint)
        run_in(filled, *SCHEMA[what])
        with pytest.raises(IntegrityError, match="not its own"):
            ledger.verify(fingerprint=filled.fingerprint)


def test_an_index_that_hides_an_entry_from_a_history_is_found(filled: House) -> None:
    """A partial index that is said to be whole: who asks goes by it, who scans does not."""
    index = "CREATE INDEX hidden ON ledger_entries (seq, leaf, openings)"
    run_in(
        filled,
        f"{index} WHERE seq <> 1",
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_schema SET sql = '{index}' WHERE name = 'hidden'",
    )
    with pytest.raises(IntegrityError, match="not its own"):
        open_ledger(filled.workspace, clock=lambda: 0)


def test_rows_out_of_their_order_are_found(filled: House) -> None:
    """Two keys exchanged in the page: who reads all finds them, who asks for one does not."""
    path = Path(filled.workspace.ledger_place)
    with SQLite(path).reading() as reading:
        persons = list(reading.persons())
    first, last = persons[0][0], persons[-1][0]
    data = path.read_bytes()
    assert first != last
    swapped = data.replace(first, b"~" * 16).replace(last, first).replace(b"~" * 16, last)
    path.write_bytes(swapped)
    with filled.ledger() as ledger, pytest.raises(IntegrityError, match="damaged"):
        ledger.verify(fingerprint=filled.fingerprint)


POSTGRES = {
    "a view in place of a table": SCHEMA["a view in place of a table"],
    "an index": SCHEMA["an index"],
    "a rule": ["CREATE RULE quiet AS ON INSERT TO ledger_persons DO INSTEAD NOTHING"],
    "rows for some": ["ALTER TABLE ledger_persons ENABLE ROW LEVEL SECURITY"],
    "more rows behind": ["CREATE TABLE more () INHERITS (ledger_kinds)"],
}


@pytest.mark.postgres
@pytest.mark.parametrize("what", POSTGRES)
def test_verify_finds_it_in_a_database_too(database: str, tmp_path: Path, what: str) -> None:
    shop = house(tmp_path / "workspace", database)
    with shop.ledger() as ledger:
        ledger.append([reveal(1)])
        ledger.verify(fingerprint=shop.fingerprint)
        with ledger._storage.writing() as step:
            for statement in POSTGRES[what]:
                step.run(statement, ())  # type: ignore[attr-defined]
        with pytest.raises(IntegrityError, match="not its own"):
            ledger.verify(fingerprint=shop.fingerprint)
