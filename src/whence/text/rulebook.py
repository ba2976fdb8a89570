"""Rules as data: read from TOML files that an analyst can read and extend.

A file holds word groups and rules::

    [words]
    damaged = ["破损", "damaged"]

    [[rule]]
    name = "quality problem, refund"
    kind = "pretext"  # pretext, ask, or frame: what cancels or colours the others
    by = "caller"  # who says it; or anyone
    weight = 1  # 1 to 3
    source = "where this was seen"
    patterns = ["<damaged> ... 退款|refund"]
    unless = ["<damaged> .. 照片"]  # cancels a hit in the same sentence
    matches = ["商品破损，我们给您退款"]
    spares = ["商品破损请上传照片"]
    negative = false  # whether its own words are a negation ("do not tell ...")

Groups of `words.toml` are known in every file; a group of a file's own wins there.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NoReturn

from whence.errors import InputError
from whence.text.patterns import Pattern, PatternError, groups_of, read_pattern
from whence.text.recognising import RECOGNISERS

KINDS: Final = ("pretext", "ask", "frame")
SPEAKERS: Final = ("caller", "anyone")
WEIGHTS: Final = (1, 2, 3)
SHARED: Final = "words.toml"

_REQUIRED: Final = {"name", "kind", "patterns", "source", "matches", "spares"}
_FIELDS: Final = _REQUIRED | {"by", "weight", "unless", "negative"}
_FRAMES_NEED_NO: Final = {"matches", "spares"}
_UNSAID: Final[Mapping[str, Any]] = {
    "by": "anyone",
    "weight": 1,
    "negative": False,
    "unless": [],
    "matches": [],
    "spares": [],
}
_LARGEST_FILE: Final = 1_000_000  # bytes; all built-in rules together are a tenth of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way in which something is said, and what that is."""

    name: str
    kind: str
    by: str
    weight: int
    source: str
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    matches: tuple[str, ...]
    spares: tuple[str, ...]
    negative: bool  # its own words are a negation, which then cancels nothing
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The word groups and rules of one file."""

    name: str
    words: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All rules in force, file by file; what is shared stands in ``shared``."""

    shared: Mapping[str, tuple[str, ...]]
    files: tuple[RuleFile, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the files."""
        return tuple(rule for file in self.files for rule in file.rules)

    def words(self, file: RuleFile, group: str) -> tuple[str, ...]:
        """Return the words of a group as one file understands it."""
        return file.words[group] if group in file.words else self.shared[group]


def built_in_rules() -> Rulebook:
    """Return the rules that come with the product."""
    folder = files(__package__) / "rules"
    return _book(Rulebook(shared={}, files=()), folder.iterdir())


def add_rules(book: Rulebook, folder: Path) -> Rulebook:
    """Return a book with the rules of a user's folder added.

    Raises InputError where there is none, or a file or a rule of it cannot be used: which file,
    which rule, and why.
    """
    if not folder.is_dir():
        raise InputError("text.no-rules", folder=folder)
    if not any(file.name.endswith(".toml") for file in folder.iterdir()):
        raise InputError("text.no-rules", folder=folder)
    return _book(book, folder.iterdir())


def _book(book: Rulebook, found: Iterable[Traversable]) -> Rulebook:
    tables = {
        file.name: _table(file)
        for file in sorted(found, key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
    shared = dict(book.shared)
    read: list[RuleFile] = []
    for name, table in tables.items():
        if unknown := set(table) - {"words", "rule"}:
            _refuse("unknown-table", name, key=min(unknown))
        words = _groups(name, table.get("words", {}))
        if name == SHARED:
            shared |= words
            words = {}
        read.append(RuleFile(name=name, words=words, rules=()))
    known = set(shared) | set(RECOGNISERS)
    done = [
        replace(file, rules=_rules(file, tables[file.name].get("rule", []), known)) for file in read
    ]
    return replace(book, shared=shared, files=(*book.files, *done))


def _table(file: Traversable) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
        if len(raw) > _LARGEST_FILE:
            _refuse("rules-large", file.name, most=_LARGEST_FILE)
        return tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError("text.rules-unreadable", file=file.name) from error


def _groups(file: str, table: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        _refuse("bad-words", file, group="words")
    groups: dict[str, tuple[str, ...]] = {}
    for group, words in table.items():
        if not (_is_texts(words) and words) or group in RECOGNISERS:
            _refuse("bad-words", file, group=group)
        groups[group] = tuple(words)
    return groups


def _rules(file: RuleFile, entries: object, known: set[str]) -> tuple[Rule, ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        _refuse("unknown-table", file.name, key="rule")
    return tuple(_rule(file, entry, known, n) for n, entry in enumerate(entries, 1))


def _rule(file: RuleFile, entry: dict[str, Any], known: set[str], n: int) -> Rule:
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        _refuse("rule-unnamed", file.name, n=n)
    about: dict[str, Any] = {"file": file.name, "rule": name}
    needed = _REQUIRED - (_FRAMES_NEED_NO if entry.get("kind") == "frame" else set())
    if missing := needed - set(entry):
        raise InputError("text.rule-missing", key=min(missing), **about)
    if unknown := set(entry) - _FIELDS:
        raise InputError("text.rule-unknown", key=min(unknown), **about)
    rule: dict[str, Any] = {**_UNSAID, **entry}
    if not isinstance(rule["negative"], bool):
        raise InputError("text.rule-value", key="negative", allowed="true, false", **about)
    for key, allowed in (("kind", KINDS), ("by", SPEAKERS), ("weight", WEIGHTS)):
        if rule[key] not in allowed or isinstance(rule[key], bool):
            listed = ", ".join(map(str, allowed))
            raise InputError("text.rule-value", key=key, allowed=listed, **about)
    for key in ("patterns", "unless", "matches", "spares"):
        if not _is_texts(rule[key]) or (key in needed and not rule[key]):
            raise InputError("text.rule-texts", key=key, **about)
    if not isinstance(rule["source"], str) or not rule["source"].strip():
        raise InputError("text.rule-texts", key="source", **about)
    return Rule(
        name=name,
        kind=rule["kind"],
        by=rule["by"],
        weight=rule["weight"],
        source=rule["source"],
        patterns=_patterns(rule["patterns"], file, known, about),
        unless=_patterns(rule["unless"], file, known, about),
        matches=tuple(rule["matches"]),
        spares=tuple(rule["spares"]),
        negative=rule["negative"],
        file=file.name,
    )


def _patterns(
    written: list[str], file: RuleFile, known: set[str], about: dict[str, Any]
) -> tuple[Pattern, ...]:
    read: list[Pattern] = []
    for one in written:
        try:
            read.append(read_pattern(one))
        except PatternError as error:
            raise InputError(error.phrase, piece=error.piece, **about) from error
    if unknown := groups_of(read) - known - set(file.words):
        raise InputError("text.pattern-unknown", piece=min(unknown), **about)
    return tuple(read)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) and text for text in value)


def _refuse(key: str, file: str, /, **facts: str | int) -> NoReturn:
    phrase = f"text.{key}"
    raise InputError(phrase, hint=None, file=file, **facts)
