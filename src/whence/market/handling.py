"""Who looks at an order after it is placed, and when: the access log."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whence.market.companies import Companies
from whence.market.placing import Orders
from whence.market.rhythm import DAY_S, HOUR_S, into_hours, later, local_days, local_seconds
from whence.market.roster import FIELDS_OF_KIND

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

ACTIONS: Final = ("view", "list", "print", "api", "deliver", "query", "export")
_VIEW, _LIST, _PRINT, _API, _DELIVER, _QUERY, _EXPORT = range(len(ACTIONS))
LIST_FIELDS: Final = "order_id,placed_at,goods,price,shipping_status"  # a list hides the person

SHIPPED: Final = 0.96  # of orders; the rest is cancelled first
SEEN_BY_CLERK: Final = 0.97
SECOND_CLERK: Final = 0.35
_LISTED: Final = 0.3  # of second looks are a list only
_REFRESHED: Final = 0.2  # orders that the app pulls again
CONTACTED: Final = 0.08  # orders whose customer writes to the platform's support
OWN_TEAM: Final = 0.6  # contacts that go to the team of the goods
OLD_HANDS: Final = 1.4  # power of a uniform draw: part-time agents take fewer contacts
REFUNDED: Final = 0.06
_REPEATED: Final = 0.15  # views that are followed by more views
_EXPORTERS: Final = 0.04  # clerks who export their week every Friday
_BESIDE: Final = 0.97  # of what one of two twins sees, the other sees too


@dataclass(frozen=True, slots=True, kw_only=True)
class Accesses:
    """One row an access, earliest first; ``account`` and ``party`` are roster numbers."""

    order: Ints
    account: Ints
    party: Ints
    action: Ints
    at: Ints  # seconds

    @property
    def n(self) -> int:
        """How many accesses there are."""
        return len(self.order)


def field_texts(kinds: tuple[str, ...]) -> tuple[list[str], Ints]:
    """Return the texts of ``fields`` and, for each number and action, which one it shows."""
    texts = sorted({*FIELDS_OF_KIND.values(), LIST_FIELDS})
    of_kind = np.array([texts.index(FIELDS_OF_KIND[kind]) for kind in kinds], dtype=np.int64)
    shown = np.repeat(of_kind[:, None], len(ACTIONS), axis=1)
    shown[:, _LIST] = texts.index(LIST_FIELDS)
    return texts, shown


def export_flags(companies: Companies, rng: np.random.Generator) -> Flags:
    """Return for each number whether it exports its week, where it is a clerk's."""
    return rng.random(len(companies.roster.ids)) < _EXPORTERS


def handle(companies: Companies, orders: Orders, until: int, rng: np.random.Generator) -> Accesses:
    """Let everyone do their work on the orders; what comes after ``until`` is not in the log."""
    order, account, action, at = touches(companies, orders, rng)
    kept = np.flatnonzero(at <= until)
    kept = kept[np.argsort(at[kept], kind="stable")]
    account = account[kept]
    return Accesses(
        order=order[kept],
        account=account,
        party=party_of(companies)[account],
        action=action[kept],
        at=at[kept],
    )


def party_of(companies: Companies) -> Ints:
    """Return for each number whom it works for: its parent, an app for itself."""
    party = companies.roster.parent.copy()
    apps = slice(companies.roster.first["app"], companies.roster.first["warehouse"])
    party[apps] = np.arange(apps.start, apps.stop)
    return party


_Rows: TypeAlias = tuple[Ints, Ints, Ints, Ints]  # order, account, action, at


def touches(
    companies: Companies,
    orders: Orders,
    rng: np.random.Generator,
    exporters: Flags | None = None,
) -> _Rows:
    """Return every touch of the orders, in no order: order, account, action, time.

    ``exporters``: which numbers export their week; drawn anew where they are not given.
    """
    first = companies.roster.first
    everyone = np.arange(orders.n, dtype=np.int64)
    by_clerks = _clerks(companies, orders, everyone, rng, exporters)
    pulled = later(orders.placed_at, 45.0, 1.1, rng)
    again = everyone[rng.random(orders.n) < _REFRESHED]
    refreshed = later(pulled[again], 1.5 * DAY_S, 0.8, rng)
    app = first["app"] + orders.app

    shipped = everyone[rng.random(orders.n) < SHIPPED]
    printed = into_hours(later(orders.placed_at[shipped], 5 * HOUR_S, 0.7, rng), 7, 22, rng)
    delivered = into_hours(later(printed, 2.2 * DAY_S, 0.4, rng), 8, 20, rng)
    courier = first["courier"] + orders.courier[shipped]
    rows = [
        *by_clerks,
        _rows(everyone, app, _API, pulled),
        _rows(again, app[again], _API, refreshed),
        _rows(shipped, _operators(companies, orders, shipped, printed, rng), _PRINT, printed),
        _rows(shipped, courier, _DELIVER, delivered),
        *_support(companies, orders, everyone, rng),
        _aftersales(companies, orders, everyone, rng),
    ]
    order, account, action, at = (np.concatenate(columns) for columns in zip(*rows, strict=True))
    return order, account, action, at


def _rows(order: Ints, account: Ints, action: int, at: Ints) -> _Rows:
    return order, account, np.full(len(order), action, dtype=np.int64), at


def _clerks(
    companies: Companies,
    orders: Orders,
    everyone: Ints,
    rng: np.random.Generator,
    exporters: Flags | None,
) -> list[_Rows]:
    """Return the looks of clerks: whoever is on duty, sometimes a colleague, a twin beside."""
    shops = companies.shops
    first = companies.roster.first["clerk"]
    order = everyone[rng.random(orders.n) < SEEN_BY_CLERK]
    at = into_hours(later(orders.placed_at[order], 25 * 60.0, 1.2, rng), 8, 24, rng)
    shop = orders.shop[order]
    n = np.where(shops.has_twin_clerks, shops.n_clerks - 1, shops.n_clerks)[shop]
    clerk = _on_duty(shop, n, at, rng)
    shared = np.flatnonzero((rng.random(len(order)) < SECOND_CLERK) & (n > 1))
    step = 1 + (rng.random(len(shared)) * (n[shared] - 1)).astype(np.int64)
    colleague = (clerk[shared] + step) % n[shared]
    looked = into_hours(later(at[shared], 20 * HOUR_S, 1.0, rng), 8, 24, rng)
    is_list = rng.random(len(shared)) < _LISTED

    handled = _rows(order, first + shops.first_clerk[shop] + clerk, _VIEW, at)
    helped = (
        order[shared],
        first + shops.first_clerk[shop[shared]] + colleague,
        np.where(is_list, _LIST, _VIEW).astype(np.int64),
        looked,
    )
    own = [handled, helped]
    twins = [_beside(rows, _twin_of_clerk(companies, rows[1]), rng) for rows in own]
    seen = [*own, *twins]
    again = [_again(rows, rng) for rows in seen]
    exports = export_flags(companies, rng) if exporters is None else exporters
    return [*seen, *again, _exported(handled, exports)]


def _on_duty(shop: Ints, n: Ints, at: Ints, rng: np.random.Generator) -> Ints:
    """Return the clerk (0 to n - 1) on duty: day and evening shift, changing with the week."""
    day = local_days(at)
    shift = day * 2 + (local_seconds(at) >= 16 * HOUR_S)
    together = (n + 2) // 3
    member = (rng.random(len(at)) * together).astype(np.int64)
    week = (day + 3) // 7
    duty: Ints = (shift * together + member + week + shop) % n
    return duty


def _twin_of_clerk(companies: Companies, account: Ints) -> Ints:
    """Return for each account the clerk who shares its screen, -1 for none."""
    shops, roster = companies.shops, companies.roster
    twin = np.full(len(roster.ids), -1, dtype=np.int64)
    last = roster.first["clerk"] + shops.first_clerk + shops.n_clerks - 1
    twin[last[shops.has_twin_clerks] - 1] = last[shops.has_twin_clerks]
    found: Ints = twin[account]
    return found


def _beside(rows: _Rows, twin: Ints, rng: np.random.Generator) -> _Rows:
    """Return what the twins of these accounts see: nearly the same, seconds to minutes later."""
    order, _, action, at = rows
    chosen = np.flatnonzero(twin >= 0)
    chosen = chosen[rng.random(len(chosen)) < _BESIDE]
    lag = rng.integers(5, 900, len(chosen))
    return order[chosen], twin[chosen], action[chosen], at[chosen] + lag


def _again(rows: _Rows, rng: np.random.Generator) -> _Rows:
    """Return repeated views of the same orders by the same accounts, up to nine more."""
    order, account, action, at = rows
    looks = np.minimum(rng.geometric(0.5, len(order)), 9)
    looks[rng.random(len(order)) >= _REPEATED] = 0
    chosen = np.repeat(np.arange(len(order)), looks)
    more = into_hours(later(at[chosen], 1.2 * DAY_S, 1.3, rng), 8, 24, rng)
    return order[chosen], account[chosen], action[chosen], more


def _exported(rows: _Rows, exports: Flags) -> _Rows:
    """Return honest exports: some clerks hand in a list of their week on Friday evening."""
    order, account, _, at = rows
    chosen = np.flatnonzero(exports[account])
    day = local_days(at[chosen])
    friday = day + (4 - (day + 3) % 7) % 7
    at_six = (friday - day) * DAY_S + at[chosen] - local_seconds(at[chosen]) + 18 * HOUR_S
    week_on = np.where(at_six < at[chosen], 7 * DAY_S, 0)
    return _rows(order[chosen], account[chosen], _EXPORT, at_six + week_on)


def _operators(
    companies: Companies, orders: Orders, order: Ints, at: Ints, rng: np.random.Generator
) -> Ints:
    """Return who prints the parcel's label: an operator of the shift."""
    warehouse = orders.warehouse[order]
    n = companies.n_operators[warehouse]
    of_warehouse = _on_duty(warehouse, n, at, rng)
    printer: Ints = (
        companies.roster.first["operator"] + companies.first_operator[warehouse] + of_warehouse
    )
    return printer


def _support(
    companies: Companies, orders: Orders, everyone: Ints, rng: np.random.Generator
) -> list[_Rows]:
    """Return what support agents look up: the team of the goods, mostly, then whoever is free."""
    order = everyone[rng.random(orders.n) < CONTACTED]
    team = orders.goods[order] % companies.n_teams
    elsewhere = rng.integers(0, companies.n_teams, len(order))
    team = np.where(rng.random(len(order)) < OWN_TEAM, team, elsewhere)
    at = into_hours(later(orders.placed_at[order], 3 * DAY_S, 0.9, rng), 9, 23, rng)
    back = np.flatnonzero(rng.random(len(order)) < 0.3)  # noqa: PLR2004  who write a second time
    order = np.concatenate([order, order[back]])
    team = np.concatenate([team, team[back]])
    at = np.concatenate([at, into_hours(later(at[back], 1.5 * DAY_S, 0.8, rng), 9, 23, rng)])
    agent = (rng.random(len(order)) ** OLD_HANDS * companies.n_agents).astype(np.int64)
    number = team * companies.n_agents + agent
    number -= companies.is_trainee[number]  # a trainee has no contacts of her own
    trains = np.append(companies.is_trainee[1:], False)  # the last has nobody after
    first = companies.roster.first["agent"]
    asked = _rows(order, first + number, _QUERY, at)
    watched = np.where(trains[number], first + number + 1, -1)
    return [asked, _beside(asked, watched, rng), _again(asked, rng)]


def _aftersales(
    companies: Companies, orders: Orders, everyone: Ints, rng: np.random.Generator
) -> _Rows:
    """Return the refunds: the shop's after-sales account opens the order."""
    shops = companies.shops
    order = everyone[rng.random(orders.n) < REFUNDED]
    shop = orders.shop[order]
    which = (rng.random(len(order)) * shops.n_aftersales[shop]).astype(np.int64)
    account = companies.roster.first["aftersales"] + shops.first_aftersales[shop] + which
    at = into_hours(later(orders.placed_at[order], 5 * DAY_S, 0.6, rng), 9, 22, rng)
    return _rows(order, account, _VIEW, at)
