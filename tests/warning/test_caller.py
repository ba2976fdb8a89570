"""The caller check: the same code on both sides, once, and no way to guess it."""

from base64 import b32encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha1
from pathlib import Path

import pyotp
import pytest
from hypothesis import given, strategies as st
from warning_world import KEY, NOW

from whence.errors import UsageError
from whence.model import DAY, SECOND
from whence.warning.caller import CallerCheck
from whence.warning.odds import MOST_A_DAY, STEPS, chance_a_day, likeliest
from whence.warning.settings import CallerCodes

USUAL = CallerCodes()
STEP = USUAL.step_s * SECOND


@pytest.fixture
def check(tmp_path: Path) -> CallerCheck:
    return CallerCheck(tmp_path, KEY, USUAL)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def test_agent_and_shopper_see_the_same_code_and_it_is_confirmed(check: CallerCheck) -> None:
    said = check.open_call("A17", "8813", NOW)
    seen = check.show("8813", NOW + SECOND)
    assert seen == said
    assert len(said.code) == USUAL.digits
    assert check.verify("8813", f"{said.code[:4]} {said.code[4:]}", NOW) == (
        "genuine",
        said.call_id,
    )


def test_nobody_who_has_no_call_open_is_ever_right(check: CallerCheck) -> None:
    said = check.open_call("A17", "8813", NOW)
    assert check.show("8814", NOW) is None
    assert check.verify("8814", said.code, NOW) == ("no call", None)


def test_a_code_is_of_this_agent_this_order_and_this_call(check: CallerCheck) -> None:
    codes = {
        check.open_call(agent, order, at).code
        for agent in ("A17", "A18", "A1")
        for order in ("8813", "78813", "881")
        for at in (NOW, NOW + 1)
    }
    assert len(codes) == 18  # eight digits: two alike would be a chance of one in 650,000


def test_a_code_holds_once_and_a_replay_is_refused(check: CallerCheck) -> None:
    said = check.open_call("A17", "8813", NOW)
    assert check.verify("8813", said.code, NOW)[0] == "genuine"
    assert check.verify("8813", said.code, NOW)[0] == "used"
    assert check.show("8813", NOW) is None  # and is shown no more
    later = check.open_call("A17", "8813", NOW + 5 * SECOND)
    assert check.verify("8813", said.code, NOW + 5 * SECOND)[0] == "wrong"
    assert check.verify("8813", later.code, NOW + 5 * SECOND)[0] == "genuine"


@pytest.mark.parametrize(
    ("steps", "answer"),
    [(-2, "wrong"), (-1, "genuine"), (0, "genuine"), (1, "genuine"), (2, "wrong")],
)
def test_clocks_may_differ_by_one_step_and_no_more(
    check: CallerCheck, steps: int, answer: str
) -> None:
    check.open_call("A17", "8813", NOW)
    shown = check.show("8813", NOW + 3 * STEP)
    assert shown is not None
    assert check.verify("8813", shown.code, NOW + (3 - steps) * STEP)[0] == answer


def test_a_call_ends_by_itself_and_by_the_next_one(check: CallerCheck) -> None:
    first = check.open_call("A17", "8813", NOW)
    end = NOW + USUAL.minutes * 60 * SECOND
    assert check.show("8813", end - 1) is not None
    assert check.show("8813", end) is None
    assert check.verify("8813", first.code, end) == ("no call", None)
    second = check.open_call("A18", "8813", NOW + 1)
    assert check.verify("8813", first.code, NOW + 1)[0] == "wrong"
    assert check.verify("8813", second.code, NOW + 1)[0] == "genuine"


def test_too_many_wrong_codes_lock_the_order_for_a_day_even_for_the_right_one(
    check: CallerCheck,
) -> None:
    said = check.open_call("A17", "8813", NOW)
    for _ in range(USUAL.attempts):
        assert check.verify("8813", wrong(said.code), NOW)[0] == "wrong"
    assert check.verify("8813", said.code, NOW)[0] == "locked"
    again = check.open_call("A17", "8813", NOW + DAY - 1)  # another call does not unlock it
    assert check.verify("8813", again.code, NOW + DAY - 1)[0] == "locked"
    other = check.open_call("A17", "9999", NOW)
    assert check.verify("9999", other.code, NOW)[0] == "genuine"
    assert check.verify("8813", again.code, NOW + DAY)[0] == "genuine"


def test_wrong_codes_spread_over_many_orders_lock_all_of_them(tmp_path: Path) -> None:
    codes = CallerCodes(attempts=5, attempts_a_day=12)
    with CallerCheck(tmp_path, KEY, codes) as check:
        for n in range(12):
            said = check.open_call("A17", f"O{n}", NOW)
            assert check.verify(f"O{n}", wrong(said.code), NOW)[0] == "wrong"
        said = check.open_call("A17", "O99", NOW)
        assert check.verify("O99", said.code, NOW)[0] == "locked"
        assert check.verify("O99", said.code, NOW + DAY)[0] == "no call"


def _try_wrong_codes(folder: Path, code: str, n: int) -> Counter[str]:
    with CallerCheck(folder, KEY, USUAL) as check:
        return Counter(check.verify("8813", wrong(code), NOW)[0] for _ in range(n))


def test_many_at_once_get_no_more_tries_than_one_after_another(tmp_path: Path) -> None:
    with CallerCheck(tmp_path, KEY, USUAL) as check:
        code = check.open_call("A17", "8813", NOW).code
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: _try_wrong_codes(tmp_path, code, 5), range(4)))
    assert sum(told, Counter()) == {"wrong": USUAL.attempts, "locked": 20 - USUAL.attempts}


def test_what_is_stored_names_no_order(check: CallerCheck, tmp_path: Path) -> None:
    said = check.open_call("A17", "ORDER-8813", NOW)
    check.verify("ORDER-8813", wrong(said.code), NOW)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ORDER-8813" not in held
    assert said.code.encode() not in held


def test_a_call_needs_an_agent_and_an_order(check: CallerCheck) -> None:
    for agent, order in (("", "8813"), ("A17", "")):
        with pytest.raises(UsageError):
            check.open_call(agent, order, NOW)


@given(st.text(max_size=20))
def test_anything_may_be_said_and_is_wrong(said: str) -> None:
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    with TemporaryDirectory() as folder, CallerCheck(Path(folder), KEY, USUAL) as check:
        code = check.open_call("A17", "8813", NOW).code
        if code not in said.replace(" ", "").replace("-", ""):
            assert check.verify("8813", said, NOW)[0] == "wrong"


# --- the arithmetic of the lock-out --------------------------------------------------------------


def test_the_usual_settings_keep_guessing_below_one_in_ten_thousand_a_day() -> None:
    assert chance_a_day(USUAL.digits, USUAL.attempts_a_day) == pytest.approx(9.2e-5, rel=0.01)
    assert chance_a_day(USUAL.digits, USUAL.attempts_a_day) <= MOST_A_DAY
    assert chance_a_day(USUAL.digits, USUAL.attempts) < 1e-6  # at one order


def test_the_likeliest_code_is_counted_over_all_31_bits_where_that_can_be_done() -> None:
    # Of 2**31 values those that end in a residue r of 10**d: one more for small r.
    for digits in range(6, 10):
        n_codes = 10**digits
        most = len(range(0, 2**31, n_codes))
        assert likeliest(digits) == most / 2**31
        assert likeliest(digits) >= 1 / n_codes


def test_guessing_without_repeats_succeeds_as_often_as_the_bound_says_and_no_oftener() -> None:
    # A world small enough to count: 3 codes of 1,000 hold, and 20 guesses are made.
    n_codes, tries = 1_000, 20
    missed = 1.0
    for i in range(tries):
        missed *= (n_codes - STEPS - i) / (n_codes - i)
    assert 1 - missed <= tries * STEPS / n_codes
    assert 1 - missed == pytest.approx(tries * STEPS / n_codes, rel=0.06)


def test_codes_are_those_of_rfc_6238() -> None:
    # Appendix B, SHA-1, eight digits: the library that is kept for this says what the RFC says.
    secret = b32encode(b"12345678901234567890").decode()
    totp = pyotp.TOTP(secret, digits=8, digest=sha1, interval=30)
    known = {59: "94287082", 1111111109: "07081804", 20000000000: "65353130"}
    assert {at: totp.at(at) for at in known} == known
