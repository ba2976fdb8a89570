"""``whence caller-check``: one code for a genuine call, seen by the agent and by the shopper."""

import json as json_text
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.model import SECOND, to_text
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.ledger import Value
    from whence.warning.caller import CallerCheck, Shown

_HALF: Final = 4  # digits read out at a time

Order: TypeAlias = Annotated[
    str,
    typer.Option("--order", help="caller-check.order", rich_help_panel=PANEL_GENERAL, metavar="ID"),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="caller-check.json", rich_help_panel=PANEL_GENERAL)
]


def new(
    ctx: typer.Context,
    agent: Annotated[
        str,
        typer.Option(
            "--agent", help="caller-check.agent", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ],
    order: Order,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Open a call of an agent about an order, and show its code."""
    del lang
    now = clock()
    with _opened(workspace) as check:
        shown = check.open_call(agent, order, now)
    facts: dict[str, Value] = {"call_id": shown.call_id, "agent_id": agent, "order_id": order}
    _record(workspace, "call-opened", now, facts)
    _tell("caller-check.opened", shown, ctx.obj, as_json=json)


def show(
    ctx: typer.Context,
    order: Order,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Show the shopper whether a call about her order is open, and its code."""
    del lang
    with _opened(workspace) as check:
        shown = check.show(order, clock())
    if shown is not None:
        _tell("caller-check.shown", shown, ctx.obj, as_json=json)
    elif json:
        typer.echo(json_text.dumps({"schema": "whence.call/1", "open": False}))
    else:
        typer.echo(say("caller-check.no-call", ctx.obj))


def verify(
    ctx: typer.Context,
    code: Annotated[
        str,
        typer.Argument(help="caller-check.code", rich_help_panel=PANEL_GENERAL, metavar="CODE"),
    ],
    order: Order,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    json: Json = False,
    lang: Lang = None,
) -> None:
    """Answer to the code that a caller said."""
    del lang
    now = clock()
    with _opened(workspace) as check:
        answer, call_id = check.verify(order, code, now)
    facts: dict[str, Value] = {"call_id": call_id, "order_id": order, "answer": answer}
    _record(workspace, "call-checked", now, facts)
    if json:
        document = {"schema": "whence.call-checked/1", "answer": answer, "call_id": call_id}
        typer.echo(json_text.dumps(document))
    else:
        typer.echo(say(f"caller-check.{answer.replace(' ', '-')}", ctx.obj))


COMMANDS: Final[dict[str, Callable[..., None]]] = {"new": new, "show": show, "verify": verify}


def _opened(folder: Path) -> "CallerCheck":
    """Return the open calls of the installation in a folder."""
    from whence.warning.caller import CallerCheck  # noqa: PLC0415  after help and wrong usage
    from whence.warning.keys import room_key  # noqa: PLC0415
    from whence.warning.settings import read_settings  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    opened = open_workspace(folder)
    settings = read_settings(opened.folder)
    return CallerCheck(opened.folder, room_key(opened.keys), settings.caller)


def _record(folder: Path, kind: str, now: int, facts: "dict[str, Value]") -> None:
    """Put into the ledger that a call was opened, or asked about."""
    from whence.cli.installation import opened_ledger  # noqa: PLC0415
    from whence.ledger import Entry  # noqa: PLC0415

    with opened_ledger(folder) as ledger:
        ledger.append([Entry(kind=kind, at=now, facts=facts)])


def _tell(phrase: str, shown: "Shown", language: Language, *, as_json: bool) -> None:
    if as_json:
        document = {
            "schema": "whence.call/1",
            "open": True,
            "call_id": shown.call_id,
            "code": shown.code,
            "changes_at": to_text(shown.changes_at),
            "until": to_text(shown.until),
        }
        typer.echo(json_text.dumps(document))
        return
    seconds = max(0, (shown.changes_at - clock()) // SECOND)
    spoken = f"{shown.code[:_HALF]} {shown.code[_HALF:]}"
    typer.echo(say(phrase, language, code=spoken, seconds=seconds, until=to_text(shown.until)))
