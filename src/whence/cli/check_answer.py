"""What a check found as a person reads it: the verdict, the words that show it, what to do."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from whence.text.advice import Step, advice_for, name_of_sign
from whence.text.answers import NOTHING_STANDS_OUT
from whence.text.findings import FRAUD, SUSPICIOUS, Link, Sign
from whence.text.pictures import has_reader
from whence.wording import Language, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from whence.text import Done

_WIDTH_OF_A_FILE: Final = 100  # where no terminal says how wide it is
_LONGEST_QUOTE: Final = 80
_STYLE: Final = {FRAUD: "bold red", SUSPICIOUS: "bold yellow"}


def tell_check(done: "Done", steps: tuple[Step, ...], language: Language) -> None:
    """Print what was found on standard output."""
    _print(_parts(done, language))
    if steps:
        tell_steps(steps, language)


def tell_steps(steps: tuple[Step, ...], language: Language) -> None:
    """Print the steps of the first hour."""
    _print(_first_hour(steps, language))


def _print(parts: "Iterable[RenderableType]") -> None:
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_OF_A_FILE)
    for part in parts:
        console.print(part, markup=False)


def _parts(done: "Done", language: Language) -> "Iterable[RenderableType]":
    check = done.check
    key = f"text.level-{check.level.replace(' ', '-')}"
    yield Text(say(key, language), style=_STYLE.get(check.level, "bold"))
    for title, signs in (("told-asks", check.asks), ("told-pretexts", check.pretexts)):
        if signs:
            yield ""
            yield Text(say(f"text.{title}", language))
            yield from (_item(_signed(sign, language)) for sign in signs)
    if check.links:
        yield ""
        yield Text(say("text.told-links", language))
        yield from (_item(_linked(link, language)) for link in check.links)
    if done.picture is not None:
        yield from _pictured(done, language)
    yield ""
    yield Text(advice_for(check, language), style="bold")


def _pictured(done: "Done", language: Language) -> "Iterable[RenderableType]":
    if done.picture is None:
        return
    if done.picture.codes:
        yield ""
        yield Text(say("text.told-codes", language))
        yield from (_item(_shown(code)) for code in done.picture.codes)
    if done.picture.text is None and not has_reader():
        yield ""
        yield Text(say("text.told-unread", language))


def _signed(sign: Sign, language: Language) -> str:
    name = name_of_sign(sign.name, language)
    return say("text.told-sign", language, name=name, quote=_shown(sign.quote))


def _linked(link: Link, language: Language) -> str:
    names = link.findings or (NOTHING_STANDS_OUT,)
    joint = say("text.joint", language)
    finding = joint.join(name_of_sign(name, language) for name in names)
    return say("text.told-link", language, url=_shown(link.url), finding=finding)


def _shown(text: str) -> str:
    """Return words for a terminal: one line, nothing that steers it or turns it around."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= _LONGEST_QUOTE else plain[: _LONGEST_QUOTE - 1] + "…"


def _item(text: str) -> Padding:
    return Padding(Text(f"• {text}", overflow="fold"), (0, 0, 0, 2), expand=False)


def _first_hour(steps: tuple[Step, ...], language: Language) -> "Iterable[RenderableType]":
    yield ""
    yield Text(say("text.told-first-hour", language), style="bold")
    for n, step in enumerate(steps, 1):
        yield Padding(Text(f"{n}. {step.text}", overflow="fold"), (0, 0, 0, 2), expand=False)
        for one in step.contacts:
            told = say("text.told-contact", language, name=one.name, reach=one.reach)
            yield Padding(Text(told, overflow="fold"), (0, 0, 0, 5), expand=False)
    yield Text(say("text.told-numbers", language))
