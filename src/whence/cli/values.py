"""What single options hold: custodians, factors, instants, lists."""

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from whence.errors import UsageError
from whence.model import AnalystPrior, Instant, to_instant

_SIZE: Final = re.compile(r"[1-9]\d*(\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
_CLEARED: Final = re.compile(r"((?:[^=]|==)*)(?:=(.*))?", re.DOTALL)  # an id's "=" is doubled


def clearance(text: str) -> AnalystPrior:
    """Read ``KIND:ID`` or ``KIND:ID=reason``: a custodian the analyst has cleared.

    The first single ``=`` begins the reason; an ``=`` of the id is written ``==``.
    """
    read = _CLEARED.fullmatch(text)
    named, reason = read.groups(default="") if read else ("", "")
    kind, custodian = _custodian(
        named.replace("==", "="), option="--clear", shape="KIND:ID[=reason]"
    )
    return AnalystPrior(kind=kind, id=custodian, factor=0.0, reason=reason.strip() or None)


def prior(text: str) -> AnalystPrior:
    """Read ``KIND:ID=FACTOR``: how many times likelier than its kind a custodian is."""
    named, _, factor_text = text.rpartition("=")
    shape = "KIND:ID=FACTOR"
    kind, custodian = _custodian(named, option="--prior", shape=shape)
    try:
        factor = float(factor_text)
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor >= 0):
        raise UsageError("cli.bad-value", option="--prior", shape=shape)
    return AnalystPrior(kind=kind, id=custodian, factor=factor)


def _custodian(text: str, *, option: str, shape: str) -> tuple[str, str]:
    kind, _, custodian = text.partition(":")
    if not (kind.strip() and custodian.strip()):
        raise UsageError("cli.bad-value", option=option, shape=shape)
    return kind.strip(), custodian.strip()


def end_of_observation(text: str, timezone: str) -> Instant:
    """Read an instant; a date alone means its end, a time without a zone is in ``timezone``."""
    try:
        moment = _end_of_day(text) or datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        return to_instant(moment)
    except (ValueError, OverflowError, ZoneInfoNotFoundError) as error:
        shape = "2026-03-07T07:00:00Z"
        raise UsageError("cli.bad-value", option="--until", shape=shape) from error


def _end_of_day(text: str) -> datetime | None:
    """Return the midnight that ends a day, however ISO 8601 writes it; None for no day alone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day + timedelta(days=1), time())


def memory_size(text: str | None) -> str | None:
    """Read an amount of memory with its unit, as the engine takes it."""
    if text is not None and not _SIZE.fullmatch(text.strip()):
        raise UsageError("cli.bad-value", option="--memory-limit", shape="512MB, 4GB")
    return text and text.strip()


def names(text: str | None) -> list[str] | None:
    """Read a list with commas between its names; None where nothing was given."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip()]
