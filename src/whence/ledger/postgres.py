"""A ledger in PostgreSQL: for writers on several machines.

A writer holds the row of ``ledger_state`` while its step lasts, so that numbers are given in order
and without gaps; ``synchronous_commit`` is on for every session, whatever the database's default,
so that what is acknowledged has reached the disk. The tables lie in the first schema of the
connection's search path. Needs ``psycopg``, the extra ``postgres``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from whence.errors import EngineError, IntegrityError, OutputError, UsageError, WhenceError
from whence.ledger.migrations import LAYOUT, migrate, verify_known
from whence.ledger.pool import Pool
from whence.ledger.tables import TABLES, Session

if TYPE_CHECKING:
    import psycopg

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

SCHEMES: Final = ("postgresql://", "postgres://")
PATIENCE_S: Final = 30
_TYPES: Final = {
    "integer": "BIGINT",
    "bytes": "BYTEA",
    "text": "TEXT",
    "strict": "",
    "keyed": "",
}
_OF_COLUMN: Final = {"seq": "int8", "leaf": "bytea", "openings": "bytea", "person": "bytea"}
# Of these names: how many are plain tables; what has been added to them that changes answers.
_FORM: Final = """
WITH named AS (SELECT to_regclass(name)::oid AS id FROM unnest(?::text[]) AS names (name))
SELECT
    (SELECT count(*) FROM pg_class JOIN named ON oid = id
        WHERE relkind = 'r' AND NOT relrowsecurity),
    (SELECT count(*) FROM pg_index JOIN named ON indrelid = id WHERE NOT indisprimary)
    + (SELECT count(*) FROM pg_trigger JOIN named ON tgrelid = id)
    + (SELECT count(*) FROM pg_rewrite JOIN named ON ev_class = id)
    + (SELECT count(*) FROM pg_inherits JOIN named ON inhparent = id)
"""
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"  # one moment for all looks


class Postgres:
    """The storage that several machines share."""

    def __init__(self, address: str, *, patience_s: int = PATIENCE_S) -> None:
        """Open the ledger in a database, brought to the layout known here.

        Raises UsageError where it has none, or one of a later version; EngineError where no
        server answers.
        """
        self._place = place_of(address)
        self._address = address
        self._patience_s = patience_s
        self._pool = Pool(self._connection, _close, _is_alive)
        try:
            with self.reading() as session:
                _verify_tables(session, self._place)
                version = session.version()
            verify_known(version)
            if version < LAYOUT:
                with self.writing() as session:
                    migrate(session)
        except BaseException:
            self.close()
            raise

    @classmethod
    def make(cls, address: str, *, patience_s: int = PATIENCE_S) -> "Postgres":
        """Make an empty ledger in a database that has none; UsageError where it has."""
        place = place_of(address)
        with _told(place):
            connection = _connected(address, patience_s)
            try:
                connection.execute("BEGIN")
                session = _session(connection)
                if _has_tables(session):
                    raise UsageError("ledger.exists", place=place)
                session.make(_TYPES, LAYOUT)
                connection.execute("COMMIT")
            finally:
                _close(connection)
        return cls(address, patience_s=patience_s)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open the storage as it is now."""
        with _told(self._place), self._begun(_READ) as connection:
            try:
                yield _session(connection)
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Begin a step, when no other is under way; it is undone where an error leaves it."""
        with _told(self._place), self._begun("BEGIN") as connection:
            connection.execute("SELECT one FROM ledger_state WHERE one = 1 FOR UPDATE")
            yield _session(connection)
            connection.commit()

    def scrub(self) -> None:
        """Remove erased rows from the tables' files; logs and replicas are the server's own."""
        with _told(self._place), self._pool.lent() as connection:
            connection.execute("VACUUM ledger_entries, ledger_persons")

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _connection(self) -> "Connection":
        return _connected(self._address, self._patience_s)

    @contextmanager
    def _begun(self, begin: str) -> "Iterator[Connection]":
        """Lend a connection with a transaction begun; what an error leaves of it is undone."""
        with self._pool.lent() as connection:
            connection.execute(begin)
            yield connection


def place_of(address: str) -> str:
    """Return an address as it may be shown: host, port and database, no user, no password.

    Raises UsageError for one that cannot be read, and does not repeat it.
    """
    conninfo = _psycopg("psycopg.conninfo")
    try:
        parts = conninfo.conninfo_to_dict(address)
    except conninfo.e.ProgrammingError:
        raise UsageError("ledger.bad-database", hint="ledger.bad-database-hint") from None
    hosts = str(parts.get("host") or "localhost")
    database = parts.get("dbname") or parts.get("user") or ""
    if hosts.startswith("/"):
        return f"postgresql:///{database}?host={hosts}"
    ports = str(parts.get("port") or "").split(",")
    shown = [
        f"{host}:{port}" if port else host
        for host, port in zip_longest(hosts.split(","), ports, fillvalue="")
    ]
    return f"postgresql://{','.join(shown)}/{database}"


def _connected(address: str, patience_s: int) -> "Connection":
    psycopg = _psycopg("psycopg")
    connection: Connection = psycopg.connect(
        address,
        autocommit=True,  # steps begin and end where we say so
        connect_timeout=patience_s,
        application_name="whence ledger",
        client_encoding="UTF8",
    )
    for setting in (
        "synchronous_commit = on",
        f"lock_timeout = '{patience_s}s'",
        # A machine that is lost with its step under way lets go of the row within a minute.
        "tcp_keepalives_idle = 30",
        "tcp_keepalives_interval = 10",
        "tcp_keepalives_count = 3",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _close(connection: "Connection") -> None:
    connection.close()


def _is_alive(connection: "Connection") -> bool:
    try:
        connection.execute("SELECT 1")
    except _psycopg("psycopg").Error:
        return False
    return True


def _session(connection: "Connection") -> Session:
    def run(statement: str, values: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
        cursor = connection.execute(statement.replace("?", "%s"), values, binary=True)
        return cursor if cursor.description else ()

    def add(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        into = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            copy.set_types([_OF_COLUMN[column] for column in columns])
            for row in rows:
                copy.write_row(row)

    def verify_form() -> None:
        # Names resolve by the search path: what stands behind each must be a table of its own.
        names = re.findall(r"CREATE TABLE (\w+)", TABLES)
        ((n_plain, n_foreign),) = run(_FORM, (names,))
        if n_plain != len(names) or n_foreign:
            raise IntegrityError("ledger.schema-changed", hint="ledger.damaged-hint")

    return Session(run, add, verify_form)


def _has_tables(session: Session) -> bool:
    ((found,),) = session.run("SELECT to_regclass('ledger_schema') IS NOT NULL", ())
    return bool(found)


def _verify_tables(session: Session, place: str) -> None:
    if not _has_tables(session):
        raise UsageError("ledger.none", place=place, hint="ledger.none-hint")


def _psycopg(module: str) -> Any:  # noqa: ANN401  its modules, imported late
    """Return a module of psycopg; UsageError where the extra is not installed."""
    if find_spec("psycopg") is None:
        raise UsageError("ledger.no-psycopg", hint="ledger.no-psycopg-hint")
    return import_module(module)


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Put what the server says into our own errors; what it wrote there may hold anything."""
    psycopg = _psycopg("psycopg")
    try:
        yield
    except WhenceError:
        raise
    except psycopg.Error as error:
        raise _error(place, error, psycopg.errors) from None


def _error(place: str, error: Any, kinds: Any) -> WhenceError:  # noqa: ANN401  see _psycopg
    match error:
        case kinds.LockNotAvailable() | kinds.DeadlockDetected():
            return OutputError("ledger.locked", hint="ledger.locked-hint", place=place)
        case kinds.DiskFull():
            return OutputError("ledger.full", hint="ledger.full-hint", place=place)
        case kinds.InsufficientPrivilege() | kinds.ReadOnlySqlTransaction():
            return OutputError("ledger.not-allowed", hint="ledger.not-allowed-hint", place=place)
        case kinds.OperationalError() | kinds.InterfaceError():
            return EngineError("ledger.unreachable", hint="ledger.unreachable-hint", place=place)
        case _:
            return IntegrityError("ledger.damaged", hint="ledger.damaged-hint")
