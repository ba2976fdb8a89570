"""How well the same story and contradictions are found on the labelled pairs."""

import json
from collections import Counter
from pathlib import Path

from whence.casework.contradictions import contradictions_in
from whence.casework.duplicates import same_story

_TRANSLATED = {"p010", "p037"}  # cannot be found by comparing characters, README.md of the material


def pairs(path: Path, *, show: bool = False) -> str:
    """Return the figures of both."""
    same: Counter[str] = Counter()
    clash: Counter[str] = Counter()
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if "a" in row:
            found = same_story(row["a"], row["b"]) is not None
            same[f"{row['same']}-{found}"] += 1
            same["found translated"] += row["id"] in _TRANSLATED and found
            if show and found != row["same"]:
                print(row["id"], row["same"], row["how"])
            continue
        made = contradictions_in(row["text"])
        wanted = {c["kind"] for c in row["contradictions"]}
        kinds = {c.kind for c in made}
        clash["wanted"] += len(wanted)
        clash["right"] += len(wanted & kinds)
        clash["found"] += len(kinds)
        clash["false alarms on right texts"] += not wanted and bool(made)
        if show and wanted != kinds:
            print(row["id"], wanted, kinds)
    return f"same story: {dict(same)}\ncontradictions: {dict(clash)}"
