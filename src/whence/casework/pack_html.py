"""The summary as a page: one file, no script, nothing fetched, readable offline in any browser."""

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from whence.casework.pack_blocks import Block, Page, Pairs, Para


def to_html(page: Page) -> str:
    """Return a page as HTML. What people wrote is text in it, in its own direction of writing."""
    style = files("whence.casework").joinpath("data/pack.css").read_text("utf-8")
    language = {"zh": "zh-Hans"}.get(page.language, page.language)
    return "".join(
        [
            f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n',
            '<meta http-equiv="Content-Security-Policy" ',
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
            '<meta name="viewport" content="width=device-width">\n',
            f"<title>{escape(page.title)}</title>\n<style>\n{style}</style>\n",
            f'<h1>{escape(page.title)}</h1>\n<p class="below">{escape(page.below)}</p>\n',
            *_sections(page),
            "</html>\n",
        ]
    )


def _sections(page: Page) -> Iterator[str]:
    for section in page.sections:
        yield f"<section>\n<h2>{escape(section.title)}</h2>\n"
        for block in section.blocks:
            yield from _block(block)
        yield "</section>\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Para):
        kind = ' class="warning"' if block.is_warning else ""
        yield f"<p{kind}>{escape(block.text)}</p>\n"
    elif isinstance(block, Pairs):
        yield "<dl>\n"
        for name, text in block.rows:
            yield f'<dt>{escape(name)}</dt><dd dir="auto">{escape(text)}</dd>\n'
        yield "</dl>\n"
    else:
        total = sum(block.widths)
        yield "<table>\n<colgroup>"
        yield "".join(f'<col style="width:{100 * width / total:.1f}%">' for width in block.widths)
        yield "</colgroup>\n<thead><tr>"
        yield "".join(f"<th>{escape(name)}</th>" for name in block.head)
        yield "</tr></thead>\n<tbody>\n"
        for row in block.rows:
            yield "<tr>"
            yield "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in row)
            yield "</tr>\n"
        yield "</tbody>\n</table>\n"
