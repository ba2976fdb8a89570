"""Hand-made traces of every shape a page must bear, and the rule for what a browser needs."""

import math
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from whence.model import (
    DAY,
    AnalystPrior,
    Delay,
    DueWeek,
    Estimate,
    Finding,
    Inputs,
    Member,
    Note,
    ReportCounts,
    Settling,
    Suspect,
    Timeline,
    Trace,
    Window,
)
from whence.pages import render
from whence.wording import Language

CHROMIUM = Path("/usr/bin/chromium")
FIRST_DAY = 20_454  # 2026-01-01
HOSTILE = "<script>alert(1)</script>'\"&{{7*7}}"
LONG_CHINESE = "杭州余杭未来科技城第三电子商务产业园分拨中心"


def timeline(*, days: int = 90, start: int = 20, length: int = 16, size: int = 40) -> Timeline:
    orders = tuple(int(size * (1 + 0.5 * math.sin(d / 3.5)) + d % 5) for d in range(days))
    leaked = range(start, start + length)
    touched = tuple(int(d in leaked and d % 3 == 0) + int(d == start + 4) for d in range(days))
    calls = tuple(int(d > start + 8 and d % 5 == 0 and d < start + 60) for d in range(days))
    ramp = tuple(
        max(0.0, min(1.0, (d - start + 4) / 5, (start + length + 5 - d) / 6)) for d in range(days)
    )
    return Timeline(
        first_day=FIRST_DAY, orders=orders, touched=touched, calls=calls, in_window=ramp
    )


def finding(suspect: Suspect, posterior: float = 0.998, *, n: int = 12, start: int = 20) -> Finding:
    window = Window(
        start=(FIRST_DAY + start) * DAY + 29_460_000_000,
        end=(FIRST_DAY + start + 15) * DAY + 81_600_000_000,
    )
    return Finding(
        suspect=suspect,
        posterior=posterior,
        share=1.0,
        indistinguishable_from=(),
        settling=(),
        log10_bayes_factor=13.5,
        mode="drip",
        window=window,
        orders_in_window=840,
        n_orders_held=5_212,
        reports=ReportCounts(in_window=n, explained=n - 0.4, expected_by_chance=0.3),
        report_rate=Estimate(estimate=0.014, low=0.0072, high=0.0241, n=n),
        report_ids=tuple(f"V{i:05d}" for i in range(n)),
        why=(Note(phrase="pages.step-look-text"), Note(phrase="pages.fact-window-aside")),
        timeline=timeline(start=start),
    )


def exposed_table(findings: tuple[Finding, ...], n: int) -> pa.Table:
    ids = [f.suspect.id for f in findings]
    moment = pa.array([(FIRST_DAY + 30) * DAY] * n, pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "order_id": pa.array([f"O{i}" for i in range(n)], pa.string()),
            "customer_id": pa.array([f"C{i}" for i in range(n)], pa.string()),
            "suspect_id": pa.array([ids[i % len(ids)] for i in range(n)], pa.string()),
            "probability": pa.array(
                [round(0.99 * (1 - (i / n) ** 2) + 0.004, 4) for i in range(n)], pa.float64()
            ),
            "accessed_at": moment,
            "call_due_from": moment,
            "call_due_until": moment,
        }
    )


def candidates_table(findings: tuple[Finding, ...]) -> pa.Table:
    return pa.table(
        {
            "kind": pa.array([f.suspect.kind for f in findings] + ["warehouse"], pa.string()),
            "id": pa.array([f.suspect.id for f in findings] + ["WA9"], pa.string()),
            "log10_bayes_factor": pa.array([13.5] * len(findings) + [-0.4], pa.float64()),
            "posterior": pa.array([f.posterior for f in findings] + [0.0001], pa.float64()),
            "reports_touched": pa.array([12] * (len(findings) + 1), pa.int64()),
            "orders_held": pa.array([5_212] * (len(findings) + 1), pa.int64()),
        }
    )


def trace_of(*findings: Finding, n_exposed: int = 828, used: int = 48) -> Trace:
    named = any(f.posterior >= 0.5 for f in findings)
    n_exposed = n_exposed if named else 0
    shares = (0.21, 0.24, 0.19, 0.14, 0.1, 0.06, 0.03, 0.02, 0.01)
    first = (FIRST_DAY + 91) * DAY
    return Trace(
        basis="custody",
        verdict="suspects found" if named else "nothing stands out",
        inputs=Inputs(
            orders=120_000,
            accesses=1_204_331,
            custodians=16_596,
            reports=51,
            reports_used=used,
            rejected={"reports: unknown order": 2, "reports: call before the order": 1}
            | {"accesses: some reason of tomorrow": 1_240},
        ),
        delay=Delay(q10_days=3.1, q50_days=11.0, q90_days=31.5),
        findings=findings,
        unexplained_report_ids=tuple(f"U{i:03d}" for i in range(used - 12 * len(findings[:3]))),
        exposed=exposed_table(findings, n_exposed) if n_exposed else EMPTY_EXPOSED,
        candidates=candidates_table(findings),
        due=tuple(
            DueWeek(start=first + 7 * i * DAY, expected_share=share)
            for i, share in enumerate(shares)
        )
        if named
        else (),
        observed=Window(start=FIRST_DAY * DAY, end=(FIRST_DAY + 91) * DAY),
        priors=(),
        notes=(Note(phrase="pages.utc"),),
        limits=(
            Note(phrase="pages.step-shares-text"),
            Note(phrase="pages.due-half", facts={"day": "2026-03-01"}),
        ),
        version="0.1.0",
    )


EMPTY_EXPOSED = exposed_table((finding(Suspect(kind="shop", id="none")),), 1).slice(0, 0)
SHOP = Suspect(kind="shop", id="SH00012")


def tied() -> Trace:
    others = (
        Suspect(kind="clerk", id="SH00012-C3", parent_id="SH00012"),
        Suspect(kind="warehouse", id="WA3"),
    )
    group = replace(
        finding(SHOP, 0.962),
        share=0.61,
        mode="unknown",
        indistinguishable_from=(
            Member(suspect=others[0], share=0.24),
            Member(suspect=others[1], share=0.15),
        ),
        settling=(
            Settling(other=others[0], reports_needed=7, overlap=0.62),
            Settling(other=others[1], reports_needed=None, overlap=1.0),
        ),
    )
    app = Suspect(kind="app", id="AP07", name="省心订单管家", parent_id="杭州某某科技")
    weak = finding(Suspect(kind="branch", id="BR-0113"), 0.18, n=4, start=50)
    second = replace(finding(app, 0.71, n=9, start=40), log10_bayes_factor=3.2, mode="dump")
    trace = trace_of(group, second, weak)
    priors = (
        AnalystPrior(kind="agent", id="SU2-A14", factor=0.0, reason="on leave all quarter"),
        AnalystPrior(kind="shop", id="SH00012", factor=3.0),
    )
    return replace(trace, priors=priors)


def victims_alone() -> Trace:
    common = replace(
        finding(Suspect(kind="shop", id="某某旗舰店"), 0.83, n=10),
        window=None,
        orders_in_window=None,
        n_orders_held=None,
        report_rate=None,
        timeline=None,
        mode="unknown",
        log10_bayes_factor=2.6,
        reports=ReportCounts(in_window=10, explained=7.6, expected_by_chance=2.4),
    )
    trace = trace_of(common, n_exposed=0, used=32)
    counts = Inputs(orders=0, accesses=0, custodians=41, reports=33, reports_used=32, rejected={})
    return replace(trace, basis="victims alone", inputs=counts, delay=None, due=(), observed=None)


def nothing() -> Trace:
    return trace_of(used=30)


def too_few() -> Trace:
    trace = trace_of(used=1)
    return replace(trace, verdict="too few reports", inputs=replace(trace.inputs, reports=1))


def twenty() -> Trace:
    kinds = ("shop", "app", "warehouse", "branch", "clerk", "courier", "agent", "login_device")
    findings = (
        finding(
            Suspect(kind=kinds[i % 8], id=f"{kinds[i % 8][:2].upper()}{i:04d}"), 1 - i * i / 420
        )
        for i in range(20)
    )
    return replace(trace_of(*findings, n_exposed=20_000, used=400), unexplained_report_ids=())


def hostile() -> Trace:
    suspect = Suspect(kind=HOSTILE, id=HOSTILE, name=HOSTILE, parent_id=HOSTILE)
    bad = replace(
        finding(suspect),
        report_ids=(HOSTILE,) * 3,
        indistinguishable_from=(Member(suspect=suspect, share=0.5),),
        settling=(Settling(other=suspect, reports_needed=None, overlap=0.5),),
    )
    trace = trace_of(bad)
    return replace(
        trace,
        inputs=replace(trace.inputs, rejected={f"{HOSTILE}: {HOSTILE}": 1}),
        unexplained_report_ids=(HOSTILE,),
        priors=(AnalystPrior(kind=HOSTILE, id=HOSTILE, factor=0.5, reason=HOSTILE),),
    )


def chinese() -> Trace:
    branch = Suspect(kind="branch", id=LONG_CHINESE, name=LONG_CHINESE, parent_id="某某速运")
    return trace_of(finding(branch), finding(SHOP, 0.64, start=45))


def alone_and_sure() -> Trace:
    return trace_of(finding(SHOP))


WORLDS: dict[str, Callable[[], Trace]] = {
    "one": alone_and_sure,
    "tied": tied,
    "victims-alone": victims_alone,
    "nothing": nothing,
    "too-few": too_few,
    "twenty": twenty,
    "hostile": hostile,
    "chinese": chinese,
}


@cache
def page(name: str, language: Language) -> str:
    return render(WORLDS[name](), language)


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> str:
    """Every world's name in turn."""
    return str(request.param)


@pytest.fixture
def worlds() -> dict[str, Callable[[], Trace]]:
    """All worlds by name."""
    return WORLDS


@pytest.fixture
def page_of() -> Callable[[str, Language], str]:
    """Return a world's page, rendered once for all tests."""
    return page


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the browser; without it or Chinese fonts skip, but fail where all was promised."""
    fonts = (
        subprocess.run(
            ["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False
        ).stdout
        if Path("/usr/bin/fc-list").exists()
        else ""
    )
    missing = [
        what
        for what, there in ((str(CHROMIUM), CHROMIUM.exists()), ("a Chinese font", bool(fonts)))
        if not there
    ]
    if missing:
        reason = f"the page needs {' and '.join(missing)} to be looked at"
        if os.environ.get("WHENCE_FULL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return CHROMIUM
