"""Numbers and instants as people read them, in either language.

A probability is never shown as 0 % or 100 %, and a small share never rounds away to nothing.
"""

from datetime import UTC, datetime, timedelta
from math import floor, isfinite, sqrt

from whence.model import DAY, Instant, to_datetime
from whence.wording import Language

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Z90 = 1.6449  # the normal quantile of a central 90 % interval


def whole(number: float) -> str:
    """Return a count with separators: ``1,234,567``."""
    return f"{round(number):,}"


def decimal(number: float) -> str:
    """Return a quantity to one decimal, whole from 100 on, never a bare zero for a small one."""
    if number >= 100:  # noqa: PLR2004  three digits say enough
        return whole(number)
    if 0 < number < 0.05:  # noqa: PLR2004  what would round to 0.0
        return "<0.1"
    text = f"{number:.1f}"
    return text.removesuffix(".0")


def percent(share: float) -> str:
    """Return a share in percent, in as many digits as it deserves: ``0.05%``, ``6.4%``."""
    if share <= 0:
        return "0%"
    if share >= 1:
        return "100%"
    for ceiling, text in (
        (0.0001, "<0.01%"),
        (0.01, f"{share:.2%}"),
        (0.0995, f"{share:.1%}"),
        (0.99, f"{share:.0%}"),
        (0.9995, f"{share:.1%}"),
    ):
        if share < ceiling:
            return text
    return ">99.9%"


def chance(probability: float) -> str:
    """Return a probability in percent; it is never certain and never impossible."""
    if probability < 0.001:  # noqa: PLR2004  finer than any calibration we measured
        return "<0.1%"
    return percent(min(probability, 0.9999))


def meter(share: float) -> str:
    """Return the width of a bar that shows a share."""
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the central 90 % interval of a share (Wilson 1927)."""
    if n <= 0:
        return 0.0, 1.0
    p, z2 = successes / n, _Z90**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z90 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if successes == 0 else centre - half  # what rounding would leave at 1e-18
    return low, 1.0 if successes == n else centre + half


def odds(log10: float) -> str:
    """Return a likelihood ratio given by its logarithm: ``340``, ``3 × 10¹³``, ``0.2``."""
    if not isfinite(log10):
        return "∞" if log10 > 0 else "0"
    if -2 < log10 < 4:  # noqa: PLR2004  still read at a glance
        value = 10.0**log10
        return whole(value) if value >= 10 else f"{value:.2g}"  # noqa: PLR2004
    power = floor(log10)
    digit = round(10 ** (log10 - power))
    if digit == 10:  # noqa: PLR2004  9.7 is written as one of the next power
        power, digit = power + 1, 1
    return f"{digit} × 10{str(power).translate(_SUPERSCRIPT)}"


def _date(moment: datetime, language: Language, *, year: bool) -> str:
    if language == "zh":
        return f"{moment.year}年" * year + f"{moment.month}月{moment.day}日"
    return f"{moment.day} {_MONTHS[moment.month - 1]}" + f" {moment.year}" * year


def day(instant: Instant, language: Language, *, year: bool = True) -> str:
    """Return the UTC day of an instant: ``4 Jan 2026``, ``2026年1月4日``."""
    return _date(to_datetime(instant), language, year=year)


def minute(instant: Instant, language: Language) -> str:
    """Return an instant to the minute: ``4 Jan 2026, 08:11``."""
    moment = to_datetime(instant)
    joint = "" if language == "zh" else ", "
    return f"{_date(moment, language, year=True)}{joint}{moment:%H:%M}"


def minutes(start: Instant, end: Instant, language: Language) -> str:
    """Return a span to the minute, or in days where it begins and ends at midnight."""
    if start % DAY == 0 == end % DAY:
        return days(start, end, language)
    return f"{minute(start, language)} – {minute(end, language)}"


def day_number(number: int, language: Language, *, year: bool = False) -> str:
    """Return a day counted from 1970-01-01 as people write it."""
    return _date(date_of(number), language, year=year)


def date_of(number: int) -> datetime:
    """Return the midnight on which a counted day begins."""
    return _EPOCH + timedelta(days=number)


def days(start: Instant, end: Instant, language: Language) -> str:
    """Return a span of days without saying the same year twice: ``4 Jan – 19 Feb 2026``.

    A span that ends at midnight ends with the day before.
    """
    first, last = to_datetime(start), to_datetime(max(start, end - 1))
    if first.date() == last.date():
        return _date(last, language, year=True)
    same_year = first.year == last.year
    if language == "zh":
        return f"{_date(first, language, year=True)}至{_date(last, language, year=not same_year)}"
    return f"{_date(first, language, year=not same_year)} – {_date(last, language, year=True)}"
