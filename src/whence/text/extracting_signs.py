"""Pretexts and asks that a story tells of: the rules of ``whence check``, and what was done.

A check cancels what a warning or a police notice quotes, for it must say whether somebody is asked
now. A report tells what was said, so its words count. Money that was sent or borrowed shows that it
was asked for.
"""

# ruff: noqa: E501  expressions are read whole; hours, months and counts of characters

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from whence.text.checking import Checker
from whence.text.extracting_claims import Extracted, Field, Sheet
from whence.text.matching import scene_of
from whence.text.normalising import normalise
from whence.text.talk import read_talk

PUBLISHED: Final[dict[Field, frozenset[str]]] = {
    "pretext": frozenset(
        {
            *("quality problem, refund", "threefold compensation", "children got a rash, recall"),
            *("order failed, resubmit", "return form has a problem", "wrongly made an agent"),
            *("credit score too low", "account locked, unlock", "credit record at risk"),
            *("double compensation claim", "lawsuit"),
        }
    ),
    "ask": frozenset(
        {
            *("take a consumer loan", "scan a QR code", "add a QQ account"),
            *("open a link and log in", "enter card number and password"),
            *("read out the SMS code", "share the screen", "transfer out"),
            *("borrow a friend's account", "buy vouchers or game coins"),
        }
    ),
}  # the names of published_cases.json; the rules know more, which stand in `whence check`
# What a story says was done.
_DONE: Final[tuple[tuple[Field, str, str], ...]] = (
    (
        "ask",
        "transfer out",
        r"转(?:账|给|到|入|了|过去|出(?!来)|去|走)|汇(?:款|到|给|了|出)|打款|打(?:了|给|到)(?=.{0,12}(?:账|卡|元|块|户|\d))|付(?:了|款给|给)|亲密付|交(?:了)?.{0,6}(?:金|费)|缴.{0,8}(?:金|费|税)|\b(?:transfer(?:red)?|wired?|sent|send|paid|pay)\b (?!me|by|with|attention)",
    ),
    (
        "ask",
        "take a consumer loan",
        r"(?:从|在|用|通过|到).{0,10}(?:借|贷|提)(?:了|出|款|到)|(?:借|贷)(?:了|出|出来|款)|网贷|贷款|下款|borrow(?:ed)? (?!my|a friend)|took out .{0,20}loan|loan",
    ),
    ("ask", "scan a QR code", r"扫.{0,8}(?:码|一下)|二维码|\bqr\b"),
    (
        "ask",
        "share the screen",
        r"共享(?:了)?(?:手机)?屏幕|屏幕共享|屏幕分享|远程|会议软件|anydesk|teamviewer|remote|share (?:my|her|his|the) screen|screen[- ]shar",
    ),
    (
        "ask",
        "read out the SMS code",
        r"验证码|校验码|(?:verification|sms|security|one-time) code|\bcode\b.{0,12}(?:read|sent|gave)|otp",
    ),
    (
        "ask",
        "enter card number and password",
        r"(?:填|输).{0,12}(?:卡号|密码|有效期)|卡号.{0,6}密码|card number|card details|card \+ pin|pin\b",
    ),
    (
        "ask",
        "buy vouchers or game coins",
        r"点卡|礼品卡|q币|游戏币|点数|e卡|充值卡|gift cards?|vouchers?|steam",
    ),
    (
        "ask",
        "open a link and log in",
        r"(?:点|打开|发来?|登录|进).{0,8}(?:链接|网址|网页|网站)|(?:click|open|follow|tap)\w*.{0,14}(?:link|page|site)|https?://",
    ),
    (
        "pretext",
        "quality problem, refund",
        r"质量(?:有|出|存在|不)?.{0,4}(?:问题|不合格|不过关)|不合格|甲醛|超标|瑕疵|质检|次品|假货|买到假|开胶|quality|faulty|defective|failed (?:a )?(?:safety|quality)|contaminat",
    ),
    (
        "pretext",
        "wrongly made an agent",
        r"代理|批发商|升级(?:成|为).{0,6}会员|(?:vip|会员).{0,10}(?:扣|费)|wholesale|agent|premium member|vip",
    ),
    (
        "pretext",
        "double compensation claim",
        r"双倍|两倍|一赔二|丢(?:了|件|失).{0,10}赔|double|twice the price",
    ),
    ("pretext", "threefold compensation", r"三倍|假一赔三|3倍|three times|threefold|triple"),
)
_DONE_WORDS: Final = tuple((f, n, re.compile(w, re.IGNORECASE)) for f, n, w in _DONE)


class _Stories(Checker):
    """Finds what the rules find, whoever says it."""

    def told(self, text: str) -> list[tuple[str, str, int, int]]:
        """Return kind, name and place of each hit."""
        talk = read_talk(text)
        plain = normalise(talk.text)
        scene = scene_of(self._matcher, plain, [plain.place(turn.start) for turn in talk.turns])
        hits = self._hits(talk, plain, scene)
        return [(h.rule.rule.kind, h.rule.rule.name, *h.given) for h in hits]


@cache
def _stories() -> _Stories:
    return _Stories()


def signs_in(sheet: Sheet, claims: Sequence[Extracted]) -> list[Extracted]:
    """Return the pretexts and asks of a story, each name once."""
    found: dict[tuple[Field, str], tuple[int, int]] = {}
    for kind, name, start, end in sorted(_stories().told(sheet.given), key=lambda h: h[2:]):
        for field in PUBLISHED:
            if kind == field and name in PUBLISHED[field]:
                found.setdefault((field, name), (start, end))
    for field, name, words in _DONE_WORDS:
        if (field, name) not in found and (it := words.search(sheet.text)):
            claim = sheet.claim(field, it.start(), it.end(), name)
            found[field, name] = (claim.start, claim.end)
    lender = next((c for c in claims if c.field == "lender"), None)
    if lender is not None:
        found.setdefault(("ask", "take a consumer loan"), (lender.start, lender.end))
    return [
        Extracted(field=field, value=name, quote=sheet.given[start:end], start=start, end=end)
        for (field, name), (start, end) in found.items()
    ]
