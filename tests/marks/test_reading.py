"""Marks read back: the right recipient, nobody else, and what cannot be said."""

from collections.abc import Sequence

import numpy as np
import pytest
from marks_world import KEY, OTHER_KEY, people

from whence.marks import (
    LIMIT,
    Book,
    Reading,
    SeenRow,
    read_alias,
    read_extension,
    read_sample,
    write,
)

BOOK = Book(KEY)
ROWS = people(400)
EVERYONE = range(1_000)
RECIPIENT, OTHER = 21, 22


def copy(number: int, start: int = 0, n: int = 10, book: Book = BOOK) -> list[SeenRow]:
    """Return rows of a recipient's copy as they would be found."""
    rows = ROWS.slice(start, n)
    marked = write(
        book,
        number,
        rows["order_id"],
        names=rows["name"],
        addresses=rows["address"],
        extensions=True,
    )
    columns = [rows["order_id"], marked.names, marked.extensions, marked.addresses]
    cells = zip(*(column.to_pylist() for column in columns if column is not None), strict=True)
    return [SeenRow(order_id=o, name=n, extension=e, address=a) for o, n, e, a in cells]


def real(start: int = 0, n: int = 10) -> list[SeenRow]:
    """Return rows as the platform itself holds them."""
    rows = ROWS.slice(start, n).to_pylist()
    return [SeenRow(order_id=r["order_id"], name=r["name"], address=r["address"]) for r in rows]


def alone(rows: Sequence[SeenRow], field: str) -> list[SeenRow]:
    """Return rows of which only one field was found."""
    return [SeenRow(order_id=row.order_id, **{field: getattr(row, field)}) for row in rows]


def read(rows: Sequence[SeenRow], book: Book = BOOK, **options: object) -> Reading:
    handed = {row.order_id: EVERYONE for row in rows}
    return read_sample(book, rows, handed, **options)  # type: ignore[arg-type]


def named(reading: Reading) -> list[int]:
    return [each.number for each in reading.named]


def test_ten_rows_name_the_recipient_of_the_copy_and_clear_the_others() -> None:
    reading = read(copy(RECIPIENT))
    assert named(reading) == [RECIPIENT]
    assert reading.named[0].false_accusation_bound < 1e-60
    assert OTHER in reading.cleared
    assert len(reading.cleared) > 980
    assert reading.clears_unmarked


@pytest.mark.parametrize("field", ["name", "extension", "address"])
def test_one_field_of_ten_rows_is_enough(field: str) -> None:
    assert named(read(alone(copy(RECIPIENT), field))) == [RECIPIENT]


def test_spellings_alone_say_nothing_of_who_holds_the_orders_unmarked() -> None:
    reading = read(alone(copy(RECIPIENT), "address"))
    assert reading.unmarked_log10 == pytest.approx(0.0)
    assert not reading.clears_unmarked


def test_real_rows_name_nobody() -> None:
    reading = read(real())
    assert named(reading) == []
    assert {c.field: c.n_read for c in reading.counts}["name"] == 0
    assert {c.field: c.n_no_mark for c in reading.counts}["name"] == 10


def test_a_copy_written_with_another_key_names_nobody() -> None:
    for number in (RECIPIENT, OTHER):
        assert named(read(copy(number, book=Book(OTHER_KEY)))) == []


def test_the_copy_of_somebody_who_is_no_recipient_names_nobody() -> None:
    assert named(read(copy(5_000))) == []


def test_three_altered_rows_of_ten_change_nothing() -> None:
    rows = copy(RECIPIENT)
    rows[0] = copy(777, 0, 1)[0]
    rows[1] = real(1, 1)[0]
    rows[2] = SeenRow(order_id=rows[2].order_id, name="王伟芳", extension="1234")
    assert named(read(rows)) == [RECIPIENT]


def test_two_who_pool_are_both_named_and_nobody_else() -> None:
    one, two = copy(RECIPIENT), copy(OTHER)
    pooled = [
        SeenRow(
            order_id=a.order_id,
            name=(a, b)[i % 2].name,
            extension=None if i % 5 == 0 else (b, a)[i % 2].extension,
            address=(a, b)[i // 2 % 2].address,
        )
        for i, (a, b) in enumerate(zip(one, two, strict=True))
    ]
    assert sorted(named(read(pooled))) == [RECIPIENT, OTHER]


def test_two_rows_about_one_order_from_two_copies_speak_for_both() -> None:
    reading = read([*copy(RECIPIENT), *copy(OTHER)])
    assert sorted(named(reading)) == [RECIPIENT, OTHER]


def test_a_row_that_is_there_twice_counts_once() -> None:
    once, twice = read(copy(RECIPIENT)), read(copy(RECIPIENT) * 3)
    assert twice.log10_likelihood_ratios[0] == once.log10_likelihood_ratios[0]


def test_blank_fields_count_nothing() -> None:
    rows = copy(RECIPIENT)
    blank = [SeenRow(order_id=f"X{i}") for i in range(5)] + [SeenRow(order_id="Y", name=" ")]
    reading = read_sample(BOOK, [*rows, *blank], {r.order_id: EVERYONE for r in [*rows, *blank]})
    assert reading.candidate(0).log10_likelihood_ratio == pytest.approx(
        read(rows).candidate(0).log10_likelihood_ratio
    )
    assert read(blank).candidate(0).log10_likelihood_ratio == pytest.approx(0.0)
    assert read(blank).leading is None


def test_separators_that_a_system_tidied_away_are_no_evidence_against_anybody() -> None:
    tidied = [
        SeenRow(
            order_id=r.order_id, address=(r.address or "").translate({ord(c): "" for c in " ，-"})
        )
        for r in copy(RECIPIENT, n=20)
    ]
    assert named(read(tidied)) == [RECIPIENT]


def test_orders_that_only_some_were_handed_count_for_them_alone() -> None:
    rows = copy(RECIPIENT)
    handed = {row.order_id: {RECIPIENT, OTHER} if i else {RECIPIENT} for i, row in enumerate(rows)}
    reading = read_sample(BOOK, rows, handed)
    assert reading.numbers.tolist() == [RECIPIENT, OTHER]
    assert named(reading) == [RECIPIENT]


def test_orders_of_nobody_are_told() -> None:
    rows = copy(RECIPIENT)
    reading = read_sample(BOOK, rows, {rows[0].order_id: EVERYONE})
    assert reading.n_orders == 10
    assert reading.n_unknown_orders == 9
    nobody = read_sample(BOOK, rows, {})
    assert len(nobody.numbers) == 0
    assert nobody.leading is None
    assert nobody.named == ()


def test_orders_may_be_numbers_or_text_and_recipients_come_when_asked_for() -> None:
    marked = write(BOOK, RECIPIENT, [17, 18, 19], extensions=True).extensions
    assert marked is not None
    rows = [
        SeenRow(order_id=o, extension=e)
        for o, e in zip(["17", "18", "19"], marked.to_pylist(), strict=True)
    ]
    assert named(read_sample(BOOK, rows, {17: EVERYONE, 18: EVERYONE, 19: EVERYONE})) == [RECIPIENT]
    assert named(read_sample(BOOK, rows, lambda ids: dict.fromkeys(ids, EVERYONE))) == [RECIPIENT]


def test_who_has_no_marks_in_a_field_is_neither_named_nor_matched_by_it() -> None:
    rows = alone(copy(RECIPIENT), "name")
    reading = read(rows, without={"name": [RECIPIENT]})
    assert named(reading) == []
    assert RECIPIENT in reading.cleared  # it was handed real names, and these are none
    assert named(read(alone(copy(RECIPIENT), "address"), without={"address": [RECIPIENT]})) == []


def test_no_order_of_rows_and_no_hash_changes_a_reading() -> None:
    rows = copy(RECIPIENT)
    one, other = read(rows), read(rows[::-1])
    assert one.numbers.tolist() == other.numbers.tolist()
    assert np.allclose(one.log10_likelihood_ratios, other.log10_likelihood_ratios)


FIFTY = range(100, 150)


@pytest.mark.parametrize("number", [100, 121, 149])
def test_one_name_heard_points_to_the_right_one_of_fifty(number: int) -> None:
    for row in copy(number, n=20):
        assert row.name is not None
        reading = read_alias(BOOK, row.order_id, row.name, FIFTY)
        assert reading.leading is not None
        assert reading.leading.number == number
        assert 3.5 < reading.leading.log10_likelihood_ratio < 4
        assert reading.named == ()  # one value names nobody: the bound says how far it goes
        assert reading.leading.false_accusation_bound == pytest.approx(50 / 9_950, rel=1e-6)


def test_one_extension_dialled_points_to_the_right_one_of_fifty() -> None:
    for row in copy(121, n=20):
        assert row.extension is not None
        reading = read_extension(BOOK, row.order_id, row.extension, FIFTY)
        assert reading.leading is not None
        assert reading.leading.number == 121
        assert len(reading.cleared) >= 46  # some of fifty may be a digit away


def test_a_digit_misheard_leaves_a_hint() -> None:
    row = copy(121, n=1)[0]
    assert row.extension is not None
    wrong = row.extension[:3] + str((int(row.extension[3]) + 1) % 10)
    reading = read_extension(BOOK, row.order_id, wrong, FIFTY)
    at = reading.numbers.tolist().index(121)
    assert reading.log10_likelihood_ratios[at] == pytest.approx(0.9, abs=0.1)
    assert reading.false_accusation_bounds[at] > 0.01


def test_name_and_extension_of_one_call_name_the_recipient() -> None:
    row = copy(121, n=1)[0]
    heard = SeenRow(order_id=row.order_id, name=row.name, extension=row.extension)
    reading = read_sample(BOOK, [heard], {row.order_id: FIFTY}, spoken=True)
    assert named(reading) == [121]
    assert reading.named[0].false_accusation_bound <= LIMIT


@pytest.mark.parametrize("seed", range(3))
def test_rows_made_up_altogether_name_nobody(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for i, row in enumerate(copy(RECIPIENT)):
        liar = copy(int(rng.integers(2_000, 9_000)), i, 1)[0]
        made = f"{int(rng.integers(10_000)):04}"
        rows.append(SeenRow(order_id=row.order_id, name=liar.name, extension=made))
    assert named(read(rows)) == []


def other_spelling(address: str) -> str:
    """Return an address spelt once more, by nobody's mark."""
    return address.replace("号楼", "栋").replace("单元", "单元-").replace("路", "路 ")


@pytest.mark.parametrize("n", [1, 2, 5])
def test_orders_whose_address_stands_there_in_two_spellings_name_nobody_innocent(n: int) -> None:
    for start in range(0, 60, n):
        once = alone(real(start, n), "address")
        twice = [
            SeenRow(order_id=row.order_id, address=other_spelling(row.address or ""))
            for row in once
        ]
        handed = {row.order_id: range(12) for row in once}
        assert not read_sample(BOOK, [*once, *twice], handed).named


def test_two_copies_that_lie_together_name_nobody_but_theirs() -> None:
    for start in range(0, 60, 3):
        rows = [row for number in (1, 2) for row in alone(copy(number, start, 3), "address")]
        reading = read_sample(BOOK, rows, {row.order_id: range(12) for row in rows})
        assert set(named(reading)) <= {1, 2}


def test_a_leak_of_real_names_never_clears_who_held_them_unmarked() -> None:
    few_alike = [*alone(real(0, 39), "name"), *alone(copy(RECIPIENT, 39, 1), "name")]
    assert not read(few_alike).clears_unmarked
    assert read(alone(copy(RECIPIENT, 0, 10), "name")).clears_unmarked


def test_orders_that_nobody_was_handed_clear_nobody() -> None:
    rows = copy(RECIPIENT)
    reading = read_sample(BOOK, rows, {row.order_id: () for row in rows})
    assert not reading.clears_unmarked
    assert not reading.named


def test_a_name_as_long_as_a_book_is_none_of_ours() -> None:
    reading = read_alias(BOOK, "1", "王安邦" * 50_000, EVERYONE)
    assert reading.n_read == 0
