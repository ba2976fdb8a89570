"""The likelihood ratios of all recipients at once, under every story."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.marks import stories
from whence.marks.book import ADDRESS, EXTENSION, NAME, VALUES, Book, Bytes
from whence.marks.observed import Observed, SeenAddress, SeenOrder
from whence.marks.permutation import excess
from whence.marks.spelling import WORD_BITS

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

COALITION: Final = 50  # pirates at most that the bound allows for; ten more cost 0.1 % a field
_SAME: Final = 1.0 + 1e-9  # ratios of values that nothing speaks for


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one field of one order can add to a score: (stories, n) logs, and (n,) even chances."""

    order: int
    logs: Floats
    chances: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Natural log likelihood ratios of ``numbers``, and of somebody who held the orders unmarked.

    ``log_stories`` (stories, numbers) are those under each story, of the copy as it stands, as far
    as they are sums of ``parts``, of the orders that a number held: an order whose address was seen
    in several spellings has a mean in its ratio, and no part. exp(``log_slack``): how much likelier
    than with even marks anything may be that an innocent recipient's marks do.
    """

    numbers: Ints
    log_ratios: Floats
    log_stories: Floats
    log_unmarked: float
    log_slack: float
    held: Sequence[Ints]
    parts: Sequence[Part]


def weigh(
    book: Book,
    observed: Observed,
    recipients: Sequence[Ints],
    *,
    without: Mapping[str, Collection[int]],
) -> Weighed:
    """Weigh what was observed for every recipient of any of the orders.

    ``recipients`` (one sorted array an order) says who was handed it; whoever was not is neither
    helped nor harmed by it. ``without``: field -> recipients whose copies have no marks in it.
    """
    scale = _Scale(book, observed, recipients)
    for name in (NAME, EXTENSION):
        scale.put_values(name, _array(without.get(name, ())))
    scale.put_addresses(_array(without.get(ADDRESS, ())))
    return scale.read()


class _Scale:
    """Sums of log ratios: one a story and recipient, for each tidiness of the copy."""

    def __init__(self, book: Book, observed: Observed, recipients: Sequence[Ints]) -> None:
        self._book = book
        self._orders = observed.orders
        self._log_prior = np.log(np.array(observed.tidiness))
        self._digests = book.digests([order.order_id for order in observed.orders])
        self._numbers = _united(recipients)
        self._held = recipients
        self._places = [
            slice(None) if len(held) == len(self._numbers) else np.searchsorted(self._numbers, held)
            for held in recipients
        ]
        self._total = np.zeros((len(self._log_prior), stories.N, len(self._numbers)))
        self._for_all = np.zeros((stories.N, 1))  # what is the same for every recipient
        self._unmarked = np.zeros((stories.N, 1))
        self._log_slack = 0.0
        self._parts: list[Part] = []
        self._means = np.zeros_like(self._total[0])  # of the copy as it stands: no sums of parts

    def put_values(self, name: str, bare: Ints) -> None:
        """Weigh the values of a field; ``bare`` are those who hold it unmarked."""
        orders, liked, ratios = [], [], []
        for i, of_value, chance in _values(name, self._orders):
            common = float(of_value.min())
            base = stories.of_values(np.array(common))[:, None]
            by_chance = stories.of_values(np.array(chance))[:, None]
            self._unmarked += by_chance
            self._log_slack += slack_of_value()
            levels, n_each = np.unique(of_value, return_counts=True)
            self._parts.append(Part(i, stories.of_values(levels), n_each / len(of_value)))
            self._put(i, base)
            if len(bare):
                held = np.intersect1d(bare, self._held[i])
                self._total[:, :, np.searchsorted(self._numbers, held)] += by_chance - base
            better = np.flatnonzero(of_value > common * _SAME)
            orders.append(np.full(len(better), i))
            liked.append(better)
            ratios.append(stories.of_values(of_value[better]) - base)
        if orders:
            at = np.concatenate(orders)
            self._put_liked(name, at, np.concatenate(liked), np.hstack(ratios), bare)

    def put_addresses(self, bare: Ints) -> None:
        """Weigh the spellings of addresses; they say nothing of who holds them unmarked."""
        for i, order in enumerate(self._orders):
            if not order.addresses:
                continue
            held = self._held[i]
            words = self._book.words(_repeated(self._digests[i], len(held)), held)
            self._log_slack += max(_slack_of_slots(a) for many in order.addresses for a in many)
            if len(order.addresses) == 1:
                self._parts.append(Part(i, *_possible(order.addresses[0][0])))
            for mode in range(len(self._log_prior)):
                versions = [_address(many[mode], words) for many in order.addresses]
                mean = versions[0]
                if len(versions) > 1:
                    mean = np.logaddexp.reduce(versions) - np.log(len(versions))
                if len(bare):
                    mean[:, np.isin(held, bare)] = 0.0
                self._total[mode][:, self._places[i]] += mean
                if mode == 0 and len(versions) > 1:
                    self._means[:, self._places[i]] += mean

    def read(self) -> Weighed:
        """Return what the scale shows."""
        self._total += self._for_all
        logs = [stories.averaged(of_mode) for of_mode in self._total]
        return Weighed(
            numbers=self._numbers,
            log_ratios=np.logaddexp.reduce(np.array(logs) + self._log_prior[:, None], axis=0),
            log_stories=self._total[0] - self._means,
            log_unmarked=float(stories.averaged(self._unmarked)[0]),
            log_slack=self._log_slack,
            held=self._held,
            parts=self._parts,
        )

    def _put(self, order: int, logs: Floats) -> None:
        """Add the same to all recipients of an order."""
        if isinstance(self._places[order], slice):
            self._for_all += logs
        else:
            self._total[:, :, self._places[order]] += logs

    def _put_liked(self, name: str, orders: Ints, values: Ints, logs: Floats, bare: Ints) -> None:
        """Add to those who were handed a value that something speaks for: one order, one value."""
        blocks = np.unique(self._numbers // VALUES)
        each = np.repeat(blocks, len(values))
        order = np.tile(orders, len(blocks))
        whose = self._book.numbers(name, self._digests[order], np.tile(values, len(blocks)), each)
        logs = np.tile(logs, len(blocks))
        for i in np.unique(order):
            # No recipient comes twice here: of one order each has one value of the field.
            is_held = np.flatnonzero(order == i)
            is_held = is_held[np.isin(whose[is_held], self._held[i])]
            is_held = is_held[~np.isin(whose[is_held], bare)]
            self._total[:, :, np.searchsorted(self._numbers, whose[is_held])] += logs[:, is_held]


def _array(numbers: Collection[int]) -> Ints:
    return np.array(sorted(numbers), dtype=np.int64)


def _united(recipients: Sequence[Ints]) -> Ints:
    """Return all recipients of any of the orders, ascending."""
    if recipients and all(held is recipients[0] for held in recipients):
        return recipients[0]
    return np.unique(np.concatenate([np.empty(0, np.int64), *recipients]))


def _values(name: str, orders: Sequence[SeenOrder]) -> Iterator[tuple[int, Floats, float]]:
    """Yield the ratios of each order's value of a field; of several values their mean."""
    for i, order in enumerate(orders):
        heard = order.values.get(name)
        if heard:
            ratios = np.mean([each.ratios() for each in heard], axis=0)
            yield i, ratios, max(each.by_chance for each in heard)


def _address(seen: SeenAddress, words: NDArray[np.uint16]) -> Floats:
    """Return the log ratios of one address under each story: (stories, recipients)."""
    fits = np.empty((len(seen), len(words)))
    for i, slot in enumerate(seen):
        n = len(slot.allowed)
        fits[i] = slot.allowed[words[:, slot.kind].astype(np.int64) * n >> WORD_BITS]
    gained, missed = _slots(seen)
    return stories.of_addresses(gained @ fits + missed[:, None])


def _possible(seen: SeenAddress) -> tuple[Floats, Floats]:
    """Return all log ratios that an address can have, under each story, and their even chances."""
    gained, missed = _slots(seen)
    logs, chances = missed[:, None], np.ones(1)
    for i, slot in enumerate(seen):
        fits = float(slot.allowed.mean())
        logs = np.hstack([logs, logs + gained[:, i : i + 1]])
        chances = np.concatenate([chances * (1.0 - fits), chances * fits])
    return stories.of_addresses(logs), chances


def _slots(seen: SeenAddress) -> tuple[Floats, Floats]:
    """Return what each slot adds to a log ratio if it fits: (stories, slots), and all if none."""
    share = stories.SLOTS
    missed = np.log1p(-share)
    by_slot = [np.log(share / slot.allowed.mean() + 1.0 - share) - missed for slot in seen]
    gained = np.array(by_slot).T.reshape(stories.N, len(seen))
    return gained, len(seen) * missed


def _repeated(digest: Bytes, n: int) -> Bytes:
    return np.broadcast_to(digest, (n, len(digest)))


def slack_of_value() -> float:
    """Return the log of how much likelier than evenly a value may be that no pirate holds."""
    return float(np.log(VALUES * (1.0 / (VALUES - COALITION) + excess(COALITION, VALUES))))


def _slack_of_slots(seen: SeenAddress) -> float:
    """Return the same for the slots of an address: 65,536 words do not divide evenly by three."""
    words = 1 << WORD_BITS
    return float(sum(np.log(-(-words // len(s.allowed)) * len(s.allowed) / words) for s in seen))
