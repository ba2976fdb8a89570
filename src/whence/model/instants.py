"""Instants as the product keeps them: whole microseconds since 1970 in UTC, without a zone.

One integer type goes through Parquet, both engines and NumPy without rounding; text appears only
where a person or another program reads it.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Instant: TypeAlias = int  # microseconds since 1970-01-01T00:00:00Z

SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_instant(moment: datetime) -> Instant:
    """Return an aware datetime as microseconds since the epoch, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(instant: Instant) -> datetime:
    """Return an instant as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def to_text(instant: Instant) -> str:
    """Return an instant as ``2026-03-07T07:00:00Z``, to the second."""
    return to_datetime(instant - instant % SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")
