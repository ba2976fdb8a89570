"""How well `whence check` tells the fraud from the genuine, and how fast.

    python benchmarks/check.py
    python benchmarks/check.py --only speed

Recall and false alarms by kind of dialogue, apart for the half that the rules' writer read and the
half held out, and for the families of which no dialogue was read; texts that must not be flagged,
and pretexts and asks against labels, for the material written without sight of the rules and for
our own; look-alike and ordinary domains; messages a second of one processor; what an opponent hands
in, each in a process of its own. The dialogues lie beside the checkout (`../shared`); what is not
there is said and left out.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE / "tests" / "text"))  # the material and its scores stand there
DIALOGUES = HOUSE.parent / "shared" / "data" / "call_dialogues" / "dialogues.jsonl.gz"
SERVICE = "客服诈骗"
READ = frozenset(
    {"银行诈骗", "钓鱼诈骗", "邮件诈骗", "身份盗窃"}
)  # families the writer read half of


def main() -> None:
    """Print the tables asked for."""
    sections: dict[str, Callable[[], None]] = {
        "dialogues": dialogues,
        "clean": clean,
        "labels": labels,
        "links": links,
        "speed": speed,
        "hostile": hostile,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sections, action="append")
    for name in parser.parse_args().only or sections:
        sections[name]()
        print()


def dialogues() -> None:
    """Print levels by kind of dialogue, and recall where the caller asks for something."""
    from text_world import BLIND, is_for_developing, turns_of  # noqa: PLC0415  path set above

    from whence.text import Checker, talk_of_turns  # noqa: PLC0415

    if not DIALOGUES.exists():
        print(f"Left out: {DIALOGUES} is not there")
        return
    checker = Checker()
    levels: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    service: dict[str, str] = {}
    with gzip.open(DIALOGUES, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            level = checker.check(talk_of_turns(turns_of(row))).level
            read = row["label"] == "legitimate" or row["type"] in READ
            half = (
                ("read" if is_for_developing(row["id"]) else "held out")
                if read
                else "unread family"
            )
            levels[row["label"], row["type"], half][level] += 1
            levels[row["label"], "all", half][level] += 1
            if row["type"] == SERVICE:
                service[row["id"]] = level
    print("| dialogues | kind | half | n | fraud | suspicious | found |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for (label, kind, half), counts in sorted(levels.items()):
        n = counts.total()
        fraud, suspicious = counts["fraud"] / n, counts["suspicious"] / n
        shares = f"{fraud:.1%} | {suspicious:.1%} | {fraud + suspicious:.1%}"
        print(f"| {label} | {kind} | {half} | {n} | {shares} |")
    asked = BLIND / "dialogues_asked.json"
    if asked.exists():
        _recall_where_asked(json.loads(asked.read_text("utf-8"))["dialogues"], service)


def _recall_where_asked(entries: Sequence[Mapping[str, Any]], service: Mapping[str, str]) -> None:
    chosen = {
        "the caller asks for anything": [e["id"] for e in entries if e["asked"]],
        "of these, for something named": [
            e["id"] for e in entries if e["asked"] and not e.get("vague")
        ],
        "the caller asks for nothing": [e["id"] for e in entries if not e["asked"]],
        "all": [e["id"] for e in entries],
    }
    print("\n| service impersonation | n | fraud | found |\n| --- | ---: | ---: | ---: |")
    for name, ids in chosen.items():
        fraud = sum(service[i] == "fraud" for i in ids) / len(ids)
        found = sum(service[i] != "nothing found" for i in ids) / len(ids)
        print(f"| {name} | {len(ids)} | {fraud:.1%} | {found:.1%} |")


def clean() -> None:
    """Print how many texts are flagged that must not be."""
    from text_world import BLIND, OURS, SECOND, THIRD, rows  # noqa: PLC0415  path set above

    from whence.text import Checker  # noqa: PLC0415

    checker = Checker()
    print("| must not be flagged | n | fraud | suspicious |\n| --- | ---: | ---: | ---: |")
    for name, path in (
        ("written without sight of the rules", BLIND / "must_not_flag_blind.jsonl"),
        ("second set", SECOND / "must_not_flag_second.jsonl"),
        ("third set, not looked at", THIRD / "must_not_flag_third.jsonl"),
        ("ours", OURS / "must_not_flag.jsonl"),
    ):
        if path.exists():
            levels = Counter(checker.check(row["text"]).level for row in rows(path))
            print(f"| {name} | {levels.total()} | {levels['fraud']} | {levels['suspicious']} |")


def labels() -> None:
    """Print how well pretexts and asks agree with labels, and levels with levels."""
    from text_world import AS_LABELLED, BLIND, OURS, SECOND, THIRD, rows, score  # noqa: PLC0415  path set above

    from whence.text import Checker  # noqa: PLC0415

    checker = Checker()
    print("| labelled texts | n | words agree | precision | recall | micro-F1 |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    for name, path, names in (
        ("written without sight of the rules", BLIND / "labelled_blind.jsonl", AS_LABELLED),
        ("the same, names as they are", BLIND / "labelled_blind.jsonl", {}),
        ("second set", SECOND / "labelled_second.jsonl", AS_LABELLED),
        ("third set, not looked at", THIRD / "labelled_third.jsonl", AS_LABELLED),
        ("ours", OURS / "labelled.jsonl", {}),
    ):
        if not path.exists():
            continue
        texts = rows(path)
        for words, share in (("by a character", 0.0), ("by half", 0.5), ("wholly", 1.0)):
            got = score(checker, texts, share=share, names=names)
            figures = f"{got.precision:.3f} | {got.recall:.3f} | {got.f1:.3f}"
            print(f"| {name} | {len(texts)} | {words} | {figures} |")
    for path in (BLIND / "labelled_blind.jsonl", THIRD / "labelled_third.jsonl"):
        if not path.exists():
            continue
        seen = Counter((row["level"], checker.check(row["text"]).level) for row in rows(path))
        print(f"\n| {path.stem}: as labelled | as found | n |\n| --- | --- | ---: |")
        for (wanted, given), n in sorted(seen.items()):
            print(f"| {wanted} | {given} | {n} |")


def links() -> None:
    """Print how many look-alikes are found and how many ordinary names are flagged."""
    from text_world import domains, is_flagged, made_look_alikes  # noqa: PLC0415  path set above

    print("| domains | n | flagged |\n| --- | ---: | ---: |")
    for name, chosen in (
        ("made-up look-alikes of ten brands", list(made_look_alikes())),
        ("the same, ten other seeds", [d for s in range(10) for d in made_look_alikes(seed=s)]),
        ("ordinary", domains("ordinary_domains.txt")),
        ("near a brand's by chance", domains("near_names.txt")),
    ):
        flagged = sum(map(is_flagged, chosen))
        print(f"| {name} | {len(chosen)} | {flagged} ({flagged / len(chosen):.1%}) |")


def speed() -> None:
    """Print messages a second of one processor, and how long one takes."""
    from text_world import OURS, rows  # noqa: PLC0415  path set above

    begun = time.perf_counter()
    from whence.text import Checker  # noqa: PLC0415

    checker = Checker()
    ready = time.perf_counter() - begun
    texts = [
        row["text"]
        for name in ("labelled", "must_not_flag")
        for row in rows(OURS / f"{name}.jsonl")
    ]
    took: list[float] = []
    used: list[float] = []
    begun = time.process_time()
    for text in texts * 20:
        at, spent = time.perf_counter(), time.process_time()
        checker.check(text)
        took.append(time.perf_counter() - at)
        used.append(time.process_time() - spent)
    spent = time.process_time() - begun
    late = int(0.99 * len(took))
    p99 = f"{sorted(used)[late] * 1000:.2f} ms | {sorted(took)[late] * 1000:.2f} ms"
    heavy = {"numpy", "PIL", "zxingcpp", "rapidocr", "onnxruntime", "cv2"} & set(sys.modules)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        "| messages | characters, mean | a second | 99 % within, CPU | wall | start | peak memory |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print(
        f"| {len(took)} | {sum(map(len, texts)) / len(texts):.0f} | {len(took) / spent:,.0f} |"
        f" {p99} | {ready:.2f} s | {peak} MB |"
    )
    print(f"Models and picture libraries loaded: {', '.join(sorted(heavy)) or 'none'}")


def hostile() -> None:
    """Print what it costs to answer or refuse what an opponent hands in, start-up included."""
    from hostile_world import HOSTILE, HOSTILE_LINES  # noqa: PLC0415  path set above

    print("| handed in | KB | answer | CPU | wall | peak memory |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "given"
        for name, made in {**HOSTILE, **HOSTILE_LINES}.items():
            file.write_bytes(made())
            by_line = name in HOSTILE_LINES
            given = ["--jsonl", str(file)] if by_line else [str(file), "--json", "--no-ocr"]
            begun = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _ALONE, "check", *given], capture_output=True, check=False
            )
            wall = time.perf_counter() - begun
            cpu, peak = done.stderr.split()[-2:]
            answer = {0: "answered", 2: "refused"}.get(done.returncode, str(done.returncode))
            told = f"{file.stat().st_size // 1000:,} | {answer} | {float(cpu):.2f} s"
            print(f"| {name} | {told} | {wall:.2f} s | {int(peak) // 1024} MB |")


_ALONE = """
import resource, sys
from whence.cli import run
code = run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
sys.exit(code)
"""

if __name__ == "__main__":
    main()
