"""The commands of vault, register, masks and waybills, as somebody at a terminal meets them."""

import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from protection_world import ADDRESS, NAME, PHONE, REGISTER, SECRETS, Clock, made
from transit_server import TOKEN, transit_server

from whence.cli import run
from whence.cli.installation import clock
from whence.model import DAY
from whence.workspace import SETTINGS, Workspace

Command = Callable[..., tuple[int, str, str]]  # arguments -> exit code, standard output and error

AS_ANN = ("--account", "ann", "--to", "SF-021", "--purpose", "deliver")
CSV = f"""\
订单号,customer_id,name,phone,address,size
O-1,C-1,{NAME},{PHONE},{ADDRESS},38
O-2,C-1,{NAME},+86 {PHONE},,39
O-3,C-2,陈大文,12099887766,和平路5号502室,40
"""
COLUMNS = 'order_id = "订单号"\n'


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return the command line, run here, with nothing of this machine's environment."""
    for name in ("WHENCE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "BAO_TOKEN", "VAULT_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Make an installation whose contracts hold today, and a table of orders beside it."""
    made_here = made(tmp_path, REGISTER.replace("2027-03-31", "2099-12-31"), Clock(clock() - DAY))
    (tmp_path / "orders.csv").write_text(CSV, "utf-8")
    (tmp_path / "columns.toml").write_text(COLUMNS, "utf-8")
    monkeypatch.setenv("WHENCE_WORKSPACE", str(made_here.folder))
    monkeypatch.chdir(tmp_path)
    return made_here


@pytest.fixture
def sealed(home: Workspace, command: Command) -> Workspace:
    code, _, err = command("vault", "seal", "orders.csv", "--map", "columns.toml", "--quiet")
    assert (code, err) == (0, "")
    return home


def test_sealing_says_what_is_new_and_again_that_nothing_is(
    home: Workspace, command: Command
) -> None:
    code, out, err = command("vault", "seal", "orders.csv", "--map", "columns.toml")
    assert code == 0
    assert out.startswith("3 orders: 8 fields sealed, 0 sealed anew, 0 as they were")
    assert "name, phone, address" in out
    assert err.startswith("whence: sealing orders")
    assert f"Made the key of the vault: {home.keys / 'vault.key'}." in out
    _, out, _ = command("vault", "seal", "orders.csv", "--map", "columns.toml", "-q")
    assert out.startswith("3 orders: 0 fields sealed, 0 sealed anew, 8 as they were")
    assert "Made the key" not in out
    assert not any(one in out + err for one in SECRETS)


def test_only_the_fields_that_are_named_are_sealed(home: Workspace, command: Command) -> None:
    options = ("--map", "columns.toml", "--fields", "phone", "-q")
    _, out, _ = command("vault", "seal", "orders.csv", *options)
    assert out.startswith("3 orders: 3 fields sealed")
    assert home.vault.exists()


def test_rows_that_cannot_be_sealed_are_told_by_their_numbers(
    home: Workspace, command: Command
) -> None:
    path = home.folder.parent / "few.csv"
    path.write_text(f"order_id,name\nO-1,{NAME}\nO-1,陈大文\n,{NAME}\nO-4,{NAME}\n", "utf-8")
    _, out, _ = command("vault", "seal", "few.csv", "-q")
    assert "1 orders: 1 fields sealed" in out
    assert "contradict another row of the same order, not sealed: 2 (rows 2, 3)" in out
    assert "without an order id, not sealed: 1 (rows 4)" in out
    assert "no customer_id" in out
    assert NAME not in out


def test_a_reveal_prints_what_it_gives(sealed: Workspace, command: Command) -> None:
    code, out, err = command("vault", "reveal", "O-1", "name", "phone", *AS_ANN)
    assert (code, out, err) == (0, "name: 欧阳**\nphone: 120******88\n", "")
    _, out, _ = command("vault", "reveal", "O-1", "phone", "--clear", *AS_ANN, "--json")
    assert json.loads(out) == {
        "schema": "whence.reveal/1",
        "order_id": "O-1",
        "form": "clear",
        "fields": {"phone": PHONE},
    }
    _, out, _ = command("vault", "reveal", "O-2", "address", *AS_ANN, "--lang", "zh")
    assert out == "address：（该订单没有此项）\n"
    code, out, err = command("ledger", "history", "--customer", "C-1", "--json")
    assert len(json.loads(out)["shown"]) == 3
    assert sealed.vault.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("O-1", "name", "--clear", *AS_ANN), 3, "recipients.toml:8: SF-021 gets name in masked"),
        (("O-9", "name", *AS_ANN), 3, "the vault has no order O-9"),
        (("O-1", "id_number", *AS_ANN), 3, "recipients.toml:15: SF-021 does not get id_number"),
        (("O-1", "shoes", *AS_ANN), 2, "nobody knows these fields: shoes"),
        (("O-1", "name", *AS_ANN[:4]), 2, "--purpose"),
    ],
)
def test_a_refused_reveal_is_one_clear_line_and_prints_nothing(
    sealed: Workspace, command: Command, arguments: tuple[str, ...], code: int, said: str
) -> None:
    left, out, err = command("vault", "reveal", *arguments)
    assert (left, out) == (code, "")
    assert err.startswith("whence: ")
    assert said in err
    assert "Traceback" not in err
    assert sealed.vault.exists()


def test_a_broken_seal_ends_with_exit_code_4(sealed: Workspace, command: Command) -> None:
    connection = sqlite3.connect(sealed.vault)
    with connection:
        connection.execute("UPDATE sealed SET sealed = substr(sealed, 2)")
    connection.close()
    code, out, err = command("vault", "reveal", "O-1", "name", *AS_ANN)
    assert (code, out) == (4, "")
    assert "the seal of name of order O-1 does not open" in err
    assert not any(one in err for one in SECRETS)


def test_a_search_prints_orders(
    sealed: Workspace, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PHONE}\n"))
    assert command("vault", "search", "phone", "-", *AS_ANN) == (0, "O-1\nO-2\n", "")
    _, out, _ = command("vault", "search", "phone", "120 99887766", *AS_ANN, "--json")
    assert json.loads(out)["order_ids"] == ["O-3"]
    _, out, _ = command("vault", "search", "phone", "12000000000", *AS_ANN)
    assert out == "No order found.\n"
    code, _, err = command("vault", "search", "phone", PHONE, *AS_ANN)
    assert code == 3
    assert "account ann was shown 3 orders" in err
    assert PHONE not in err
    assert sealed.vault.exists()


def test_keys_are_rotated_and_everything_still_opens(sealed: Workspace, command: Command) -> None:
    _, out, _ = command("vault", "rotate", "-q")
    assert out.startswith("Key version 2 seals from now on; 2 versions were wrapped anew.\n")
    assert str(sealed.keys / "vault.key") in out
    _, out, _ = command("vault", "rotate", "--resume", "-q")
    assert out == "8 fields were sealed anew with key version 2; 1 old versions were destroyed.\n"
    _, out, _ = command("vault", "rotate", "--reseal", "-q")
    assert "8 fields were sealed anew with key version 3; 1 old" in out
    assert command("vault", "reveal", "O-1", "name", *AS_ANN)[1] == "name: 欧阳**\n"


def test_who_is_erased_is_not_found_again(sealed: Workspace, command: Command) -> None:
    _, out, _ = command("vault", "erase", "--customer", "C-1")
    assert out == "Erased: 5 fields of 2 orders.\n"
    _, out, _ = command("vault", "erase", "--customer", "C-1")
    assert out.startswith("The vault holds nothing of this customer")
    assert command("vault", "reveal", "O-1", "name", *AS_ANN)[0] == 3
    _, out, _ = command("vault", "seal", "orders.csv", "--map", "columns.toml", "-q")
    assert "Orders passed over because they were erased: 2" in out
    assert NAME.encode() not in sealed.vault.read_bytes()


def test_a_command_before_anything_is_sealed_says_so(home: Workspace, command: Command) -> None:
    code, _, err = command("vault", "reveal", "O-1", "name", *AS_ANN)
    assert code == 2
    assert "has no vault yet" in err
    assert not home.vault.exists()


def test_a_server_keeps_the_keys_and_the_token_comes_from_the_environment(
    home: Workspace, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with transit_server() as (place, keeper):
        settings = home.folder / SETTINGS
        settings.write_text(settings.read_text("utf-8") + f'transit = "{place}"\n', "utf-8")
        code, _, err = command("vault", "seal", "orders.csv", "--map", "columns.toml", "-q")
        assert code == 2
        assert "BAO_TOKEN, VAULT_TOKEN" in err
        monkeypatch.setenv("BAO_TOKEN", TOKEN)
        assert command("vault", "seal", "orders.csv", "--map", "columns.toml", "-q")[0] == 0
        assert command("vault", "reveal", "O-1", "name", *AS_ANN)[1] == "name: 欧阳**\n"
        assert command("vault", "rotate", "-q")[1].startswith("Key version 2 seals")
        assert "rewrap" in keeper.asked
    assert not (home.keys / "vault.key").exists()


# --- the register ---------------------------------------------------------------------------------


def test_who_is_registered_is_listed(home: Workspace, command: Command) -> None:
    code, out, _ = command("recipients", "list")
    assert code == 0
    assert all(word in out for word in ("SF-021", "courier branch", "deliver", "2099-12-31"))
    assert "(over)" in out
    _, out, _ = command("recipients", "list", "--json")
    first = json.loads(out)["recipients"][0]
    assert (first["party_id"], first["number"]) == ("SF-021", 21)
    assert first["purposes"] == {"deliver": ["name", "phone", "address"], "returns": ["name"]}
    home.register.write_text("", "utf-8")
    assert command("recipients", "list")[1] == "Nobody is registered in recipients.toml.\n"


def test_the_check_tells_what_to_look_at(home: Workspace, command: Command) -> None:
    code, out, err = command("recipients", "check")
    assert (code, err) == (0, "")
    assert "recipients.toml:23: the contract of WH-7 ended with 2026-04-30" in out
    assert out.endswith("recipients.toml: to look at: 4. Recipients: 2.\n")
    _, out, _ = command("recipients", "check", "--json", "--lang", "zh")
    document = json.loads(out)
    assert document["faults"] == []
    assert {remark["remark"] for remark in document["remarks"]} == {
        "unknown-purpose",
        "expired",
        "no-marks",
    }
    home.register.write_text("", "utf-8")
    assert command("recipients", "check")[1].startswith("recipients.toml: nothing to look at.")


def test_every_fault_is_told_and_the_exit_code_is_2(home: Workspace, command: Command) -> None:
    text = REGISTER.replace("number = 7", "number = 21").replace("canaries", "canary")
    home.register.write_text(text, "utf-8")
    code, out, err = command("recipients", "check")
    assert code == 2
    assert "recipients.toml:12:" in out
    assert err == "whence: recipients.toml is not used until its faults are mended: 1\n"
    code, out, _ = command("recipients", "check", "--json")
    assert json.loads(out)["faults"][0]["place"] == "recipients.toml:12"
    code, _, err = command("vault", "seal", "orders.csv", "--map", "columns.toml", "-q")
    assert code == 0  # sealing hands nothing out
    assert command("vault", "reveal", "O-1", "name", *AS_ANN)[0] == 2


# --- masks and waybills ---------------------------------------------------------------------------


def test_a_text_is_masked(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHENCE_WORKSPACE", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PHONE}\n\n13812345678\n"))
    assert command("mask", "name", NAME) == (0, "欧阳**\n", "")
    assert command("mask", "phone", "-")[1] == "120******88\n\n138******78\n"
    assert command("mask", "phone", "020 7946 0958", "--locale", "en")[1] == "*** **** **58\n"


def test_the_workspace_says_how_numbers_are_read(home: Workspace, command: Command) -> None:
    settings = home.folder / SETTINGS
    assert command("mask", "phone", "020 7946 0958")[1] == "020 **** **58\n"
    settings.write_text(settings.read_text("utf-8").replace('"zh"', '"en"'), "utf-8")
    assert command("mask", "phone", "020 7946 0958")[1] == "*** **** **58\n"


@pytest.mark.parametrize("out", ["masked.csv", "masked.parquet"])
def test_columns_of_a_table_are_masked_and_the_others_stay(
    home: Workspace, command: Command, out: str
) -> None:
    path = home.folder.parent / out
    code, said, _ = command("mask", "orders.csv", "--fields", "name,phone", "--out", path, "-q")
    assert code == 0
    assert said == f"{path}: 3 rows, masked: name, phone\n"
    if path.suffix == ".csv":
        text = path.read_text("utf-8")
    else:
        text = str(pq.read_table(path).to_pylist())
    assert "欧阳**" in text
    assert "和平路5号502室" in text
    assert "O-1" in text
    assert "row_in_file" not in text
    assert NAME not in text
    assert PHONE not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("name",), "give a field and a text"),
        (("orders.csv", "--fields", "name"), "give a field and a text"),
        (("orders.csv", "--out", "x.csv"), "give a field and a text"),
        (("name", NAME, "--fields", "name", "--out", "x.csv"), "give a field and a text"),
        (("goods", "tea"), "these fields have no mask: goods"),
        (("orders.csv", "--fields", "size", "--out", "x.csv"), "these fields have no mask: size"),
        (("orders.csv", "--fields", "email", "--out", "x.csv"), "email"),
        (("orders.csv", "--fields", "name", "--out", "x.xlsx"), "written as one of .csv, .parquet"),
        (("absent.csv", "--fields", "name", "--out", "x.csv"), "absent.csv"),
    ],
)
def test_what_cannot_be_masked_is_told(
    home: Workspace, command: Command, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = command("mask", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert NAME not in err
    assert not list(home.folder.parent.glob("x.*"))


def test_waybills_that_show_too_much_are_told_by_row_and_rule(
    home: Workspace, command: Command
) -> None:
    rows = ["name,phone", f"{NAME},120****7788", "欧*,95013 1234567 转 4321", "欧*,120******88"]
    (home.folder.parent / "printed.csv").write_text("\n".join(rows), "utf-8")
    code, out, _ = command("waybill", "printed.csv")
    assert code == 0
    assert out.splitlines() == [
        "printed.csv: 3 rows, 2 show too much.",
        "  row 2, name: no character of the name is hidden",
        "  row 2, phone: fewer than six digits of the phone are hidden",
        "  row 3, phone: fewer than six digits of the phone are hidden",
        "Measured against GB/T 41833-2022 as others quote it; no legal advice.",
    ]
    _, out, _ = command("waybill", "printed.csv", "--relay", "95013-1234567", "--json")
    document = json.loads(out)
    assert [(one["row"], one["rule"]) for one in document["findings"]] == [
        (2, "name"),
        (2, "phone"),
    ]
    assert "second-hand" in document["basis"]


def test_relay_numbers_of_the_workspace_lead_to_nobody(home: Workspace, command: Command) -> None:
    (home.folder.parent / "printed.csv").write_text("电话\n95013 1234567 转 4321\n", "utf-8")
    (home.folder.parent / "map.toml").write_text('phone = "电话"\n', "utf-8")
    settings = home.folder / SETTINGS
    settings.write_text(
        settings.read_text("utf-8") + 'relay_numbers = ["95013 1234567"]\n', "utf-8"
    )
    _, out, _ = command("waybill", "printed.csv", "--map", "map.toml", "--lang", "zh")
    assert out.startswith("printed.csv：共1行，没有隐藏不足的。")


def test_a_table_without_anything_printed_is_told(home: Workspace, command: Command) -> None:
    (home.folder.parent / "printed.csv").write_text("id\n1\n", "utf-8")
    code, _, err = command("waybill", "printed.csv")
    assert code == 2
    assert "has none of the columns name, phone, address, text" in err
    (home.folder.parent / "map.toml").write_text("phone = 3\n", "utf-8")
    code, _, err = command("waybill", "printed.csv", "--map", "map.toml")
    assert code == 2
    assert "map.toml is no list of columns" in err
