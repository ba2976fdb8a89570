"""``whence vault seal``, ``rotate``, ``erase``: what the keeper of a vault does."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.cli.values import names
from whence.cli.vault_asking import wrapping_here
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.protection.resealing import Resealed, Rotated
    from whence.protection.sealing_orders import Sealed
    from whence.protection.vault import Erased

_MOST_ROWS: Final = 20  # row numbers told; the count says how many there are


def seal(
    ctx: typer.Context,
    orders: Annotated[
        Path,
        typer.Argument(help="vault.seal-orders", rich_help_panel=PANEL_GENERAL, metavar="ORDERS"),
    ],
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields", help="vault.seal-fields", rich_help_panel=PANEL_GENERAL, metavar="FIELDS"
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(
            "--map", help="vault.option-map", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Seal a table of orders, and tell how many fields are new."""
    del lang
    from whence.intake.sheets import read_sheet  # noqa: PLC0415  after help and wrong usage
    from whence.ledger import Entry, Value, open_ledger  # noqa: PLC0415
    from whence.protection import make_vault  # noqa: PLC0415
    from whence.protection.own_columns import read_columns  # noqa: PLC0415
    from whence.protection.sealing_orders import seal_orders  # noqa: PLC0415
    from whence.protection.vault_keys import FILE  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    home = open_workspace(workspace)
    wrapping = wrapping_here(home, os.environ)
    had_key = (home.keys / FILE).exists()
    with open_ledger(home, clock=clock) as ledger, progress(ctx.obj, quiet=quiet) as on_progress:
        sheet = read_sheet(orders, renamed=read_columns(columns))
        with make_vault(home, wrapping, clock=clock) as vault:
            sealed = seal_orders(vault, sheet, names(fields), on_progress=on_progress)
        facts: dict[str, Value] = {
            "fields": ",".join(sealed.fields),
            "n_orders": sealed.n_orders,
            "n_new": sealed.counts.new,
            "n_changed": sealed.counts.changed,
        }
        ledger.append([Entry(kind="vault-seal", at=clock(), facts=facts)])
    _tell_sealed(sealed, sheet.unreadable_rows, ctx.obj)
    if not had_key and (home.keys / FILE).exists():
        typer.echo(say("vault.made-key", ctx.obj, file=home.keys / FILE))


def _tell_sealed(sealed: "Sealed", unreadable: tuple[int, ...], language: Language) -> None:
    counts = {
        "orders": f"{sealed.n_orders - sealed.counts.erased:,}",
        "new": f"{sealed.counts.new:,}",
        "changed": f"{sealed.counts.changed:,}",
        "unchanged": f"{sealed.counts.unchanged:,}",
        "fields": ", ".join(sealed.fields),
    }
    typer.echo(say("vault.sealed", language, **counts))
    if sealed.counts.erased:
        typer.echo(say("vault.sealed-erased", language, n=f"{sealed.counts.erased:,}"))
    for phrase, rows in (
        ("vault.sealed-nameless", sealed.nameless),
        ("vault.sealed-conflicting", sealed.conflicting),
        ("vault.sealed-unreadable", unreadable),
    ):
        if rows:
            typer.echo(say(phrase, language, n=f"{len(rows):,}", rows=_listed(rows)))
    if not sealed.has_customers:
        typer.echo(say("vault.sealed-no-customers", language))


def _listed(rows: Iterable[int]) -> str:
    numbers = [str(row) for row in rows]
    return ", ".join([*numbers[:_MOST_ROWS], *(["..."] if len(numbers) > _MOST_ROWS else [])])


def rotate(
    ctx: typer.Context,
    reseal: Annotated[
        bool, typer.Option("--reseal", help="vault.rotate-reseal", rich_help_panel=PANEL_GENERAL)
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="vault.rotate-resume", rich_help_panel=PANEL_GENERAL)
    ] = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Make new keys, take the fields over where that is asked for, and tell what was done."""
    del lang
    from whence.ledger import Entry, open_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.protection import open_vault, resealing  # noqa: PLC0415
    from whence.protection.vault_keys import FILE  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    home = open_workspace(workspace)
    wrapping = wrapping_here(home, os.environ)
    with (
        open_ledger(home, clock=clock) as ledger,
        open_vault(home, wrapping, clock=clock) as vault,
        progress(ctx.obj, quiet=quiet) as on_progress,
    ):

        def record(done: "Rotated") -> None:
            facts = {"version": done.version, "n_versions": done.n_versions}
            ledger.append([Entry(kind="vault-key", at=clock(), facts=facts)])

        if not resume:
            rotated = resealing.rotate(vault, wrapping, record=record)
            facts = {"version": rotated.version, "n": rotated.n_versions}
            typer.echo(say("vault.rotated", ctx.obj, **facts))
            if home.transit is None:
                typer.echo(say("vault.rotated-copy", ctx.obj, file=home.keys / FILE))
        if reseal or resume:
            done = resealing.reseal(vault, on_progress=on_progress)
            facts = {"n_fields": done.n_fields, "version": done.version}
            facts |= {"n_destroyed": done.n_destroyed}
            ledger.append([Entry(kind="vault-reseal", at=clock(), facts=facts)])
            _tell_resealed(done, ctx.obj)


def _tell_resealed(done: "Resealed", language: Language) -> None:
    facts = {"n": f"{done.n_fields:,}", "version": done.version, "destroyed": done.n_destroyed}
    typer.echo(say("vault.resealed", language, **facts))
    if not done.is_scrubbed:
        typer.echo(say("vault.not-scrubbed", language))


def erase(
    ctx: typer.Context,
    customer: Annotated[
        str,
        typer.Option(
            "--customer", help="vault.erase-customer", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Delete a customer's orders, and tell how much went."""
    del lang
    from whence.ledger import Entry, open_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.protection import open_vault  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    home = open_workspace(workspace)
    wrapping = wrapping_here(home, os.environ)
    with (
        open_ledger(home, clock=clock) as ledger,
        open_vault(home, wrapping, clock=clock) as vault,
    ):

        def record(gone: "Erased") -> None:
            facts = {"n_orders": gone.n_orders, "n_fields": gone.n_fields}
            ledger.append([Entry(kind="vault-erasure", at=clock(), facts=facts)])

        gone = vault.erase(customer, record=record)
    if not gone.n_orders:
        typer.echo(say("vault.erased-nothing", ctx.obj))
        return
    facts = {"orders": f"{gone.n_orders:,}", "fields": f"{gone.n_fields:,}"}
    typer.echo(say("vault.erased", ctx.obj, **facts))
    if not gone.is_scrubbed:
        typer.echo(say("vault.not-scrubbed", ctx.obj))
