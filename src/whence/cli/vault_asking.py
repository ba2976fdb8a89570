"""``whence vault reveal`` and ``search``: fields given out, on record before they are shown."""

import json as json_room
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.wording import say

if TYPE_CHECKING:
    from whence.protection import Desk
    from whence.protection.vault_keys import Wrapping
    from whence.workspace import Workspace


def _option(name: str, metavar: str) -> object:
    return typer.Option(
        f"--{name}", help=f"vault.option-{name}", rich_help_panel=PANEL_GENERAL, metavar=metavar
    )


Account: TypeAlias = Annotated[str, _option("account", "ACCOUNT")]
To: TypeAlias = Annotated[str, _option("to", "RECIPIENT")]
Purpose: TypeAlias = Annotated[str, _option("purpose", "PURPOSE")]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="vault.option-json", rich_help_panel=PANEL_GENERAL)
]
_REVEAL: Final = "whence.reveal/1"
_SEARCH: Final = "whence.search/1"
_STANDARD_INPUT: Final = "-"


def reveal(
    ctx: typer.Context,
    order: Annotated[
        str,
        typer.Argument(help="vault.reveal-order", rich_help_panel=PANEL_GENERAL, metavar="ORDER"),
    ],
    fields: Annotated[
        list[str],
        typer.Argument(help="vault.reveal-fields", rich_help_panel=PANEL_GENERAL, metavar="FIELD"),
    ],
    account: Account,
    to: To,
    purpose: Purpose,
    clear: Annotated[
        bool, typer.Option("--clear", help="vault.reveal-clear", rich_help_panel=PANEL_GENERAL)
    ] = False,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Ask the desk for fields of one order, and print what it gives."""
    del lang
    from whence.protection import Asking  # noqa: PLC0415  after help and wrong usage

    asking = Asking(
        account_id=account,
        party_id=to,
        purpose=purpose,
        form="clear" if clear else "masked",
    )
    with opened_desk(workspace) as desk:
        given = desk.reveal(order, fields, asking)
    if json:
        document = {"schema": _REVEAL, "order_id": given.order_id, "form": given.form}
        typer.echo(json_room.dumps(document | {"fields": dict(given.fields)}, ensure_ascii=False))
        return
    for field, text in given.fields.items():
        phrase = "vault.revealed-nothing" if text is None else "vault.revealed"
        typer.echo(say(phrase, ctx.obj, field=field, text=text))


def search(
    ctx: typer.Context,
    field: Annotated[
        str,
        typer.Argument(help="vault.search-field", rich_help_panel=PANEL_GENERAL, metavar="FIELD"),
    ],
    value: Annotated[
        str,
        typer.Argument(help="vault.search-value", rich_help_panel=PANEL_GENERAL, metavar="VALUE"),
    ],
    account: Account,
    to: To,
    purpose: Purpose,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Ask the desk which orders have a value, and print their ids."""
    del lang
    from whence.protection import Asking  # noqa: PLC0415  after help and wrong usage

    wanted = sys.stdin.readline().strip() if value == _STANDARD_INPUT else value
    asking = Asking(account_id=account, party_id=to, purpose=purpose)
    with opened_desk(workspace) as desk:
        found = desk.search(field, wanted, asking)
    if json:
        document = {"schema": _SEARCH, "field": field, "order_ids": found}
        typer.echo(json_room.dumps(document, ensure_ascii=False))
    elif not found:
        typer.echo(say("vault.found-none", ctx.obj))
    for order_id in () if json else found:
        typer.echo(order_id)


@contextmanager
def opened_desk(folder: Path) -> "Iterator[Desk]":
    """Open the vault of the workspace in a folder, its ledger, and the desk before them."""
    from whence.ledger import open_ledger  # noqa: PLC0415  after help and wrong usage
    from whence.protection import open_desk, open_vault  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    workspace = open_workspace(folder)
    wrapping = wrapping_here(workspace, os.environ)
    with (
        open_vault(workspace, wrapping, clock=clock) as vault,
        open_ledger(workspace, clock=clock) as ledger,
        open_desk(workspace, vault, ledger, clock=clock) as desk,
    ):
        yield desk


def wrapping_here(workspace: "Workspace", environment: Mapping[str, str]) -> "Wrapping":
    """Return what wraps the vault's keys; the token for a server comes from the environment."""
    from whence.protection import wrapping_of  # noqa: PLC0415  after help and wrong usage
    from whence.protection.transit import AUTHORITIES, TOKENS  # noqa: PLC0415

    def first(variables: tuple[str, ...]) -> str | None:
        return next((environment[name] for name in variables if environment.get(name)), None)

    return wrapping_of(workspace, token=first(TOKENS) or "", authorities=first(AUTHORITIES))
