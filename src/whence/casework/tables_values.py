"""Single values as victims and forms write them: times, amounts, ages, yes and no."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

Precision: TypeAlias = Literal["time", "day", "month"]

_TIME: Final = re.compile(
    r"(?P<y>\d{4})[-/年](?P<m>\d{1,2})(?:月|(?:[-/月](?P<d>\d{1,2})日?"
    r"(?:[T ]*(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?"
    r" ?(?P<zone>Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?))?"
)
_EPOCHS: Final = {10: 1, 13: 1_000, 16: 1_000_000}  # digits -> units in a second, as in formats.md
_AMOUNT: Final = re.compile(r"(?i)(?:CNY|RMB|¥)? ?(\d+(?:\.\d+)?) ?(万)?(?:元|块|CNY|RMB)?")
_AGE: Final = re.compile(r"(\d{1,3})(?:\.0+)?岁?")
_OLDEST: Final = 125  # nobody is known to have lived longer
_YES: Final = frozenset({"true", "yes", "y", "1", "是", "学生", "student"})
_NO: Final = frozenset({"false", "no", "n", "0", "否", "非学生", "不是"})


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time as somebody knew it, in the zone of the tables: to the moment, the day, the month."""

    at: datetime
    precision: Precision

    @property
    def month(self) -> str:
        """The month, ``2017-03``."""
        return f"{self.at:%Y-%m}"

    @property
    def day(self) -> date | None:
        """The day, None where only the month is known."""
        return None if self.precision == "month" else self.at.date()


def plain(value: object) -> str:
    """Return a cell as text: compatibility forms folded (full-width digits), blanks joined."""
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return " ".join(unicodedata.normalize("NFKC", str(value)).split())


def when_of(text: str, zone: ZoneInfo) -> When | None:
    """Return a time in a zone; one without a zone of its own is in it already."""
    if text.isdigit() and len(text) in _EPOCHS:
        moment = datetime.fromtimestamp(int(text) / _EPOCHS[len(text)], UTC)
        return When(at=moment.astimezone(zone).replace(tzinfo=None), precision="time")
    read = _TIME.fullmatch(text)
    if read is None:
        return None
    part = {name: int(digits or 0) for name, digits in read.groupdict().items() if name != "zone"}
    precision: Precision = "time" if read["h"] else "day" if read["d"] else "month"
    try:
        at = datetime(  # noqa: DTZ001  wall clock in the zone of the tables
            part["y"], part["m"], part["d"] or 1, part["h"], part["min"], part["s"]
        )
        if read["zone"]:
            at = (at - _offset(read["zone"])).replace(tzinfo=UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return When(at=at.replace(tzinfo=None), precision=precision)


def amount_of(text: str) -> Decimal | None:
    """Return an amount: separators, full-width digits, 元 and 万 are understood."""
    read = _AMOUNT.fullmatch(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text))
    if read is None:
        return None
    try:
        return Decimal(read[1]) * (10_000 if read[2] else 1)
    except InvalidOperation:
        return None


def age_of(text: str) -> int | None:
    """Return an age in years."""
    read = _AGE.fullmatch(text)
    return int(read[1]) if read and int(read[1]) <= _OLDEST else None


def yes_or_no(text: str) -> bool | None:
    """Return what a word says, in either language."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -size if zone[0] == "-" else size
