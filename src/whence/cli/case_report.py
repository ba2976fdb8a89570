"""``whence case report``: what victims say, read, shown with its words, asked about, filed."""

import json as json_room
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from whence.cli.case_options import By, CaseId, Json, opened_desk
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import InputError, UsageError
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.casework.cases import Case
    from whence.casework.cases_desk import Desk
    from whence.casework.reports import CaseReport

_SCHEMA: Final = "whence.case-intake/1"
_ASKED: Final = (
    *("platform", "shop", "goods", "order_number", "purchase_at", "called_at", "caller_number"),
    *("qq", "wechat", "link", "payee", "lender", "loss", "place", "age", "text"),
)  # what the form asks, in the order of a conversation


def report(
    ctx: typer.Context,
    case: CaseId,
    text: Annotated[
        str | None,
        typer.Option("--text", help="reports.text", rich_help_panel=PANEL_GENERAL, metavar="FILE"),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="reports.csv", rich_help_panel=PANEL_GENERAL, metavar="FILE"),
    ] = None,
    jsonl: Annotated[
        Path | None,
        typer.Option(
            "--jsonl", help="reports.jsonl", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    form: Annotated[
        bool, typer.Option("--form", help="reports.form", rich_help_panel=PANEL_GENERAL)
    ] = False,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="reports.set", rich_help_panel=PANEL_GENERAL, metavar="FIELD=VALUE"
        ),
    ] = None,
    report_id: Annotated[
        str | None,
        typer.Option(
            "--report-id", help="reports.report-id", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    wrong: Annotated[
        str,
        typer.Option(
            "--wrong", help="reports.wrong", rich_help_panel=PANEL_GENERAL, metavar="NUMBERS"
        ),
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="reports.yes", rich_help_panel=PANEL_GENERAL)
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="reports.dry-run", rich_help_panel=PANEL_GENERAL)
    ] = False,
    json: Json = False,
    why: Annotated[
        str,
        typer.Option(
            "--why", help="case.option-why", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Read, show, ask, file."""
    del lang
    if sum((text is not None, csv is not None, jsonl is not None, form)) != 1:
        raise UsageError("reports.one-source")
    asks = not (yes or dry_run or json or wrong) and sys.stdin.isatty() and text != "-"
    with opened_desk(workspace, by) as desk:
        known = desk.case(case)
        if text is not None:
            reports = [_of_text(text, report_id)]
        elif form:
            reports = [_of_form(answers or [], report_id, ctx.obj)]
        else:
            reports = list(_of_table(csv or jsonl or Path()))
        if not any(each.facts or each.text or each.others for each in reports):
            raise UsageError("reports.empty")
        shown = len(reports) == 1
        told = _doubts(desk, known, reports, ctx.obj) if not json else []
        if shown and not json:
            _show(reports[0], ctx.obj)
        for line in told:
            typer.echo(line, err=True)
        if asks and shown:
            wrong = typer.prompt(say("reports.ask-wrong", ctx.obj), default="", show_default=False)
            yes = typer.confirm(say("reports.ask-file", ctx.obj), default=True)
            dry_run = not yes
        reports = [_confirmed(each, wrong, yes=yes) for each in reports]
        if json:
            typer.echo(json_room.dumps(_document(reports), ensure_ascii=False, indent=2))
        if dry_run:
            typer.echo(say("reports.not-filed", ctx.obj), err=True)
            return
        _file(desk, case, reports, why, ctx.obj)


def _file(
    desk: "Desk", case: str, reports: "list[CaseReport]", why: str, language: Language
) -> None:
    from whence.casework.cases_desk import Filing  # noqa: PLC0415
    from whence.casework.reports import tree_of  # noqa: PLC0415

    filings = [
        Filing(
            report_id=each.report_id,
            tree=tree_of(each),
            customer_id=each.customer_id,
            source=each.source,
        )
        for each in reports
    ]
    desk.file(case, filings, why=why)
    claims = [c for each in reports for of_field in each.facts.values() for c in of_field]
    facts = {"n": f"{len(reports):,}", "claims": f"{len(claims):,}"}
    confirmed = f"{sum(c.confirmed for c in claims):,}"
    typer.echo(say("reports.filed", language, case=case, confirmed=confirmed, **facts), err=True)


def _of_text(given: str, report_id: str | None) -> "CaseReport":
    from whence.casework.reports import report_of_text  # noqa: PLC0415
    from whence.text import decoded  # noqa: PLC0415

    name = "-" if given == "-" else Path(given).name
    try:
        data = sys.stdin.buffer.read() if given == "-" else Path(given).read_bytes()
    except OSError:
        raise InputError("reports.unreadable", file=name) from None
    text, _ = decoded(data, name)
    if not text.strip():
        raise UsageError("reports.empty")
    return report_of_text(text, report_id)


def _of_form(answers: list[str], report_id: str | None, language: Language) -> "CaseReport":
    from whence.casework.reports import FIELDS, report_of_row  # noqa: PLC0415

    row: dict[str, str] = {}
    known = {*FIELDS, *_ASKED, "customer_id", "loan", "order_price"}
    for answer in answers:
        name, sign, value = answer.partition("=")
        if not sign or name not in known:
            raise UsageError(
                "reports.bad-set", hint="reports.bad-set-hint", known=", ".join(sorted(known))
            )
        row[name] = f"{row[name]};{value}" if name in row and name != "text" else value
    if not answers:
        for name in _ASKED:
            asked = say("reports.ask-field", language, field=name)
            row[name] = typer.prompt(asked, default="", show_default=False)
    return replace(report_of_row(row, source="form"), report_id=report_id)


def _of_table(path: Path) -> "Iterator[CaseReport]":
    from whence.casework.reports import report_of_row  # noqa: PLC0415
    from whence.intake.cells import ROW  # noqa: PLC0415
    from whence.intake.sheets import read_sheet  # noqa: PLC0415

    sheet = read_sheet(path)
    if sheet.unreadable_rows:
        raise InputError("reports.unreadable-rows", file=sheet.file, n=len(sheet.unreadable_rows))
    for row in sheet.table.to_pylist():
        fields = {name: value for name, value in row.items() if name != ROW and value is not None}
        made = report_of_row(fields)
        if made.facts or made.text or made.others:
            yield made


def _confirmed(report: "CaseReport", wrong: str, *, yes: bool) -> "CaseReport":
    """Return the report without the claims that are wrong, the others confirmed where asked."""
    try:
        left_out = {int(n) for n in wrong.replace("，", ",").split(",") if n.strip()}
    except ValueError:
        raise UsageError("reports.bad-wrong") from None
    n = 0
    facts = {}
    for name, claims in report.facts.items():
        kept = []
        for claim in claims:
            n += 1
            if n not in left_out:
                kept.append(replace(claim, confirmed=claim.confirmed or yes))
        if kept:
            facts[name] = tuple(kept)
    if left_out - set(range(1, n + 1)):
        raise UsageError("reports.bad-wrong")
    return replace(report, facts=facts)


def _show(report: "CaseReport", language: Language) -> None:
    from whence.casework.reports import one_number  # noqa: PLC0415
    from whence.text.extracting_lookup import origin_of  # noqa: PLC0415

    typer.echo(say("reports.understood", language))
    n = 0
    for name, claims in report.facts.items():
        for claim in claims:
            n += 1
            words = " ".join(filter(None, (claim.value, claim.currency, claim.role)))
            quote = claim.quote or claim.value
            typer.echo(say("reports.claim", language, n=n, field=name, value=words, quote=quote))
            origin = origin_of(one_number(claim.value)) if name == "caller_number" else None
            if origin is not None:
                carrier = origin.carrier_zh if language == "zh" else origin.carrier_en
                typer.echo(say("reports.origin", language, place=origin.place, carrier=carrier))


def _doubts(
    desk: "Desk",
    case: "Case",
    reports: "list[CaseReport]",
    language: Language,
) -> list[str]:
    """Return what to ask about: contradictions, stories told before or twice."""
    from whence.casework.contradictions import contradictions_in  # noqa: PLC0415
    from whence.casework.duplicates import duplicates, repeated_within  # noqa: PLC0415

    lines: list[str] = []
    texts = [(each.report_id or "", each.text) for each in reports if each.text]
    for _, text in texts:
        for found in contradictions_in(text):
            quotes = " / ".join(found.quotes)
            lines.append(say("reports.contradiction", language, what=found.kind, quotes=quotes))
        if twice := repeated_within(text):
            lines.append(say("reports.told-twice", language, n=len(twice)))
    if not texts:
        return lines
    earlier = []
    for filed_id, filed in case.reports.items():
        words = desk.words(filed.filed)
        text = (words.text("report/narrative") or words.text("report/text")) if words else ""
        if text and filed_id not in {each.report_id for each in reports}:
            earlier.append((filed_id, text))
    every = [*earlier, *texts]
    for pair in duplicates([text for _, text in every]):
        if pair.b >= len(earlier):
            other = every[pair.a][0] or str(pair.a - len(earlier) + 1)
            lines.append(say("reports.told-before", language, report=other))
    return lines


def _document(reports: "list[CaseReport]") -> dict[str, Any]:
    from whence.casework.contradictions import contradictions_in  # noqa: PLC0415
    from whence.casework.reports import tree_of  # noqa: PLC0415

    return {
        "schema": _SCHEMA,
        "reports": [
            {
                "report_id": each.report_id,
                "facts": tree_of(each)["facts"],
                "contradictions": [
                    {"kind": c.kind, "quotes": list(c.quotes)}
                    for c in (contradictions_in(each.text) if each.text else ())
                ],
            }
            for each in reports
        ],
    }
