"""The room's commands as people run them: what they print, in which language, with which code."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import TypeAlias

import pytest
from servers import Inbox, webhook
from warning_world import WARNING_TOML, order, write_answer, write_contacts

from whence.cli import run
from whence.ledger import open_ledger
from whence.warning.answering import server
from whence.warning.audience import ExposedOrder
from whence.wording import phrases
from whence.workspace import open_workspace

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line here, in a workspace of its own; return code, stdout, stderr."""
    for name in ("WHENCE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def place(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a workspace, an answer with six persons exposed, and contacts of five of them."""
    assert command("init", tmp_path / "ws", "--name", "shop.example/orders")[0] == 0
    monkeypatch.setenv("WHENCE_WORKSPACE", str(tmp_path / "ws"))
    (tmp_path / "ws" / "warning.toml").write_text(WARNING_TOML, "utf-8")
    nameless = ExposedOrder(
        order_id="O", customer_id="", probability=0.5, accessed_at=None, due_from=None,
        due_until=None,
    )  # fmt: skip
    write_answer(tmp_path / "answer", [*(order(n, due_from=n) for n in range(6)), nameless])
    write_contacts(tmp_path / "contacts.csv", 5)
    return tmp_path


def warn(place: Path, *more: str | Path) -> list[str | Path]:
    return ["warn", place / "answer", "--contacts", place / "contacts.csv", "-q", *more]


def ledger_kinds(place: Path) -> list[str]:
    with open_ledger(open_workspace(place / "ws"), clock=lambda: 1) as ledger:
        return [found.entry.kind for found in ledger.read(1)]


def test_a_dry_run_shows_each_notice_once_and_leaves_nothing_behind(
    command: Run, place: Path
) -> None:
    before = sorted(path.name for path in (place / "ws").iterdir())
    code, out, _ = command(*warn(place, "--dry-run"))
    assert code == 0
    assert "To be told: 5 persons, 15 messages." in out
    assert "Not told, on record: 1 without any contact." in out
    assert "Exposed orders without a customer: 1" in out
    assert out.count("【示例商城】") == 1
    assert "no legal advice" in out
    assert sorted(path.name for path in (place / "ws").iterdir()) == before
    assert ledger_kinds(place) == []


def test_the_second_template_says_that_it_was_not_read_at_its_source(
    command: Run, place: Path
) -> None:
    code, out, _ = command(*warn(place, "--dry-run", "--template", "gdpr34"))
    assert code == 0
    assert "second-hand" in out
    assert "GDPR 34" in out


def test_a_run_tells_records_and_lists(command: Run, place: Path) -> None:
    code, out, err = command(*warn(place))
    assert (code, err) == (0, "")
    assert "Told now: 5 persons, 15 messages. Told before: 0." in out
    folder = place / "ws" / "warnings" / "leak"
    assert len((folder / "notices.jsonl").read_text("utf-8").splitlines()) == 5
    (line,) = (folder / "not-told.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["customer_id"] == "CUST000005"
    assert json.loads(line)["ground"] == "no-contact"
    assert sorted(ledger_kinds(place)) == ["no-notice", *["notice"] * 5]
    code, out, _ = command(*warn(place))
    assert "Told now: 0 persons, 0 messages. Told before: 5." in out
    with open_ledger(open_workspace(place / "ws"), clock=lambda: 1) as ledger:
        ledger.verify()


def test_programs_read_the_same_in_json(command: Run, place: Path) -> None:
    _, out, _ = command(*warn(place, "--json", "--budget", "6", "--measure", "--seed", "7"))
    document = json.loads(out)
    assert document["schema"] == "whence.warn/1"
    assert (document["told_now"], document["waiting"], document["messages_now"]) == (2, 3, 6)
    assert document["not_told"]["no-contact"] == 1
    assert document["seed"] == "7"
    _, out, _ = command(*warn(place, "--json", "--dry-run"))
    assert json.loads(out)["waiting"] == 3
    assert json.loads(out)["notices"][0]["alphabet"] == "UCS-2"


def test_grounds_that_harm_is_avoided_come_from_a_table(command: Run, place: Path) -> None:
    avoided = place / "avoided.csv"
    avoided.write_text("customer_id,grounds\nCUST000001,number changed before the leak\n")
    code, out, _ = command(*warn(place, "--avoided", avoided))
    assert code == 0
    assert "1 for whom harm is effectively avoided" in out
    avoided.write_text("customer_id,grounds\nCUST000002,\n")
    code, _, err = command(*warn(place, "--avoided", avoided))
    assert code == 2
    assert "not on which grounds" in err


def test_a_webhook_is_told_over(command: Run, place: Path) -> None:
    inbox = Inbox()
    with webhook(inbox) as port:
        path = place / "ws" / "warning.toml"
        hook = f'[webhook]\nurl = "http://127.0.0.1:{port}/"\nsecret = "s"\n'
        path.write_text(WARNING_TOML + hook, "utf-8")
        path.chmod(0o600)
        assert command(*warn(place, "--channel", "webhook"))[0] == 0
    assert len(inbox.got) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--channel", "smtp"], "does not set up the channel smtp"),
        (["--seed", "7"], "--seed goes with --measure only"),
        (["--case", "other"], 'what is told of the leak "other"'),
        (["--case", "../leak"], "--case"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nobody_is(
    command: Run, place: Path, arguments: list[str], said: str
) -> None:
    code, out, err = command(*warn(place, *arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert ledger_kinds(place) == []


def test_a_notice_that_would_be_a_lure_stops_before_anybody_is_told(
    command: Run, place: Path
) -> None:
    path = place / "ws" / "warning.toml"
    path.write_text(WARNING_TOML.replace("已关闭可疑访问", "已退款239元"), "utf-8")
    code, _, err = command(*warn(place))
    assert code == 3
    assert "an amount of money" in err
    assert ledger_kinds(place) == []


def test_the_effect_is_told_with_its_interval_and_too_few_is_said(
    command: Run, place: Path
) -> None:
    command(*warn(place, "--budget", "6", "--measure", "--seed", "7"))
    soon, end = (datetime.now(UTC) + timedelta(days=days) for days in (1, 3))
    reports = place / "later.csv"
    reports.write_text(f"customer_id,called_at,loss\nCUST000001,{soon:%Y-%m-%dT%H:%M:%SZ},5\n")
    code, out, _ = command("effect", "--reports", reports)
    assert code == 0
    assert "nothing can be said" in out
    assert "went by urgency" not in out
    code, out, _ = command("effect", "--reports", reports, "--until", f"{end:%Y-%m-%d}", "--json")
    document = json.loads(out)
    assert document["order_drawn"] is True
    assert document["persons"] == 5
    assert document["calls"]["verdict"] == "cannot tell"
    assert document["waiting"]["calls"] + document["told"]["calls"] == 1


def test_an_effect_that_was_not_drawn_is_said_to_be_no_measure(command: Run, place: Path) -> None:
    command(*warn(place))
    reports = place / "later.csv"
    reports.write_text("customer_id,called_at\n")
    assert "not by chance" in command("effect", "--reports", reports)[1]
    code, _, err = command("effect", "--reports", reports, "--case", "unknown")
    assert code == 2
    assert "Nobody was told" in err


def test_a_number_is_said_to_be_whose_it_is_and_never_more(command: Run, place: Path) -> None:
    code, out, _ = command("number", "95013")
    assert code == 0
    assert "In no register here. That says nothing about who it is." in out
    (place / "ws" / "official.toml").write_text(
        '[[official]]\nvalue = "95013"\nchannel = "phone"\nwhose_en = "Example Shop"\n'
        'whose_zh = "示例商城"\nstarts_first = false\n',
        "utf-8",
    )
    _, out, _ = command("number", "95013")
    assert "Example Shop, phone. They never contact you first" in out
    assert "hang up, and dial the official number yourself" in out
    document = json.loads(command("number", "95013", "--json")[1])
    assert document["in_register"] is True
    assert document["starts_first"] is False


def test_a_call_is_opened_shown_confirmed_once_and_on_record(command: Run, place: Path) -> None:
    opened = json.loads(
        command("caller-check", "new", "--agent", "A1", "--order", "77", "--json")[1]
    )
    shown = json.loads(command("caller-check", "show", "--order", "77", "--json")[1])
    assert shown["call_id"] == opened["call_id"]
    code, out, _ = command("caller-check", "verify", opened["code"], "--order", "77")
    assert code == 0
    assert "the code of our open call" in out
    assert "used already" in command("caller-check", "verify", opened["code"], "--order", "77")[1]
    assert "does not call for us" in command("caller-check", "show", "--order", "77")[1]
    told = command("caller-check", "verify", "1", "--order", "78", "--json")[1]
    assert json.loads(told)["answer"] == "no call"
    assert ledger_kinds(place) == ["call-opened", *["call-checked"] * 3]


def test_an_order_is_asked_about_over_http(command: Run, place: Path) -> None:
    arguments = ["--contacts", place / "contacts.csv", "--orders", "40000", "-q"]
    code, out, _ = command("self-check", "build", place / "answer", *arguments)
    assert code == 0
    assert "Listed: 5 orders; 2 without a customer or a phone are not." in out
    held = server(place / "ws" / "self-check", "127.0.0.1", 0, per_hour=0, monotonic=lambda: 0.0)
    thread = Thread(target=held.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        url = f"http://127.0.0.1:{held.server_address[1]}"
        ask = ["self-check", "ask", url, "--phone", "13900000001"]
        code, out, _ = command(*ask, "--order", "ORD000001")
        assert code == 0
        assert "is among those known to be exposed" in out
        found = re.search("--salt ([0-9a-f]{32})", out)
        assert found is not None
        _, out, _ = command(*ask, "--order", "ORD999999", "--salt", found[1])
        assert "That does not make a caller genuine" in out
        assert json.loads(command(*ask, "--order", "ORD000001", "--json")[1])["listed"] is True
    finally:
        held.shutdown()
        thread.join()
        held.server_close()


def test_a_list_is_served_only_where_one_was_built(command: Run, place: Path) -> None:
    code, _, err = command("self-check", "serve")
    assert code == 2
    assert "holds no list" in err
    assert place.exists()


def test_tips_are_recorded_and_the_proof_of_one_checks_without_the_ledger(
    command: Run, place: Path
) -> None:
    table, text, proof = place / "shown.csv", place / "tip.txt", place / "proof.json"
    table.write_text("order_id,customer_id,shown_at\nO1,C1,2026-02-11T08:00:00Z\n", "utf-8")
    text.write_text("客服不会来电办理退款。", "utf-8")
    batch = ["tip", "record", table, "--text", text, "--text-version", "1"]
    code, out, _ = command(*batch)
    assert code == 0
    assert "On record: 1 tips of version 1" in out
    code, _, err = command(*batch)
    assert code == 2
    assert "on record already" in err
    code, out, err = command("tip", "prove", "O1", "--customer", "C1")
    assert code == 0
    assert "客服不会来电办理退款。" in err
    assert json.loads(out)["schema"] == "whence.proof/1"
    proof.write_text(out, "utf-8")
    code, _, err = command("tip", "prove", "O2")
    assert code == 2
    assert "No tip is on record" in err


# --- what is said to people, over all phrases ----------------------------------------------------

ROOMS = ("warning", "caller-check", "self-check", "tip")


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_that_is_said_promises_that_anything_is_safe(room: str) -> None:
    for key, phrase in phrases(room).items():
        assert not re.search(r"\bsafe(ly)?\b", phrase["en"], re.IGNORECASE), key
        if key != "lure-promise":  # which says what must not be said
            assert not re.search("是安全的|放心|没有问题", phrase["zh"]), key


@pytest.mark.parametrize("room", ROOMS)
def test_every_phrase_that_the_commands_name_is_there(room: str) -> None:
    sources = Path(__file__).parents[2] / "src" / "whence"
    named = {
        quoted
        for folder in ("cli", "warning")
        for path in (sources / folder).glob("*.py")
        for quoted in re.findall(rf'"{room}\.([a-z0-9-]+)"', path.read_text("utf-8"))
    } - {"toml"}
    assert named <= set(phrases(room))
    assert named
