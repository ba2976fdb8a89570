"""``whence marks read``: an installation hands out three copies; one of them turns up."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from marks_world import NAMES_ZH, people

from whence.cli import run

REGISTER = """
[recipients.{party}]
number = {number}
kind = "branch"
contract = "C-{number}"
impact_assessment = "PIA-{number}"
until = 2100-01-01
clear = ["address"]
marks = {marks}
canaries = {canaries}
[recipients.{party}.purposes]
deliver = ["name", "phone", "address", "goods"]
"""
ALL = '["name", "extension", "address"]'
OWN = "95013 9999 0001"


class Installation:
    """A workspace with three recipients and their copies, by party."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        assert run(["init", str(self.workspace)]) == 0
        relays = [f"95013 0000 {i:04}" for i in range(8)]
        settings = (
            f"relay_numbers = {json.dumps(relays)}\ncanary_numbers = [{json.dumps(OWN)}]\n"
            'canary_addresses = ["浙江省杭州市西湖区文华路12号"]\n'
        )
        with (self.workspace / "workspace.toml").open("a", encoding="utf-8") as file:
            file.write(settings)
        self.register = "".join(
            REGISTER.format(party=f"SF-{n}", number=n, marks=ALL, canaries=n % 2 * 2)
            for n in (1, 2, 3)
        )
        self.write_register(self.register)
        pq.write_table(people(120), folder / "orders.parquet")
        self.copies = {f"SF-{n}": self.released(f"SF-{n}") for n in (1, 2, 3)}

    def write_register(self, text: str) -> None:
        (self.workspace / "recipients.toml").write_text(text, "utf-8")

    def released(self, party: str) -> list[dict[str, str]]:
        out = self.folder / f"for-{party}.csv"
        options = ["--to", party, "--purpose", "deliver", "--out", str(out), "--quiet"]
        workspace = ["--workspace", str(self.workspace)]
        assert run(["release", str(self.folder / "orders.parquet"), *options, *workspace]) == 0
        with out.open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def read(self, *arguments: str) -> int:
        return run(["marks", "read", *arguments, "-w", str(self.workspace), "--lang", "en"])

    def found(self, rows: list[dict[str, Any]], name: str = "sample.csv") -> str:
        """Lay rows into a file and return its path."""
        path = self.folder / name
        if path.suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        elif path.suffix == ".jsonl":
            lines = [json.dumps(row, ensure_ascii=False) for row in rows]
            path.write_text("\n".join(lines), "utf-8")
        else:
            with path.open("w", encoding="gb18030", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return str(path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("shop"))


Captured = pytest.CaptureFixture[str]


def told(capsys: Captured) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize("name", ["sample.csv", "sample.parquet", "sample.jsonl"])
def test_ten_rows_of_a_copy_name_its_recipient(
    shop: Installation, capsys: Captured, name: str
) -> None:
    rows = [row for row in shop.copies["SF-2"] if OWN not in row["phone"]][20:30]
    capsys.readouterr()
    assert shop.read(shop.found(rows, name), "--json") == 0
    document = told(capsys)
    assert document["schema"] == "whence.marks/1"
    assert document["named"] == ["SF-2"]
    assert [c["party_id"] for c in document["candidates"] if c["cleared"]] == ["SF-1", "SF-3"] or [
        c["party_id"] for c in document["candidates"] if c["cleared"]
    ] == ["SF-3", "SF-1"]
    assert document["fields"]["extension"] == {"read": 10, "no_mark": 0}
    assert document["unmarked"]["cleared"]


def test_it_is_said_in_words(shop: Installation, capsys: Captured) -> None:
    rows = shop.copies["SF-1"][20:30]
    capsys.readouterr()
    assert shop.read(shop.found(rows)) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "This is the copy of SF-1 (courier branch)." in text
    assert "a probability of at most 1e-12" in text
    assert "speak against 2 of 3 recipients" in text
    assert "not someone shown to have done wrong" in text


def test_real_rows_name_nobody_and_that_is_said(shop: Installation, capsys: Captured) -> None:
    rows = people(120).slice(20, 10).select(["order_id", "name", "phone"]).to_pylist()
    capsys.readouterr()
    assert shop.read(shop.found(rows)) == 0
    text = capsys.readouterr().out
    assert "No mark was read" in text
    assert "SF-" not in text


def test_one_alias_points_to_its_recipient_and_names_nobody(
    shop: Installation, capsys: Captured
) -> None:
    row = shop.copies["SF-3"][11]
    capsys.readouterr()
    assert shop.read("--alias", row["name"], "--order", row["order_id"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "It points to SF-3" in text
    assert "Nobody is named on this alone" in text


def test_a_dialled_number_leads_to_its_order_by_itself(
    shop: Installation, capsys: Captured
) -> None:
    row = next(row for row in shop.copies["SF-3"] if OWN not in row["phone"])
    capsys.readouterr()
    assert shop.read("--number", row["phone"], "--json") == 0
    blind = told(capsys)
    assert shop.read("--number", row["phone"], "--order", row["order_id"], "--json") == 0
    known = told(capsys)
    first = [found["candidates"][0] for found in (blind, known)]
    assert [each["party_id"] for each in first] == ["SF-3", "SF-3"]
    # Any number reaches somebody as often as extensions are in use; a known order says more.
    assert blind["by_number"]
    assert first[0]["false_accusation_bound"] > 5 * first[1]["false_accusation_bound"]
    assert first[0]["log10_likelihood_ratio"] < first[1]["log10_likelihood_ratio"] - 1


def test_a_call_to_a_canary_points_to_its_release(shop: Installation, capsys: Captured) -> None:
    row = next(row for row in shop.copies["SF-1"] if OWN in row["phone"])
    capsys.readouterr()
    assert shop.read("--number", row["phone"], "--json") == 0
    document = told(capsys)
    assert document["canary"]
    assert document["candidates"][0]["party_id"] == "SF-1"
    assert document["named"] == []
    assert shop.read("--number", row["phone"], "--alias", row["name"], "--json") == 0
    assert told(capsys)["named"] == ["SF-1"]


def test_rows_without_an_order_number_count_by_their_dialled_number(
    shop: Installation, capsys: Captured
) -> None:
    rows = [row for row in shop.copies["SF-2"] if OWN not in row["phone"]][40:46]
    bare = [{"name": row["name"], "phone": row["phone"]} for row in rows]
    bare += [{"name": "王安邦", "phone": "12879562982"}]
    capsys.readouterr()
    assert shop.read(shop.found(bare), "--json") == 0
    document = told(capsys)
    assert document["named"] == ["SF-2"]
    assert document["rows"] == 7
    assert document["rows_without_order"] == 1


def test_the_readings_are_a_table_for_the_trace(shop: Installation, capsys: Captured) -> None:
    out = shop.folder / "readings.csv"
    sample = shop.found(shop.copies["SF-2"][20:30], "found.csv")
    assert shop.read(sample, "--out", str(out)) == 0
    with out.open(encoding="utf-8") as file:
        rows = {row["party_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"SF-1", "SF-2", "SF-3"}
    assert {row["sample_id"] for row in rows.values()} == {"found"}
    assert float(rows["SF-2"]["log10_likelihood_ratio"]) > 40
    assert float(rows["SF-1"]["log10_likelihood_ratio"]) < -1
    capsys.readouterr()
    assert shop.read(sample, "--out", str(out)) == 2  # what is there is not overwritten
    assert shop.read("--alias", "王安邦", "--order", "X", "--out", str(shop.folder / "r2.csv")) == 2
    assert "one report or one sample" in capsys.readouterr().err


def test_whose_copy_it_is_stands_in_the_record_whatever_the_register_says_now(
    shop: Installation, capsys: Captured
) -> None:
    rows = shop.copies["SF-2"][20:30]
    gone = shop.register.replace("recipients.SF-2", "recipients.SF-9").replace(
        "number = 2", "number = 9"
    )
    exchanged = (
        shop.register.replace("number = 1", "number = 0x")
        .replace("number = 2", "number = 1")
        .replace("number = 0x", "number = 2")
    )
    for edited in (gone, exchanged):
        assert edited != shop.register
        shop.write_register(edited)
        capsys.readouterr()
        try:
            assert shop.read(shop.found(rows), "--json") == 0
            document = told(capsys)
        finally:
            shop.write_register(shop.register)
        assert document["named"] == ["SF-2"]
        assert document["recipients_unregistered"] == 0
        assert {c["party_id"] for c in document["candidates"]} == {"SF-1", "SF-2", "SF-3"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either a sample"),
        (["sample.csv", "--alias", "王安邦"], "give either a sample"),
        (["--alias", "王安邦"], "which order"),
        (["--number", "12879562982"], "no extension"),
        (["--number", "95013 0000 0001 转 ????", "--order", "A"], None),
        (["--number", "95013 7777 0001 转 0421"], "none of the installation's own"),
    ],
)
def test_what_cannot_be_read_is_told(
    shop: Installation, capsys: Captured, arguments: list[str], said: str | None
) -> None:
    capsys.readouterr()
    code = shop.read(*arguments)
    captured = capsys.readouterr()
    if said is None:
        assert code == 0
        assert "nobody to read" in captured.out
    else:
        assert code == 2
        assert said in captured.err


def test_a_sample_without_anything_to_read_is_told(shop: Installation, capsys: Captured) -> None:
    path = shop.found([{"order_id": "A", "goods": "tea"}], "goods.csv")
    capsys.readouterr()
    assert shop.read(path) == 2
    assert "name" in capsys.readouterr().err


def test_no_name_stands_in_a_message(shop: Installation, capsys: Captured) -> None:
    rows = people(120).slice(20, 10).select(["order_id", "name", "phone"]).to_pylist()
    capsys.readouterr()
    shop.read(shop.found(rows))
    captured = capsys.readouterr()
    assert not [name for name in NAMES_ZH if len(name) > 1 and name in captured.out + captured.err]
