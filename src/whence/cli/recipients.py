"""``whence recipients``: who may get data, and what is odd about the register."""

import json as json_room
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import InputError
from whence.model import Instant
from whence.wording import Language, name_of_kind, say

if TYPE_CHECKING:
    from rich.table import Table

    from whence.protection import Recipient, Register
    from whence.protection.register_check import Remark

Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="recipients.option-json", rich_help_panel=PANEL_GENERAL)
]
_LIST: Final = "whence.recipients/1"
_CHECK: Final = "whence.recipients-check/1"
_COLUMNS: Final = ("party", "number", "kind", "until", "purposes", "clear", "quota", "marks")


def list_recipients(
    ctx: typer.Context,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Read the register and lay it out."""
    del lang
    from whence.protection.register_file import read_register  # noqa: PLC0415  after help
    from whence.workspace import open_workspace  # noqa: PLC0415

    register = read_register(open_workspace(workspace).register)
    if json:
        rows = [_row(recipient) for recipient in register.recipients.values()]
        typer.echo(_json({"schema": _LIST, "recipients": rows}))
    elif not register.recipients:
        typer.echo(say("recipients.none", ctx.obj, file=register.file))
    else:
        from whence.cli.answer import console_for_answers  # noqa: PLC0415  pulls rich

        console_for_answers().print(_table(register, clock(), ctx.obj))


def check(
    ctx: typer.Context,
    json: Json = False,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Look the register through and tell line by line; faults are told before they end it."""
    del lang
    from whence.protection.register_check import remarks_on  # noqa: PLC0415  after help
    from whence.protection.register_file import inspect_register  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    register, faults = inspect_register(open_workspace(workspace).register)
    remarks = remarks_on(register, clock())
    if json:
        typer.echo(_json(_document(register, faults, remarks, ctx.obj)))
    else:
        _tell(register, faults, remarks, ctx.obj)
    if faults:
        raise InputError("recipients.faulty", file=register.file, n=len(faults))


def _tell(
    register: "Register",
    faults: list[InputError],
    remarks: "list[Remark]",
    language: Language,
) -> None:
    for line in (*(fault.text(language) for fault in faults), *(r.text(language) for r in remarks)):
        typer.echo(line)
    facts = {"file": register.file, "n": len(register.recipients), "remarks": len(remarks)}
    if not faults:
        typer.echo(say("recipients.remarks" if remarks else "recipients.clean", language, **facts))


def _document(
    register: "Register",
    faults: list[InputError],
    remarks: "list[Remark]",
    language: Language,
) -> dict[str, Any]:
    return {
        "schema": _CHECK,
        "recipients": len(register.recipients),
        "faults": [
            {"place": f"{register.file}:{fault.facts['line']}", "text": fault.text(language)}
            for fault in faults
        ],
        "remarks": [
            {
                "place": remark.place,
                "party_id": remark.party_id,
                "remark": remark.name.removeprefix("remark-"),
                "text": remark.text(language),
            }
            for remark in remarks
        ],
    }


def _row(recipient: "Recipient") -> dict[str, Any]:
    return {
        "party_id": recipient.party_id,
        "number": recipient.number,
        "kind": recipient.kind,
        "name": recipient.name,
        "contract": recipient.contract,
        "impact_assessment": recipient.impact_assessment,
        "until": recipient.until,
        "purposes": {purpose: list(fields) for purpose, fields in recipient.purposes.items()},
        "clear": list(recipient.clear),
        "quota_per_day": recipient.quota_per_day,
        "quota_per_account": recipient.quota_per_account,
        "marks": list(recipient.marks),
        "canaries": recipient.canaries,
        "place": recipient.place(),
    }


def _table(register: "Register", now: Instant, language: Language) -> "Table":
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in _COLUMNS:
        table.add_column(say(f"recipients.column-{column}", language), overflow="fold")
    for each in register.recipients.values():
        purposes = "\n".join(
            say("recipients.purpose", language, purpose=purpose, fields=", ".join(fields))
            for purpose, fields in each.purposes.items()
        )
        until = each.until or "-"
        if each.ends_at is not None and each.ends_at <= now:
            until = say("recipients.expired", language, until=until)
        quotas = [each.quota_per_day, each.quota_per_account]
        cells = (
            each.party_id,
            str(each.number),
            name_of_kind(each.kind, language),
            until,
            purposes,
            ", ".join(each.clear),
            " / ".join("-" if quota is None else f"{quota:,}" for quota in quotas),
            ", ".join(each.marks),
        )
        table.add_row(*(Text(cell or "-") for cell in cells))
    return table


def _json(document: dict[str, Any]) -> str:
    return json_room.dumps(document, ensure_ascii=False, indent=2)


COMMANDS: Final[dict[str, Callable[..., None]]] = {"list": list_recipients, "check": check}
