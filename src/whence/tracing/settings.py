"""What an analyst may set, and the constants of the model with their reasons."""

import math
from dataclasses import dataclass
from typing import Final

from whence.errors import UsageError
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

    def __post_init__(self) -> None:
        """Raise UsageError where a value means nothing."""
        share = self.worst_share
        if share is not None and not 0.0 < share < 1.0:
            raise UsageError("tracing.bad-worst-share", share=share)
        for prior in self.priors:
            if not (math.isfinite(prior.factor) and prior.factor >= 0.0):
                raise UsageError("tracing.bad-prior", kind=prior.kind, id=prior.id)
