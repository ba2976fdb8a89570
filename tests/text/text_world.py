"""What the checks are judged by: labelled texts, texts not to flag, made-up look-alikes, scores."""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whence.text import Check, Checker
from whence.text.links import links_in
from whence.text.weighing import stands_out

HERE = Path(__file__).parent
OURS, BLIND = HERE / "material_ours", HERE / "material"
SECOND, THIRD = HERE / "material_second", HERE / "material_third"  # later, without sight of rules

# The blind labels know the names of published_cases.json alone, and say in their README what falls
# under each: a fee or a "safe account" is money that leaves her account, and so on.
AS_LABELLED = {
    "safe account": "transfer out",
    "pay a fee or deposit": "transfer out",
    "show the payment code": "enter card number and password",
    "wrongly subscribed, fees due": "wrongly made an agent",
}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def domains(name: str) -> list[str]:
    lines = (OURS / name).read_text("utf-8").splitlines()
    return [domain for line in lines if not line.startswith("#") for domain in line.split()]


def is_for_developing(row_id: str) -> bool:
    """Return whether a dialogue is of the half that the rules' writer could read."""
    return hashlib.sha256(row_id.encode()).digest()[0] % 2 == 0


def turns_of(dialogue: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a dialogue's turns, the caller first."""
    said: list[tuple[str, str]] = []
    for n in range(max(len(dialogue["caller"]), len(dialogue["callee"]))):
        said += [(by, dialogue[by][n]) for by in ("caller", "callee") if n < len(dialogue[by])]
    return said


@dataclass(frozen=True)
class Score:
    """How many names were found with their words, without, and not at all."""

    right: int
    extra: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.extra)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.extra + self.missed)


def overlaps(a: tuple[int, int], b: tuple[int, int], share: float) -> bool:
    """Return whether two spans have at least a share of the shorter in common, 0: one character."""
    common = min(a[1], b[1]) - max(a[0], b[0])
    return common > 0 and common >= share * min(a[1] - a[0], b[1] - b[0])


def labels_of(row: Mapping[str, Any]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for label in (*row["pretexts"], *row["asks"]):
        start = label.get("start", row["text"].find(label["quote"]))
        found[label["name"]].append((start, start + len(label["quote"])))
    return found


def signs_of(check: Check, names: Mapping[str, str]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for sign in (*check.pretexts, *check.asks):
        found[names.get(sign.name, sign.name)].append((sign.start, sign.end))
    return found


def score(
    checker: Checker,
    labelled: Sequence[Mapping[str, Any]],
    *,
    share: float,
    names: Mapping[str, str] | None = None,
) -> Score:
    """Count names that the labels use; a name is right where its words overlap so far."""
    known = {name for row in labelled for name in labels_of(row)}
    right = extra = missed = 0
    for row in labelled:
        wanted = labels_of(row)
        given = signs_of(checker.check(row["text"]), names or {})
        found = {name: spans for name, spans in given.items() if name in known}
        for name in wanted.keys() | found.keys():
            if any(
                overlaps(a, b, share) for a in wanted.get(name, ()) for b in found.get(name, ())
            ):
                right += 1
            else:
                extra += name in found
                missed += name in wanted
    return Score(right, extra, missed)


def is_flagged(domain: str) -> bool:
    """Return whether a link to a domain is found to imitate a brand or to be odd."""
    return any(stands_out(link) for link in links_in(f"https://{domain}/"))


BRANDS = {
    "taobao": "com", "jd": "com", "pinduoduo": "com", "xiaohongshu": "com", "vipshop": "com",
    "alipay": "com", "douyin": "com", "amazon": "com", "paypal": "com", "dhl": "de",
}  # fmt: skip
ADDED = [
    *("kefu", "tuikuan", "lipei", "shouhou", "tuihuo", "zhongxin", "anquan", "service", "refund"),
    *("support", "secure", "login", "verify", "compensation", "order-check", "delivery", "unlock"),
    *("helpdesk", "claim", "kfzx", "tuikuan-banli", "shouhou-fuwu", "peifu-zhongxin"),
    *("customer-care", "account-update", "refund-center", "huiyuan-quxiao"),
]
ENDINGS = ["com", "net", "top", "xyz", "vip", "cc", "shop", "icu", "online", "info", "club", "cn"]
READ_ALIKE = {
    "a": "аàạα", "o": "оοóø", "e": "еéė", "i": "іíı1l", "l": "1Iӏ", "p": "р", "c": "с", "y": "уý",
    "s": "ѕ5", "d": "ԁ", "h": "һ", "n": "ո", "u": "υú", "g": "ɡ", "x": "х", "j": "ј", "v": "ν",
    "z": "2",
}  # fmt: skip


def made_look_alikes(n: int = 200, seed: int = 20261124) -> Iterator[str]:
    """Yield names that imitate ten brands: added words, letters, subdomains, slips, in turn."""
    chance = random.Random(seed)
    brands = list(BRANDS)
    for k in range(n):
        brand = brands[k % len(brands)]
        word, ending = chance.choice(ADDED), chance.choice(ENDINGS)
        match k // len(brands) % 5:
            case 0:
                yield f"{brand}-{word}.{ending}"
            case 1:
                yield f"{word}{chance.choice(['-', ''])}{brand}.{ending}"
            case 2:
                at = chance.choice([i for i, c in enumerate(brand) if c in READ_ALIKE])
                letter = chance.choice(READ_ALIKE[brand[at]])
                yield f"{brand[:at]}{letter}{brand[at + 1 :]}.{BRANDS[brand]}"
            case 3:
                yield f"{brand}.{BRANDS[brand]}.{word}-{chance.randrange(100)}.{ending}"
            case _:
                yield f"{_slipped(brand, word, chance)}.{ending}"


def _slipped(brand: str, word: str, chance: random.Random) -> str:
    """Return a name with a letter doubled, dropped or swapped, or with something written to it."""
    at = chance.randrange(1, len(brand) - 1) if len(brand) > 2 else 0
    slips = (
        brand[:at] + brand[at] + brand[at:],
        brand[:at] + brand[at + 1 :],
        brand[:at] + brand[at + 1] + brand[at] + brand[at + 2 :],
    )
    slip = chance.choice(slips)
    if len(brand) >= 6 and slip != brand:
        return slip
    return brand + chance.choice(["01", "88", "-cn", "24h", "-vip", "cn"]) + word.replace("-", "")
