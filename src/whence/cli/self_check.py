"""``whence self-check``: was my order among them? Asked without telling which order it is."""

import json as json_text
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.wording import say

_USUAL_CROWD: Final = 1_000


def build(
    ctx: typer.Context,
    trace: Annotated[
        Path,
        typer.Argument(help="self-check.trace", rich_help_panel=PANEL_GENERAL, metavar="TRACE_DIR"),
    ],
    contacts: Annotated[
        Path,
        typer.Option(
            "--contacts", help="self-check.contacts", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ],
    orders: Annotated[
        int,
        typer.Option(
            "--orders", min=1, help="self-check.orders", rich_help_panel=PANEL_GENERAL, metavar="N"
        ),
    ],
    crowd: Annotated[
        int,
        typer.Option(
            "--crowd", min=2, help="self-check.crowd", rich_help_panel=PANEL_GENERAL, metavar="K"
        ),
    ] = _USUAL_CROWD,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Build the list of exposed orders that questions are answered from."""
    del lang
    from whence.warning.audience import read_exposed  # noqa: PLC0415  after help
    from whence.warning.contacts import read_contacts  # noqa: PLC0415
    from whence.warning.keys import room_key  # noqa: PLC0415
    from whence.warning.listed import FOLDER, build_list  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    opened = open_workspace(workspace)
    exposed, known = read_exposed(trace), read_contacts(contacts).of
    pairs = [
        (order.order_id, phone)
        for order in exposed.orders
        if order.customer_id in known and (phone := known[order.customer_id].phone)
    ]
    with progress(ctx.obj, quiet=quiet) as on_progress:
        about = build_list(
            pairs,
            opened.folder / FOLDER,
            n_orders=orders,
            k=crowd,
            key=room_key(opened.keys),
            threads=os.cpu_count() or 1,
            on_progress=on_progress,
        )
    facts = {
        "n": f"{len(pairs):,}",
        "without": f"{len(exposed.orders) + exposed.n_nameless - len(pairs):,}",
        "bits": about.bits,
        "k": f"{about.k:,}",
        "values": f"{about.capacity:,}",
    }
    typer.echo(say("self-check.built", ctx.obj, **facts))


def serve(
    ctx: typer.Context,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    host: Annotated[
        str,
        typer.Option(
            "--host", help="self-check.host", rich_help_panel=PANEL_GENERAL, metavar="ADDRESS"
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port",
            min=0,
            max=65_535,
            help="self-check.port",
            rich_help_panel=PANEL_GENERAL,
            metavar="N",
        ),
    ] = 8765,
    per_hour: Annotated[
        int,
        typer.Option(
            "--per-hour",
            min=0,
            help="self-check.per-hour",
            rich_help_panel=PANEL_GENERAL,
            metavar="N",
        ),
    ] = 20,
    lang: Lang = None,
) -> None:
    """Answer questions until stopped."""
    del lang
    from whence.errors import OutputError  # noqa: PLC0415  after help and wrong usage
    from whence.warning.answering import server  # noqa: PLC0415
    from whence.warning.listed import FOLDER  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    folder = open_workspace(workspace).folder / FOLDER
    try:
        serving = server(folder, host, port, per_hour=per_hour, monotonic=time.monotonic)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("warning.not-bound", host=host, port=port, reason=reason) from error
    with serving:
        bound = serving.server_address[1]
        typer.echo(say("self-check.serving", ctx.obj, host=host, port=bound), err=True)
        serving.serve_forever()


def ask(
    ctx: typer.Context,
    url: Annotated[
        str, typer.Argument(help="self-check.url", rich_help_panel=PANEL_GENERAL, metavar="URL")
    ],
    order: Annotated[
        str,
        typer.Option(
            "--order", help="self-check.order", rich_help_panel=PANEL_GENERAL, metavar="ID",
            prompt=True,
        ),
    ],
    phone: Annotated[
        str,
        typer.Option(
            "--phone", help="self-check.phone", rich_help_panel=PANEL_GENERAL, metavar="NUMBER",
            prompt=True,
        ),
    ],
    salt: Annotated[
        str | None,
        typer.Option(
            "--salt", help="self-check.salt", rich_help_panel=PANEL_GENERAL, metavar="HEX"
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="self-check.json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    lang: Lang = None,
) -> None:  # fmt: skip
    """Ask a server about an order, and tell what the answer means."""
    del lang
    from whence.warning.asking import ask as asked_of  # noqa: PLC0415  after help

    asked = asked_of(url, order, phone, salt=salt)
    if json:
        document = {
            "schema": "whence.asked/1",
            "listed": asked.is_listed,
            "salt": asked.salt,
            "bits_told": asked.bits,
            "crowd": asked.k,
        }
        typer.echo(json_text.dumps(document))
        return
    typer.echo(say("self-check.listed" if asked.is_listed else "self-check.not-listed", ctx.obj))
    typer.echo(say("self-check.told", ctx.obj, bits=asked.bits, k=f"{asked.k:,}", salt=asked.salt))


COMMANDS: Final[dict[str, Callable[..., None]]] = {"build": build, "serve": serve, "ask": ask}
