"""``whence init`` and ``whence ledger``: what is printed where, and with which exit code."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pyarrow.parquet as pq
import pytest
from authority import Authority, has_openssl, make_authority
from ledger_world import BEGAN, CLERK, LI, ORIGIN, SHOP, House, house, reveals
from releases_world import COURIER, fill

from whence.cli import run
from whence.ledger import open_ledger, stamping
from whence.workspace import open_workspace

Run: TypeAlias = Callable[..., tuple[int, str, str]]
FINGERPRINT = re.compile(r"(?:[A-Z2-7]{4}-){7}[A-Z2-7]{4}")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line here; return exit code, standard output, standard error."""
    for name in ("WHENCE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "WHENCE_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def filled(file_shop: House) -> House:
    """Make a shop whose ledger tells of Li and Wang."""
    with file_shop.ledger() as ledger:
        fill(file_shop, ledger)
        ledger.checkpoint()
    return file_shop


def at(shop: House) -> tuple[str, str]:
    return "--workspace", str(shop.workspace.folder)


def test_init_makes_the_ledger_and_says_its_fingerprint(command: Run, tmp_path: Path) -> None:
    code, out, err = command("init", tmp_path / "w", "--name", ORIGIN)
    assert (code, err) == (0, "")
    (fingerprint,) = FINGERPRINT.findall(out)
    with open_ledger(open_workspace(tmp_path / "w"), clock=lambda: BEGAN) as ledger:
        assert ledger.size == 1
        assert ledger.verify(fingerprint=fingerprint).vouched_size == 1
    assert command("init", tmp_path / "w")[0] == 2


def test_verify_says_what_attests_it_and_what_does_not(command: Run, filled: House) -> None:
    with filled.ledger() as ledger:
        ledger.append(reveals(3))
    code, out, err = command("ledger", "verify", "--key", filled.fingerprint, *at(filled))
    assert code == 0
    assert err == "whence: checking the ledger, entry by entry\n"
    lines = out.splitlines()
    assert lines[0] == "Entries: 11, each as it was recorded."
    assert filled.fingerprint in lines[1]
    assert "the first 8. Checkpoints: 2." in lines[1]
    assert any(
        line.startswith("After the last checkpoint: 3, attested by nothing") for line in lines
    )
    assert "could have written all of this anew" in lines[-1]


def test_a_checkpoint_kept_elsewhere_is_what_convinces(
    command: Run, filled: House, tmp_path: Path
) -> None:
    code, note, err = command("ledger", "checkpoint", *at(filled))
    assert (code, err) == (0, "")
    assert note.startswith(f"{ORIGIN}\n8\n")  # nothing else on standard output
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text(note, "utf-8")
    verify = ("ledger", "verify", "-q", "--key", filled.fingerprint, "--since", elsewhere)
    code, out, err = command(*verify, *at(filled))
    assert (code, err) == (0, "")
    assert "Unaltered since your checkpoint, whoever holds the key: the first 8." in out
    assert "anew" not in out
    assert "After the last checkpoint: none." in out
    with filled.ledger() as ledger, ledger._storage.writing() as step:
        step.run("DELETE FROM ledger_entries WHERE seq = 7", ())  # type: ignore[attr-defined]
    code, out, err = command(*verify, *at(filled))
    assert (code, out) == (4, "")
    assert err.startswith("whence: the ledger counts 8 entries")


def test_verify_as_json(command: Run, filled: House) -> None:
    options = ("-q", "--json", "--key", filled.fingerprint.lower().replace("-", " "))
    code, out, _ = command("ledger", "verify", *options, *at(filled))
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "whence.ledger-verification/1"
    assert (document["size"], document["vouched_size"], document["unattested"]) == (8, 8, 0)
    assert (document["kept_size"], document["key_in_force"]) == (None, filled.fingerprint)


def test_a_key_is_rotated_and_a_lost_one_replaced(command: Run, filled: House) -> None:
    code, out, _ = command("ledger", "rotate-key", *at(filled))
    (second,) = FINGERPRINT.findall(out)
    assert code == 0
    assert "The old key has signed for it" in out
    code, out, err = command("ledger", "rotate-key", "--lost", *at(filled))
    assert (code, out) == (2, "")
    assert "is not lost" in err
    for path in filled.workspace.keys.glob("ledger-*"):
        path.unlink()
    code, out, _ = command("ledger", "rotate-key", "--lost", *at(filled))
    (third,) = FINGERPRINT.findall(out)
    assert code == 0
    assert "did not sign for it" in out
    code, out, _ = command("ledger", "verify", "-q", "--key", filled.fingerprint, *at(filled))
    assert code == 0
    assert "the first 9. Checkpoints: 4." in out
    assert "Signed by a later key that yours does not vouch for: the first 10." in out
    assert f"A key was lost, says entry 9: {second}. From there on only {third} attests." in out


def test_a_proof_is_written_and_checked_without_the_ledger(
    command: Run, filled: House, tmp_path: Path
) -> None:
    path = tmp_path / "proof.json"
    code, out, _ = command("ledger", "proof", "1", "--out", path, *at(filled))
    assert code == 0
    assert f"check-proof {path} --key {filled.fingerprint}" in out
    filled.workspace.folder.rename(tmp_path / "gone")
    code, out, err = command("ledger", "check-proof", path, "--key", filled.fingerprint)
    assert (code, err) == (0, "")
    assert out.startswith(f"The proof holds: this is entry 1 of {ORIGIN}, under its signed")
    for row in ("kind: reveal", "order_id: O000000001", f"account_id: {CLERK}"):
        assert f"  {row}\n" in out
    assert "Facts of it that are not shown: 1." in out
    assert LI not in out
    path.write_text(path.read_text("utf-8").replace(CLERK, "SH00156-C6"), "utf-8")
    code, out, err = command("ledger", "check-proof", path, "--key", filled.fingerprint)
    assert (code, out) == (4, "")
    assert "entry 1 is not as it was recorded" in err


def test_her_history_says_that_it_is_her_right(command: Run, filled: House) -> None:
    code, out, err = command("ledger", "history", "--customer", LI, *at(filled))
    assert (code, err) == (0, "")
    title = out.splitlines()[0]
    assert LI in title
    assert "the person's own question (PIPL 45" in title
    assert "Times shown: 4. Recipients: 2." in out
    assert "Times asked for and refused: 1." in out
    for word in (COURIER, SHOP, CLERK, "O000000001", "2026-03-07T07:00:01Z", "in the clear"):
        assert word in out
    code, out, _ = command("--lang", "zh", "ledger", "history", "--customer", LI, *at(filled))
    assert "《个人信息保护法》第四十五条" in out.splitlines()[0]
    assert "明文" in out


def test_her_history_as_json(command: Run, filled: House) -> None:
    code, out, _ = command("ledger", "history", "--customer", LI, "--json", *at(filled))
    document = json.loads(out)
    assert code == 0
    assert (document["schema"], document["ledger"]) == ("whence.history/1", ORIGIN)
    assert [row["form"] for row in document["shown"]] == ["clear", "masked", "released", "released"]
    assert document["shown"][0] == {
        "entry": 1,
        "at": "2026-03-07T07:00:01Z",
        "party_id": SHOP,
        "account_id": CLERK,
        "order_id": "O000000001",
        "fields": ["name", "phone"],
        "purpose": "deliver",
        "form": "clear",
        "release_id": None,
        "field_forms": [],
    }
    assert document["refused"][0]["rule"] == "protection.no-purpose"
    assert document["other_entries"] == [5]


def test_a_customer_whose_id_is_unknown_learns_nothing_of_others(
    command: Run, filled: House
) -> None:
    code, out, _ = command("ledger", "history", "--customer", "C9", *at(filled))
    assert code == 0
    assert "Nobody was shown anything" in out
    assert "O00000" not in out


def test_erase_says_how_much_went(command: Run, filled: House) -> None:
    code, out, err = command("ledger", "erase", "--customer", LI, *at(filled))
    assert (code, err) == (0, "")
    assert out.startswith("Erased, as entry 8 now says. Entries concerned: 4. Rows of releases: 2.")
    assert LI not in out
    assert (
        "nothing about this customer"
        in command("ledger", "erase", "--customer", LI, *at(filled))[1]
    )
    code, out, _ = command("ledger", "verify", "-q", "--key", filled.fingerprint, *at(filled))
    assert code == 0
    assert "Entries with facts erased, as entries of the ledger say: 4." in out


def test_accesses_are_written(command: Run, filled: House, tmp_path: Path) -> None:
    path = tmp_path / "accesses.parquet"
    code, out, _ = command("ledger", "export-accesses", path, "-q", *at(filled))
    assert code == 0
    assert f"Accesses in {path}: 7." in out
    assert pq.read_table(path).num_rows == 7


def test_a_backup_is_made_and_brought_back(command: Run, filled: House, tmp_path: Path) -> None:
    code, out, err = command("ledger", "backup", tmp_path / "copy", *at(filled))
    assert code == 0
    assert "is checked. Entries: 8. Tables of releases: 2. Checkpoints: 2." in out
    assert err.splitlines()[0] == "whence: copying the ledger"
    assert command("ledger", "backup", tmp_path / "copy", *at(filled))[0] == 2
    for file in filled.workspace.folder.glob("ledger.sqlite*"):
        file.unlink()
    code, out, err = command("ledger", "history", "--customer", LI, *at(filled))
    assert (code, out) == (2, "")
    assert "there is no ledger in" in err
    code, out, _ = command("ledger", "restore", tmp_path / "copy", "-q", *at(filled))
    assert (code, out) == (0, "Restored and checked. Entries: 8.\n")
    assert command("ledger", "verify", "-q", "--key", filled.fingerprint, *at(filled))[0] == 0


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Make an authority that answers whoever asks; with WHENCE_FULL=1 openssl must be there."""
    if not has_openssl():
        told = "no openssl here to make a time-stamp authority with"
        if os.environ.get("WHENCE_FULL") == "1":
            pytest.fail(told)
        pytest.skip(told)
    made = make_authority(tmp_path / "authority", "Honest")
    monkeypatch.setattr(stamping, "ask_for_stamp", lambda request, _: made.reply(request.body))
    return made


def test_a_checkpoint_is_stamped_and_the_stamp_is_checked(
    command: Run, filled: House, authority: Authority, tmp_path: Path
) -> None:
    root = ("--stamp-root", authority.folder / "root.pem")
    code, note, err = command("ledger", "checkpoint", "--stamp", "http://tsa", *root, *at(filled))
    assert (code, err) == (0, "")
    assert note.startswith(f"{ORIGIN}\n8\n")
    assert len(list(filled.workspace.checkpoints.glob("*.tsr"))) == 1
    key = ("--key", filled.fingerprint)
    code, out, _ = command("ledger", "verify", "-q", *key, *root, *at(filled))
    assert code == 0
    assert re.search(r"Time stamp over the checkpoint of size 8: 20\d\d-", out)
    path = tmp_path / "proof.json"
    command("ledger", "proof", "1", "-o", path, *at(filled))
    assert "--stamp-root FILE checks it" in command("ledger", "check-proof", path, *key)[1]
    code, out, _ = command("ledger", "check-proof", path, *key, *root)
    assert code == 0
    assert "An authority you trust saw this checkpoint at 20" in out
    command("ledger", "backup", tmp_path / "copy", "-q", *at(filled))
    code, out, _ = command("ledger", "verify", "-q", *key, *root, "-w", tmp_path / "copy")
    assert "Time stamp over the checkpoint of size 8" in out
    stranger = make_authority(tmp_path / "stranger", "Stranger")
    other = ("--stamp-root", stranger.folder / "root.pem")
    for asked in (("check-proof", path, *key), ("verify", "-q", *key, *at(filled))):
        code, out, err = command("ledger", *asked, *other)
        assert (code, out) == (4, "")
        assert "time stamp is not of this checkpoint" in err


def test_a_proof_without_a_stamp_does_not_pass_for_one_with(
    command: Run, filled: House, authority: Authority, tmp_path: Path
) -> None:
    path, root = tmp_path / "proof.json", authority.folder / "root.pem"
    command("ledger", "proof", "1", "-o", path, *at(filled))
    asked = ("ledger", "check-proof", path, "--key", filled.fingerprint, "--stamp-root", root)
    assert command(*asked)[0] == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("verify", "--key", "ABCD"),
        ("checkpoint", "--stamp", "http://127.0.0.1:1/"),
        ("proof", "99"),
        ("proof", "-1"),
        ("history",),
        ("export-accesses", "accesses.csv"),
        ("restore", "nowhere"),
        ("check-proof", "nowhere.json", "--key", "ABCD"),
    ],
)
def test_wrong_usage_is_one_line_and_a_code_of_2(
    command: Run, filled: House, arguments: tuple[str, ...]
) -> None:
    options = () if arguments[0] == "check-proof" else at(filled)
    code, out, err = command("ledger", *arguments, *options)
    assert (code, out) == (2, "")
    assert err.startswith("whence: ")
    assert len(err.splitlines()) <= 2


def test_a_ledger_of_another_workspace_is_not_taken(command: Run, tmp_path: Path) -> None:
    other = house(tmp_path / "other")
    code, out, err = command("ledger", "verify", "--key", other.fingerprint, "-w", tmp_path)
    assert (code, out) == (2, "")
    assert "whence init" in err
