"""``whence ledger check-release``: whether rows that turned up are what a recipient got."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whence.cli.installation import opened_ledger
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.cli.values import names
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.ledger import Recorded
    from whence.protection.released import Matched


def check_release(
    ctx: typer.Context,
    release_id: Annotated[
        str,
        typer.Argument(
            help="ledger.check-release-id", rich_help_panel=PANEL_GENERAL, metavar="RELEASE"
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            help="ledger.check-release-file", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Check the release's table, then hold the rows against it."""
    del lang
    from whence.intake.sheets import read_sheet  # noqa: PLC0415  after help and wrong usage
    from whence.protection.handing import texts  # noqa: PLC0415
    from whence.protection.released import match  # noqa: PLC0415

    with opened_ledger(workspace) as ledger:
        entry, table = ledger.release(release_id)
    fields = ("order_id", *(names(str(entry.entry.facts.get("fields"))) or ()))
    sheet = read_sheet(file, only=fields)
    sheet.require(*fields)
    found = match(table, {name: texts(sheet.table, name) for name in fields})
    for line in _told(entry, found, ctx.obj):
        typer.echo(line)


def _told(entry: "Recorded", found: "Matched", language: Language) -> Iterator[str]:
    facts = entry.entry.facts
    yield say(
        "ledger.checked-release",
        language,
        n=f"{found.n_rows:,}",
        same=f"{found.n_same:,}",
        release=facts.get("release_id"),
        party=facts.get("party_id"),
        seq=entry.seq,
    )
    for name in ("other", "absent", "erased"):
        if n := getattr(found, f"n_{name}"):
            yield say(f"ledger.checked-release-{name}", language, n=f"{n:,}")
