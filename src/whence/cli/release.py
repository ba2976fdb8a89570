"""``whence release``: orders for a recipient, marked and on record."""

import json
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.cli.values import names
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.intake.sheets import Sheet
    from whence.protection.release import Release


def _option(name: str, metavar: str) -> object:
    return typer.Option(
        f"--{name}", help=f"release.release-{name}", rich_help_panel=PANEL_GENERAL, metavar=metavar
    )


def release(
    ctx: typer.Context,
    orders: Annotated[
        Path,
        typer.Argument(
            help="release.release-orders", rich_help_panel=PANEL_GENERAL, metavar="ORDERS"
        ),
    ],
    to: Annotated[str, _option("to", "RECIPIENT")],
    purpose: Annotated[str, _option("purpose", "PURPOSE")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="release.release-out", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    account: Annotated[str | None, _option("account", "ACCOUNT")] = None,
    fields: Annotated[str | None, _option("fields", "FIELDS")] = None,
    routes: Annotated[Path | None, _option("routes", "FILE")] = None,
    columns: Annotated[Path | None, _option("map", "FILE")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="release.release-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Read the options, release, and tell what left in which form."""
    del lang
    from whence.protection.handover import verify_free, write_rows  # noqa: PLC0415  after help
    from whence.protection.opening import open_for_release  # noqa: PLC0415
    from whence.protection.release import Order, release as released  # noqa: PLC0415

    for path in filter(None, (out, routes)):
        verify_free(path)
    asked = names(fields)
    order = Order(
        party_id=to,
        purpose=purpose,
        account_id=account or getuser(),
        fields=None if asked is None else tuple(asked),
    )

    def hand_over(done: "Release") -> None:
        if routes is not None and done.routes is not None:
            write_rows(done.routes, routes)
        write_rows(done.rows, out)

    with (
        progress(ctx.obj, quiet=quiet) as on_progress,
        open_for_release(workspace, clock=clock) as desk,
    ):
        on_progress("release", 0, 2)
        sheet = desk.read(orders, columns)
        on_progress("release", 1, 2)
        done = released(
            desk.workspace,
            sheet.table,
            order,
            register=desk.register,
            ledger=desk.ledger,
            book=desk.book,
            now=clock(),
            file=sheet.file,
            hand_over=hand_over,
        )
        on_progress("release", 2, 2)
    if as_json:
        typer.echo(json.dumps(_document(done, order.party_id, out), ensure_ascii=False, indent=2))
    else:
        _tell(done, order.party_id, purpose, sheet, out, routes, ctx.obj)


def _document(done: "Release", party: str, out: Path) -> dict[str, object]:
    return {
        "release_id": done.release_id,
        "party_id": party,
        "orders": done.n_orders,
        "canaries": done.n_canaries,
        "fields": dict(done.forms),
        "entry": done.seq,
        "root": done.root.hex(),
        "file": str(out),
    }


def _tell(
    done: "Release",
    party: str,
    purpose: str,
    sheet: "Sheet",
    out: Path,
    routes: Path | None,
    language: Language,
) -> None:
    if sheet.encoding:
        typer.echo(
            say("release.encoding", language, file=sheet.file, encoding=sheet.encoding), err=True
        )
    facts = {
        "orders": f"{done.n_orders:,}",
        "canaries": done.n_canaries,
        "party": party,
        "purpose": purpose,
        "release": done.release_id,
        "seq": done.seq,
    }
    typer.echo(say("release.released", language, **facts))
    for field, form in done.forms.items():
        what = say(f"release.what-{field}", language) if form == "marked" else ""
        key = f"release.form-{form.replace(' ', '-')}"
        typer.echo(say(key, language, field=field, what=what))
    behind = [
        name
        for name in sheet.table.column_names
        if name not in {"order_id", "customer_id", "row_in_file", *done.forms}
    ]
    if behind:
        typer.echo(say("release.left-behind", language, fields=", ".join(behind)))
    typer.echo(say("release.file", language, file=out))
    if routes is not None and done.routes is not None:
        typer.echo(say("release.routes-file", language, file=routes))
