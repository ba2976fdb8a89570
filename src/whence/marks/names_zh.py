"""Chinese aliases: the surname stays, the given name is two characters of a hundred.

The hundred are common in given names without being the commonest, so that a real name seldom looks
like one of ours. No two sound alike, also for who does not tell zh from z, ch from c, sh from s, n
or r from l, f from h, or -ng from -n: whatever character a heard syllable is written with, and
however a caller's accent bends it, it means one of ours or none.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np

from whence.marks.heard import Heard

CHARACTERS: Final = (
    "安邦斌晨楚川丹迪鼎恩枫歌冠皓禾恒泓桦怀珈健捷瑾凯康珂昆岚蕾莲琳柳珑璐洛茂玫萌苗牧"
    "茉沛朋祺谦乔沁秋荃琼芮森杉韶诗舒爽硕松舜恬庭彤维汶武希贤筱馨雄旭萱勋雅彦尧业宜永"
    "佑钰媛玥芸泽臻展昭志忠洲竹卓畅朵聪珺欧棠"
)
_N: Final = len(CHARACTERS)
_COMPOUND_NAMES: Final = (
    "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 南宫 东方 端木 独孤 申屠 "
    "轩辕 淳于 呼延 钟离 太史 闾丘 司空 百里 拓跋 赫连"
)
_COMPOUND: Final = frozenset(_COMPOUND_NAMES.split())
_TITLES: Final = re.compile(r"(先生|女士|小姐|太太|老师|师傅|同学|阿姨|叔叔|大哥|大姐)$")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_WORDS: Final = re.compile(r"[a-z]+|[\u3400-\u9fff]+")
_SURNAME_AND_GIVEN: Final = 3  # syllables: from here on the last two are the given name
# How a caller's name reaches us. Spoken: she repeats it right, one syllable wrong, or as another
# name altogether; beside a share for what no model has. Written: copied, or not.
_SPOKEN_RIGHT, _SPOKEN_HALF = 0.90, 0.06
_WRITTEN_RIGHT: Final = 0.985
# Real given names that look like one of ours, or sound like one: measured, docs/marks.md.
_REAL_WRITTEN, _REAL_SOUND = 0.01, 0.5
# A given name of which one syllable alone is ours is more often a real one than ours misheard.
_REAL_HALF: Final = 0.3
# Two characters may be the given name alone, or the surname and what she caught of the rest.
_GIVEN_ALONE: Final = 0.6


def alias(name: str, value: int) -> str:
    """Return the name under which a value is handed out: her surname, our given name."""
    return surname(name) + CHARACTERS[value // _N] + CHARACTERS[value % _N]


def surname(name: str) -> str:
    """Return the surname that a name begins with; empty where it begins with no character."""
    name = name.strip()
    if name[:2] in _COMPOUND:
        return name[:2]
    return name[:1] if _HAN.match(name[:1]) else ""


def hear(text: str, *, spoken: bool) -> Heard | None:
    """Return how likely the text is for each value, up to a factor; None where it is no mark.

    A text that was spoken counts by its sound, one that was copied by its characters.
    """
    folded = unicodedata.normalize("NFKC", text)
    plain = _TITLES.sub("", "".join(folded.split()))
    copied = _copied(plain)
    if not spoken:
        return copied
    if plain != "".join(folded.split()) and len(plain) == 1:
        return None  # a surname with a title
    syllables = [_index().get(s) for s in _sounds(_TITLES.sub("", folded.strip()))]
    if len(syllables) >= _SURNAME_AND_GIVEN:
        heard = _whole(syllables[-2], syllables[-1])
    elif len(syllables) == 2:  # noqa: PLR2004  a pair
        heard = _either(syllables[0], syllables[1])
    else:
        heard = _part(syllables[0]) if syllables else None
    # Noted with our very characters, it was read off a screen: hardly anybody is called so.
    return Heard(heard.weights, by_chance=copied.by_chance) if heard and copied else heard


def _copied(plain: str) -> Heard | None:
    given = plain[len(plain) - 2 :]
    at = [CHARACTERS.find(c) for c in given]
    if len(at) < 2 or min(at) < 0 or plain[:-2] not in {"", surname(plain[:-2])}:  # noqa: PLR2004
        return None
    weights = np.full(_N * _N, (1.0 - _WRITTEN_RIGHT) / _N**2)
    weights[at[0] * _N + at[1]] += _WRITTEN_RIGHT
    return Heard(weights, by_chance=_REAL_WRITTEN)


def _whole(first: int | None, second: int | None) -> Heard | None:
    """Return what a given name of two syllables means; one that is not ours was misheard."""
    if first is None and second is None:
        return None
    found = np.zeros((_N, _N))
    if first is not None and second is not None:
        found[first, second] += _SPOKEN_RIGHT
    if first is not None:
        found[first, :] += _SPOKEN_HALF / 2 / _N
    if second is not None:
        found[:, second] += _SPOKEN_HALF / 2 / _N
    is_whole = first is not None and second is not None
    otherwise = 1.0 - _SPOKEN_RIGHT - _SPOKEN_HALF + (0.0 if is_whole else _REAL_HALF)
    by_chance = _REAL_SOUND if is_whole else 1.0
    return Heard((found + otherwise / _N**2).ravel(), by_chance=by_chance)


def _part(caught: int | None) -> Heard | None:
    """Return what one syllable means, the first or the second of the given name."""
    if caught is None:
        return None
    found = np.zeros((_N, _N))
    found[caught, :] += _SPOKEN_RIGHT / 2 / _N
    found[:, caught] += _SPOKEN_RIGHT / 2 / _N
    return Heard((found + (1.0 - _SPOKEN_RIGHT) / _N**2).ravel(), by_chance=1.0)


def _either(first: int | None, second: int | None) -> Heard | None:
    """Return what two syllables mean: a given name, or a surname and a part of one."""
    part = _part(second)
    if first is None or part is None:
        return part
    whole = _whole(first, second)
    if whole is None:
        return part
    mixed = _GIVEN_ALONE * whole.weights + (1.0 - _GIVEN_ALONE) * part.weights
    return Heard(mixed, by_chance=whole.by_chance)


def _sounds(text: str) -> list[str]:
    """Return the syllables of a name in characters, pinyin or both, as they are told apart."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  a tenth of a second

    bare = unicodedata.normalize("NFD", text.replace("ü", "v")).lower()
    plain = "".join(c for c in bare if not unicodedata.combining(c))
    heard: list[str] = []
    for word in _WORDS.findall(plain):
        heard += _split(word) if word.isascii() else map(_sound, lazy_pinyin(word))
    return heard


def _split(word: str) -> Sequence[str]:
    """Split a word of pinyin into two of our syllables; otherwise it counts as one."""
    if _sound(word) in _index():
        return [_sound(word)]
    for i in range(1, len(word)):
        if _sound(word[:i]) in _index() and _sound(word[i:]) in _index():
            return [_sound(word[:i]), _sound(word[i:])]
    return [_sound(word)]


def _sound(syllable: str) -> str:
    """Return what accents leave of a toneless syllable."""
    sound = re.sub(r"^([zcs])h", r"\1", syllable)
    sound = re.sub(r"^[nr]", "l", sound)
    sound = re.sub(r"^f(?=u)", "h", sound)
    sound = re.sub(r"^f", "hu", sound)
    return re.sub(r"(?<=[aie])ng$", "n", sound)


@cache
def _index() -> dict[str, int]:
    """Return which of the hundred a sound means."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return {_sound(lazy_pinyin(c)[0]): i for i, c in enumerate(CHARACTERS)}


def confusable() -> list[tuple[str, str]]:
    """Return the pairs of the hundred that sound alike: there must be none."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    sounds = sorted((_sound(lazy_pinyin(c)[0]), c) for c in CHARACTERS)
    return [(a, b) for (s, a), (t, b) in pairwise(sounds) if s == t]
