"""``whence tip``: which tip was shown after payment, when, on which order, on record."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from whence.cli.installation import clock, opened_ledger
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.wording import say


def record(
    ctx: typer.Context,
    table: Annotated[
        Path, typer.Argument(help="tip.table", rich_help_panel=PANEL_GENERAL, metavar="TABLE")
    ],
    text: Annotated[
        Path, typer.Option("--text", help="tip.text", rich_help_panel=PANEL_GENERAL, metavar="FILE")
    ],
    text_version: Annotated[
        str,
        typer.Option(
            "--text-version",
            help="tip.text-version",
            rich_help_panel=PANEL_GENERAL,
            metavar="NAME",
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone", help="tip.timezone", rich_help_panel=PANEL_GENERAL, metavar="NAME"
        ),
    ] = "UTC",
    lang: Lang = None,
) -> None:
    """Record a batch of tips shown."""
    del lang
    from whence.warning.tips import read_showings, read_text, record_tips  # noqa: PLC0415

    words, found = read_text(text, text_version), read_showings(table, timezone=timezone)
    with opened_ledger(workspace) as ledger:
        seqs = record_tips(ledger, workspace, words, found.shown, clock())
    facts = {"n": f"{len(seqs):,}", "version": words.version, "first": seqs.start}
    typer.echo(say("tip.recorded", ctx.obj, **facts))
    for phrase, n in (("tip.unusable", found.n_unusable), ("tip.twice", found.n_twice)):
        if n:
            typer.echo(say(phrase, ctx.obj, n=f"{n:,}"))


def prove(
    ctx: typer.Context,
    order: Annotated[
        str, typer.Argument(help="tip.order", rich_help_panel=PANEL_GENERAL, metavar="ORDER")
    ],
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", help="tip.customer", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Print the proof of the latest tip shown on an order; about it on standard error."""
    del lang
    from whence.errors import UsageError  # noqa: PLC0415  after help and wrong usage
    from whence.model import to_text  # noqa: PLC0415
    from whence.warning.tips import look_through, tips_of  # noqa: PLC0415

    with opened_ledger(workspace) as ledger:
        tips = sorted(tips_of(ledger, order, customer), key=lambda tip: tip.entry.at)
        if not tips:
            raise UsageError("warning.no-tip", hint="warning.no-tip-hint")
        latest = tips[-1]
        words = look_through(ledger, workspace).words
        ledger.checkpoint()
        proof = ledger.prove_inclusion(latest.seq)
    facts = latest.entry.facts
    told = {
        "seq": latest.seq,
        "at": to_text(latest.entry.at),
        "version": facts["version"],
        "n": len(tips),
        "text": words.get(str(facts["text_sha256"]), ""),
    }
    typer.echo(say("tip.proven", ctx.obj, **told), err=True)
    typer.echo(proof.to_json(), nl=False)


COMMANDS: Final[dict[str, Callable[..., None]]] = {"record": record, "prove": prove}
