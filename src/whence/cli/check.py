"""``whence check``: whether a message, a call, a link or a picture is the fraud."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whence.cli.options import PANEL_GENERAL, Lang
from whence.errors import UsageError
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.text.advice import Step
    from whence.text.checking import Checker

STANDARD_INPUT = "-"


def check(
    ctx: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(help="text.check-text", rich_help_panel=PANEL_GENERAL, metavar="TEXT"),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="text.check-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    jsonl: Annotated[
        str | None,
        typer.Option(
            "--jsonl", help="text.check-jsonl", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    me: Annotated[
        str | None,
        typer.Option("--me", help="text.check-me", rich_help_panel=PANEL_GENERAL, metavar="NAME"),
    ] = None,
    paid: Annotated[
        bool, typer.Option("--paid", help="text.check-paid", rich_help_panel=PANEL_GENERAL)
    ] = False,
    country: Annotated[
        str | None,
        typer.Option(
            "--country", help="text.check-country", rich_help_panel=PANEL_GENERAL, metavar="CODE"
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules", help="text.check-rules", rich_help_panel=PANEL_GENERAL, metavar="DIR"
        ),
    ] = None,
    brands: Annotated[
        Path | None,
        typer.Option(
            "--brands", help="text.check-brands", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    no_ocr: Annotated[
        bool, typer.Option("--no-ocr", help="text.check-no-ocr", rich_help_panel=PANEL_GENERAL)
    ] = False,
    lang: Lang = None,
) -> None:
    """Read what was given, look for the fraud in it, and say what to do."""
    del lang
    language: Language = ctx.obj
    if jsonl is not None and (text is not None or json or paid):
        raise UsageError("text.jsonl-alone")
    if jsonl is None and text is None and not paid:
        raise UsageError("text.nothing-given", hint="text.nothing-given-hint")
    if country is not None and not paid:
        raise UsageError("text.country-alone")
    steps = _steps(country, language) if paid else ()
    checker = _checker(rules, brands)
    if jsonl is not None:
        _check_lines(jsonl, checker, language, own=me)
    else:
        _check_one(text, checker, language, own=me, words=not no_ocr, json=json, steps=steps)


def _steps(country: str | None, language: Language) -> "tuple[Step, ...]":
    from whence.text.advice import ELSEWHERE, first_hour  # noqa: PLC0415  after help and wrong usage

    assumed = "CN" if language == "zh" else ELSEWHERE
    return first_hour((country or assumed).upper(), language)


def _checker(rules: Path | None, brands: Path | None) -> "Checker":
    # After help and wrong usage.
    from whence.text import Checker, add_rules, built_in_rules, read_brands  # noqa: PLC0415

    book = built_in_rules()
    own_brands = read_brands(brands) if brands is not None else None
    if rules is None:
        return Checker(book, own_brands)
    checker = Checker(add_rules(book, rules), own_brands)
    checker.verify_examples(len(book.files))
    return checker


def _check_one(
    text: str | None,
    checker: "Checker",
    language: Language,
    *,
    own: str | None,
    words: bool,
    json: bool,
    steps: "tuple[Step, ...]",
) -> None:
    from whence.cli.check_answer import tell_check, tell_steps  # noqa: PLC0415
    from whence.text import checked_given, to_line, to_object  # noqa: PLC0415

    if text is None:
        if json:
            raise UsageError("text.nothing-given", hint="text.nothing-given-hint")
        tell_steps(steps, language)
        return
    raw, name = _bytes_given(text)
    given = text if raw is None else raw
    done = checked_given(checker, given, name=name, own=own, words=words)
    if json:
        made = to_object(done.check, language, picture=done.picture, steps=steps)
        sys.stdout.write(to_line(made, indent=1))
    else:
        tell_check(done, steps, language)


def _bytes_given(text: str) -> tuple[bytes | None, str]:
    """Return the bytes of the file or standard input that an argument names, if it names one."""
    from whence.text import read_bounded  # noqa: PLC0415

    if text == STANDARD_INPUT:
        return read_bounded(sys.stdin.buffer, STANDARD_INPUT), STANDARD_INPUT
    try:
        if not Path(text).is_file():
            return None, ""
    except (OSError, ValueError):  # longer than a path may be, or no path at all
        return None, ""
    with Path(text).open("rb") as stream:
        return read_bounded(stream, Path(text).name), Path(text).name


def _check_lines(jsonl: str, checker: "Checker", language: Language, *, own: str | None) -> None:
    from whence.errors import InputError  # noqa: PLC0415
    from whence.text import answers_to_rows, to_line  # noqa: PLC0415

    if jsonl != STANDARD_INPUT and not Path(jsonl).is_file():
        raise InputError("text.no-file", file=jsonl)
    refused = 0
    with nullcontext(sys.stdin.buffer) if jsonl == "-" else Path(jsonl).open("rb") as stream:
        for made in answers_to_rows(checker, stream, language, own=own):
            refused += "refused" in made
            sys.stdout.write(to_line(made))
    if refused:
        typer.echo(say("text.rows-refused", language, n=refused), err=True)
