"""The answer as programs read it: one object a text, docs/formats.md."""

import json
from collections.abc import Mapping
from typing import Any, Final

from whence.text.advice import Step, advice_for
from whence.text.findings import Check, Link, Sign
from whence.text.pictures import Picture
from whence.wording import Language

NOTHING_STANDS_OUT: Final = "nothing stands out"


def to_object(
    check: Check,
    language: Language,
    *,
    name: object = None,
    picture: Picture | None = None,
    steps: tuple[Step, ...] = (),
) -> dict[str, Any]:
    """Return one answer as an object; ``name`` is the id that the text came with."""
    made: dict[str, Any] = {
        "id": name,
        "level": check.level,
        "pretexts": [_sign(sign) for sign in check.pretexts],
        "asks": [_sign(sign) for sign in check.asks],
        "links": [_link(link) for link in check.links],
        "advice": advice_for(check, language),
    }
    if picture is not None:
        made["picture"] = {"codes": list(picture.codes), "text": picture.text}
    if steps:
        made["first_hour"] = [_step(step) for step in steps]
    return made


def to_line(made: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Return an object as JSON; halves of characters, which no file can hold, are escaped."""
    text = json.dumps(made, ensure_ascii=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _sign(sign: Sign) -> dict[str, Any]:
    told = {"name": sign.name, "quote": sign.quote, "start": sign.start, "end": sign.end}
    return told if sign.turn is None else {**told, "turn": sign.turn}


def _link(link: Link) -> dict[str, Any]:
    first, *others = link.findings or (NOTHING_STANDS_OUT,)
    told: dict[str, Any] = {"url": link.url, "finding": first}
    if others:
        told["also"] = others
    if link.brand is not None:
        told["brand"] = link.brand
    if link.from_picture:
        told["in_code"] = True
    return told


def _step(step: Step) -> dict[str, Any]:
    return {
        "step": step.name,
        "text": step.text,
        "contacts": [
            {"name": one.name, "reach": one.reach, "source": one.source} for one in step.contacts
        ],
    }
