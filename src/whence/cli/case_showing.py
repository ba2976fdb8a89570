"""``whence case show``: all cases, one case, or one report in the clear."""

import json as json_room
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from whence.cli.case_options import By, Json, opened_desk
from whence.cli.installation import clock
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import UsageError
from whence.model import to_text
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.casework.cases import Case
    from whence.casework.cases_desk import Desk

_CASES: Final = "whence.cases/1"
_CASE: Final = "whence.case/1"
_REPORT: Final = "whence.case-report/1"


def show(
    ctx: typer.Context,
    case: Annotated[
        str | None,
        typer.Argument(help="case.show-case", rich_help_panel=PANEL_GENERAL, metavar="CASE"),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(
            "--report", help="case.show-report", rich_help_panel=PANEL_GENERAL, metavar="ID"
        ),
    ] = None,
    json: Json = False,
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Tell what is there; a report that is shown in the clear is put on record."""
    del lang
    if report is not None and case is None:
        raise UsageError("case.report-of-which")
    with opened_desk(workspace, by) as desk:
        if case is None:
            _tell_all(desk, ctx.obj, json=json)
        elif report is not None:
            _tell_report(desk, case, report, ctx.obj)
        else:
            _tell_case(desk, case, ctx.obj, json=json)


def _tell_all(desk: "Desk", language: Language, *, json: bool) -> None:
    folded = desk.folded()
    rows = [_summary(desk, folded[case_id]) for case_id in sorted(folded)]
    if json:
        typer.echo(_dumped({"schema": _CASES, "cases": rows}))
        return
    if not rows:
        typer.echo(say("case.no-cases", language))
    for row in rows:
        state = say(f"case.state-{row['state']}", language)
        typer.echo(say("case.line", language, **{**row, "state": state}))


def _tell_case(desk: "Desk", case_id: str, language: Language, *, json: bool) -> None:
    case = desk.case(case_id)
    document = _document(desk, case)
    if json:
        typer.echo(_dumped(document))
        return
    for line in _lines(document, language):
        typer.echo(line)


def _tell_report(desk: "Desk", case_id: str, report_id: str, language: Language) -> None:
    from whence.casework.cases_desk import REVEAL  # noqa: PLC0415

    case = desk.case(case_id)
    if report_id not in case.reports:
        raise UsageError("case.no-report", report=report_id, case=case_id)
    words = desk.words(case.reports[report_id].filed)
    if words is None:
        typer.echo(say("case.report-erased", language))
        return
    desk.tell(REVEAL, {"case": case_id, "report_id": report_id})
    tree = words.tree()
    typer.echo(_dumped({"schema": _REPORT, "report_id": report_id, **tree}))


def _summary(desk: "Desk", case: "Case") -> dict[str, Any]:
    return {
        "case": case.case_id,
        "state": case.state,
        "opened": to_text(case.opened.at),
        "title": desk.text(case.opened, "title"),
        "reports": len(case.reports),
        "exhibits": len(case.exhibits),
        "merged_into": case.merged_into,
    }


def _document(desk: "Desk", case: "Case") -> dict[str, Any]:
    from whence.casework.measures import day_of, measures_of  # noqa: PLC0415

    today = day_of(clock())
    return {
        "schema": _CASE,
        **_summary(desk, case),
        "merged_from": list(case.merged_from),
        "reports": [
            {
                "report_id": report_id,
                "filed_at": to_text(report.filed.at),
                "source": report.source,
                "corrected": len(report.earlier),
                "by": report.filed.by,
            }
            for report_id, report in case.reports.items()
        ],
        "reports_erased": case.n_reports_erased,
        "exhibits": [
            {
                "exhibit": each.exhibit_id,
                "role": each.role,
                "media": each.media,
                "size": each.size,
                "sha256": each.sha256,
                "report_id": each.report_id,
                "erased": not desk.safe.has_exhibit(each.sha256),
            }
            for each in case.exhibits.values()
        ],
        "facts": dict(case.facts),
        "measures": [
            {
                "measure": each.measure_id,
                "action": each.kind,
                "state": each.state(today),
                "review_on": each.review_on.isoformat() if each.review_on else None,
                "open_appeals": len(each.open_appeals),
            }
            for each in measures_of(case)
        ],
        "entries": [
            {
                "entry": it.seq,
                "at": to_text(it.at),
                "by": it.by,
                "kind": it.kind,
                "text": _text(desk, case, it.seq),
            }
            for it in case.happenings
        ],
        "without_effect": list(case.ineffective),
    }


def _text(desk: "Desk", case: "Case", seq: int) -> str:
    """Return what an investigator typed with an entry; what victims said stays closed."""
    from whence.casework.cases import REPORT  # noqa: PLC0415

    (it,) = (each for each in case.happenings if each.seq == seq)
    words = None if it.kind == REPORT else desk.words(it)
    fields = words.fields if words else ()
    shown = ("title", "text", "why", "grounds", "outcome", "described")
    return "; ".join(str(field.value) for field in fields if field.path in shown)


def _lines(document: dict[str, Any], language: Language) -> Iterator[str]:
    state = say(f"case.state-{document['state']}", language)
    counts = {"reports": len(document["reports"]), "exhibits": len(document["exhibits"])}
    yield say("case.line", language, **{**document, **counts, "state": state})
    for each in document["measures"]:
        named = say(f"case.measure-{each['state'].replace(' ', '-')}", language)
        yield say("case.measure-line", language, **{**each, "state": named})
    for each in document["exhibits"]:
        yield say("case.exhibit-line", language, **{**each, "size": f"{each['size']:,}"})
    for each in document["entries"]:
        kind = say(f"case.kind-{each['kind'].removeprefix('case-')}", language)
        yield say("case.entry-line", language, **{**each, "what": kind}).rstrip()


def _dumped(document: dict[str, Any]) -> str:
    return json_room.dumps(document, ensure_ascii=False, indent=2)
