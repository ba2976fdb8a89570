"""Reading marks back: whose copy this is, how sure that is, and how wrong it can be.

For every recipient of the orders the likelihood ratio: what was read, if it came from that
recipient's copy, against the same from elsewhere; averaged over stories (``stories.py``). Absent
and unreadable fields count nothing.

How likely an innocent recipient would come as far is bounded in ``bounds.py``.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.marks.book import ADDRESS, Book
from whence.marks.bounds import LIMIT, bounds_of
from whence.marks.observed import FieldCount, SeenRow, observe
from whence.marks.weighing import weigh
from whence.model import OrderId

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Handed: TypeAlias = (
    Mapping[OrderId, Collection[int]]
    | Mapping[str, Collection[int]]
    | Mapping[int, Collection[int]]
)
RecipientsOf: TypeAlias = Handed | Callable[[Sequence[OrderId]], Handed]

_OWN_IN_MARKED: Final = 0.1  # of a marked copy's names, those that somebody replaced by own ones
CLEARED: Final = float(np.log10(0.2))  # the copy is five times likelier to come from elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a reading says of one recipient."""

    number: int
    log10_likelihood_ratio: float
    false_accusation_bound: float

    @property
    def is_named(self) -> bool:
        """Whether this is no chance: the bound is at most ``LIMIT``."""
        return self.false_accusation_bound <= LIMIT

    @property
    def is_cleared(self) -> bool:
        """Whether the marks speak against this recipient."""
        return self.log10_likelihood_ratio <= CLEARED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """Every recipient of the orders, the likeliest first, as arrays of one length.

    ``unmarked_log10`` is the same ratio for somebody who held the orders without marks; names and
    extensions that are none of ours speak for them.
    ``counts`` tells how the fields were read, ``n_unknown_orders`` how many orders were handed to
    nobody.
    """

    numbers: Ints
    log10_likelihood_ratios: Floats
    false_accusation_bounds: Floats
    unmarked_log10: float
    counts: tuple[FieldCount, ...]
    n_orders: int
    n_unknown_orders: int

    def candidate(self, place: int) -> Candidate:
        """Return the recipient at a place, 0 the likeliest."""
        return Candidate(
            number=int(self.numbers[place]),
            log10_likelihood_ratio=float(self.log10_likelihood_ratios[place]),
            false_accusation_bound=float(self.false_accusation_bounds[place]),
        )

    @property
    def n_read(self) -> int:
        """How many fields were read as marks."""
        return sum(count.n_read for count in self.counts)

    @property
    def named(self) -> tuple[Candidate, ...]:
        """The recipients whose copy this is, beyond what chance may do."""
        found = np.flatnonzero(self.false_accusation_bounds <= LIMIT)
        return tuple(self.candidate(int(place)) for place in found)

    @property
    def leading(self) -> Candidate | None:
        """The likeliest recipient, where it stands alone and the marks speak for it."""
        ratios = self.log10_likelihood_ratios
        if not len(ratios) or ratios[0] <= 0.0 or (len(ratios) > 1 and ratios[1] == ratios[0]):
            return None
        return self.candidate(0)

    @property
    def cleared(self) -> Ints:
        """The numbers of the recipients that the marks speak against, ascending."""
        return np.sort(self.numbers[self.log10_likelihood_ratios <= CLEARED])

    @property
    def clears_unmarked(self) -> bool:
        """Whether the marks speak against everybody who held the orders unmarked."""
        return self.unmarked_log10 <= CLEARED and self.n_unknown_orders < self.n_orders


def _own_values(counts: Iterable[FieldCount]) -> float:
    """Return what values that are none of ours add for who held the orders unmarked, as log10."""
    n_own = sum(count.n_no_mark for count in counts if count.field != ADDRESS)
    return -n_own * _log10(float(np.log(_OWN_IN_MARKED)))


def read_sample(
    book: Book,
    rows: Iterable[SeenRow],
    recipients_of: RecipientsOf,
    *,
    spoken: bool = False,
    without: Mapping[str, Collection[int]] | None = None,
) -> Reading:
    """Read the marks of leaked rows.

    ``recipients_of`` says which numbers each order was handed to, ``without`` which of them had no
    marks in a field. ``spoken`` where values were heard, not copied: then a name counts by its
    sound, and one misheard syllable or digit still counts for something.
    """
    observed = observe(rows, book.locale, spoken=spoken)
    handed = _handed([order.order_id for order in observed.orders], recipients_of)
    weighed = weigh(book, observed, handed, without=without or {})
    order = np.lexsort((weighed.numbers, -weighed.log_ratios))
    return Reading(
        numbers=weighed.numbers[order],
        log10_likelihood_ratios=weighed.log_ratios[order] / np.log(10.0),
        false_accusation_bounds=bounds_of(weighed)[order],
        unmarked_log10=_log10(weighed.log_unmarked) + _own_values(observed.counts),
        counts=observed.counts,
        n_orders=len(observed.orders),
        n_unknown_orders=sum(not len(numbers) for numbers in handed),
    )


def read_alias(
    book: Book,
    order_id: OrderId,
    alias: str,
    recipients: Collection[int],
    *,
    without: Collection[int] = (),
) -> Reading:
    """Read the one name that a caller used for the addressee of an order, as it was heard."""
    row = SeenRow(order_id=order_id, name=alias)
    return read_sample(book, [row], {order_id: recipients}, spoken=True, without={"name": without})


def read_extension(
    book: Book,
    order_id: OrderId,
    extension: str,
    recipients: Collection[int],
    *,
    without: Collection[int] = (),
) -> Reading:
    """Read the one extension that a caller dialled for an order, as it was noted."""
    row = SeenRow(order_id=order_id, extension=extension)
    bare = {"extension": without}
    return read_sample(book, [row], {order_id: recipients}, spoken=True, without=bare)


def _log10(natural: float) -> float:
    return float(natural / np.log(10.0))


def _handed(order_ids: Sequence[OrderId], recipients_of: RecipientsOf) -> list[Ints]:
    """Return the sorted recipients of each order; 17 and "17" are one order."""
    handed: Mapping[Any, Collection[int]] = (
        recipients_of(order_ids) if callable(recipients_of) else recipients_of
    )
    by_text: dict[str, Collection[int]] | None = None
    sorted_once: dict[int, Ints] = {}
    found = []
    for order_id in order_ids:
        numbers = handed.get(order_id)
        if numbers is None:
            by_text = by_text or {str(key): value for key, value in handed.items()}
            numbers = by_text.get(str(order_id), ())
        if id(numbers) not in sorted_once:
            sorted_once[id(numbers)] = np.unique(np.fromiter(numbers, np.int64, len(numbers)))
        found.append(sorted_once[id(numbers)])
    return found
