"""``whence ledger verify``, ``proof``, ``check-proof``: what the record shows, and to whom."""

import json as json_room
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from whence.cli.installation import opened_ledger
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.errors import IntegrityError
from whence.model import to_text
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.ledger.attested import Attested, ReleasesChecked
    from whence.ledger.proving import Proven
    from whence.ledger.stamping import Stamped

Key: TypeAlias = Annotated[
    str,
    typer.Option(
        "--key", help="ledger.option-key", rich_help_panel=PANEL_GENERAL, metavar="FINGERPRINT"
    ),
]
StampRoot: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--stamp-root",
        help="ledger.option-stamp-root",
        rich_help_panel=PANEL_GENERAL,
        metavar="FILE",
    ),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="ledger.option-json", rich_help_panel=PANEL_GENERAL)
]
_VERIFICATION: Final = "whence.ledger-verification/1"


def verify(
    ctx: typer.Context,
    key: Key,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", help="ledger.verify-since", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    stamp_root: StampRoot = None,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Check all there is, and say what attests it."""
    del lang
    from whence.ledger import stamping  # noqa: PLC0415  after help and wrong usage
    from whence.ledger.checkpoint_files import read_file  # noqa: PLC0415
    from whence.ledger.keys import read_fingerprint  # noqa: PLC0415

    fingerprint = read_fingerprint(key)
    kept = None if since is None else read_file(since)
    with opened_ledger(workspace) as ledger, progress(ctx.obj, quiet=quiet) as on_progress:
        attested = ledger.verify(fingerprint=fingerprint, since=kept, on_progress=on_progress)
        stamped: list[Stamped] = []
        if stamp_root is not None:
            roots = [stamping.read_root(stamp_root)]
            stamped = stamping.verify_stamps(ledger.workspace.checkpoints, roots)
    if json:
        typer.echo(_verification(attested, stamped))
    else:
        for line in _verified(attested, stamped, ctx.obj):
            typer.echo(line)


def _verified(found: "Attested", stamped: "list[Stamped]", language: Language) -> Iterator[str]:
    """Yield what a person reads: the whole first, then by whom it convinces, then what is odd."""

    def told(phrase: str, **facts: object) -> str:
        return say(f"ledger.{phrase}", language, **facts)

    if not found.size:
        yield told("verified-empty")
        return
    yield told("verified", size=f"{found.size:,}")
    if found.kept_size is not None:
        yield told("verified-kept", n=f"{found.kept_size:,}")
    yield told(
        "verified-vouched",
        n=f"{found.vouched_size:,}",
        key=found.fingerprint,
        checkpoints=found.n_checkpoints,
    )
    if found.signed_size > found.vouched_size:
        yield told("verified-other", n=f"{found.signed_size:,}")
    for stamp in stamped:
        at = to_text(stamp.stamp.at)
        yield told("verified-stamped", size=f"{stamp.size:,}", at=at)
    for lost in found.lost_keys:
        yield told("verified-lost", size=f"{lost.size:,}", old=lost.old, new=lost.new)
    if found.key != found.fingerprint:
        yield told("verified-key", key=found.key)
    if found.n_erased:
        yield told("verified-erased", n=f"{found.n_erased:,}")
    if found.releases is not None:
        yield from _tables(found.releases, language)
    if found.n_times_back:
        seqs = ", ".join(map(str, found.times_back))
        more = ", ..." if found.n_times_back > len(found.times_back) else ""
        yield told("verified-back", n=f"{found.n_times_back:,}", seqs=seqs + more)
    if found.n_unattested:
        yield told("verified-unattested", n=f"{found.n_unattested:,}")
    else:
        yield told("verified-all-signed")
    if found.kept_size is None:
        yield told("verified-no-since")


def _tables(found: "ReleasesChecked", language: Language) -> Iterator[str]:
    if found.n_tables:
        numbers = (found.n_tables, found.n_rows, found.n_erased_rows)
        n, rows, erased = (f"{number:,}" for number in numbers)
        yield say("ledger.verified-releases", language, n=n, rows=rows, erased=erased)
    if found.unmatched:
        yield say("ledger.verified-unmatched", language, files=", ".join(found.unmatched))


def _verification(found: "Attested", stamped: "list[Stamped]") -> str:
    document = {
        "schema": _VERIFICATION,
        "size": found.size,
        "root": found.root.hex(),
        "checkpoints": found.n_checkpoints,
        "kept_size": found.kept_size,
        "vouched_size": found.vouched_size,
        "signed_size": found.signed_size,
        "unattested": found.n_unattested,
        "fingerprint": found.fingerprint,
        "key_in_force": found.key,
        "lost_keys": [{"size": k.size, "old": k.old, "new": k.new} for k in found.lost_keys],
        "erased": found.n_erased,
        "times_back": found.n_times_back,
        "releases": _releases(found),
        "stamps": [{"size": s.size, "at": to_text(s.stamp.at)} for s in stamped],
    }
    return json_room.dumps(document, indent=2)


def _releases(found: "Attested") -> dict[str, object] | None:
    if found.releases is None:
        return None
    return {
        "tables": found.releases.n_tables,
        "rows": found.releases.n_rows,
        "erased_rows": found.releases.n_erased_rows,
        "without_entry": list(found.releases.unmatched),
    }


def proof(
    ctx: typer.Context,
    seq: Annotated[
        int, typer.Argument(help="ledger.proof-seq", rich_help_panel=PANEL_GENERAL, metavar="SEQ")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="ledger.proof-out", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Write the proof, and say how it is checked."""
    del lang
    from whence.ledger.keys import fingerprint  # noqa: PLC0415  after help and wrong usage
    from whence.ledger.proving import write_proof  # noqa: PLC0415

    path = out or Path(f"proof-{seq}.json")
    with opened_ledger(workspace) as ledger:
        made = ledger.prove_inclusion(seq)
    write_proof(path, made)
    key = fingerprint(made.keys[-1])
    typer.echo(say("ledger.proof-written", ctx.obj, seq=seq, file=path, key=key))


def check_proof(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="ledger.check-proof-file", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    key: Key,
    stamp_root: StampRoot = None,
    lang: Lang = None,
) -> None:
    """Check the proof, and say what it shows."""
    del lang
    from whence.ledger.keys import read_fingerprint  # noqa: PLC0415  after help and wrong usage
    from whence.ledger.proving import read_proof, verify_proof  # noqa: PLC0415

    shown = verify_proof(read_proof(file), read_fingerprint(key))
    at = None if stamp_root is None else _stamped_at(shown, stamp_root)
    for line in _proven(shown, at, ctx.obj):
        typer.echo(line)


def _stamped_at(shown: "Proven", root: Path) -> str:
    from whence.ledger import stamping, stamps  # noqa: PLC0415

    if shown.stamp is None:
        raise IntegrityError("ledger.proven-no-stamp")
    stamps.verify_stamp(shown.stamp, shown.checkpoint.encode(), [stamping.read_root(root)])
    return to_text(stamps.read_stamp(shown.stamp).at)


def _proven(shown: "Proven", stamped_at: str | None, language: Language) -> Iterator[str]:
    def told(phrase: str, **facts: object) -> str:
        return say(f"ledger.{phrase}", language, **facts)

    entry = shown.recorded.entry
    size = f"{shown.size:,}"
    yield told("proven", seq=shown.recorded.seq, origin=shown.origin, size=size)
    rows = {told("proven-kind"): entry.kind, told("proven-at"): to_text(entry.at)}
    if entry.case is not None:
        rows[told("proven-case")] = entry.case
    for name, value in [*rows.items(), *entry.facts.items()]:
        yield told("proven-row", name=name, value="-" if value is None else value)
    if n_closed := shown.recorded.n_facts - len(shown.recorded.openings):
        yield told("proven-closed", n=n_closed)
    if stamped_at is not None:
        yield told("proven-stamped", at=stamped_at)
    elif shown.stamp is not None:
        yield told("proven-stamp-unchecked")
