"""Look-alikes of brands are found, ordinary names are not, and nothing is ever fetched."""

import socket
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from text_world import domains, is_flagged, made_look_alikes

from whence.errors import InputError
from whence.text import Checker, read_brands
from whence.text.links import links_in


def found(text: str) -> tuple[str, ...]:
    (link,) = links_in(text)
    return link.findings


@pytest.mark.parametrize(
    ("url", "finding"),
    [
        ("http://taobao-kefu.com", "brand name with added words"),
        ("www.jdtuikuan.cn", "brand name with added words"),
        ("http://alipay.refund-center.top", "brand as subdomain"),
        ("http://taobao.com.refund-center.top/x", "brand as subdomain"),
        ("http://ta0bao.com", "look-alike letters"),
        ("http://tаobao.com", "look-alike letters"),  # the a is Cyrillic
        ("http://xn--tobao-4ve.com", "look-alike letters"),
        ("http://paypa1.com", "look-alike letters"),
        ("http://pinduodou.com", "look-alike letters"),
        ("http://taobao.vip", "brand name under another ending"),
        ("https://www.alipay.com@evil.example/x", "user information before the host"),
        ("http://8.8.8.8/a", "IP address instead of a name"),
        ("http://134744072/a", "IP address instead of a name"),
        ("http://tuikuan-kefu.top", "service words under an unusual ending"),
        ("t.cn/abc", "short link"),
        ("taobao[.]com-tuikuan[.]vip", "brand as subdomain"),
        ("hxxps://pinduoduo.help", "brand name under another ending"),
        ("ｗｗｗ．taobao-kefu．com", "brand name with added words"),
        ("help@paypa1.com", "look-alike letters"),
    ],
)
def test_what_stands_out_about_a_link(url: str, finding: str) -> None:
    assert found(f"请点击 {url} 办理")[0] == finding


@pytest.mark.parametrize(
    "url",
    [
        *("https://www.taobao.com/x", "https://item.jd.com/1.html", "m.tb.cn/h.abc"),
        *("https://amazonia.org", "https://pineapple.com", "https://paypay.ne.jp"),
        *("http://192.168.1.1/setup", "https://apple.stackexchange.com/q/1"),
    ],
)
def test_an_honest_neighbour_is_not_flagged(url: str) -> None:
    assert not is_flagged(url.removeprefix("https://").removeprefix("http://").partition("/")[0])


@pytest.mark.parametrize(
    "text", ["report.pdf", "v1.2.3", "你好。我是", "e.g. this", "main.py", "3.50"]
)
def test_what_is_no_link_is_not_taken_for_one(text: str) -> None:
    assert links_in(text) == ()


def test_look_alikes_are_found() -> None:
    made = [name for seed in (20261124, 1, 2, 3) for name in made_look_alikes(seed=seed)]
    assert sum(map(is_flagged, made)) >= 0.95 * len(made)


def test_ordinary_names_are_not_flagged() -> None:
    ordinary = domains("ordinary_domains.txt")
    assert len(ordinary) == 1_000
    assert sum(map(is_flagged, ordinary)) <= 5


def test_ones_own_list_of_brands_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    file = tmp_path / "brands.toml"
    file.write_text('[[brand]]\nname = "Cow"\ndomains = ["cow.example"]\nwords = ["milkcow"]\n')
    checker = Checker(brands=read_brands(file))
    assert checker.check("http://milkcow-service.top/").links[0].brand == "Cow"
    assert checker.check("http://cow.example/").links[0].findings == ("listed domain of the brand",)
    assert not checker.check("http://taobao-discounts.org/").links[0].findings


@pytest.mark.parametrize(
    "text",
    ["", "[[brand", "brand = 3", '[[brand]]\nname = "x"', '[[brand]]\nname = 3\ndomains = ["a"]'],
)
def test_a_faulty_list_of_brands_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "brands.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"brands\.toml"):
        read_brands(file)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert found("https://t.cn/abc") == ("short link",)
    assert found("https://taobao-kefu.com/")


@given(st.text(st.sampled_from("htp:/w.taobao-@%[]。．x\u202e аxn1 "), max_size=60))
def test_any_text_is_taken_apart(text: str) -> None:
    for link in links_in(text):
        assert link.url
        assert all(isinstance(finding, str) for finding in link.findings)
