"""Runs killed with SIGKILL at any moment: nobody is told twice, nobody is skipped.

The command itself runs in a process of its own, against a real mail server and a real webhook on
this machine, and is killed when the server has got so many messages. What SMTP leaves open is
measured too: one message at most for each kill comes a second time, under the same Message-ID.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from servers import Inbox, mail_server, webhook
from warning_world import WARNING_TOML, order, write_answer, write_contacts

from whence.ledger import Entry, make_ledger, open_ledger
from whence.workspace import Workspace, make_workspace

N = 60
pytestmark = pytest.mark.slow  # seconds each, with real servers

RUN = [sys.executable, "-c", "from whence.cli import main; main()"]


class Runs:
    """One installation, and its runs; each is killed when a server has got so many messages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace: Workspace = make_workspace(folder / "ws", name="shop.example/orders")
        make_ledger(self.workspace, clock=lambda: 1)
        self.answer = write_answer(folder / "answer", (order(n, due_from=n / 9) for n in range(N)))
        self.contacts = write_contacts(folder / "contacts.csv", N)
        self.process: subprocess.Popen[bytes] | None = None

    def set_up(self, channel: str) -> None:
        path = self.workspace.folder / "warning.toml"
        path.write_text(WARNING_TOML + channel, "utf-8")
        path.chmod(0o600)

    def go(self, channel: str) -> int:
        """Run to the end, or until killed, and return the exit code."""
        arguments = ["warn", self.answer, "--contacts", self.contacts, "-q", "--channel", channel]
        workspace = ["--workspace", self.workspace.folder]
        self.process = subprocess.Popen(
            [*RUN, *map(str, [*arguments, *workspace])], stdout=subprocess.DEVNULL
        )
        return self.process.wait(timeout=120)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)

    def recorded(self) -> list[Entry]:
        with open_ledger(self.workspace, clock=lambda: 1) as ledger:
            return [found.entry for found in ledger.read() if found.entry.kind == "notice"]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def killed_at(runs: Runs, *counts: int) -> Callable[[int], None]:
    """Return what kills the run when a server has got each of these numbers of messages."""
    left = list(counts)

    def after(n_got: int) -> None:
        if left and n_got >= left[0]:
            left.pop(0)
            runs.kill()

    return after


def test_mail_killed_five_times_tells_everybody_and_doubles_one_message_a_kill_at_most(
    runs: Runs,
) -> None:
    inbox = Inbox(after=killed_at(runs, 1, 9, 20, 21, 40))
    with mail_server(inbox) as port:
        runs.set_up(
            f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsender = "n@shop.example"\n'
            'security = "none"\n'
        )
        codes = [runs.go("smtp") for _ in range(6)]
    assert codes == [-signal.SIGKILL] * 5 + [0]
    assert len(set(inbox.ids)) == N  # as many persons as mailboxes that look at Message-IDs see
    assert len(inbox.ids) <= N + 5
    assert {to for _, to, _ in inbox.got} == {f"c{n}@mail.example" for n in range(N)}
    told = [entry.facts["notice_id"] for entry in runs.recorded()]
    assert len(told) == len(set(told)) == N


def test_a_webhook_that_knows_keys_again_tells_each_once_whenever_runs_are_killed(
    runs: Runs,
) -> None:
    inbox = Inbox(after=killed_at(runs, 3, 17, 33))
    with webhook(inbox) as port:
        runs.set_up(f'[webhook]\nurl = "http://127.0.0.1:{port}/"\nsecret = "s"\nconnections = 2\n')
        codes = [runs.go("webhook") for _ in range(4)]
    assert codes == [-signal.SIGKILL] * 3 + [0]
    assert len(set(inbox.ids)) == N
    assert len(inbox.ids) <= N + 3 * 2 * 8  # those under way: two connections, eight each
    by_key = {name: text for name, _, text in inbox.got}
    assert all(by_key[name] == text for name, _, text in inbox.got)  # the same body each time
    told = [entry.facts["notice_id"] for entry in runs.recorded()]
    assert len(told) == len(set(told)) == N


@pytest.mark.parametrize("fault", ["lost", "451", "503"])
def test_answers_lost_between_server_and_outbox_are_settled_by_the_key(
    runs: Runs, fault: str
) -> None:
    inbox = Inbox(fault=lambda n: fault if n % 3 == 0 else "")
    serve = webhook if fault == "503" else mail_server
    with serve(inbox) as port:
        runs.set_up(
            f'[webhook]\nurl = "http://127.0.0.1:{port}/"\nsecret = "s"\n[smtp]\n'
            f'host = "127.0.0.1"\nport = {port}\nsender = "n@shop.example"\nsecurity = "none"\n'
        )
        assert runs.go("webhook" if fault == "503" else "smtp") == 0
    assert len(set(inbox.ids)) == N
    assert len(runs.recorded()) == N


def test_files_killed_while_they_are_written_hold_each_notice_once(
    runs: Runs, tmp_path: Path
) -> None:
    n, out = 500, tmp_path / "out"
    runs.answer = write_answer(tmp_path / "many", (order(i) for i in range(n)))
    runs.contacts = write_contacts(tmp_path / "many.csv", n)
    runs.set_up(f'[file]\nfolder = "{out}"\nform = "files"\n')
    codes = []
    for kill_at in (1, 200, n + 1):
        runs.process = None
        watching = Thread(target=kill_when, args=(runs, out, kill_at))
        watching.start()
        codes.append(runs.go("file"))
        watching.join()
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    written = [json.loads(path.read_text("utf-8")) for path in out.glob("*.json")]
    assert len(written) == n
    assert {one["to"] for one in written} == {f"1390000{i:04}" for i in range(n)}
    told = [entry.facts["notice_id"] for entry in runs.recorded()]
    assert len(told) == len(set(told)) == n


def kill_when(runs: Runs, out: Path, n: int) -> None:
    """Kill a run when so many files are there, unless it ends before."""
    while runs.process is None:
        time.sleep(0.001)
    while runs.process.returncode is None:
        if out.is_dir() and sum(1 for _ in out.iterdir()) >= n:
            runs.process.send_signal(signal.SIGKILL)
            return
        time.sleep(0.001)
