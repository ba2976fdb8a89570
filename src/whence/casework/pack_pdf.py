"""The summary on paper: typst with the fonts of one wheel, so that every machine sets it alike."""

import json
import re
import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from whence.casework.pack_blocks import Block, Page, Pairs, Para
from whence.errors import UsageError
from whence.model import SECOND

# Runs that no blank parts, digests above all, may be broken after every eighth sign.
_LONG: Final = re.compile(r"[!-~]{25,}")
_BREAK: Final = "\u200b"
_EVERY: Final = 8
# What the fonts have: Latin, Greek, Cyrillic, signs, kana, Hangul, Han, full-width forms. Han
# beyond the basic plane are there in part and are left as they are.
_SET: Final = re.compile(
    r"[^\n\t\u0020-\u052f\u1e00-\u1eff\u2000-\u22ff\u2460-\u26ff\u2e80-\u9fff\ua960-\ua97f"
    r"\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0002fa1f]"
)


def to_pdf(page: Page) -> bytes:
    """Return a page as PDF, the same bytes each time; PDF/A-2b, made to be kept.

    Signs that the fonts have not are written as ``[U+1F600]``; the page in HTML has them as they
    are. Raises UsageError where the extra ``packs`` is not installed.
    """
    try:
        import noto_cjk  # noqa: PLC0415  an extra, and only packs need it
        import typst  # noqa: PLC0415

        fonts = Path(str(noto_cjk.otc_path("sans"))).parent
    except ImportError as error:
        raise UsageError("case.no-typst", hint="case.no-typst-hint") from error
    source = files("whence.casework").joinpath("data/pack.typ").read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # typst speaks of fonts it was told not to look for
        return typst.compile(
            source,
            font_paths=typst.Fonts(include_system_fonts=False, font_paths=[fonts]),
            sys_inputs={"page": json.dumps(_data(page), ensure_ascii=False)},
            format="pdf",
            pdf_standards="a-2b",
            timestamp=page.as_of // SECOND,
        )


def _data(page: Page) -> dict[str, Any]:
    return {
        "language": page.language,
        "title": _plain(page.title),
        "below": _plain(page.below),
        "author": page.author,
        "sections": [
            {"title": _plain(each.title), "parts": [_part(block) for block in each.blocks]}
            for each in page.sections
        ],
    }


def _part(block: Block) -> dict[str, Any]:
    if isinstance(block, Para):
        return {"form": "para", "text": _plain(block.text), "warning": block.is_warning}
    if isinstance(block, Pairs):
        return {"form": "pairs", "rows": [[_plain(cell) for cell in row] for row in block.rows]}
    return {
        "form": "table",
        "head": [_plain(name) for name in block.head],
        "rows": [[_plain(cell) for cell in row] for row in block.rows],
        "widths": list(block.widths),
    }


def _plain(text: str) -> str:
    seen = _SET.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", text)
    return _LONG.sub(lambda run: _broken(run[0]), seen)


def _broken(run: str) -> str:
    return _BREAK.join(run[at : at + _EVERY] for at in range(0, len(run), _EVERY))
