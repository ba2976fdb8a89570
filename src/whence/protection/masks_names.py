"""Names of people: the surname or initials stay, the rest is hidden.

A Chinese name keeps its surname, compound ones whole; a name of a single character keeps nothing.
A name written with a middle dot, as many minorities' are, keeps its first character. Names in
letters keep the initial of each word. However long, what is hidden becomes ``**``.
"""

import re
from typing import Final

from whence.protection.hiding import HAN, HIDDEN, STAR, plain, stands_in, starred

# Compound surnames still borne, after the list of surnames in the 2020 census and 百家姓.
_COMPOUND: Final = frozenset(
    (
        *("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "令狐", "夏侯"),
        *("慕容", "长孙", "宇文", "司空", "鲜于", "闻人", "轩辕", "端木", "独孤", "南宫", "百里"),
        *("呼延", "东郭", "西门", "申屠", "太史", "第五", "拓跋", "纳兰", "赫连", "澹台", "公冶"),
        *("宗政", "濮阳", "淳于", "单于", "太叔", "钟离", "仲孙", "歐陽", "司馬", "諸葛", "東方"),
    )
)
_WORD: Final = re.compile(rf"[\w{re.escape(STAR)}'’]+")  # O'Brien is one word
_KEPT_BETWEEN: Final = re.compile(r"[^ ·•・‧.,()-]")


def mask_name(text: str) -> str:
    """Return a name with at least one character hidden, and nothing of it left elsewhere."""
    text = plain(starred(text))
    words = [word[0] for word in _WORD.finditer(text)]
    if not words:
        return HIDDEN
    kept = _han(words) if HAN.search(text) else [_initial(word) for word in words]
    hidden = [word[len(part) :] for word, part in zip(words, kept, strict=True)]
    # Each character of a Chinese name is a word of its own.
    hidden += [sign for part in hidden for sign in part if HAN.match(sign)]
    kept = [_without(part, hidden) for part in kept]
    between = [_KEPT_BETWEEN.sub("", part) for part in _WORD.split(text)]
    masked = between[0] + "".join(
        part + HIDDEN + after for part, after in zip(kept, between[1:], strict=True)
    )
    return masked.strip()


def _han(words: list[str]) -> list[str]:
    """Return what is kept of each word of a Chinese name: the surname of the first."""
    first, n = words[0], sum(map(_n_signs, words))
    if first[:2] in _COMPOUND and n > len("欧阳"):
        surname = first[:2]
    elif first[0].isalpha() and n > 1:
        surname = first[0]
    else:
        surname = ""
    return [surname, *[""] * (len(words) - 1)]


def _initial(word: str) -> str:
    return word[0] if _n_signs(word) > 1 and word[0].isalpha() else ""


def _n_signs(word: str) -> int:
    """Return how many letters or stars a word has: one alone is hidden."""
    return sum(sign.isalnum() or sign == STAR for sign in word)


def _without(kept: str, hidden: list[str]) -> str:
    """Return a kept surname or initial, up to where it repeats something hidden."""
    while kept and stands_in(hidden, kept):
        hidden = [*hidden, kept[-1]]
        kept = kept[:-1]
    return kept
