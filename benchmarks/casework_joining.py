"""How well reports are joined: pairs of one gang found, and pairs put together wrongly."""

import resource
import time
from collections import Counter

from whence.casework.links import join
from whence.casework.links_weights import IDENTIFYING, Linkable, caller_kind
from whence.market.gangs import gangs_for

_KINDS = {
    "caller_number": "caller",
    "qq": "account",
    "link": "link",
    "payee": "payee",
    "lender": "lender",
    "alias_used": "alias",
}


def joining(n_reports: int, n_gangs: int, seed: int) -> str:
    """Return precision and recall over pairs, and the seconds it took."""
    made = gangs_for([f"V{n:06}" for n in range(n_reports)], n_gangs, seed)
    gang = {row["report_id"]: g for row, g in zip(made.rows, made.gang, strict=True)}
    reports = [
        Linkable(
            report_id=row["report_id"],
            values=frozenset(
                (caller_kind(v) if k == "caller_number" else _KINDS[k], v)
                for k, v in row.items()
                if k in _KINDS and v
            ),
        )
        for row in made.rows
    ]
    started = time.perf_counter()
    cpu = time.process_time()
    found = join(reports)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    together = right = 0
    for group in found.groups:
        n = len(group.reports)
        together += n * (n - 1) // 2
        counts = Counter(gang[r] for r in group.reports)
        right += sum(c * (c - 1) // 2 for g, c in counts.items() if g >= 0)
    wanted = sum(c * (c - 1) // 2 for g, c in Counter(gang.values()).items() if g >= 0)
    # What is possible: reports that told nothing that identifies anybody join with none.
    told = {r.report_id for r in reports if any(k in IDENTIFYING for k, _ in r.values)}
    possible = sum(c * (c - 1) // 2 for g, c in Counter(gang[r] for r in told).items() if g >= 0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return (
        f"{n_reports:,} reports, {n_gangs:,} gangs, seed {seed}: {len(found.groups):,} groups, "
        f"{len(found.bridges)} bridges, precision {right / max(together, 1):.4f}, "
        f"recall {right / max(wanted, 1):.4f} (of {possible / max(wanted, 1):.3f} possible), "
        f"{seconds:.1f} s ({cpu:.1f} s of one core), {memory} MB"
    )
