"""What goes into a pack: the case's entries with their proofs, cut to what its reader needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from whence.casework import cases, folding
from whence.casework.cases import Case, Exhibit, Happening
from whence.casework.cases_desk import Desk
from whence.casework.pack_readers import Reader
from whence.casework.sealed_words import Words
from whence.errors import UsageError
from whence.ledger import Recorded, checkpoint_files
from whence.ledger.checkpoints import read_checkpoint, signers_of_checkpoint
from whence.ledger.entries import PERSON
from whence.ledger.nodes import nodes_in
from whence.ledger.notes import VerifierKey
from whence.ledger.proofs import inclusion_proof
from whence.ledger.signing import key_changes
from whence.ledger.storage import Kept, Reading
from whence.model import Instant

_TRIES: Final = 5  # others record meanwhile; a checkpoint is there within one or two
# What an entry says of a report or its exhibits; the person's digest stays at home in any case.
_REPORT_FACTS: Final = frozenset(
    {"report_id", "report", "sha256", "size", "media", "role", "collected_at", "words"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as its reader sees it: which facts are open, and the words, cut; ``path`` proves it.

    ``words`` is None where nothing was typed or it was erased.
    """

    recorded: Recorded
    happening: Happening
    words: Words | None
    path: tuple[bytes, ...]

    @property
    def seq(self) -> int:
        """Its number."""
        return self.recorded.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a pack is made of. ``as_of`` is when its checkpoint was signed, by our clock."""

    case: Case
    parts: tuple[str, ...]
    reader: Reader
    own_report: str | None
    shown: tuple[Shown, ...]
    typed: Mapping[int, Words]
    handed: tuple[Exhibit, ...]
    withheld: tuple[Exhibit, ...]
    erased: tuple[Exhibit, ...]
    checkpoint: str
    as_of: Instant
    key: VerifierKey
    stamp: bytes | None

    @property
    def origin(self) -> str:
        """The ledger's name."""
        return self.key.name

    def words(self, it: Happening) -> Words | None:
        """Return what the reader sees of the words of an entry."""
        return self.typed.get(it.seq)

    def text(self, it: Happening, path: str) -> str:
        """Return one text of an entry, empty where the reader does not see it."""
        words = self.words(it)
        return words.text(path) if words else ""

    def file_of(self, exhibit: Exhibit) -> str:
        """Return where an exhibit lies in the pack."""
        return f"exhibits/{exhibit.exhibit_id}{EXTENSIONS.get(exhibit.media, '.bin')}"


# Extensions are ours, not those of a name somebody typed.
EXTENSIONS: Final[Mapping[str, str]] = {
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/pdf": ".pdf",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/zip": ".zip",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
_MEDIA: Final = {extension: media for media, extension in EXTENSIONS.items()} | {
    ".jpeg": "image/jpeg",
    ".htm": "text/html",
    ".log": "text/plain",
}


def media_of(name: str) -> str:
    """Return the type of a file by its name, the same on every machine."""
    return _MEDIA.get(PurePath(name).suffix.lower(), "application/octet-stream")


def gather(desk: Desk, case_id: str, reader: Reader, own_report: str | None) -> Material:
    """Return what a pack of a case is made of, under the earliest checkpoint that covers it.

    One with a time stamp goes before. So the pack stays the same while others record. Where no
    checkpoint covers the case yet, one is signed. Raises UsageError for a case or report that is
    not there.
    """
    for _ in range(_TRIES):
        with desk.storage.reading() as reading:
            found = _gathered(desk, reading, case_id, reader, own_report)
        if found is not None:
            return found
        desk.ledger.checkpoint()
    raise UsageError("case.too-busy")


def _gathered(
    desk: Desk, reading: Reading, case_id: str, reader: Reader, own_report: str | None
) -> Material | None:
    entries = list(desk.entries_in(reading))
    folded = folding.fold(entries)
    if case_id not in folded:
        raise UsageError("case.none", hint="case.none-hint", case=case_id)
    case, parts = folding.joined(folded, case_id), tuple(folding.parts(folded, case_id))
    if reader.own and own_report not in case.reports:
        raise UsageError("case.whose-pack", hint="case.whose-pack-hint", case=case_id)
    changes = key_changes(reading)
    covered = max(case.last_seq, changes[-1].seq)
    kept = _covering(desk, reading, changes[-1].new, covered)
    if kept is None:
        return None
    nodes = nodes_in(reading)
    shown = []
    for recorded in entries:
        happened = folding.happening(recorded)
        if happened is None or happened.case_id not in parts:
            continue
        is_own = _is_own(case, happened, own_report) if reader.own else None
        shown.append(
            Shown(
                recorded=_opened_to(recorded, is_own=is_own),
                happening=happened,
                words=_cut(desk.words(happened), happened, reader, is_own=is_own),
                path=inclusion_proof(recorded.seq, kept.size, nodes),
            )
        )
    lies = {each.exhibit_id: desk.safe.has_exhibit(each.sha256) for each in case.exhibits.values()}
    there = [each for each in case.exhibits.values() if lies[each.exhibit_id]]
    return Material(
        case=case,
        parts=parts,
        reader=reader,
        own_report=own_report if reader.own else None,
        shown=tuple(shown),
        typed={each.seq: each.words for each in shown if each.words is not None},
        handed=tuple(each for each in there if reader.gets(each, own_report)),
        withheld=tuple(each for each in there if not reader.gets(each, own_report)),
        erased=tuple(each for each in case.exhibits.values() if not lies[each.exhibit_id]),
        checkpoint=kept.note,
        as_of=kept.made_at,
        key=changes[-1].new,
        stamp=checkpoint_files.stamp_of(desk.workspace.checkpoints, kept.note),
    )


def _covering(desk: Desk, reading: Reading, key: VerifierKey, seq: int) -> Kept | None:
    """Return the earliest checkpoint that covers an entry: of those with a time stamp, if any is.

    ``seq`` is not below the entry that announced the key, so the key signed each of them.
    """
    covering = [
        kept
        for kept in reading.checkpoints()
        if kept.size > seq
        and key in signers_of_checkpoint(read_checkpoint(kept.note), [key], origin=key.name)
    ]
    folder = desk.workspace.checkpoints
    stamped = (kept for kept in covering if checkpoint_files.stamp_of(folder, kept.note))
    return next(stamped, covering[0] if covering else None)


def _is_own(case: Case, it: Happening, own_report: str | None) -> bool | None:
    """Return whether an entry is about a person's own report; None for one about no report."""
    match it.kind:
        case cases.REPORT:
            return it in _versions(case, own_report)
        case cases.EXHIBIT:
            if it.facts.get("report") is None:
                return None
            return case.exhibits[f"E{it.seq}"].report_id == own_report
        case _:
            return None


def _versions(case: Case, report_id: str | None) -> Iterator[Happening]:
    report = case.reports.get(report_id or "")
    if report:
        yield from (*report.earlier, report.filed)


def _opened_to(recorded: Recorded, *, is_own: bool | None) -> Recorded:
    """Return an entry with those facts that are shown: never a person, not others' reports."""
    shut = {PERSON} | (_REPORT_FACTS if is_own is False else frozenset())
    openings = tuple(each for each in recorded.openings if each[1] not in shut)
    facts = {name: value for name, value in recorded.entry.facts.items() if name not in shut}
    return replace(
        recorded, openings=openings, entry=replace(recorded.entry, facts=facts), persons=()
    )


def _cut(
    words: Words | None, it: Happening, reader: Reader, *, is_own: bool | None
) -> Words | None:
    if words is None or is_own:
        return words
    if is_own is False:
        return None
    return words.cut(lambda path: reader.sees(it.kind, path))
