"""Planted orders: nobody's number, nobody's address, and yet like the rows beside them."""

import numpy as np
import pyarrow as pa
import pytest
from marks_world import KEY, people

from whence.errors import UsageError
from whence.marks import (
    Book,
    Canaries,
    Planted,
    SeenRow,
    canaries,
    digits_of,
    parted,
    read_canary,
    read_sample,
)
from whence.marks.addresses_zh import layout

BOOK = Book(KEY)
NUMBERS = ("95013 9999 0001", "95013 9999 0002")
PLACES = ("浙江省杭州市西湖区文华路12号", "杭州市余杭区仓前街道3号2栋1单元401室")
LIKE = people(300)


def planted(number: int = 21, count: int = 5, like: pa.Table = LIKE, **options: object) -> Canaries:
    facts: dict[str, object] = {"own_numbers": NUMBERS, "own_addresses": PLACES, "like": like}
    return canaries(BOOK, number, count, **facts | options)  # type: ignore[arg-type]


def relays(like: pa.Table = LIKE) -> pa.Table:
    """Return rows with relay numbers and extensions, as a release hands them out."""
    phones = [f"95013 0000 0001 转 {i:04}" for i in range(like.num_rows)]
    return like.set_column(like.column_names.index("phone"), "phone", pa.array(phones))


def test_a_canary_has_the_columns_and_types_of_the_release() -> None:
    assert planted().table.schema == LIKE.schema
    assert planted().table.num_rows == 5


def test_its_number_and_address_are_the_installations_own() -> None:
    made = planted(like=relays())
    for row, kept in zip(made.table.to_pylist(), made.planted, strict=True):
        dialled = parted(row["phone"])
        assert dialled is not None
        assert dialled[0] in {digits_of(number) for number in NUMBERS}
        assert (digits_of(kept.relay), kept.extension) == dialled
        assert layout(row["address"]).plain == layout(kept.place).plain
        assert any(kept.place.startswith(place) for place in PLACES)


@pytest.mark.parametrize("missing", ["own_numbers", "own_addresses"])
def test_without_a_number_or_an_address_of_its_own_nothing_is_planted(missing: str) -> None:
    with pytest.raises(UsageError, match="installation's own") as error:
        planted(**{missing: ()})  # type: ignore[arg-type]
    assert "workspace.toml" in (error.value.advice() or "")


def test_no_two_canaries_share_an_order_a_dialled_number_or_a_room() -> None:
    kept: tuple[Planted, ...] = ()
    for number in range(40):
        kept += planted(number, 10, relays(), planted=kept).planted
    assert len({each.order_id for each in kept}) == 400
    assert len({(each.relay, each.extension) for each in kept}) == 400
    assert len({each.place for each in kept}) == 400


def test_an_order_number_that_exists_is_never_planted() -> None:
    first = {str(each.order_id) for each in planted().planted}
    again = planted(taken=lambda ids: [each for each in ids if str(each) in first])
    assert not first & {str(each.order_id) for each in again.planted}
    assert not first & set(LIKE["order_id"].to_pylist())


def test_a_canary_looks_like_the_rows_beside_it() -> None:
    made = planted(count=60).table
    assert set(made["goods"].to_pylist()) <= set(LIKE["goods"].to_pylist())
    assert set(made["price"].to_pylist()) <= set(LIKE["price"].to_pylist())
    ids = LIKE["order_id"].to_pylist()
    shapes = {len(each) for each in ids}
    assert {len(each) for each in made["order_id"].to_pylist()} <= shapes
    assert all(each[:7] in {i[:7] for i in ids} for each in made["order_id"].to_pylist())
    times = made["placed_at"].cast("int64").to_numpy()
    all_times = LIKE["placed_at"].cast("int64").to_numpy()
    assert times.min() >= all_times.min()
    assert times.max() <= all_times.max()
    assert not (times % 1_000_000).any()  # whole seconds, as theirs
    surnames = {name[:1] for name in LIKE["name"].to_pylist()}
    assert {name[:1] for name in made["name"].to_pylist()} <= surnames


def test_numbers_that_count_upwards_fall_between_their_neighbours_in_time() -> None:
    ids = np.arange(5_000, 5_000 + 7 * LIKE.num_rows, 7)
    like = LIKE.set_column(0, "order_id", pa.array(ids)).sort_by("placed_at")
    like = like.set_column(0, "order_id", pa.array(ids))
    made = planted(count=30, like=like).table
    assert pa.types.is_integer(made.schema.field("order_id").type)
    times = like["placed_at"].cast("int64").to_numpy()
    for row in made.to_pylist():
        at = int(np.searchsorted(ids, row["order_id"])) - 1
        moment = int(row["placed_at"].timestamp() * 1e6)
        assert times[at] <= moment <= times[min(at + 1, len(times) - 1)]


def test_where_phones_have_no_extension_a_canarys_has_none() -> None:
    assert all(parted(phone) is None for phone in planted().table["phone"].to_pylist())


def test_what_the_release_masks_is_masked_in_a_canary_too() -> None:
    made = planted(masks={"name": lambda name: name[0] + "**"}).table
    assert all(name.endswith("**") for name in made["name"].to_pylist())


def test_times_written_as_text_stay_text() -> None:
    written = [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in LIKE["placed_at"].to_pylist()]
    at = LIKE.column_names.index("placed_at")
    like = LIKE.set_column(at, "placed_at", pa.array(written))
    for text in planted(count=20, like=like).table["placed_at"].to_pylist():
        assert text.endswith("Z")
        assert min(written) <= text <= max(written)


def test_the_same_release_has_the_same_canaries() -> None:
    assert planted().planted == planted().planted
    assert planted(21).planted != planted(22).planted


def test_a_canary_row_is_read_like_any_other() -> None:
    made = planted(like=relays())
    kept = made.planted[0]
    row = made.table.to_pylist()[0]
    seen = SeenRow(
        order_id=kept.order_id, name=row["name"], extension=kept.extension, address=row["address"]
    )
    reading = read_sample(BOOK, [seen], {kept.order_id: [21]})
    assert [each.number for each in reading.named] == [21]


def everybodys() -> tuple[Planted, ...]:
    kept: tuple[Planted, ...] = ()
    for number in range(1, 21):
        kept += planted(number, 2, relays(), planted=kept).planted
    return kept


def test_a_call_to_a_canary_points_to_its_release() -> None:
    kept = everybodys()
    for each in kept:
        reading = read_canary(BOOK, each.relay, each.extension, kept, NUMBERS)
        assert reading.leading is not None
        assert reading.leading.number == each.number
        n_here = sum(other.relay == each.relay for other in kept)
        bound = reading.leading.false_accusation_bound
        assert bound == pytest.approx(n_here / 10_000, rel=0.01)
        assert reading.named == ()  # any number dialled is a canary's so often


def test_its_name_beside_its_number_names_the_recipient() -> None:
    kept = everybodys()
    made = planted(99, 1, relays(), planted=kept)
    (each,), name = made.planted, made.table["name"][0].as_py()
    all_kept = (*kept, each)
    reading = read_canary(BOOK, each.relay, each.extension, all_kept, NUMBERS, alias=name)
    assert [found.number for found in reading.named] == [99]
    other = read_canary(BOOK, each.relay, each.extension, all_kept, NUMBERS, alias="周国富")
    assert other.named == ()


def test_an_extension_that_no_canary_has_points_to_nobody() -> None:
    kept = everybodys()
    used = {each.extension for each in kept}
    free = next(f"{n:04}" for n in range(9_999, 0, -1) if not near(f"{n:04}", used))
    reading = read_canary(BOOK, NUMBERS[0], free, kept, NUMBERS)
    assert reading.leading is None
    assert len(reading.cleared) == 20


def near(extension: str, used: set[str]) -> bool:
    """Return whether a misheard digit or two changed places make it one in use."""
    turned = {
        extension[:i] + extension[i + 1] + extension[i] + extension[i + 2 :] for i in range(3)
    }
    apart = [sum(a != b for a, b in zip(extension, each, strict=True)) for each in used]
    return min(apart) <= 1 or bool(turned & used)


def test_a_number_that_is_not_the_installations_own_is_no_canary() -> None:
    with pytest.raises(UsageError, match="none of the installation's own"):
        read_canary(BOOK, "12879562982", "0421", everybodys(), NUMBERS)


def test_numbers_that_are_used_up_are_told() -> None:
    full = [
        Planted(order_id=f"P{i}", number=1, relay=NUMBERS[0], extension=f"{i:04}", place=f"{i}")
        for i in range(10_000)
    ]
    with pytest.raises(UsageError, match="no extension left"):
        planted(own_numbers=NUMBERS[:1], planted=full)


def test_a_release_without_rows_has_no_canaries() -> None:
    with pytest.raises(UsageError, match="there are none"):
        planted(like=LIKE.slice(0, 0))
