"""The desk: cases of one installation opened, added to, merged, closed; every step an entry.

What a person typed is sealed first and durable, then the ledger speaks of it. Nothing is locked
between looking and recording: what two people record at once both stands, in the ledger's order.
"""

import secrets
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from whence.casework import cases, folding
from whence.casework.cases import Case, Happening, verify_case_id, verify_id
from whence.casework.cases_index import rows_of_cases
from whence.casework.sealed import Safe
from whence.casework.sealed_words import Tree, Words, words_of
from whence.errors import UsageError
from whence.ledger import Entry, Ledger, Recorded, Value
from whence.ledger.entries import opened
from whence.ledger.postgres import SCHEMES, Postgres
from whence.ledger.sqlite import SQLite
from whence.ledger.storage import Reading, Storage
from whence.model import Instant, to_datetime
from whence.workspace import Workspace

REVEAL: Final = "case-reveal"  # somebody was shown a report in the clear; an entry of no case
PACK: Final = "case-pack"  # a pack was made; an entry of no case, or the next pack would differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A report to file: its id (None: a new one), what it says, whose it is, where it came from."""

    report_id: str | None = None
    tree: Mapping[str, Tree]
    customer_id: str | int | None = None
    source: str = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """How an attachment came to us, for the chain of custody; ``role`` says what it is."""

    role: str
    media: str
    name: str
    described: str = ""
    came_from: str = ""
    how: str = ""
    report_id: str | None = None
    collected_at: Instant | None = None


class Desk:
    """An open desk; a context manager. ``account_id`` is who acts."""

    def __init__(
        self,
        workspace: Workspace,
        storage: Storage,
        *,
        account_id: str,
        clock: Callable[[], Instant],
    ) -> None:
        verify_id(account_id)
        self.workspace = workspace
        self.storage = storage
        self.ledger = Ledger(workspace, storage, clock=clock)
        self.safe = Safe(workspace)
        self.account_id = account_id
        self.clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.storage.close()

    # --- reading --------------------------------------------------------------------------------

    def entries(self) -> Iterator[Recorded]:
        """Yield the entries of all cases; the many others are passed over unread."""
        with self.storage.reading() as reading:
            for row in rows_of_cases(reading, self.workspace.folder / "cases"):
                yield opened(*row)

    def entries_in(self, reading: Reading) -> Iterator[Recorded]:
        """Yield the entries of all cases at one moment of the ledger, looked through whole."""
        for row in rows_of_cases(reading, None):
            yield opened(*row)

    def folded(self) -> dict[str, Case]:
        """Return all cases, each by itself."""
        return folding.fold(self.entries())

    def case(self, case_id: str) -> Case:
        """Return a case with what was merged into it; UsageError where there is none."""
        return folding.joined(self._known(case_id), case_id)

    def words(self, it: Happening) -> Words | None:
        """Return what was typed with an entry; None where nothing was, or it was erased."""
        return None if it.words is None else self.safe.words(it.words)

    def text(self, it: Happening, path: str) -> str:
        """Return one text of it, empty where there is none or it was erased."""
        words = self.words(it)
        return words.text(path) if words else ""

    # --- recording ------------------------------------------------------------------------------

    def new(self, *, title: str, why: str, case_id: str | None = None) -> str:
        """Open a case, and return its id; UsageError where there is one of this id."""
        case_id = case_id or self._new_id()
        verify_case_id(case_id)
        if case_id in self.folded():
            raise UsageError("case.exists", case=case_id)
        self._record(case_id, cases.NEW, tree={"title": title, "why": why})
        return case_id

    def file(self, case_id: str, filings: Iterable[Filing], *, why: str = "") -> list[str]:
        """File reports in one step; one whose id is there is corrected, the earlier one stays.

        Returns the reports' ids.
        """
        case, listed = self._open_case(case_id), list(filings)
        ids = [filing.report_id or f"R-{_letters(8)}" for filing in listed]
        for report_id in ids:
            verify_id(report_id)
        told = {"why": why} if why else {}
        words = [words_of({"report": dict(filing.tree), **told}) for filing in listed]
        made = []
        for filing, report_id, digest in zip(
            listed, ids, self.safe.put_all_words(words), strict=True
        ):
            facts: dict[str, Value] = {
                "report_id": report_id,
                "source": filing.source,
                "corrects": report_id in case.reports,
                "words": digest,
            }
            persons = () if filing.customer_id is None else (filing.customer_id,)
            made.append(self._entry(case_id, cases.REPORT, facts, persons))
        self.ledger.append(made)
        return ids

    def attach(self, case_id: str, file: IO[bytes], custody: Custody) -> str:
        """Take an attachment in, and return the exhibit's id. It is read once, in flat memory."""
        case = self._open_case(case_id)
        report = case.reports.get(custody.report_id or "")
        if custody.report_id is not None and report is None:
            raise UsageError("case.no-report", report=custody.report_id, case=case_id)
        taken = self.safe.put_exhibit(file)
        facts: dict[str, Value] = {
            "sha256": taken.sha256,
            "size": taken.size,
            "media": custody.media,
            "role": custody.role,
            "report": report.filed.seq if report else None,
            "collected_at": custody.collected_at,
        }
        tree = {
            "name": Path(custody.name).name,
            "described": custody.described,
            "from": custody.came_from,
            "how": custody.how,
        }
        return f"E{self._record(case_id, cases.EXHIBIT, facts, tree=tree)}"

    def note(self, case_id: str, text: str) -> int:
        """Add a note; a closed case can have notes too."""
        self._known(case_id)
        return self._record(case_id, cases.NOTE, tree={"text": text})

    def know(self, case_id: str, name: str, value: Value, *, why: str = "") -> int:
        """Record a fact that clocks and duties depend on; the latest of a name holds."""
        self._known(case_id)
        facts: dict[str, Value] = {"name": name, "value": value}
        return self._record(case_id, cases.FACT, facts, tree={"why": why})

    def act(self, case_id: str, facts: Mapping[str, Value], tree: Mapping[str, Any]) -> int:
        """Record that something was done; ``measures.action`` makes what stands in it."""
        self._known(case_id)
        return self._record(case_id, cases.ACTION, facts, tree=tree)

    def traced(self, case_id: str, facts: Mapping[str, Value], tree: Mapping[str, Any]) -> int:
        """Record that a trace was run for the case: version, inputs' digests."""
        self._open_case(case_id)
        return self._record(case_id, cases.TRACE, facts, tree=tree)

    def merge(self, case_id: str, other_id: str, *, grounds: str) -> None:
        """Take another case in: both get an entry, in one step."""
        known = self._known(case_id)
        self._known(other_id)
        if case_id == other_id or any(known[each].merged_into for each in (case_id, other_id)):
            raise UsageError("case.no-merge", case=case_id, other=other_id)
        self._both(case_id, other_id, (cases.MERGE, cases.MERGED), grounds)

    def unmerge(self, case_id: str, other_id: str, *, grounds: str) -> None:
        """Let a case that was taken in go again."""
        if other_id not in self._known(case_id)[case_id].merged_from:
            raise UsageError("case.not-merged", case=case_id, other=other_id)
        self._both(case_id, other_id, (cases.UNMERGE, cases.UNMERGED), grounds)

    def close(self, case_id: str, *, outcome: str, reopen: bool = False) -> int:
        """Close a case, or open it again."""
        state = self._known(case_id)[case_id].state
        if state != ("closed" if reopen else "open"):
            raise UsageError("case.not-open" if not reopen else "case.not-closed", case=case_id)
        kind = cases.REOPEN if reopen else cases.CLOSE
        return self._record(case_id, kind, tree={"outcome": outcome})

    def tell(self, kind: str, facts: Mapping[str, Value]) -> int:
        """Record something about a case that is no part of it: who saw it, who got a pack."""
        facts = {"account_id": self.account_id, **facts}
        (seq,) = self.ledger.append([Entry(kind=kind, at=self.clock(), facts=facts)])
        return seq

    # --- inside ---------------------------------------------------------------------------------

    def _known(self, case_id: str) -> dict[str, Case]:
        found = self.folded()
        if case_id not in found:
            raise UsageError("case.none", hint="case.none-hint", case=case_id)
        return found

    def _open_case(self, case_id: str) -> Case:
        case = self._known(case_id)[case_id]
        if case.state != "open":
            raise UsageError("case.not-open", hint="case.not-open-hint", case=case_id)
        return case

    def _record(
        self,
        case_id: str,
        kind: str,
        facts: Mapping[str, Value] | None = None,
        *,
        tree: Mapping[str, Any],
    ) -> int:
        typed = {name: text for name, text in tree.items() if text not in ("", None, [], {})}
        words = self.safe.put_words(words_of(typed)) if typed else None
        entry = self._entry(case_id, kind, {**(facts or {}), "words": words})
        (seq,) = self.ledger.append([entry])
        return seq

    def _both(self, case_id: str, other_id: str, kinds: tuple[str, str], grounds: str) -> None:
        words = self.safe.put_words(words_of({"grounds": grounds}))
        self.ledger.append(
            [
                self._entry(case_id, kinds[0], {"other": other_id, "words": words}),
                self._entry(other_id, kinds[1], {"other": case_id, "words": words}),
            ]
        )

    def _entry(
        self,
        case_id: str,
        kind: str,
        facts: Mapping[str, Value],
        persons: tuple[str | int, ...] = (),
    ) -> Entry:
        # An account's id is a fact that stays where a person is erased, ledger/erasing.py.
        facts = {"account_id": self.account_id, **facts}
        return Entry(kind=kind, at=self.clock(), facts=facts, case=case_id, persons=persons)

    def _new_id(self) -> str:
        return f"C{to_datetime(self.clock()):%y%m%d}-{_letters(4)}"


def open_desk(workspace: Workspace, *, account_id: str, clock: Callable[[], Instant]) -> Desk:
    """Return the desk of a workspace; UsageError where it has no ledger."""
    place = workspace.ledger_place
    storage: Storage = Postgres(place) if place.startswith(SCHEMES) else SQLite(Path(place))
    return Desk(workspace, storage, account_id=account_id, clock=clock)


def _letters(n: int) -> str:
    """Return letters and digits that are not mixed up when read aloud (RFC 4648, base32)."""
    return b32encode(secrets.token_bytes(n)).decode()[:n]
