"""``whence warn``: tell the exposed before the call."""

import re
import secrets
import time
from contextlib import closing
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, Quiet, WorkspaceFolder
from whence.cli.progress import progress
from whence.errors import UsageError

if TYPE_CHECKING:
    from whence.warning.channels import Channel
    from whence.warning.outbox import Row
    from whence.warning.settings import Settings

_CASE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # it names a folder
_MOST_SEED: Final = 2**63 - 1


class ChannelChoice(StrEnum):
    """The channels of ``--channel``."""

    FILE = "file"
    SMTP = "smtp"
    WEBHOOK = "webhook"


class TemplateChoice(StrEnum):
    """The templates of ``--template``."""

    PIPL57 = "pipl57"
    GDPR34 = "gdpr34"


def warn(
    ctx: typer.Context,
    trace: Annotated[
        Path,
        typer.Argument(
            help="warning.warn-trace", rich_help_panel=PANEL_GENERAL, metavar="TRACE_DIR"
        ),
    ],
    contacts: Annotated[
        Path,
        typer.Option(
            "--contacts",
            help="warning.warn-contacts",
            rich_help_panel=PANEL_GENERAL,
            metavar="FILE",
        ),
    ],
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    channel: Annotated[
        ChannelChoice,
        typer.Option(
            "--channel",
            help="warning.warn-channel",
            rich_help_panel=PANEL_GENERAL,
            metavar="file|smtp|webhook",
        ),
    ] = ChannelChoice.FILE,
    template: Annotated[
        TemplateChoice,
        typer.Option(
            "--template",
            help="warning.warn-template",
            rich_help_panel=PANEL_GENERAL,
            metavar="pipl57|gdpr34",
        ),
    ] = TemplateChoice.PIPL57,
    case: Annotated[
        str,
        typer.Option(
            "--case", help="warning.warn-case", rich_help_panel=PANEL_GENERAL, metavar="NAME"
        ),
    ] = "leak",
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            min=1,
            help="warning.warn-budget",
            rich_help_panel=PANEL_GENERAL,
            metavar="N",
        ),
    ] = None,
    least: Annotated[
        float,
        typer.Option(
            "--least",
            min=0.0,
            max=1.0,
            help="warning.warn-least",
            rich_help_panel=PANEL_GENERAL,
            metavar="P",
        ),
    ] = 0.0,
    avoided: Annotated[
        Path | None,
        typer.Option(
            "--avoided", help="warning.warn-avoided", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="warning.warn-measure", rich_help_panel=PANEL_GENERAL),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            min=0,
            max=_MOST_SEED,
            help="warning.warn-seed",
            rich_help_panel=PANEL_GENERAL,
            metavar="N",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="warning.warn-dry-run", rich_help_panel=PANEL_GENERAL),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="warning.warn-json", rich_help_panel=PANEL_GENERAL)
    ] = False,
    quiet: Quiet = False,
    lang: Lang = None,
) -> None:
    """Read the options, plan, send, and tell what came of it."""
    del lang
    if not _CASE.fullmatch(case):
        raise UsageError("cli.bad-value", option="--case", shape="leak-2026-03")
    if seed is not None and not measure:
        raise UsageError("warning.seed-alone", hint="warning.seed-alone-hint")
    from whence.cli import warn_told as told  # noqa: PLC0415  after help and wrong usage
    from whence.cli.installation import opened_ledger  # noqa: PLC0415
    from whence.warning import warn as room  # noqa: PLC0415
    from whence.warning.audience import read_exposed  # noqa: PLC0415
    from whence.warning.contacts import read_contacts  # noqa: PLC0415
    from whence.warning.keys import room_key  # noqa: PLC0415
    from whence.warning.outbox import Outbox  # noqa: PLC0415
    from whence.warning.planning import Terms  # noqa: PLC0415
    from whence.warning.settings import FORMS, read_settings  # noqa: PLC0415
    from whence.workspace import open_workspace  # noqa: PLC0415

    opened = open_workspace(workspace)
    settings = read_settings(opened.folder)
    exposed, known = read_exposed(trace), read_contacts(contacts)
    orders, persons = room.read_avoided(avoided) if avoided else ({}, {})
    writer = room.writer_for(
        exposed,
        known.of,
        settings,
        template=template.value,
        case_id=case,
        key=room_key(opened.keys),
    )
    wanted = secrets.randbelow(_MOST_SEED) if measure and seed is None else seed
    terms = partial(
        Terms, case_id=case, least=least, avoided_orders=orders, avoided_persons=persons
    )
    if dry_run:
        rows, drawn = _known(opened.folder, case, wanted)
        plan = room.plan_for(
            exposed,
            writer,
            rows,
            terms=terms(seed=drawn),
            channel=channel.value,
            forms=("email",) if channel is ChannelChoice.SMTP else FORMS,
            now=clock(),
        )
        told.tell_plan(plan, exposed, known, writer, ctx.obj, as_json=json)
        return
    folder = opened.folder / "warnings" / case
    with (
        Outbox(opened.folder) as outbox,
        opened_ledger(workspace) as ledger,
        closing(_channel(channel, settings, folder)) as carrier,
        progress(ctx.obj, quiet=quiet) as on_progress,
    ):
        warned = room.warn(
            outbox,
            exposed,
            writer,
            carrier,
            ledger,
            terms=terms(seed=room.seed_of(outbox, case, wanted)),
            clock=clock,
            sleep=time.sleep,
            budget=budget,
            on_progress=on_progress,
        )
    room.write_decisions(folder / "not-told.jsonl", warned.plan.decisions, clock())
    told.tell_warned(warned, exposed, known, folder, ctx.obj, as_json=json)


def _known(folder: Path, case: str, wanted: int | None) -> "tuple[dict[str, Row], int | None]":
    """Return whom an outbox knows, and the seed of its order, without making one."""
    from whence.warning.outbox import FILE, Outbox  # noqa: PLC0415
    from whence.warning.warn import seed_of  # noqa: PLC0415

    if not (folder / FILE).exists():
        return {}, wanted
    with Outbox(folder) as outbox:
        return outbox.rows(case), seed_of(outbox, case, wanted)


def _channel(choice: ChannelChoice, settings: "Settings", folder: Path) -> "Channel":
    """Return the channel that is asked for, as the settings have it."""
    if choice is ChannelChoice.FILE:
        from whence.warning.to_file import FileChannel  # noqa: PLC0415

        place = Path(settings.file.folder) if settings.file.folder else folder
        return FileChannel(place, settings.file.form)
    if choice is ChannelChoice.SMTP and settings.smtp:
        from whence.warning.to_mail import MailChannel  # noqa: PLC0415

        return MailChannel(settings.smtp)
    if choice is ChannelChoice.WEBHOOK and settings.webhook:
        from whence.warning.to_webhook import WebhookChannel  # noqa: PLC0415

        return WebhookChannel(settings.webhook, clock)
    raise UsageError(
        "warning.channel-not-set", channel=choice.value, file=settings.path,
        hint="warning.channel-not-set-hint",
    )  # fmt: skip
