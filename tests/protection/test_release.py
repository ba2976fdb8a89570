"""A release hands out what the register allows, marked, and only what is on record."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from whence.cli import run
from whence.errors import InputError, OutputError, RefusedError, UsageError
from whence.ledger import Ledger, make_ledger, open_ledger
from whence.ledger.release_digests import digest_of, row_of
from whence.ledger.tree import root_of
from whence.market import MarketSpec, make
from whence.market.people import people_of
from whence.marks import Book, SeenRow, parted, read_sample
from whence.model import DAY
from whence.protection import planted, read_register, released
from whence.protection.handover import verify_free, write_rows
from whence.protection.register import Register
from whence.protection.release import Order, Release, release
from whence.workspace import Workspace, make_workspace

NOW = 1_780_000_000_000_000  # 2026-05-28
REGISTER = """
[recipients.COURIER]
number = 21
kind = "branch"
contract = "C-1"
impact_assessment = "PIA-1"
until = 2027-01-01
clear = ["address"]
marks = ["name", "extension", "address"]
canaries = 3
[recipients.COURIER.purposes]
deliver = ["name", "phone", "address"]

[recipients.SHOP]
number = 22
kind = "shop"
contract = "C-2"
impact_assessment = "PIA-2"
until = 2027-01-01
marks = ["name"]
[recipients.SHOP.purposes]
after_sales = ["name", "phone", "address", "goods"]

[recipients.GONE]
number = 23
kind = "app"
contract = "C-3"
impact_assessment = "PIA-3"
until = 2026-01-01
[recipients.GONE.purposes]
after_sales = ["goods"]
"""


@pytest.fixture(scope="module")
def orders() -> pa.Table:
    return people_of(make(MarketSpec(orders=400, sources=0, noise=0, seed=3)).orders)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make_workspace(tmp_path / "workspace", name="shop.example/orders")
    make_ledger(made, clock=lambda: NOW - DAY)
    made.register.write_text(REGISTER, "utf-8")
    return replace(
        made,
        relay_numbers=tuple(f"950130000000{i}" for i in range(1, 7)),
        canary_numbers=("9501399990001",),
        canary_addresses=("浙江省杭州市西湖区文华路90号华星苑2号楼",),
    )


@pytest.fixture
def ledger(workspace: Workspace) -> Iterator[Ledger]:
    with open_ledger(workspace, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def book() -> Book:
    return Book(bytes(range(32)))


@pytest.fixture
def register(workspace: Workspace) -> Register:
    return read_register(workspace.register)


class Desk:
    """Makes releases of one world, and keeps what was handed over."""

    def __init__(
        self, workspace: Workspace, register: Register, ledger: Ledger, book: Book
    ) -> None:
        self.workspace, self.register = workspace, register
        self.ledger, self.book = ledger, book
        self.handed: list[Release] = []

    def release(
        self, rows: pa.Table, to: str, purpose: str, *fields: str, now: int = NOW
    ) -> Release:
        order = Order(party_id=to, purpose=purpose, account_id="ops-1", fields=fields or None)
        return release(
            self.workspace,
            rows,
            order,
            register=self.register,
            ledger=self.ledger,
            book=self.book,
            now=now,
            file="orders.csv",
            hand_over=self.handed.append,
        )


@pytest.fixture
def desk(workspace: Workspace, register: Register, ledger: Ledger, book: Book) -> Desk:
    return Desk(workspace, register, ledger, book)


def kinds(ledger: Ledger) -> list[str]:
    return [recorded.entry.kind for recorded in ledger.read()]


def test_only_the_fields_of_the_purpose_leave(desk: Desk, orders: pa.Table) -> None:
    done = desk.release(orders, "COURIER", "deliver")
    assert done.rows.column_names == ["order_id", "name", "phone", "address"]
    fewer = desk.release(orders, "SHOP", "after_sales", "goods")
    assert fewer.rows.column_names == ["order_id", "goods"]


def test_no_name_or_phone_of_anybody_leaves_with_the_courier(desk: Desk, orders: pa.Table) -> None:
    done = desk.release(orders, "COURIER", "deliver")
    own = {
        order_id: (name, phone)
        for order_id, name, phone in zip(
            *(orders.column(c).to_pylist() for c in ("order_id", "name", "phone")), strict=True
        )
    }
    n_same_name = 0
    for row in done.rows.to_pylist():
        name, phone = own.get(row["order_id"], (None, None))
        assert phone is None or phone not in row["phone"]
        n_same_name += row["name"] == name
    assert n_same_name <= 2  # one alias in 10,000 is her own name by chance


def test_what_may_not_be_seen_in_clear_is_masked_and_says_so(desk: Desk, orders: pa.Table) -> None:
    done = desk.release(orders, "SHOP", "after_sales")
    assert done.forms == {
        "name": "marked",
        "phone": "masked",
        "address": "masked",
        "goods": "as it is",
    }
    for row, own in zip(done.rows.to_pylist(), orders.to_pylist(), strict=True):
        assert row["phone"] != own["phone"]
        assert row["phone"].count("*") >= 6
        assert row["address"] != own["address"]
        assert row["goods"] == own["goods"]


def test_a_dialled_number_leads_to_one_order_and_to_it_again(desk: Desk, orders: pa.Table) -> None:
    one = desk.release(orders, "COURIER", "deliver")
    two = desk.release(orders, "COURIER", "deliver")
    live = [
        (route["relay"], route["extension"])
        for done in (one, two)
        if done.routes is not None
        for route in done.routes.to_pylist()
    ]
    assert len(live) == 800
    assert len(set(live)) == len(live)
    written = {row["order_id"]: parted(row["phone"]) for row in one.rows.to_pylist()}
    assert len(written) == 403
    assert one.routes is not None
    for route in one.routes.to_pylist():
        assert written[route["order_id"]] == (route["relay"], route["extension"])


def test_an_extension_is_free_again_when_its_time_is_over(desk: Desk, orders: pa.Table) -> None:
    days = desk.workspace.route_days
    desk.workspace = replace(desk.workspace, relay_numbers=("9501300000001",))
    ten = orders.slice(0, 10)
    first = desk.release(ten, "COURIER", "deliver")
    with pytest.raises(UsageError, match="no free extension"):
        desk.release(ten, "COURIER", "deliver")
    again = desk.release(ten, "COURIER", "deliver", now=NOW + days * DAY)
    assert first.routes is not None
    assert again.routes is not None
    same = ["relay", "extension", "order_id"]
    assert again.routes.select(same).equals(first.routes.select(same))


def test_canaries_stand_among_the_rows_and_are_remembered(
    desk: Desk, orders: pa.Table, workspace: Workspace
) -> None:
    done = desk.release(orders, "COURIER", "deliver")
    assert (done.n_orders, done.n_canaries) == (400, 3)
    known = set(orders.column("order_id").to_pylist())
    rows = [row for row in done.rows.to_pylist() if row["order_id"] not in known]
    assert {row["order_id"] for row in rows} == {
        each.order_id for each in planted.load(workspace.releases)
    }
    assert all(row["phone"].startswith("9501399990001") for row in rows)
    order_ids = done.rows.column("order_id").to_pylist()
    assert order_ids == sorted(order_ids)


def test_a_canary_among_masked_rows_is_masked_as_they_are(
    desk: Desk, orders: pa.Table, workspace: Workspace
) -> None:
    text = REGISTER.replace('clear = ["address"]\n', "").replace(
        '"name", "extension", ', '"name", '
    )
    workspace.register.write_text(text, "utf-8")
    desk.register = read_register(workspace.register)
    done = desk.release(orders, "COURIER", "deliver")
    assert done.forms == {"name": "marked", "phone": "masked", "address": "masked"}
    planted_ids = {each.order_id for each in planted.load(workspace.releases)}
    rows = [row for row in done.rows.to_pylist() if row["order_id"] in planted_ids]
    assert len(rows) == 3
    assert all("*" in row["phone"] and "*" in row["address"] for row in rows)


def test_the_record_is_whole_before_anything_leaves(
    desk: Desk, orders: pa.Table, workspace: Workspace
) -> None:
    done = desk.release(orders, "COURIER", "deliver")
    assert desk.handed == [done]
    (recorded,) = [r for r in desk.ledger.read() if r.entry.kind == "release"]
    facts = recorded.entry.facts
    held = pq.read_table(workspace.releases / str(facts["table"]))
    assert facts["root"] == done.root.hex() == root_of(held.column("digest").to_pylist()).hex()
    assert facts["fields"] == "name,phone,address"
    assert facts["forms"] == "marked,marked,marked"
    assert (facts["n_orders"], facts["n_canaries"]) == (400, 3)
    assert recorded.seq == done.seq


def test_a_row_that_turns_up_is_shown_to_be_what_was_handed_out_and_a_changed_one_not(
    desk: Desk, orders: pa.Table, workspace: Workspace
) -> None:
    done = desk.release(orders, "COURIER", "deliver")
    held = pq.read_table(workspace.releases / f"{done.release_id}.parquet").to_pylist()
    for row, kept in zip(done.rows.to_pylist(), held, strict=True):
        assert row_of(kept["salt"], row) == kept["row"]
        assert row_of(kept["salt"], row | {"name": "王丹"}) != kept["row"]
        facts = (kept["order_id"], kept["customer_id"], kept["row"])
        assert digest_of(kept["salt"], *facts) == kept["digest"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_rows_that_turn_up_are_held_against_a_release_by_a_command(
    desk: Desk,
    orders: pa.Table,
    workspace: Workspace,
    tmp_path: Path,
    form: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    some = orders.slice(0, 50)
    goods = pa.array(["", None, *some.column("goods").to_pylist()[2:]], pa.string())
    some = some.set_column(some.column_names.index("goods"), "goods", goods)
    shop, courier = (
        desk.release(some, to, purpose)
        for to, purpose in (("SHOP", "after_sales"), ("COURIER", "deliver"))
    )
    found = tmp_path / f"found.{form}"
    rows = shop.rows.slice(0, 9).to_pylist()
    rows[0]["name"] = "王丹"
    rows.append(rows[1] | {"order_id": "nobody's"})
    write_rows(pa.Table.from_pylist(rows, schema=shop.rows.schema), found)

    def asked(release_id: str) -> tuple[int, str, str]:
        place = ["-w", str(workspace.folder), "--lang", "en"]
        code = run(["ledger", "check-release", release_id, str(found), *place])
        said = capsys.readouterr()
        return code, said.out, said.err

    told = (
        f"8 of 10 rows are as they left with release {shop.release_id}, to SHOP (entry 1).\n"
        "Rows of its orders that left otherwise, or were changed since: 1.\n"
        "Rows of orders that are not in it: 1.\n"
    )
    assert asked(shop.release_id) == (0, told, "")
    assert asked(courier.release_id)[1].startswith("0 of 10 rows are as they left")
    assert asked("R-none")[0] == 2
    held = workspace.releases / f"{shop.release_id}.parquet"
    held.write_bytes((workspace.releases / f"{courier.release_id}.parquet").read_bytes())
    code, out, err = asked(shop.release_id)
    assert (code, out) == (4, "")
    assert shop.release_id in err


def test_a_row_erased_from_a_release_is_not_told_apart_from_a_strangers(
    desk: Desk, orders: pa.Table, workspace: Workspace
) -> None:
    some = orders.slice(0, 5).drop_columns(["customer_id"])
    some = some.append_column("customer_id", pa.array([f"C{i}" for i in range(5)]))
    done = desk.release(some, "SHOP", "after_sales")
    desk.ledger.erase("C2")
    columns = {name: done.rows.column(name).to_pylist() for name in done.rows.column_names}
    path = workspace.releases / f"{done.release_id}.parquet"
    matched = released.match(path, columns)
    assert (matched.n_rows, matched.n_same, matched.n_other) == (5, 4, 0)
    assert (matched.n_absent, matched.n_erased) == (1, 1)


def test_where_the_ledger_does_not_take_it_nothing_leaves(
    desk: Desk, orders: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> range:
        raise OutputError("ledger.not-written", place="ledger", reason="disk full")

    monkeypatch.setattr(desk.ledger, "append", full)
    with pytest.raises(OutputError):
        desk.release(orders, "COURIER", "deliver")
    assert not desk.handed


@pytest.mark.parametrize(
    ("to", "purpose", "fields", "rule"),
    [
        ("NOBODY", "deliver", (), "protection.unknown-recipient"),
        ("COURIER", "advertise", (), "protection.purpose-not-registered"),
        ("COURIER", "deliver", ("id_number",), "protection.field-not-listed"),
        ("GONE", "after_sales", (), "protection.contract-expired"),
    ],
)
def test_what_the_register_does_not_say_is_refused_and_on_record(
    desk: Desk, orders: pa.Table, to: str, purpose: str, fields: tuple[str, ...], rule: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.release(orders, to, purpose, *fields)
    assert refused.value.phrase == rule
    assert not desk.handed
    *_, last = desk.ledger.read()
    assert last.entry.kind == "refusal"
    assert last.entry.facts["rule"] == rule
    assert last.entry.facts["party_id"] == to


def test_a_clock_put_back_is_refused_and_on_record(desk: Desk, orders: pa.Table) -> None:
    desk.release(orders, "SHOP", "after_sales", "goods")
    with pytest.raises(RefusedError, match="clock"):
        desk.release(orders, "SHOP", "after_sales", "goods", now=NOW - DAY)
    assert kinds(desk.ledger)[-2:] == ["release", "refusal"]


def test_rows_that_cannot_be_released_are_counted_and_nothing_of_them_is_said(
    desk: Desk, orders: pa.Table
) -> None:
    some = orders.slice(0, 3)
    with pytest.raises(InputError, match="2 rows repeat") as twice:
        desk.release(pa.concat_tables([some, some.slice(0, 2)]), "SHOP", "after_sales")
    with pytest.raises(InputError, match="lacks these columns: goods"):
        desk.release(some.drop_columns(["goods"]), "SHOP", "after_sales")
    with pytest.raises(InputError, match="has no orders"):
        desk.release(some.slice(0, 0), "SHOP", "after_sales")
    nameless = some.set_column(0, "order_id", pa.array([None, "a", ""]))
    with pytest.raises(InputError, match="2 rows have no order_id"):
        desk.release(nameless, "SHOP", "after_sales")
    assert not any(str(text) in str(twice.value) for text in some.column("order_id").to_pylist())
    assert "release" not in kinds(desk.ledger)


def test_ten_rows_that_leak_name_the_recipient_and_clear_the_other(
    desk: Desk, orders: pa.Table, workspace: Workspace, book: Book
) -> None:
    shop = desk.release(orders, "SHOP", "after_sales")
    courier = desk.release(orders, "COURIER", "deliver")
    sample = [
        SeenRow(
            order_id=row["order_id"],
            name=row["name"],
            extension=(parted(row["phone"]) or ("", None))[1],
            address=row["address"],
        )
        for row in courier.rows.slice(100, 10).to_pylist()
    ]
    numbers = {f"{shop.release_id}.parquet": 22, f"{courier.release_id}.parquet": 21}
    handed = released.recipients_of(
        workspace.releases, numbers, [str(row.order_id) for row in sample]
    )
    reading = read_sample(book, sample, handed)
    assert [candidate.number for candidate in reading.named] == [21]
    assert 22 in reading.cleared
    assert reading.clears_unmarked


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_recipients_file_holds_the_rows_in_each_form(tmp_path: Path, form: str) -> None:
    rows = pa.table({"order_id": ["1", "2"], "name": ["王安安", None]})
    path = tmp_path / f"for-them.{form}"
    write_rows(rows, path)
    if form == "csv":
        found = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    elif form == "jsonl":
        found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    else:
        found = pq.read_table(path).to_pylist()
    assert [row["name"] or None for row in found] == ["王安安", None]
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_what_was_handed_out_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "for-them.csv"
    verify_free(path)
    path.touch()
    with pytest.raises(UsageError, match="is there already"):
        verify_free(path)
    with pytest.raises(UsageError, match=r"\.csv, \.parquet or \.jsonl"):
        verify_free(tmp_path / "for-them.xls")
