"""``whence ledger history``, ``erase``, ``export-accesses``: whose data the record is about."""

import json as json_room
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from whence.cli.installation import opened_ledger
from whence.cli.ledger_checking import Json
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.model import to_text
from whence.wording import Language, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from whence.ledger.history import Handling, History

Customer: TypeAlias = Annotated[
    str,
    typer.Option(
        "--customer", help="ledger.option-customer", rich_help_panel=PANEL_GENERAL, metavar="ID"
    ),
]
_HISTORY: Final = "whence.history/1"
_COLUMNS: Final = ("at", "party", "account", "order", "fields", "purpose", "form")


def history(
    ctx: typer.Context,
    customer: Customer,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Look her up, and tell her."""
    del lang
    with opened_ledger(workspace) as ledger:
        found = ledger.history(customer)
        origin = ledger.workspace.name
    if json:
        typer.echo(_document(found, origin))
        return
    from whence.cli.answer import console_for_answers  # noqa: PLC0415  pulls rich

    console = console_for_answers()
    for part in _told(found, ctx.obj):
        console.print(part)


def _told(found: "History", language: Language) -> "Iterator[RenderableType]":
    from rich.text import Text  # noqa: PLC0415

    def told(phrase: str, **facts: object) -> Text:
        return Text(say(f"ledger.history-{phrase}", language, **facts))

    title = told("title", customer=found.customer_id)
    title.stylize("bold")
    yield title
    yield ""
    is_whole = not (found.n_erased or found.n_erased_rows or found.missing)
    if not found.shown:
        yield told("none" if is_whole else "none-left")
    else:
        parties = {handling.party_id for handling in found.shown}
        yield told("count", n=f"{len(found.shown):,}", parties=f"{len(parties):,}")
    if found.refused:
        yield told("refused", n=f"{len(found.refused):,}")
    if found.shown or found.refused:
        yield _table([*found.shown, *found.refused], language)
    if found.other_seqs:
        yield told("others", seqs=", ".join(map(str, found.other_seqs)))
    if found.unmatched:
        yield told("unmatched", files=", ".join(found.unmatched))
    if found.missing:
        yield told("missing", files=", ".join(found.missing))
    if found.n_erased or found.n_erased_rows:
        yield told("erased", entries=f"{found.n_erased:,}", rows=f"{found.n_erased_rows:,}")
    yield told("limit")


def _table(handlings: "list[Handling]", language: Language) -> "RenderableType":
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in _COLUMNS:
        table.add_column(say(f"ledger.history-{column}", language), overflow="fold")
    for each in sorted(handlings, key=lambda handling: (handling.at, handling.seq)):
        cells = (
            to_text(each.at),
            each.party_id,
            each.account_id,
            each.order_id,
            ", ".join(_fields(each, language)),
            each.purpose,
            say(f"ledger.form-{each.form or 'refused'}", language),
        )
        table.add_row(*(Text(cell or "-") for cell in cells))
    return table


def _fields(handling: "Handling", language: Language) -> list[str]:
    """Return the fields, and of those that were not handed out as they are in which form."""
    told = dict(zip(handling.fields, handling.field_forms, strict=False))
    forms = {form: say(f"ledger.field-{form}", language) for form in ("marked", "masked")}
    return [
        f"{name} ({forms[told[name]]})" if told.get(name) in forms else name
        for name in handling.fields
    ]


def _document(found: "History", origin: str) -> str:
    document = {
        "schema": _HISTORY,
        "ledger": origin,
        "customer_id": found.customer_id,
        "shown": [_row(handling) for handling in found.shown],
        "refused": [_row(handling) for handling in found.refused],
        "other_entries": list(found.other_seqs),
        "releases_without_entry": list(found.unmatched),
        "releases_without_table": list(found.missing),
        "erased_entries": found.n_erased,
        "erased_rows": found.n_erased_rows,
    }
    return json_room.dumps(document, ensure_ascii=False, indent=2)


def _row(handling: "Handling") -> dict[str, Any]:
    row = {
        "entry": handling.seq,
        "at": to_text(handling.at),
        "party_id": handling.party_id,
        "account_id": handling.account_id,
        "order_id": handling.order_id,
        "fields": list(handling.fields),
        "purpose": handling.purpose,
    }
    if handling.form is None:
        return row | {"rule": handling.rule}
    forms = list(handling.field_forms)
    return row | {
        "form": handling.form,
        "release_id": handling.release_id,
        "field_forms": forms,
    }


def erase(
    ctx: typer.Context,
    customer: Customer,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Erase her, and say how much went."""
    del lang
    with opened_ledger(workspace) as ledger:
        gone = ledger.erase(customer)
    if gone.seq is None and not gone.n_rows:
        typer.echo(say("ledger.erased-nothing", ctx.obj))
        return
    phrase = "ledger.erased-rows" if gone.seq is None else "ledger.erased"
    facts = {"entries": f"{gone.n_entries:,}", "rows": f"{gone.n_rows:,}", "seq": gone.seq}
    typer.echo(say(phrase, ctx.obj, **facts))
    if not gone.is_scrubbed:
        typer.echo(say("ledger.erased-not-scrubbed", ctx.obj))


def export_accesses(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="ledger.export-accesses-file", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Write the table, and say how much it holds."""
    del lang
    with opened_ledger(workspace) as ledger, progress(ctx.obj, quiet=quiet) as on_progress:
        exported = ledger.export_accesses(file, on_progress=on_progress)
    n = f"{exported.n_accesses:,}"
    typer.echo(say("ledger.exported", ctx.obj, file=file, n=n))
    if exported.n_erased:
        typer.echo(say("ledger.exported-erased", ctx.obj, n=f"{exported.n_erased:,}"))
