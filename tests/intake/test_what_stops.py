"""What cannot be used at all stops with one clear line, and nobody's data stands in it."""

import gzip
import string
from pathlib import Path

import pytest
from intake_world import ACCESSES, ORDERS, REPORTS, WORLD, answer, fault, folder

from whence.errors import InputError
from whence.wording import LANGUAGES, phrases, say

NAME, PHONE = "欧阳娜娜", "13912345678"


def _stops(error: InputError, phrase: str, **facts: object) -> None:
    assert error.phrase == f"intake.{phrase}"
    assert error.exit_code == 2
    for language in LANGUAGES:
        line = error.text(language)
        assert "\n" not in line
        assert error.advice(language) is None or error.advice(language)
    for fact, value in facts.items():
        assert error.facts[fact] == value


def test_a_missing_required_column(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, reports="report_id,order_id\n"))
    _stops(error, "missing-columns", file="reports.csv", table="reports", columns="called_at")


@pytest.mark.parametrize("form", ["csv", "jsonl", "csv.gz"])
def test_an_empty_file_lacks_its_columns(form: str, tmp_path: Path) -> None:
    content = gzip.compress(b"") if form.endswith("gz") else b""
    error = fault(folder(tmp_path, {f"orders.{form}": content, "reports.csv": REPORTS}))
    _stops(error, "missing-columns", columns="order_id, placed_at")


def test_a_file_without_a_header_says_what_is_expected_not_what_it_found(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, reports=f"{NAME},{PHONE},O1\n"))
    _stops(error, "missing-columns")
    assert PHONE not in f"{error} {error.facts}"


def test_a_column_that_occurs_twice(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, orders=ORDERS.replace("goods", "shop_id")))
    _stops(error, "column-twice", column="shop_id")


def test_other_columns_may_occur_twice(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=ORDERS.replace("goods", "x").replace("amount", "x")))
    assert "x" not in found.orders[0]


@pytest.mark.parametrize("name", ["reports.xls", "reports.json", "reports.csv.bz2", "reports.txt"])
def test_an_unknown_form(name: str, tmp_path: Path) -> None:
    error = fault(folder(tmp_path, {"orders.csv": ORDERS, name: "x"}))
    _stops(error, "unknown-form", file=name)
    _stops(fault(None, tables={"reports": tmp_path / name}), "unknown-form", file=name)


def test_two_forms_of_one_table(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, WORLD | {"reports.jsonl": "{}"}))
    _stops(error, "two-forms", table="reports", files="reports.csv, reports.jsonl")


def test_a_file_and_a_folder_of_one_table(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    _stops(fault(folder(tmp_path)), "two-forms", table="orders")


def test_a_folder_without_parquet_files(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    error = fault(folder(tmp_path, {"reports.csv": REPORTS}))
    _stops(error, "empty-folder", table="orders")


def test_no_reports(tmp_path: Path) -> None:
    _stops(fault(folder(tmp_path, {"orders.csv": ORDERS})), "no-reports")


def test_no_folder_and_no_file(tmp_path: Path) -> None:
    _stops(fault(tmp_path / "nowhere"), "no-folder", folder="nowhere")
    missing = {"reports": tmp_path / "mine.csv"}
    _stops(fault(folder(tmp_path), tables=missing), "no-file", file="mine.csv")
    _stops(fault(None, tables={"truth": tmp_path}), "unknown-table", table="truth")


@pytest.mark.parametrize(
    "name",
    [
        *(f"{table}.{form}" for table in ("orders", "reports") for form in ("parquet", "xlsx")),
        *(f"{table}.csv.{packed}" for table in ("orders", "reports") for packed in ("gz", "zst")),
        "accesses/part.parquet",
    ],
)
def test_a_damaged_file(name: str, tmp_path: Path) -> None:
    table = name.partition(".")[0].partition("/")[0]
    files: dict[str, str | bytes] = {
        file: text for file, text in WORLD.items() if not file.startswith(table)
    }
    damaged = f"PAR1 {NAME} {PHONE} PAR1".encode() * 20
    error = fault(folder(tmp_path, files | {name: damaged}))
    _stops(error, "unreadable")
    assert str(error.facts["file"]).startswith(table)
    assert PHONE not in f"{error} {error.__cause__} {error.facts}"


def test_an_archive_cut_short(tmp_path: Path) -> None:
    packed = gzip.compress(ORDERS.encode() * 50)[:-60]
    error = fault(folder(tmp_path, {"orders.csv.gz": packed, "reports.csv": REPORTS}))
    _stops(error, "unreadable", file="orders.csv.gz")


def test_a_parquet_file_damaged_within(tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    ids = [f"{NAME}{i}" for i in range(5000)]
    rows = pa.table({"order_id": ids, "account_id": ids, "accessed_at": list(range(5000))})
    pq.write_table(rows, tmp_path / "accesses.parquet", use_dictionary=False)
    content = bytearray((tmp_path / "accesses.parquet").read_bytes())
    content[40:4000] = b"\xff" * 3960
    error = fault(
        folder(
            tmp_path,
            {"orders.csv": ORDERS, "reports.csv": REPORTS} | {"accesses.parquet": bytes(content)},
        )
    )
    _stops(error, "unreadable", file="accesses.parquet")
    assert NAME not in f"{error} {error.__cause__}"


def test_a_text_file_that_is_none(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, WORLD | {"orders.csv": ORDERS.encode() + b"\0\0"}))
    _stops(error, "no-text", file="orders.csv")


def test_an_encoding_that_is_neither(tmp_path: Path) -> None:
    broken = ORDERS.encode() + b"O9,2026-03-01T08:00:00Z,\xff\xff,S1,W1,1,a,b\n"
    error = fault(folder(tmp_path, WORLD | {"orders.csv": broken}))
    _stops(error, "unknown-encoding", file="orders.csv", row=7)


def test_a_quote_that_never_closes_cannot_swallow_reports(tmp_path: Path) -> None:
    text = REPORTS.replace('"name,goods"', f'"{NAME}')
    error = fault(folder(tmp_path, reports=text))
    _stops(error, "broken-quote", file="reports.csv", row=2)
    assert NAME not in f"{error} {error.facts}"


def test_a_quote_that_never_closes_cannot_swallow_orders_either(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, orders=ORDERS.replace("soap", f'"{NAME}', 1)))
    _stops(error, "broken-quote", file="orders.csv", row=3)
    assert NAME not in f"{error} {error.facts}"


def test_a_stray_quote_costs_its_own_row_alone(tmp_path: Path) -> None:
    found = answer(folder(tmp_path, orders=ORDERS.replace("lamp", '"la"mp').replace("cup", 'c"p')))
    assert ("orders", "row 4", "unreadable row") in found.ids
    assert [row["goods"] for row in found.orders] == ["towel", "soap", 'c"p', "soap"]


def test_blank_lines_say_nothing(tmp_path: Path) -> None:
    orders = "\n\n" + ORDERS.replace("\nO3", "\n\nO3") + "\n"
    found = answer(folder(tmp_path, orders=orders, reports="\r\n" + REPORTS + "\n\n"))
    assert (len(found.orders), found.report_ids, found.rejected) == (5, ["R1", "R2"], {})


def test_orders_none_of_which_can_be_read_are_not_called_empty(tmp_path: Path) -> None:
    error = fault(folder(tmp_path, orders="order_id,placed_at,shop_id\nO1\nO2\n"))
    _stops(error, "no-usable-orders")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("not toml", "bad-mapping"),
        ("reports = 1", "bad-mapping"),
        ("[reports]\ncalled_at = 1", "bad-mapping"),
        ("[truth]\na = 'b'", "mapping-table"),
        ("[reports]\ncaled_at = 'call time'", "mapping-column"),
        ("[reports]\ncalled_at = 'call time'", "mapped-column-missing"),
    ],
)
def test_a_mapping_that_cannot_be_used(text: str, phrase: str, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(text)
    _stops(fault(folder(tmp_path), mapping=mapping), phrase)


def test_a_mapping_that_is_missing_or_no_text(tmp_path: Path) -> None:
    _stops(fault(folder(tmp_path), mapping=tmp_path / "no.toml"), "bad-mapping", file="no.toml")
    (tmp_path / "map.toml").write_bytes(b"\xff\xfe")
    _stops(fault(folder(tmp_path), mapping=tmp_path / "map.toml"), "bad-mapping")


def test_nobodys_data_stands_in_what_is_told(tmp_path: Path) -> None:
    """Plant a name and a phone number wherever a person may have typed one."""
    both = f"{NAME} {PHONE}"
    found = answer(
        folder(
            tmp_path,
            orders=ORDERS + f'O6,{both},{both},S1,W1,{both},"{both}",{both}\n{both},{PHONE}\n',
            accesses=ACCESSES + f"O1,A1,{both},S1,{both}\nO1,A1,2026-03-02T09:00:00Z,S1,{both}\n",
            parties=f"party_id,kind,name,fields,share\nS1,shop,{NAME},{both},{both}\n",
            reports=(
                "report_id,order_id,customer_id,called_at,known_fields,narrative,caller\n"
                f"R1,O1,,{both},{both},{both},{PHONE}\n,O2,,{PHONE},{both},{both},{PHONE}\n"
                f"R3,O3,{both},2026-03-10T10:00:00Z,{both},{both},{PHONE}\n"
                f"R4,{both},,2026-03-10T10:00:00Z,{both},{both},{PHONE}\n"
                f"R5,,{both},2026-03-10T10:00:00Z,{both},{both},{PHONE}\n"
            ),
            samples=f"goods,phone,acquired_at\n{both},{PHONE},{both}\n{NAME},{PHONE},\n",
            marks=f"reading_id,report_id,party_id,log10_likelihood_ratio\nM1,R1,S1,{both}\n",
            logins=f"customer_id,attempted_at,success\nC1,{both},1\nC1,2026-03-01,{both}\n",
            contacts=f"customer_id,phone\nC1,{PHONE}\n",
        )
    )
    assert sum(found.rejected.values()) >= 12
    told = [
        say(note.phrase, language, **note.facts)
        for note in found.dataset.notes
        for language in LANGUAGES
    ]
    everything = f"{told} {found.rejected} {found.dataset.rejected_rows} {found.dataset.reports}"
    assert NAME not in everything
    assert PHONE not in everything


def test_every_phrase_names_the_same_facts_in_both_languages() -> None:
    for key, texts in phrases("intake").items():
        assert set(texts) == set(LANGUAGES), key
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for text in texts.values()
        ]
        assert fields[0] == fields[1] or key.endswith("hours"), key


def test_every_phrase_is_used_and_every_used_phrase_exists() -> None:
    rooms = Path(__file__).parents[2] / "src" / "whence" / "intake"
    code = "".join(path.read_text() for path in rooms.glob("*.py"))
    for key in phrases("intake"):
        stem = key.replace("party-clock", "{whose}").replace("clocks", "{whose}")
        assert f'"intake.{key}"' in code or f'"intake.{stem}"' in code, key
    import re  # noqa: PLC0415

    for key in re.findall(r'"intake\.([a-z-]+)"', code):
        assert key in phrases("intake")
