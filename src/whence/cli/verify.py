"""``whence verify``: a pack held against the fingerprint of the key that its reader trusts."""

import json as json_room
from pathlib import Path
from typing import Annotated, Final

import typer

from whence.cli.case_options import Json
from whence.cli.options import PANEL_GENERAL, Lang
from whence.errors import IntegrityError
from whence.model import to_text
from whence.wording import say

_VERIFICATION: Final = "whence.pack-verification/1"


def verify(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="case.verify-file", rich_help_panel=PANEL_GENERAL, metavar="FILE"),
    ],
    key: Annotated[
        str,
        typer.Option(
            "--key", help="case.verify-key", rich_help_panel=PANEL_GENERAL, metavar="FINGERPRINT"
        ),
    ],
    stamp_root: Annotated[
        Path | None,
        typer.Option(
            "--stamp-root",
            help="ledger.option-stamp-root",
            rich_help_panel=PANEL_GENERAL,
            metavar="FILE",
        ),
    ] = None,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Check a pack, and say what it shows."""
    del lang
    from whence.casework.pack_readers import readers  # noqa: PLC0415  after help and wrong usage
    from whence.casework.verify import verify_pack  # noqa: PLC0415
    from whence.ledger import stamping, stamps  # noqa: PLC0415
    from whence.ledger.keys import read_fingerprint  # noqa: PLC0415

    found = verify_pack(file, read_fingerprint(key))
    stamped_at = None
    if stamp_root is not None:
        if found.stamp is None:
            raise IntegrityError("case.no-stamp", file=file.name)
        stamps.verify_stamp(found.stamp, found.checkpoint, [stamping.read_root(stamp_root)])
        stamped_at = to_text(stamps.read_stamp(found.stamp).at)
    facts = {
        "case": found.case_id,
        "reader": found.reader,
        "origin": found.origin,
        "key": found.fingerprint,
        "size": found.size,
        "n_entries": found.n_entries,
        "n_exhibits": found.n_exhibits,
        "n_withheld": found.n_withheld,
        "n_files": found.n_files,
        "version": found.version,
    }
    if json:
        document = {"schema": _VERIFICATION, **facts, "stamped_at": stamped_at}
        typer.echo(json_room.dumps(document, ensure_ascii=False, indent=2))
        return
    named = readers()[found.reader].text(ctx.obj) if found.reader in readers() else found.reader
    typer.echo(say("case.check-holds", ctx.obj, **{**facts, "reader": named}))
    if stamped_at is not None:
        typer.echo(say("case.stamped", ctx.obj, at=stamped_at))
    elif found.stamp is not None:
        typer.echo(say("case.stamp-unchecked", ctx.obj))
