"""Marks written into a release: reproducible, one's own, and nothing else is touched."""

import numpy as np
import pyarrow as pa
import pytest
from marks_world import KEY, OTHER_KEY, people

from whence.marks import Book, write
from whence.marks.tongues import TONGUES

ROWS = people(200)


def copy(
    number: int, rows: pa.Table = ROWS, book: Book | None = None
) -> dict[str, list[str | None]]:
    marked = write(
        book or Book(KEY),
        number,
        rows["order_id"],
        names=rows["name"],
        addresses=rows["address"],
        extensions=True,
    )
    columns = {"name": marked.names, "extension": marked.extensions, "address": marked.addresses}
    return {name: column.to_pylist() for name, column in columns.items() if column is not None}


def shared(one: list[str | None], other: list[str | None]) -> float:
    return float(np.mean([a == b for a, b in zip(one, other, strict=True)]))


def test_the_same_key_recipient_and_orders_give_the_same_copy() -> None:
    assert copy(21) == copy(21, book=Book(KEY))


def test_another_recipient_shares_no_name_and_no_extension() -> None:
    one, other = copy(21), copy(22)
    assert shared(one["name"], other["name"]) == 0
    assert shared(one["extension"], other["extension"]) == 0
    assert shared(one["address"], other["address"]) < 0.2  # some addresses have hardly a slot


def test_another_key_gives_another_copy() -> None:
    one, other = copy(21), copy(21, book=Book(OTHER_KEY))
    assert shared(one["name"], other["name"]) < 0.02
    assert shared(one["extension"], other["extension"]) < 0.02


def test_the_order_of_rows_and_their_company_do_not_matter() -> None:
    turned = copy(21, ROWS.take(pa.array(range(199, -1, -1))))
    assert {name: cells[::-1] for name, cells in turned.items()} == copy(21)
    assert copy(21, ROWS.slice(50, 3)) == {n: c[50:53] for n, c in copy(21).items()}


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_an_address_stays_the_same_address_and_a_name_keeps_its_surname(locale: str) -> None:
    rows, tongue = people(300, locale), TONGUES[locale]
    found = copy(7, rows, Book(KEY, locale))
    for given, marked in zip(rows["address"].to_pylist(), found["address"], strict=True):
        assert marked is not None
        assert tongue.layout(marked).plain == tongue.layout(given).plain
    for given, marked in zip(rows["name"].to_pylist(), found["name"], strict=True):
        assert marked is not None
        assert tongue.surname(given) in marked
        assert given not in marked or given == tongue.surname(given)


def test_what_is_missing_stays_missing() -> None:
    marked = write(
        Book(KEY), 3, ["A", "B", "C"], names=[None, "", "王伟"], addresses=[None, "", "村"]
    )
    assert marked.names is not None
    assert marked.addresses is not None
    assert marked.names.to_pylist()[:2] == [None, ""]
    assert marked.addresses.to_pylist() == [None, "", "村"]
    assert marked.extensions is None


def test_integers_lists_and_arrow_columns_are_taken_alike() -> None:
    ids = [17, 18, 19]
    listed = write(Book(KEY), 3, ids, extensions=True).extensions
    for column in (pa.array(ids), pa.array(["17", "18", "19"]), ["17", "18", "19"]):
        assert write(Book(KEY), 3, column, extensions=True).extensions == listed


def test_nothing_to_write_is_an_empty_copy() -> None:
    marked = write(Book(KEY), 3, [], names=[], extensions=True)
    assert marked.names is not None
    assert marked.names.to_pylist() == []
    assert marked.addresses is None


def test_progress_is_told_from_none_to_all() -> None:
    told: list[tuple[str, int, int]] = []
    write(Book(KEY), 3, ["A", "B"], extensions=True, on_progress=lambda *step: told.append(step))
    assert told[0] == ("marks", 0, 2)
    assert told[-1] == ("marks", 2, 2)
