"""Clocks that disagree: accesses that seem to come before their orders, and by how much.

A few such rows are noise. Where they are more than one in a hundred, a clock or a zone is wrong,
and the reader must know whose.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from whence.engine import literal

if TYPE_CHECKING:
    from whence.engine import DuckDB
    from whence.intake.setaside import SetAside

SUBSTANTIAL: Final = 0.01
FEWEST: Final = 5
MOST_TOLD: Final = 5  # parties told one by one, those with most early accesses
NEAR_HOUR_S: Final = 300
SAME_HOUR: Final = 0.5  # share of the early accesses that lag by the same whole number of hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """How many of a party's accesses come before their orders; ``who`` is None for all."""

    who: str | None
    n: int
    n_early: int

    @property
    def is_substantial(self) -> bool:
        """Whether it is more than noise."""
        return self.n_early >= FEWEST and self.n_early > SUBSTANTIAL * self.n


def tell_clocks(checked: str, engine: "DuckDB", aside: "SetAside") -> None:
    """Tell whose accesses come before their orders, over all and party by party.

    ``checked`` names a relation of accesses with ``fault``; a party is the account where none is
    named.
    """
    joined = (
        "(SELECT coalesce(a.party_id, a.account_id) AS who, "
        "(epoch_us(o.placed_at) - epoch_us(a.accessed_at)) // 1000000 AS lag_s "
        f"FROM {checked} AS a JOIN orders AS o ON a.order_id = o.order_id WHERE a.fault IS NULL)"
    )
    found = engine.rows(
        "SELECT who, count(*), count(*) FILTER (lag_s > 0) AS n_early "
        f"FROM {joined} GROUP BY who ORDER BY n_early DESC, who"
    )
    parties = [Skew(who=str(who), n=int(str(n)), n_early=int(str(e))) for who, n, e in found]
    n, n_early = sum(party.n for party in parties), sum(party.n_early for party in parties)
    everybody = Skew(who=None, n=n, n_early=n_early)
    if everybody.is_substantial:
        _tell(everybody, joined, engine, aside)
    for party in [party for party in parties if party.is_substantial][:MOST_TOLD]:
        _tell(party, joined, engine, aside)


def _tell(skew: Skew, joined: str, engine: "DuckDB", aside: "SetAside") -> None:
    early = f"SELECT lag_s FROM {joined} WHERE lag_s > 0"
    if skew.who is not None:
        early += f" AND who = {literal(skew.who)}"
    ((median,),) = engine.rows(f"SELECT quantile_disc(lag_s, 0.5) FROM ({early})")
    near = engine.rows(
        f"SELECT (lag_s + 1800) // 3600 AS hours, count(*) AS n FROM ({early}) "
        f"WHERE (lag_s + 1800) % 3600 BETWEEN {1800 - NEAR_HOUR_S} AND {1800 + NEAR_HOUR_S} "
        "GROUP BY hours HAVING hours >= 1 ORDER BY n DESC, hours LIMIT 1"
    )
    facts: dict[str, object] = {
        "n": skew.n_early,
        "share": f"{100 * skew.n_early / skew.n:.1f}",
        "minutes": max(round(int(str(median)) / 60), 1),
    }
    whose = "clocks" if skew.who is None else "party-clock"
    if skew.who is not None:
        facts["party"] = skew.who
    if near and int(str(near[0][1])) >= SAME_HOUR * skew.n_early:
        aside.note(f"intake.note-{whose}-hours", hours=int(str(near[0][0])), **facts)
    else:
        aside.note(f"intake.note-{whose}", **facts)
