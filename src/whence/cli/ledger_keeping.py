"""``whence ledger checkpoint``, ``backup``, ``restore``, ``rotate-key``: keeping the record."""

from pathlib import Path
from typing import Annotated

import typer

from whence.cli.installation import opened_ledger
from whence.cli.ledger_checking import StampRoot
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.errors import UsageError
from whence.wording import say


def checkpoint(
    ctx: typer.Context,
    stamp: Annotated[
        str | None,
        typer.Option(
            "--stamp", help="ledger.checkpoint-stamp", rich_help_panel=PANEL_GENERAL, metavar="URL"
        ),
    ] = None,
    stamp_root: StampRoot = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Sign, have it stamped where asked, and print the checkpoint and nothing else."""
    del ctx, lang
    if stamp is not None and stamp_root is None:
        raise UsageError("ledger.stamp-needs-root")
    from whence.ledger import stamping  # noqa: PLC0415  after help and wrong usage

    roots = [] if stamp_root is None else [stamping.read_root(stamp_root)]
    with opened_ledger(workspace) as ledger:
        signed = ledger.checkpoint()
        if stamp is not None:
            stamping.get_stamp(ledger.workspace.checkpoints, signed.note, stamp, roots)
    typer.echo(signed.note, nl=False)


def backup(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="ledger.backup-dir", rich_help_panel=PANEL_GENERAL, metavar="DIR"),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Copy, check the copy, and say what it holds."""
    del lang
    with opened_ledger(workspace) as ledger, progress(ctx.obj, quiet=quiet) as on_progress:
        copied = ledger.backup(folder, on_progress=on_progress)
    typer.echo(
        say(
            "ledger.backed-up",
            ctx.obj,
            folder=folder,
            entries=f"{copied.n_entries:,}",
            releases=f"{copied.n_releases:,}",
            checkpoints=f"{copied.n_checkpoints:,}",
        )
    )


def restore(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="ledger.restore-dir", rich_help_panel=PANEL_GENERAL, metavar="BACKUP"),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Copy back, check, and say how much there is."""
    del lang
    from whence.ledger import restore_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.workspace import open_workspace  # noqa: PLC0415

    into = open_workspace(workspace)
    with progress(ctx.obj, quiet=quiet) as on_progress:
        n_entries = restore_ledger(folder, into, on_progress=on_progress)
    typer.echo(say("ledger.restored", ctx.obj, entries=f"{n_entries:,}"))


def rotate_key(
    ctx: typer.Context,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="ledger.rotate-key-lost", rich_help_panel=PANEL_GENERAL),
    ] = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Change the key, and say what is to be compared from now on."""
    del lang
    with opened_ledger(workspace) as ledger:
        signed = ledger.rotate_key(lost=lost)
    phrase = "ledger.rotated-lost" if lost else "ledger.rotated"
    typer.echo(say(phrase, ctx.obj, fingerprint=signed.fingerprint))
