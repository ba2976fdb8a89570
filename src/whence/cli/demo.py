"""``whence demo``: plant leaks, trace them, and say whether the trace was right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from whence.cli.demo_protect import protect
from whence.cli.options import PANEL_GENERAL, PANEL_MARKET, Lang, Quiet
from whence.cli.progress import progress
from whence.wording import Language, say

if TYPE_CHECKING:
    from whence.market import PlantedSource, Truth
    from whence.model import Finding, Suspect, Trace

DEFAULT_OUT: Final = Path("demo")

_ORDERS: Final = 40_000
_SOURCES: Final = 3
_VICTIMS: Final = 12
_NOISE: Final = 36  # as many reports again that come from elsewhere


def demo(
    ctx: typer.Context,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="cli.demo-out", rich_help_panel=PANEL_GENERAL, metavar="DIR"
        ),
    ] = DEFAULT_OUT,
    quiet: Quiet = False,
    lang: Lang = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", min=0, help="cli.demo-seed", rich_help_panel=PANEL_MARKET, metavar="N"
        ),
    ] = 1,
) -> None:
    """Make the market, trace it as any dataset, compare with the truth; then mark and read back."""
    del lang
    from whence.market import MarketSpec, make, write  # noqa: PLC0415  after help and wrong usage
    from whence.market.people import people_of  # noqa: PLC0415
    from whence.pipeline import trace_dataset  # noqa: PLC0415

    spec = MarketSpec(orders=_ORDERS, sources=_SOURCES, victims=_VICTIMS, noise=_NOISE, seed=seed)
    with progress(ctx.obj, quiet=quiet) as on_progress:
        market = make(spec, on_progress)
        write(market, out / "market", people="zh")
        answer = trace_dataset(
            out / "market", out=out / "trace", language=ctx.obj, on_progress=on_progress
        )
        on_progress("release", 0, 1)
        people = people_of(market.orders, locale="zh", seed=seed)
        protected = protect(people, market.orders, out / "workspace", ctx.obj)
    for line in (*compared(market.truth, answer, ctx.obj), "", *protected):
        typer.echo(line)
    typer.echo("")
    typer.echo(say("cli.demo-page", ctx.obj, page=(out / "trace" / "report.html").absolute()))
    typer.echo(say("cli.demo-again", ctx.obj, folder=out / "market"))


def compared(truth: "Truth", answer: "Trace", language: Language) -> list[str]:
    """Return what was planted, what was found, and whether that is right, in a few lines."""
    from whence.pages.figures import chance, days, whole  # noqa: PLC0415
    from whence.pages.voice import Voice  # noqa: PLC0415

    voice = Voice(language=language)
    orders, noise = whole(truth.spec.orders), whole(truth.spec.noise)
    lines = [say("cli.demo-planted", language, n=len(truth.sources), orders=orders, noise=noise)]
    for source in truth.sources:
        facts = {
            "source": f"{voice.kind(source.kind)} {source.id}",
            "n": whole(len(source.leaked_orders)),
            "reports": len(source.report_ids),
            "span": days(source.window.start, source.window.end, language),
        }
        lines.append(say(f"cli.demo-planted-{source.mode}", language, **facts))
    lines.append(say("cli.demo-found", language, n=len(answer.named)))
    for finding in answer.named:
        is_right = any(_is_right(finding, planted) for planted in truth.sources)
        facts = {
            "suspects": say("cli.demo-or", language).join(
                f"{voice.kind(suspect.kind)} {suspect.id}" for suspect in _group(finding)
            ),
            "chance": chance(finding.posterior),
            "span": days(finding.window.start, finding.window.end, language)
            if finding.window
            else "-",
        }
        lines.append(say(f"cli.demo-found-{'right' if is_right else 'wrong'}", language, **facts))
    return [*lines, _verdict(truth, answer, language)]


def _group(finding: "Finding") -> "tuple[Suspect, ...]":
    return (finding.suspect, *(member.suspect for member in finding.indistinguishable_from))


def _is_right(finding: "Finding", source: "PlantedSource") -> bool:
    """Return whether a finding names a source, or someone who held exactly the same orders."""
    accepted = {(custodian.kind, custodian.id) for custodian in source.accepted}
    return any((suspect.kind, suspect.id) in accepted for suspect in _group(finding))


def _verdict(truth: "Truth", answer: "Trace", language: Language) -> str:
    found = sum(any(_is_right(f, source) for f in answer.named) for source in truth.sources)
    wrong = sum(not any(_is_right(f, s) for s in truth.sources) for f in answer.named)
    key = "right" if found == len(truth.sources) and not wrong else "not-all-right"
    return say(f"cli.demo-{key}", language, found=found, planted=len(truth.sources), wrong=wrong)
