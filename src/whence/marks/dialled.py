"""A call to one of the installation's own numbers, read without knowing which order it is about.

Here the number itself says whose it is, and so the extension says less than where the order is
known from what the caller said: whoever dials blindly reaches somebody as often as extensions are
in use. The ratio is that of a caller who has a recipient's copy and dials one number of it, against
one who dials any extension of any of the numbers; the bound counts everything that the number
leads to.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.errors import UsageError
from whence.marks import extensions, stories
from whence.marks.book import EXTENSION, NAME, Book
from whence.marks.canaries import Planted
from whence.marks.extensions import digits_of
from whence.marks.observed import FieldCount
from whence.marks.reading import Reading
from whence.marks.tongues import TONGUES
from whence.marks.weighing import slack_of_value
from whence.model import OrderId

Floats: TypeAlias = NDArray[np.float64]

_SAME: Final = 1.0 - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a number and an extension lead: an order, as it was handed to one recipient."""

    order_id: OrderId
    number: int
    relay: str
    extension: str


def read_canary(
    book: Book,
    relay: str,
    extension: str,
    planted: Collection[Planted],
    own_numbers: Collection[str],
    *,
    alias: str | None = None,
) -> Reading:
    """Read a call to a canary: whose release held it. ``planted`` are all canaries there are."""
    reached = [
        Reach(order_id=p.order_id, number=p.number, relay=p.relay, extension=p.extension)
        for p in planted
    ]
    return read_dialled(book, relay, extension, reached, own_numbers, alias=alias)


def read_dialled(
    book: Book,
    relay: str,
    extension: str,
    reached: Sequence[Reach],
    own_numbers: Collection[str],
    *,
    alias: str | None = None,
) -> Reading:
    """Read a number that was dialled, and the name the caller used, if any.

    ``reached`` is everything that the installation's own numbers lead to. Raises UsageError where
    the number is not one of them.
    """
    own = {digits_of(number) for number in own_numbers}
    dialled = digits_of(relay)
    if dialled not in own:
        raise UsageError("marks.not-our-number")
    heard = {EXTENSION: extensions.hear(extension, spoken=True)}
    if alias is not None:
        heard[NAME] = TONGUES[book.locale].hear_name(alias, spoken=True)
    seen = {field: each.ratios() for field, each in heard.items() if each is not None}
    whose = np.array([each.number for each in reached], dtype=np.int64)
    numbers, at = np.unique(whose, return_inverse=True)
    is_here = np.array([digits_of(each.relay) == dialled for each in reached], dtype=np.bool_)
    ratios = _ratios(book, reached, whose, seen) * is_here
    best = np.zeros(len(numbers))
    np.maximum.at(best, at, ratios)
    mean = np.bincount(at, ratios, len(numbers)) / np.bincount(at, minlength=len(numbers))
    log_ratios = np.zeros(len(numbers))
    if seen:
        log_ratios = stories.averaged(stories.of_values(mean * len(own)))
    log_slack = len(seen) * slack_of_value()
    chances = np.array([_chance_of(ratio, list(seen.values())) for ratio in best])
    bounds = np.minimum(is_here.sum() * chances * np.exp(log_slack), 1.0)
    order = np.lexsort((numbers, -log_ratios))
    nobody = float(stories.averaged(stories.of_values(np.zeros(1)))[0])
    return Reading(
        numbers=numbers[order],
        log10_likelihood_ratios=log_ratios[order] / np.log(10.0),
        false_accusation_bounds=bounds[order],
        unmarked_log10=nobody / float(np.log(10.0)) if seen else 0.0,
        counts=tuple(
            FieldCount(field=field, n_read=int(each is not None), n_no_mark=int(each is None))
            for field, each in heard.items()
        ),
        n_orders=1,
        n_unknown_orders=0,
    )


def _ratios(
    book: Book, reached: Sequence[Reach], whose: NDArray[np.int64], seen: dict[str, Floats]
) -> Floats:
    """Return the ratio of what was dialled and said, if it was about each of these."""
    ratios = np.ones(len(reached))
    if EXTENSION in seen:
        ratios *= seen[EXTENSION][[int(each.extension) for each in reached]]
    if NAME in seen:
        digests = book.digests([each.order_id for each in reached])
        ratios *= seen[NAME][book.values(NAME, digests, whose)]
    return ratios


def _chance_of(ratio: float, seen: Sequence[Floats]) -> float:
    """Return the chance that even values have a product of ratios as large."""
    products, chances = np.ones(1), np.ones(1)
    for ratios in seen:
        levels, n_each = np.unique(ratios, return_counts=True)
        products = np.multiply.outer(products, levels).ravel()
        chances = np.multiply.outer(chances, n_each / len(ratios)).ravel()
    return float(chances[products >= ratio * _SAME].sum())
