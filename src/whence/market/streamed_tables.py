"""Orders and accesses of a streamed market, from numbers to columns of the public formats.

Texts that repeat travel as dictionaries of what a row group names, and become plain text columns in
the file.
"""

from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from whence.market import identifiers
from whence.market.companies import GOODS, REGIONS
from whence.market.day_files import Columns, DayFiles
from whence.market.handling import ACTIONS, field_texts, party_of
from whence.market.rhythm import DAY_S
from whence.market.streamed_block import Block
from whence.market.streamed_plan import Plan

Ints: TypeAlias = NDArray[np.int64]

_ACTION_BITS: Final = 3  # seven actions
_ROW_BITS: Final = 32  # more rows than a day of one lane can have waiting
_MICROSECONDS: Final = 1_000_000


class TextsByNumber:
    """Texts of the roster's numbers, as dictionaries of those that rows name."""

    def __init__(self, n: int) -> None:
        self._place = np.zeros(n, dtype=np.int32)  # scratch: where a number stands among the named
        self._named = np.zeros(n, dtype=np.bool_)

    def named(self, numbers: NDArray[Any]) -> tuple[Ints, NDArray[np.int32]]:
        """Return which numbers there are, lowest first, and for each row which of these it is."""
        self._named[numbers] = True
        named = np.flatnonzero(self._named)
        self._named[named] = False
        self._place[named] = np.arange(len(named), dtype=np.int32)
        return named, self._place[numbers]


def _dictionary(index: NDArray[Any], texts: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index), texts)


class OrderSheet:
    """Orders: code, seconds since 1970, customer, cents, region, goods, then who holds them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        roster = plan.companies.roster
        self._ids = pa.array(roster.ids, pa.string())
        self._by_number = TextsByNumber(len(roster.ids))
        self._regions = pa.array(list(REGIONS))
        self._goods = pa.array([name for name, _ in GOODS])

    def add(self, block: Block, files: DayFiles) -> None:
        """Hand a block's orders to their days."""
        orders, first = block.orders, self._plan.companies.roster.first
        columns: Columns = (
            block.codes,
            orders.placed_at,
            orders.customer,
            orders.cents,
            orders.region.astype(np.int8),
            orders.goods.astype(np.int8),
            (first["shop"] + orders.shop).astype(np.int32),
            (first["app"] + orders.app).astype(np.int32),
            (first["warehouse"] + orders.warehouse).astype(np.int32),
            (first["branch"] + orders.branch).astype(np.int32),
        )
        days = (orders.placed_at - self._plan.spec.starts_at) // DAY_S
        for day in range(int(days[0]), int(days[-1]) + 1):
            low, high = np.searchsorted(days, [day, day + 1])
            if high > low:
                files.add(day, tuple(column[low:high] for column in columns))

    def sorted(self, columns: Columns) -> Columns:
        """Return the rows as they are: blocks are placed one after the other."""
        return columns

    def encoded(self, day: int, columns: Columns) -> pa.Table:
        """Return rows as the ``orders`` table."""
        del day
        code, placed_at, customer, cents, region, goods, *held = columns
        words = np.zeros((len(code), 2), dtype=np.int64)  # 128-bit integers, low word first
        words[:, 0] = cents
        amount = pa.Array.from_buffers(pa.decimal128(10, 2), len(code), [None, pa.py_buffer(words)])
        named = {
            "order_id": self._plan.order_numbers.texts(code),
            "placed_at": _instants(placed_at),
            "customer_id": self._plan.customer_numbers.texts(customer),
            "amount": amount,
            "region": _dictionary(region, self._regions),
            "goods": _dictionary(goods, self._goods),
        }
        for kind, numbers in zip(("shop", "app", "warehouse", "branch"), held, strict=True):
            which, index = self._by_number.named(numbers)
            named[f"{kind}_id"] = _dictionary(index, self._ids.take(pa.array(which)))
        return pa.table(named)


class AccessSheet:
    """Accesses: second of the day, account and action in one number, code of the order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        roster = plan.companies.roster
        n = len(roster.ids)
        everyone = np.arange(n, dtype=np.int64)
        # People of one office share its address; each account has a device, an app's server none.
        couriers = slice(roster.first["courier"], roster.first["agent"])
        self._office = np.where(roster.parent < 0, everyone, roster.parent)
        self._office[couriers] = everyone[couriers]
        self._apps = slice(roster.first["app"], roster.first["warehouse"])
        self._party = party_of(plan.companies)
        self._ids = pa.array(roster.ids, pa.string())
        self._devices = identifiers.device_ids(everyone + (1 << 30))
        self._by_number = TextsByNumber(n)
        texts, shown = field_texts(roster.kinds)
        self._fields = pa.array(texts)
        self._shown = shown.astype(np.int8).ravel()
        self._actions = pa.array(ACTIONS)

    def add(self, block: Block, files: DayFiles) -> None:
        """Hand a block's accesses to their days."""
        since = block.at - self._plan.spec.starts_at
        days = (since // DAY_S).astype(np.uint16)
        by_day = np.argsort(days, kind="stable")  # of 16 bits: a radix sort
        second = (since - days.astype(np.int64) * DAY_S).astype(np.int32)[by_day]
        who = (block.account << _ACTION_BITS | block.action).astype(np.int32)[by_day]
        code = block.codes[block.order[by_day]]
        counts = np.bincount(days)
        ends = np.cumsum(counts)
        for day in np.flatnonzero(counts).tolist():
            of_day = slice(int(ends[day] - counts[day]), int(ends[day]))
            files.add(day, (second[of_day].copy(), who[of_day].copy(), code[of_day].copy()))

    def sorted(self, columns: Columns) -> Columns:
        """Return the rows by time; of one second, as they came."""
        second, who, code = columns
        keys = second.astype(np.int64) << _ROW_BITS | np.arange(len(second))
        keys.sort()
        rows = keys & ((1 << _ROW_BITS) - 1)
        return (keys >> _ROW_BITS, who[rows], code[rows])

    def encoded(self, day: int, columns: Columns) -> pa.Table:
        """Return rows as the ``accesses`` table."""
        second, who, code = columns
        account, action = who >> _ACTION_BITS, who & ((1 << _ACTION_BITS) - 1)
        accounts, index = self._by_number.named(account)
        parties, party = self._by_number.named(self._party[accounts])
        offices, office = self._by_number.named(self._office[accounts])
        on_server = (accounts >= self._apps.start) & (accounts < self._apps.stop)
        has_device = np.flatnonzero(~on_server)
        place = np.cumsum(~on_server, dtype=np.int32) - 1
        devices = pa.array(place[index], mask=on_server[index])
        shown = self._shown[account * len(ACTIONS) + action]
        return pa.table(
            {
                "order_id": self._plan.order_numbers.texts(code),
                "account_id": _dictionary(index, self._ids.take(pa.array(accounts))),
                "accessed_at": _instants(second + (self._plan.spec.starts_at + day * DAY_S)),
                "party_id": _dictionary(party[index], self._ids.take(pa.array(parties))),
                "action": _dictionary(action.astype(np.int8), self._actions),
                "fields": _dictionary(shown, self._fields),
                "ip": _dictionary(office[index], identifiers.office_addresses(offices)),
                "device_id": pa.DictionaryArray.from_arrays(
                    devices, self._devices.take(pa.array(accounts[has_device]))
                ),
            }
        )


def _instants(seconds: Ints) -> pa.Array:
    return pa.array(seconds * _MICROSECONDS, pa.timestamp("us", "UTC"))
