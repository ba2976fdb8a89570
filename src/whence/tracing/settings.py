"""What an analyst may set, and the constants of the model with their reasons."""

from dataclasses import dataclass
from typing import Final

from whence.model import AnalystPrior, Instant

TIE_ODDS: Final = 3.0  # FORMATS.md: a group is as small as odds of 3:1 allow
SETTLED_ODDS: Final = 20.0  # a tie counts as settled at 20:1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options of a trace.

    ``priors`` multiply the odds of single custodians (0 clears one). ``worst_share`` is the share
    of all orders assumed for a custodian of unknown share when victims stand alone.
    ``observed_until`` is the end of observation; by default the last call or order.
    """

    priors: tuple[AnalystPrior, ...] = ()
    worst_share: float | None = None
    observed_until: Instant | None = None
