"""``whence case act``, ``clocks``: what was done, and what is due until when."""

import json as json_room
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from whence.cli.case_options import By, CaseId, Json, Timezone, instant_of, opened_desk
from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.model import to_text
from whence.wording import Language, say

if TYPE_CHECKING:
    from rich.table import Table

    from whence.casework.clocks import Clock, Undecided

_CLOCKS: Final = "whence.clocks/1"
_COLUMNS: Final = ("duty", "says", "from", "until", "clock")


def act(
    ctx: typer.Context,
    case: CaseId,
    action: Annotated[
        str, typer.Argument(help="case.act-action", rich_help_panel=PANEL_GENERAL, metavar="ACTION")
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target", help="case.act-target", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = "",
    grounds: Annotated[
        str,
        typer.Option(
            "--grounds", help="case.option-grounds", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    review: Annotated[
        str | None,
        typer.Option(
            "--review", help="case.act-review", rich_help_panel=PANEL_GENERAL, metavar="DATE"
        ),
    ] = None,
    appeal: Annotated[
        str,
        typer.Option(
            "--appeal", help="case.act-appeal", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    measure: Annotated[
        str | None,
        typer.Option(
            "--measure", help="case.act-measure", rich_help_panel=PANEL_GENERAL, metavar="M"
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="case.act-at", rich_help_panel=PANEL_GENERAL, metavar="TIME"),
    ] = None,
    timezone: Timezone = "UTC",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Record what was done; a measure answers with its id."""
    del lang
    from whence.casework.measures import action as made_action, kinds  # noqa: PLC0415

    done_at = instant_of(at, timezone)
    with opened_desk(workspace, by) as desk:
        made = made_action(
            desk.case(case),
            action,
            done_at=clock() if done_at is None else done_at,
            target=target,
            grounds=grounds,
            appeal=appeal,
            review_on=review,
            refers=measure,
        )
        seq = desk.act(case, made.facts, made.tree)
    phrase = "case.measure-taken" if kinds()[action].is_measure else "case.acted"
    typer.echo(say(phrase, ctx.obj, case=case, seq=seq, action=kinds()[action].text(ctx.obj)))


def clocks(
    ctx: typer.Context,
    case: CaseId,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Tell which duties run, since when and until when."""
    del lang
    from whence.casework.clocks import clocks_of  # noqa: PLC0415  after help and wrong usage

    now = clock()
    with opened_desk(workspace, None) as desk:
        running, undecided = clocks_of(desk.case(case), now)
    if json:
        rows = [_row(each) for each in running]
        open_ones = [{"duty": each.duty.duty_id, "missing": each.missing} for each in undecided]
        document = {
            "schema": _CLOCKS,
            "case": case,
            "as_of": to_text(now),
            "clocks": rows,
            "undecided": open_ones,
        }
        typer.echo(json_room.dumps(document, ensure_ascii=False, indent=2))
        return
    from whence.cli.answer import console_for_answers  # noqa: PLC0415  pulls rich

    console_for_answers().print(_table(running, ctx.obj))
    _tell_undecided(undecided, ctx.obj)
    typer.echo(say("case.pack-law", ctx.obj))


def _row(each: "Clock") -> dict[str, Any]:
    return {
        "duty": each.duty.duty_id,
        "rule": each.duty.rule["en"],
        "article": each.duty.article,
        "basis": each.duty.basis,
        "from": to_text(each.begins),
        "assumed": each.is_assumed,
        "until": None if each.until is None else to_text(each.until),
        "done_at": None if each.done_at is None else to_text(each.done_at),
        "entry": each.by_seq,
        "measure": each.measure_id,
        "state": each.state,
    }


def _table(running: "tuple[Clock, ...]", language: Language) -> "Table":
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from whence.casework.pack_blocks import until, when  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(say(f"case.pack-column-{column}", language), overflow="fold")
    for each in running:
        mark = say("case.second-hand", language) if each.duty.is_second_hand else ""
        assumed = say("case.assumed", language) if each.is_assumed else ""
        ends = say("case.at-once", language) if each.until is None else until(each.until)
        state = say(f"case.clock-{each.state.replace(' ', '-')}", language, at=when(each.done_at))
        says = each.duty.says[language] + (f" ({each.measure_id})" if each.measure_id else "")
        cells = (each.duty.title(language) + mark, says, when(each.begins) + assumed, ends, state)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _tell_undecided(undecided: "tuple[Undecided, ...]", language: Language) -> None:
    from whence.casework.clocks import facts  # noqa: PLC0415

    names = dict.fromkeys(name for each in undecided for name in each.missing)
    for name in names:
        duties = "; ".join(e.duty.title(language) for e in undecided if name in e.missing)
        told = {"name": name, "meaning": facts()[name].texts[language], "duties": duties}
        typer.echo(say("case.undecided", language, **told))
