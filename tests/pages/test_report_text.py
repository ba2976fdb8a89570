"""What the page says: each finding, no accusation, no raw text of others, the same every time."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from whence.model import Note, Trace
from whence.pages import fragment, render
from whence.wording import LANGUAGES, Language, phrases

Worlds = dict[str, Callable[[], Trace]]
PageOf = Callable[[str, Language], str]
ACCUSING = ("culprit", "guilty", "offender", "perpetrator", "罪犯", "元凶", "罪魁", "凶手", "有罪")
VOID = {"meta", "link", "br"}


class Reader(HTMLParser):
    """Reads a page as a browser would: its texts, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_world_makes_a_whole_page(
    world: str, worlds: Worlds, page_of: PageOf, language: Language
) -> None:
    page = page_of(world, language)
    reader = Reader(page)
    assert page.startswith("<!DOCTYPE html>")
    assert not reader.open
    assert reader.tags.count("h1") == 1
    assert world == "hostile" or "{" not in reader.text
    for finding in worlds[world]().findings:
        assert finding.suspect.id in reader.text
    assert not any(word in page.lower() for word in ACCUSING)


def test_the_page_fetches_nothing(world: str, page_of: PageOf) -> None:
    page = page_of(world, "en")
    assert set(re.findall(r"https?://[^\"'\s<]*", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"url\(|@import|srcset", page)
    reader = Reader(page)
    assert not {"script", "iframe", "img", "object", "embed"} & set(reader.tags)
    links = [value for name, value in reader.attributes if name in {"src", "href"}]
    assert all(link.startswith(("#", "data:,")) for link in links)
    targets = {value for name, value in reader.attributes if name == "id"}
    assert {link[1:] for link in links if link.startswith("#")} <= targets
    assert not [name for name, _ in reader.attributes if name.startswith("on")]


def test_hostile_ids_stay_text(worlds: Worlds) -> None:
    page = render(worlds["hostile"]())
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


def test_the_same_trace_gives_the_same_bytes(worlds: Worlds, page_of: PageOf) -> None:
    assert render(worlds["tied"](), "en") == page_of("tied", "en")


def test_ids_on_a_page_are_unique(page_of: PageOf) -> None:
    reader = Reader(page_of("twenty", "en"))
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_pictures_are_told_in_words(page_of: PageOf) -> None:
    page = page_of("one", "en")
    drawings = re.findall(r"<svg[^>]*>.{0,80}", page)
    assert len(drawings) == 2 * 3  # over time, shares, weeks: for a desk and for a phone
    assert all('role="img"' in d and 'aria-label="' in d and "<title>" in d for d in drawings)
    assert "later, and 10 calls came about orders it held" in page


def test_english_pages_hold_no_chinese_and_chinese_pages_little_english(page_of: PageOf) -> None:
    assert not re.search("[\u4e00-\u9fff]", page_of("twenty", "en"))
    text = Reader(page_of("twenty", "zh")).text
    known = {"UTC", "CNY", "of", "some", "reason", "tomorrow"}  # a reason nobody translated yet
    words = set(re.findall(r"(?<![\w.-])[A-Za-z]{2,}(?![\w.-])", text)) - known
    assert words <= {"Whence"}


def test_a_suspect_is_named_with_numbers_and_intervals(page_of: PageOf) -> None:
    text = Reader(page_of("one", "en")).text
    assert "One suspect stands out" in text
    assert "99.8% almost certain" in text
    assert "1.4%" in text
    assert "90 % interval 0.72% to 2.4%" in text
    assert "of 5,212 it held in all, 0.70% of all orders" in text
    assert "3 × 10¹³ to 1" in text
    assert "Half of them are expected by 23 Apr 2026." in text


def test_a_certain_posterior_is_never_shown_as_certain(worlds: Worlds) -> None:
    trace = worlds["one"]()
    sure = replace(trace, findings=(replace(trace.findings[0], posterior=1.0),))
    text = Reader(render(sure)).text
    assert ">99.9% almost certain" in text


def test_a_tie_tells_its_members_and_what_would_settle_it(page_of: PageOf) -> None:
    text = Reader(page_of("tied", "en")).text
    assert "Shop SH00012, or one of 2 others" in text
    assert "Shop SH00012 (61%), Shop clerk's account SH00012-C3 (24%), Warehouse WA3 (15%)" in text
    assert "About 7 more reports from the window would" in text
    assert "No number of reports can settle it: both held the same orders." in text
    assert "cleared: left out of the weighing" in text


def test_a_lone_suspect_has_no_tie(page_of: PageOf) -> None:
    assert "What cannot be told apart" not in page_of("one", "en")


def test_victims_alone_conclude_no_more_than_they_can(page_of: PageOf) -> None:
    text = Reader(page_of("victims-alone", "en")).text
    assert "one thing in common that chance does not explain" in text
    assert "What cannot be concluded" in text
    assert "10 of 32 victims name it; chance would give 2.4." in text
    assert "Without a list of orders nobody can say who else is exposed." in text
    assert "suspects stand out" not in text


def test_nothing_found_clears_nobody(page_of: PageOf) -> None:
    text = Reader(page_of("nothing", "en")).text
    assert "Nobody stands out" in text
    assert "it clears nobody" in text
    assert "A suspect is where" not in text


def test_too_few_reports_name_nobody(page_of: PageOf) -> None:
    text = Reader(page_of("too-few", "en")).text
    assert "Too few reports to tell" in text
    assert "Only 1 report could be used." in text


def test_rows_set_aside_are_counted_by_reason(page_of: PageOf) -> None:
    english = Reader(page_of("one", "en")).text
    chinese = Reader(page_of("one", "zh")).text
    assert "1,243 rows could not be used." in english
    assert "access records some reason of tomorrow 1,240" in english
    assert "受害人报告 订单不存在 2" in chinese


def test_no_more_reports_are_explained_than_there_are(worlds: Worlds) -> None:
    trace = worlds["one"]()
    counts = replace(trace.findings[0].reports, in_window=2, explained=2.77)
    text = Reader(
        render(replace(trace, findings=(replace(trace.findings[0], reports=counts),)))
    ).text
    assert "2.8" not in text


def test_a_note_said_twice_is_shown_once(worlds: Worlds) -> None:
    note = Note(phrase="pages.due-half", facts={"day": "tomorrow"})
    page = render(replace(worlds["one"](), limits=(note, note)))
    assert page.count("Half of them are expected by tomorrow.") == 1


def test_a_notebook_gets_a_light_part_of_it(worlds: Worlds, page_of: PageOf) -> None:
    part = fragment(worlds["tied"]())
    assert "<html" not in part
    assert len(part) < len(page_of("tied", "en")) / 2
    assert "Two suspects stand out" in part
    assert worlds["tied"]()._repr_html_() == part


def test_every_phrase_is_said_in_both_languages() -> None:
    for key, texts in phrases("pages").items():
        assert set(texts) == set(LANGUAGES), key
        fields = [sorted(set(re.findall(r"{(\w*)}", text))) for text in texts.values()]
        assert fields[0] == fields[1] or key.endswith(("-one", "-many")), key


def test_asking_for_the_room_loads_no_charts() -> None:
    code = "import sys, whence.pages; print('altair' in sys.modules, 'vl_convert' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=None
    )
    assert done.stdout.split() == ["False", "False"]
