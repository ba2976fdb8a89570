"""Periods of law: hours from the moment, days and months and years to the end of their last day."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from whence.model import HOUR, Instant, to_datetime, to_instant

_MONTHS: Final = 12
_AT_ONCE: Final = "at once"


def later(begins: Instant, within: str | Mapping[str, int], zone: ZoneInfo) -> Instant | None:
    """Return when a period ends that begins at an instant; None for one that gives no time.

    The day of the event is not counted; where the last month has no such day, its last day ends
    the period (Civil Code 201, 202).
    """
    if isinstance(within, str):
        return None if within == _AT_ONCE else begins
    if "hours" in within:
        return begins + within["hours"] * HOUR
    day = to_datetime(begins).astimezone(zone).date()
    if "days" in within:
        return end_of_day(day + timedelta(days=within["days"]), zone)
    months = within.get("months", 0) + _MONTHS * within.get("years", 0)
    return end_of_day(months_after(day, months), zone)


def months_after(day: date, months: int) -> date:
    """Return the corresponding day some months on, the month's last where it has none."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_day(day: date, zone: ZoneInfo) -> Instant:
    """Return the instant at which a day ends in a zone."""
    return to_instant(datetime.combine(day + timedelta(days=1), time(), zone))
