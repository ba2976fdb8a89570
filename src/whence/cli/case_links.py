"""``whence case links``: which reports belong together, why, and what a person decided."""

import json as json_room
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from whence.cli.case_options import By, Json, opened_desk
from whence.cli.options import DEFAULT_WORKSPACE, PANEL_GENERAL, Lang, WorkspaceFolder
from whence.errors import OutputError, UsageError
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.casework.cases import Case
    from whence.casework.cases_desk import Desk
    from whence.casework.links import Joined
    from whence.casework.links_weights import Linkable

LINKS: Final = "case-links"  # somebody had the reports read for what joins them; of no case
_SCHEMA: Final = "whence.case-links/1"
_DECIDED: Final = "link"  # facts `link A B`: true joins, false parts; the latest holds
_MOST_SHOWN: Final = 8  # values of a group on a terminal


def links(
    ctx: typer.Context,
    case: Annotated[
        str | None,
        typer.Argument(help="case.show-case", rich_help_panel=PANEL_GENERAL, metavar="CASE"),
    ] = None,
    least: Annotated[
        float,
        typer.Option(
            "--least",
            min=0.01,
            max=0.99,
            help="reports.least",
            rich_help_panel=PANEL_GENERAL,
            metavar="SHARE",
        ),
    ] = 0.5,
    join: Annotated[
        tuple[str, str] | None,
        typer.Option("--join", help="reports.join", rich_help_panel=PANEL_GENERAL, metavar="A B"),
    ] = None,
    part: Annotated[
        tuple[str, str] | None,
        typer.Option("--part", help="reports.part", rich_help_panel=PANEL_GENERAL, metavar="A B"),
    ] = None,
    grounds: Annotated[
        str,
        typer.Option(
            "--grounds", help="reports.grounds", rich_help_panel=PANEL_GENERAL, metavar="TEXT"
        ),
    ] = "",
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", help="reports.picture", rich_help_panel=PANEL_GENERAL, metavar="FILE"
        ),
    ] = None,
    json: Json = False,
    by: By = None,
    workspace: WorkspaceFolder = DEFAULT_WORKSPACE,
    lang: Lang = None,
) -> None:
    """Read the reports of a case or of all, and tell the groups; or record a decision."""
    del lang
    if join and part:
        raise UsageError("reports.both")
    with opened_desk(workspace, by) as desk:
        cases = {case: desk.case(case)} if case is not None else desk.folded()
        if (pair := join or part) is not None:
            _decide(desk, cases, pair, grounds, together=join is not None, language=ctx.obj)
            return
        reports, case_of = _read(desk, cases)
        found = _joined(reports, cases, least)
        desk.tell(LINKS, {"case": case, "n_reports": len(reports), "n_groups": len(found.groups)})
        if picture is not None:
            _draw(found, reports, picture, ctx.obj)
        if json:
            document = _document(found, case_of)
            typer.echo(json_room.dumps(document, ensure_ascii=False, indent=2))
            return
        _tell(found, case_of, ctx.obj)


def _read(desk: "Desk", cases: "Mapping[str, Case]") -> "tuple[list[Linkable], dict[str, str]]":
    """Return what joining looks at; an id that two cases use gets its case before it."""
    from whence.casework.reports import linkable_of, report_of_tree  # noqa: PLC0415

    made, case_of = [], {}
    for case_id, case in cases.items():
        for report_id, filed in case.reports.items():
            words = desk.words(filed.filed)
            if words is None:
                continue
            name = report_id if report_id not in case_of else f"{case_id}/{report_id}"
            tree = words.tree().get("report", {})
            made.append(linkable_of(name, report_of_tree(name, tree)))
            case_of[name] = case_id
    return made, case_of


def _joined(reports: "list[Linkable]", cases: "Mapping[str, Case]", least: float) -> "Joined":
    from whence.casework.links import join  # noqa: PLC0415

    together: list[tuple[str, str]] = []
    apart: list[tuple[str, str]] = []
    for case in cases.values():
        for name, value in case.facts.items():
            head, _, rest = name.partition(" ")
            pair = rest.split("\t")
            if head == _DECIDED and len(pair) == 2:  # noqa: PLR2004  two reports
                (together if value else apart).append((pair[0], pair[1]))
    return join(reports, least=least, together=together, apart=apart)


def _decide(
    desk: "Desk",
    cases: "Mapping[str, Case]",
    pair: tuple[str, str],
    grounds: str,
    *,
    together: bool,
    language: Language,
) -> None:
    if not grounds.strip():
        raise UsageError("reports.needs-grounds")
    first, second = sorted(pair)
    holding = [case_id for case_id, case in cases.items() if first in case.reports]
    if not holding or not any(second in case.reports for case in cases.values()):
        raise UsageError("reports.no-report")
    seq = desk.know(holding[0], f"{_DECIDED} {first}\t{second}", together, why=grounds)
    typer.echo(say("reports.decided", language, seq=seq))


def _tell(found: "Joined", case_of: dict[str, str], language: Language) -> None:
    groups = f"{len(found.groups):,}"
    typer.echo(say("reports.joined", language, n=f"{len(case_of):,}", groups=groups))
    for n, group in enumerate(found.groups, 1):
        cases = ", ".join(sorted({case_of[r] for r in group.reports}))
        typer.echo(say("reports.group", language, n=n, reports=len(group.reports), cases=cases))
        typer.echo(say("reports.members", language, reports=", ".join(group.reports[:20])))
        for each in group.shared[:_MOST_SHOWN]:
            facts = {"value": each.value, "n": each.n, "weight": each.weight}
            typer.echo(_said("reports.shared", language, each.kind, facts))
    for each in found.bridges:
        facts = {"value": each.value, "n": each.n}
        typer.echo(_said("reports.bridge", language, each.kind, facts))


def _said(phrase: str, language: Language, kind: str, facts: dict[str, Any]) -> str:
    return say(phrase, language, kind=kind, **facts)


def _document(found: "Joined", case_of: dict[str, str]) -> dict[str, Any]:
    def reason(each: Any) -> dict[str, Any]:  # noqa: ANN401  a Reason
        weight = round(each.weight, 3)
        return {"kind": each.kind, "value": each.value, "n": each.n, "weight": weight}

    return {
        "schema": _SCHEMA,
        "reports": len(case_of),
        "groups": [
            {
                "reports": [{"report_id": r, "case": case_of[r]} for r in group.reports],
                "shared": [reason(each) for each in group.shared],
            }
            for group in found.groups
        ],
        "bridges": [reason(each) for each in found.bridges],
    }


def _draw(found: "Joined", reports: "list[Linkable]", path: Path, language: Language) -> None:
    from whence.pages.links import Knot, links_page  # noqa: PLC0415

    values = {each.report_id: each.values for each in reports}
    knots = [
        Knot(
            reports=group.reports,
            values=tuple((each.kind, each.value) for each in group.shared if each.weight > 0),
            named=tuple(
                (r, (each.kind, each.value))
                for r in group.reports
                for each in group.shared
                if (each.kind, each.value) in values[r]
            ),
        )
        for group in found.groups
    ]
    try:
        path.write_text(links_page(knots, language), "utf-8")
    except OSError:
        raise OutputError("reports.unwritable", path=path) from None
