"""A PostgreSQL server on this machine, for tests and for trying things out.

By hand: ``python tools/postgres.py`` starts it, says its address, and stops it on Ctrl-C. It comes
from Debian's package, runs as an unprivileged user, listens on a socket in its own temporary folder
and nowhere else, and the folder goes when it stops.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final

PROGRAMS: Final = Path("/usr/lib/postgresql")  # VERSION/bin, Debian's layout
OWNER: Final = "whence"
DATABASE: Final = "whence"
UNPRIVILEGED: Final = ("postgres", "nobody")  # who runs it where root starts it
START_S: Final = 60  # after a crash it reads its log first; usually 1 s
STOP_S: Final = 30
POLL_S: Final = 0.05
PRIVATE: Final = 0o700


class ServerError(Exception):
    """The server did not come up."""


@dataclass(slots=True, kw_only=True)
class Server:
    """A server: its programs, its folder, and its process while it runs."""

    programs: Path
    folder: Path
    user: str | None
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def address(self, database: str = DATABASE) -> str:
        """Return where clients find one of its databases."""
        return f"postgresql://{OWNER}@/{database}?host={self.folder}"

    def make_database(self, name: str) -> str:
        """Make another database, and return its address."""
        self._run("createdb", "--host", str(self.folder), "--username", OWNER, name)
        return self.address(name)

    def prepare(self) -> None:
        """Lay out the folder of data."""
        self._run(
            "initdb",
            *("--pgdata", str(self.folder / "data"), "--username", OWNER),
            *("--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-instructions"),
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = (self.folder / "log").open("ab")
        with log:
            self.process = self._popen(
                "postgres",
                *("-D", str(self.folder / "data"), "-k", str(self.folder)),
                *("-c", "listen_addresses="),
                stdout=log,
            )
        until = monotonic() + START_S
        while monotonic() < until and self.process.poll() is None:
            asked = ("pg_isready", "--quiet", "--host", str(self.folder), "--username", OWNER)
            if self._popen(*asked).wait() == 0:
                return
            sleep(POLL_S)
        self.crash()
        message = f"the server did not answer within {START_S} s: {self.folder / 'log'}"
        raise ServerError(message)

    def stop(self) -> None:
        """Stop it politely: clients are cut off, the data is complete."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown, says its manual
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_S)
        self.crash()

    def crash(self) -> None:
        """End it and all its processes at once, as a power cut would."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        process = self._popen(program, *arguments, stdout=subprocess.PIPE)
        said, _ = process.communicate()
        if process.returncode:
            message = f"{program} failed: {said.decode(errors='replace').strip()}"
            raise ServerError(message)

    def _popen(
        self, program: str, *arguments: str, stdout: "int | IO[bytes]" = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        """Run one of the server's programs, as the unprivileged user, in a group of its own."""
        return subprocess.Popen(  # noqa: S603  our own command
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours alone
            user=self.user,
            group=self.user and _group(self.user),
            extra_groups=None if self.user is None else (),
        )


def programs() -> Path | None:
    """Return the folder of the newest server's programs that is installed."""
    found = [path.parent for path in PROGRAMS.glob("*/bin/postgres")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def server() -> Iterator[Server]:
    """Run a server; it and its folder are gone when the block ends, however it ends."""
    there = programs()
    if there is None:
        message = f"PostgreSQL is not installed in {PROGRAMS}"
        raise ServerError(message)
    user = _user() if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="whence-postgres-"))
    running = Server(programs=there, folder=folder, user=user)
    try:
        folder.chmod(PRIVATE)
        if user is not None:
            shutil.chown(folder, user, _group(user))
        running.prepare()
        running.start()
        running.make_database(DATABASE)
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str:
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    message = f"no user to run the server as: {', '.join(UNPRIVILEGED)}"
    raise ServerError(message)


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until Ctrl-C or a polite kill."""
    del arguments
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell had the first ignored
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with server() as running:
            print(f"{running.address()}\nCtrl-C stops it", flush=True)  # noqa: T201
            while running.process is not None and running.process.poll() is None:
                sleep(1)
    except KeyboardInterrupt:
        return 0
    except ServerError as error:
        print(f"postgres: {error}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
