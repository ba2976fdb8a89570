"""``whence case erase``: personal data that must go, while the record stays valid (PIPL 47)."""

from typing import Annotated

import typer

from whence.cli.case_options import By, opened_desk
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import UsageError
from whence.wording import say


def erase(
    ctx: typer.Context,
    case: Annotated[
        str | None,
        typer.Argument(help="case.option-case", rich_help_panel=PANEL_GENERAL, metavar="CASE"),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(
            "--report", help="case.erase-report", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    exhibit: Annotated[
        str | None,
        typer.Option(
            "--exhibit", help="case.erase-exhibit", rich_help_panel=PANEL_GENERAL, metavar="E"
        ),
    ] = None,
    entry: Annotated[
        int | None,
        typer.Option(
            "--entry", help="case.erase-entry", rich_help_panel=PANEL_GENERAL, metavar="N"
        ),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", help="case.erase-customer", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    basis: Annotated[
        str,
        typer.Option(
            "--basis",
            help="case.erase-basis",
            rich_help_panel=PANEL_GENERAL,
            metavar="request|period-over|mistake|unlawful",
        ),
    ] = "request",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Erase one thing: a report, an exhibit, the words of an entry, or all of a customer."""
    del lang
    from whence.casework import sealed_erasing as erasing  # noqa: PLC0415  after help

    if basis not in erasing.BASES:
        raise UsageError("case.no-basis", basis=basis, known=", ".join(erasing.BASES))
    if sum(each is not None for each in (report, exhibit, entry, customer)) != 1:
        raise UsageError("case.erase-one")
    if customer is None and case is None:
        raise UsageError("case.erase-which-case")
    with opened_desk(workspace, by) as desk:
        if customer is not None:
            erased = erasing.erase_customer(desk, customer, basis=basis)
        elif report is not None:
            erased = erasing.erase_report(desk, str(case), report, basis=basis)
        elif exhibit is not None:
            erased = erasing.erase_exhibit(desk, str(case), exhibit, basis=basis)
        else:
            erased = erasing.erase_entry(desk, str(case), entry or 0, basis=basis)
    facts = {"words": erased.n_words, "exhibits": erased.n_exhibits, "cases": erased.n_cases}
    typer.echo(say("case.erased", ctx.obj, **facts))
