"""The odds of guessing a caller's code: the arithmetic that the lock-out rests on.

RFC 4226 (5.3) cuts 31 bits down to d digits, so codes are not quite equally likely: the likeliest
comes up for ceil(2**31 / 10**d) of the 2**31 values. Valid at one moment are the codes of three
time steps (the one before, this one, the next). Of m guesses a day, however they are chosen and
spread over orders, each is right with at most three times that probability; by the union bound

    P(any guess right in a day)  <=  m * 3 * ceil(2**31 / 10**d) / 2**31

With eight digits and 3,000 wrong codes a day that is 9.2e-5.
"""

from typing import Final

STEPS: Final = 3  # time steps whose codes hold at one moment: one of clock skew to either side
MOST_A_DAY: Final = 1e-4
_VALUES: Final = 1 << 31  # RFC 4226, 5.3: the sign bit is masked off


def likeliest(digits: int) -> float:
    """Return the probability of the likeliest code of so many digits."""
    n_codes: int = 10**digits
    return -(-_VALUES // n_codes) / _VALUES


def chance_a_day(digits: int, attempts: int) -> float:
    """Return the most that any way of guessing so often in a day can succeed."""
    return min(1.0, attempts * STEPS * likeliest(digits))
