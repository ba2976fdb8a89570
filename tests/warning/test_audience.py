"""Who is warned, and who first: the one whom waiting a day would cost most."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from warning_world import NOW, order, write_answer

from whence.errors import InputError, UsageError
from whence.model import DAY
from whence.warning.audience import ExposedOrder, audience, coming_day, read_exposed
from whence.warning.contacts import contacts_of, read_contacts
from whence.warning.wedge import drawn_order


def test_whose_call_is_due_today_is_told_before_whose_is_due_next_week() -> None:
    today, later = order(1, due_from=0, due_until=5), order(2, due_from=7, due_until=12)
    assert [p.customer_id for p in audience([later, today], NOW)] == ["CUST000001", "CUST000002"]


def test_of_two_due_alike_the_likelier_is_told_first() -> None:
    likely, unlikely = order(2, probability=0.9), order(1, probability=0.3)
    assert [p.probability for p in audience([unlikely, likely], NOW)] == [0.9, 0.3]


def test_a_likely_call_next_week_waits_behind_an_unlikely_one_today() -> None:
    today = order(1, probability=0.3, due_from=0, due_until=5)
    later = order(2, probability=0.9, due_from=7, due_until=12)
    assert audience([later, today], NOW)[0].customer_id == "CUST000001"


def test_a_person_of_several_orders_stands_once_with_her_highest_and_soonest() -> None:
    hers = [
        order(1, customer="C", probability=0.4, due_from=0, due_until=4),
        order(2, customer="C", probability=0.9, due_from=9, due_until=12),
        order(3, customer="D", probability=0.8, due_from=2, due_until=12),
    ]
    for given_order in permutations(hers):
        first, second = audience(given_order, NOW)
        assert first.customer_id == "C"
        assert first.probability == 0.9
        assert first.due_from == NOW
        assert first.order_ids == ("ORD000001", "ORD000002")
        assert second.customer_id == "D"


def test_nobody_exposed_is_left_out_of_the_audience_even_when_her_call_is_past() -> None:
    past = order(1, due_from=-40, due_until=-30)
    assert len(audience([past, order(2)], NOW)) == 2
    assert audience([past], NOW)[0].urgency == 0


@given(
    touched=st.floats(-30, 0),
    wait=st.floats(0.1, 20),
    width=st.floats(0.1, 40),
)
def test_the_days_of_a_call_add_up_to_all_of_it(touched: float, wait: float, width: float) -> None:
    one = order(1, touched=touched, due_from=touched + wait, due_until=touched + wait + width)
    days = range(int(touched) - 2, int(touched + wait + 2 * width) + 3)
    total = sum(coming_day(one, NOW + day * DAY) for day in days)
    assert total == pytest.approx(1.0, abs=1e-6)


def test_an_order_without_due_dates_has_no_urgency_and_is_still_told() -> None:
    plain = ExposedOrder(
        order_id="O", customer_id="C", probability=0.9, accessed_at=None, due_from=None,
        due_until=None,
    )  # fmt: skip
    assert [p.customer_id for p in audience([plain, order(1)], NOW)] == ["CUST000001", "C"]


def test_an_answer_is_read_as_a_trace_writes_it(tmp_path: Path) -> None:
    nameless = ExposedOrder(
        order_id="O", customer_id="", probability=0.5, accessed_at=None, due_from=None,
        due_until=None,
    )  # fmt: skip
    found = read_exposed(write_answer(tmp_path, [order(1), order(2), nameless]))
    assert found.orders == (order(1), order(2))
    assert found.n_nameless == 1
    assert found.suspect_ids == {"SH00156-C5"}


def test_a_folder_without_an_answer_is_told_of_and_so_is_a_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no exposed\.parquet"):
        read_exposed(tmp_path)
    (tmp_path / "exposed.parquet").write_bytes(b"no table")
    with pytest.raises(InputError, match="is damaged"):
        read_exposed(tmp_path)


def test_contacts_that_cannot_be_right_are_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(
        "customer_id,phone,email,language\n"
        "A,+86 139-0000-0000,a@mail.example,zh-CN\n"
        "B,none,b(at)mail,fr\n"
        'C,13900000001,"c@mail.example\nBcc: d@mail.example",en_US\n'
        "D,13900000002,,\nD,13900000003,d@mail.example,\n"
        ",13900000004,,\n",
        "utf-8",
    )
    found = read_contacts(path)
    assert found.of["A"].phone == "+8613900000000"
    assert found.of["A"].language == "zh"
    assert (found.of["B"].phone, found.of["B"].email, found.of["B"].language) == (None, None, None)
    assert found.of["C"].email is None  # a line break would be another header
    assert found.of["C"].language == "en"
    assert found.of["D"].phone is None  # two numbers: neither is used
    assert found.of["D"].email == "d@mail.example"
    assert found.n_contradicting == 1
    assert found.n_unusable == 5


def test_contacts_do_not_depend_on_the_order_of_rows() -> None:
    rows: list[dict[str, object]] = [
        {"customer_id": 7, "phone": "13900000001"},
        {"customer_id": "7", "phone": "13900000002"},
        {"customer_id": 7, "phone": "13900000001"},
    ]
    for given_order in permutations(rows):
        assert contacts_of(iter(given_order)).of["7"].phone is None


@given(ids=st.sets(st.text(min_size=1), max_size=30), seed=st.integers(0, 2**63 - 1))
def test_a_drawn_order_has_everybody_once_and_follows_from_its_seed(
    ids: set[str], seed: int
) -> None:
    drawn = drawn_order(ids, seed=seed, case_id="leak")
    assert sorted(drawn) == sorted(ids)
    assert drawn == drawn_order(sorted(ids, reverse=True), seed=seed, case_id="leak")


def test_another_seed_or_another_leak_draws_another_order() -> None:
    ids = [f"C{i}" for i in range(50)]
    first = drawn_order(ids, seed=1, case_id="leak")
    assert first != drawn_order(ids, seed=2, case_id="leak")
    assert first != drawn_order(ids, seed=1, case_id="other")


def test_each_person_stands_anywhere_in_the_drawn_order_equally_often() -> None:
    ids = [f"C{i}" for i in range(5)]
    firsts = [drawn_order(ids, seed=seed, case_id="leak")[0] for seed in range(2_000)]
    # 400 expected of each, standard deviation 18: five of them to either side.
    assert all(310 < firsts.count(one) < 490 for one in ids)
