"""Reports that realise printed figures: made-up victims, as many and as unlucky as in print."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from whence.casework.tables import Tables
from whence.casework.tables_counting import tables_of
from whence.casework.tables_reading import read_rows

FACTS = Path(__file__).parents[4] / "shared" / "facts" / "published_cases.json"
ZONE = ZoneInfo("Asia/Shanghai")
Rows = list[dict[str, Any]]


def printed(case_id: str) -> dict[str, Any]:
    """Return the printed figures of a case; the test that wants them is skipped without them."""
    if not FACTS.exists():
        pytest.skip("the printed figures (../shared/facts) are not beside this checkout")
    (found,) = (
        each for each in json.loads(FACTS.read_text("utf-8"))["cases"] if each["id"] == case_id
    )
    return dict(found)


def counted(rows: Iterable[Mapping[str, Any]], **options: Any) -> Tables:
    return tables_of(read_rows(rows, zone=ZONE, **options).victims)


def by_key(tables: Tables, name: str) -> dict[str, int]:
    """Return a table's rows that name a value and have a report."""
    return {row.key: row.n for row in tables.table(name).rows if row.is_named and row.n}


def not_closing(tables: Tables) -> set[str]:
    return {table.name for table in tables.tables if table.closes is False}


def shop_of_2017(facts: Mapping[str, Any]) -> Rows:
    """Return fifty reports that have all figures printed in 2017 at once."""
    times = _times_of_2017()
    uses = list(chain.from_iterable(repeat(*item) for item in facts["money_channels"].items()))
    channels: list[list[str]] = [[] for _ in times]
    for at, channel in enumerate(uses):
        channels[at % len(times)].append(channel)
    places = list(chain.from_iterable(repeat(*item) for item in facts["places"].items()))
    ages = [facts["age"]["min"], facts["age"]["max"], *[23] * 44, *[22] * 4]  # the mean is 23
    rows = []
    for at, (bought, called) in enumerate(times):
        row = {
            "report_id": f"V{at:05}",
            "called_at": called.isoformat(),
            "placed_at": bought.isoformat(),
            "loss": str(_losses_of_2017(facts)[at]),
            "currency": "CNY",
            "money_channel": ",".join(channels[at]),
            "place": places[at] if at < len(places) else "",
            "age": str(ages[at]),
            "student": "true" if at < facts["students"] else "false",
        }
        rows.append(row)
    return rows


def _losses_of_2017(facts: Mapping[str, Any]) -> list[Decimal]:
    bands = list(facts["loss_bands_cny"].values())
    middles = [15_000, 25_000, 35_000, 45_000]
    found = [
        Decimal(middle) for middle, n in zip(middles, bands[1:5], strict=True) for _ in range(n)
    ]
    found += [Decimal(facts["max_loss_cny"]), Decimal(60_000), Decimal(55_000)]
    return found + spread_over(Decimal(facts["loss_cny"]) - sum(found, Decimal(0)), bands[0])


def spread_over(total: Decimal, n: int) -> list[Decimal]:
    """Return n amounts of like size, to the cent, that make a total."""
    each = (total / n).quantize(Decimal("0.01"))
    return [*[each] * (n - 1), total - each * (n - 1)]


def _times_of_2017() -> list[tuple[date, date]]:
    """Return days of purchase and call; unless said otherwise a month lies between."""
    march = [date(2017, 3, day) for day in (3, 5, 6, 7, 8, 9, 10, 11, *[27] * 5)]
    april = [date(2017, 4, day) for day in (3, 4, 5, 6, 7, 10, 11, *[17] * 3, *[19] * 4)]
    april += [date(2017, 4, day) for day in (*[20] * 4, 21, 22, 25, 26)]
    may = [date(2017, 5, day) for day in range(2, 9)]
    month = timedelta(days=30)
    return [
        (date(2016, 12, 31), date(2017, 3, 1)),
        (date(2017, 1, 10), date(2017, 3, 27)),  # 76 days
        *((called - month, called) for called in march),
        (date(2017, 3, 2), date(2017, 3, 29)),
        *((called - month, called) for called in april),
        (date(2017, 4, 5), date(2017, 4, 24)),  # 19 days
        *((called - month, called) for called in may),
        (date(2017, 5, 11), date(2017, 5, 17)),  # 6 days
        *((date(2017, 5, day - 10), date(2017, 5, day)) for day in (18, 19, 20)),
    ]
