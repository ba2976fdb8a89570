"""``whence effect``: did the notices help, and how sure that is."""

import json as json_text
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.cli.values import end_of_observation
from whence.model import DAY, to_text
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.warning.effect import Compared, Effect, Side

SCHEMA: Final = "whence.effect/1"


def effect(
    ctx: typer.Context,
    reports: Annotated[
        Path,
        typer.Option(
            "--reports",
            help="warning.effect-reports",
            rich_help_panel=PANEL_GENERAL,
            metavar="FILE",
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    case: Annotated[
        str,
        typer.Option(
            "--case", help="warning.effect-case", rich_help_panel=PANEL_GENERAL, metavar="NAME"
        ),
    ] = "leak",
    until: Annotated[
        str | None,
        typer.Option(
            "--until", help="warning.effect-until", rich_help_panel=PANEL_GENERAL, metavar="TIME"
        ),
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone",
            help="warning.effect-timezone",
            rich_help_panel=PANEL_GENERAL,
            metavar="NAME",
        ),
    ] = "UTC",
    json: Annotated[
        bool, typer.Option("--json", help="warning.effect-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    lang: Lang = None,
) -> None:
    """Read the options, compare those told with those waiting, and tell."""
    del lang
    end = clock() if until is None else end_of_observation(until, timezone)
    from whence.errors import UsageError  # noqa: PLC0415  after help and wrong usage
    from whence.warning.calls import read_calls  # noqa: PLC0415
    from whence.warning.effect import Exposure, effect as measured  # noqa: PLC0415
    from whence.warning.outbox import Outbox  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    with Outbox(open_workspace(workspace).folder) as outbox:
        begun, rows, owners = outbox.case(case), outbox.rows(case), outbox.orders(case)
    if begun is None:
        raise UsageError("warning.no-run", case=case, hint="warning.no-run-hint")
    start, seed = begun
    calls = read_calls(reports, owners, timezone=timezone)
    counted = [row for row in rows.values() if row.state in {"told", "waiting", "under way"}]
    found = measured(
        [Exposure(customer_id=row.customer_id, told_at=row.told_at) for row in counted],
        calls.of,
        start=start,
        until=end,
    )
    n_aside = calls.n_unusable + calls.n_strangers
    if json:
        document = _document(found, is_drawn=seed is not None, start=start, until=end)
        document["rows_aside"] = n_aside
        document["persons_left_out"] = len(rows) - len(counted)
        typer.echo(json_text.dumps(document, indent=2))
        return
    _tell(found, ctx.obj, is_drawn=seed is not None)
    if n_aside:
        typer.echo(say("warning.effect-aside", ctx.obj, n=f"{n_aside:,}"))


def _tell(found: "Effect", language: Language, *, is_drawn: bool) -> None:
    from rich.console import Console  # noqa: PLC0415  only where there is something to show
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, padding=(0, 2))
    for key in ("day", "group", "person-days", "calls", "losses", "lost"):
        justify = "left" if key in {"day", "group"} else "right"
        table.add_column(say(f"warning.column-{key}", language), justify=justify)  # type: ignore[arg-type]
    sides = [
        (to_text(d.day * DAY)[:10], group, side)
        for d in found.days
        for group, side in (("waiting", d.waiting), ("told", d.told))
        if side.person_days > 0
    ]
    for day, group, side in [*sides, ("", "waiting", found.waiting), ("", "told", found.told)]:
        table.add_row(
            day or say("warning.all-days", language),
            say(f"warning.group-{group}", language),
            f"{side.person_days:,.1f}",
            f"{side.calls:,}",
            f"{side.losses:,}",
            f"{side.lost:,.2f}",
        )
    Console(highlight=False).print(table)
    for what, compared in (("calls", found.calls), ("losses", found.losses)):
        typer.echo(_sentence(what, compared, language))
    if not is_drawn:
        typer.echo(say("warning.effect-not-drawn", language))
    typer.echo(say("warning.effect-limits", language))


def _sentence(what: str, compared: "Compared", language: Language) -> str:
    """Return what the numbers say about calls or losses: the ratio, or that they cannot tell."""
    subject = say(f"warning.subject-{what}", language)
    needed = f"{compared.needed:,}" if compared.needed else say("warning.unknown", language)
    if compared.ratio is None:
        return say("warning.effect-none", language, subject=subject)
    facts = {
        "subject": subject,
        "n": f"{compared.n_counted:,}",
        "ratio": _number(compared.ratio.estimate),
        "low": _number(compared.ratio.low),
        "high": _number(compared.ratio.high),
        "needed": needed,
    }
    verdict = compared.verdict.replace(" ", "-")
    return say(f"warning.effect-{verdict}", language, **facts)


def _number(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.2f}"


def _document(found: "Effect", *, is_drawn: bool, start: int, until: int) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "start": to_text(start),
        "until": to_text(until),
        "order_drawn": is_drawn,
        "persons": found.persons,
        "calls": _compared(found.calls),
        "losses": _compared(found.losses),
        "waiting": _side(found.waiting),
        "told": _side(found.told),
        "other_calls": found.n_other_calls,
        "days": [
            {"day": to_text(d.day * DAY)[:10], "waiting": _side(d.waiting), "told": _side(d.told)}
            for d in found.days
        ],
    }


def _compared(compared: "Compared") -> dict[str, object]:
    ratio = compared.ratio
    ends = (None, None, None) if ratio is None else (ratio.estimate, ratio.low, ratio.high)
    told = [None if end is None or math.isinf(end) else round(end, 6) for end in ends]
    return {
        "rate_ratio": dict(zip(("estimate", "low", "high"), told, strict=True)),
        "n": compared.n_counted,
        "verdict": compared.verdict,
        "needed": compared.needed,
    }


def _side(side: "Side") -> dict[str, object]:
    return {
        "person_days": round(side.person_days, 4),
        "calls": side.calls,
        "losses": side.losses,
        "lost": round(side.lost, 2),
    }
