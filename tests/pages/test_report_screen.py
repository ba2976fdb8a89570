"""The page as a browser shows it, without a network: nothing cut off, no boxes for characters."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from whence.wording import LANGUAGES, Language

pytestmark = pytest.mark.browser
PageOf = Callable[[str, Language], str]
SIZES = {"desk": (1280, 900), "phone": (390, 844), "small phone": (360, 640), "tablet": (768, 1024)}
WORLDS = ("tied", "hostile", "victims-alone", "chinese")

OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(e =>
    !e.closest('.skip, .unseen, svg, thead') && e.getClientRects().length &&
    (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' ||
     e.getBoundingClientRect().right > innerWidth + 1)
  ).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.trim().slice(0, 40))"""
CUT_DRAWINGS = """() => [...document.querySelectorAll('svg text')].filter(e => {
    if (!e.getClientRects().length || !e.textContent.trim()) return false;
    const text = e.getBoundingClientRect(), all = e.closest('svg').getBoundingClientRect();
    return text.left < all.left - 1 || text.right > all.right + 1 ||
      text.top < all.top - 1 || text.bottom > all.bottom + 1;
  }).map(e => e.textContent)"""
SMALL_TEXT = """() => [...document.querySelectorAll('svg text')].filter(
    e => e.getClientRects().length && e.textContent.trim()
  ).map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a)
   .filter(size => size < 10.5)"""
GLYPHS = """(family) => [...'泄露订单店铺嫌疑'].map(c => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 48;
    const pen = canvas.getContext('2d');
    pen.font = '40px ' + family;
    pen.fillText(c, 2, 40);
    return pen.getImageData(0, 0, 48, 48).data.filter((v, i) => i % 4 === 3)
      .map(v => v > 128 ? 1 : 0).join('');
  })"""
COLOURS = """(bytes) => new Promise(done => {
    const picture = new Image();
    picture.onload = () => {
      const canvas = document.createElement('canvas');
      canvas.width = picture.width; canvas.height = picture.height;
      const pen = canvas.getContext('2d');
      pen.drawImage(picture, 0, 0);
      const data = pen.getImageData(0, 0, picture.width, picture.height).data;
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4)
        seen.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
      done(seen.size);
    };
    picture.src = 'data:image/png;base64,' + bytes;
  })"""


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


class Screen:
    """One page opened at one size, with what the browser complained about."""

    def __init__(self, browser: Browser, path: Path, size: str) -> None:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, device_scale_factor=1
        )
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.fetched: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.fetched.append(request.url))
        self.page.goto(path.as_uri())
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    def ask(self, script: str, given: object = None) -> Any:
        return self.page.evaluate(script, given)


@pytest.fixture
def show(
    browser: Browser, tmp_path: Path, page_of: PageOf
) -> Iterator[Callable[[str, Language, str], Screen]]:
    opened: list[Screen] = []

    def open_page(world: str, language: Language, size: str) -> Screen:
        path = tmp_path / f"{world}-{language}.html"
        path.write_text(page_of(world, language), "utf-8")
        opened.append(Screen(browser, path, size))
        return opened[-1]

    yield open_page
    for screen in opened:
        screen.page.context.close()


Show = Callable[[str, Language, str], Screen]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", WORLDS)
def test_nothing_is_cut_off(show: Show, world: str, language: Language) -> None:
    screen = show(world, language, "desk")
    for size, (width, height) in SIZES.items():
        screen.page.set_viewport_size({"width": width, "height": height})
        assert screen.ask("document.documentElement.scrollWidth <= innerWidth"), size
        assert screen.ask(OVERFLOWING) == [], size
        assert screen.ask(CUT_DRAWINGS) == [], size
        assert screen.ask(SMALL_TEXT) == [], size
    assert screen.complaints == []
    assert [url for url in screen.fetched if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_screen_is_the_answer(show: Show, language: Language, size: str) -> None:
    screen = show("tied", language, size)
    for part in ("h1", ".card .name", ".card .certainty"):
        box = screen.page.locator(part).first.bounding_box()
        assert box is not None
        assert 0 < box["y"] < SIZES[size][1] - box["height"]


@pytest.mark.parametrize(("language", "size"), [("en", "phone"), ("zh", "desk")])
def test_the_picture_is_not_blank(
    show: Show, language: Language, size: str, tmp_path: Path
) -> None:
    from base64 import b64encode  # noqa: PLC0415  for this one test

    screen = show("tied", language, size)
    whole = tmp_path / f"report-{language}-{size}.png"
    screen.page.screenshot(path=str(whole), full_page=True)
    picture = screen.page.locator("figure svg:visible").first.screenshot()
    screen.page.goto("about:blank")
    assert screen.ask(COLOURS, b64encode(picture).decode()) > 50
    assert screen.ask(COLOURS, b64encode(whole.read_bytes()).decode()) > 200


def test_chinese_characters_are_not_boxes(show: Show) -> None:
    screen = show("tied", "zh", "desk")
    for element in ("h1", "p", "svg text"):
        family = screen.ask(f"getComputedStyle(document.querySelector('{element}')).fontFamily")
        drawn = screen.ask(GLYPHS, family)
        assert len(set(drawn)) == len(drawn)  # a font without them draws the same box each time
        assert all("1" in glyph for glyph in drawn)


def test_only_one_drawing_of_each_is_shown(show: Show) -> None:
    for size, shown in (("desk", ".on-desk"), ("phone", ".on-phone")):
        screen = show("chinese", "zh", size)
        visible = screen.page.locator("svg:visible").count()
        assert visible == screen.page.locator(f"{shown} svg").count()
        assert visible == screen.page.locator("figure").count()
