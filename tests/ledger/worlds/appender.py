"""A process that records without end and says on its standard output what was acknowledged.

Every batch has a name of its own, and each of its entries says how many there are, so that a batch
that was recorded in part would be seen. ``TELL`` lines are ``first seq, name, n``.
"""

import sys
from dataclasses import replace
from pathlib import Path
from random import Random

from whence.ledger import Entry, Value, open_ledger, sqlite
from whence.workspace import open_workspace

MOST = 40  # entries of a batch


def main(folder: str, address: str, name: str) -> None:
    """Record until somebody ends it."""
    chance = Random(name)
    if chance.random() < 0.5:
        vars(sqlite)["_WAL_PAGES"] = 16  # so that the log is often brought into the file
    workspace = replace(open_workspace(Path(folder)), ledger=address or None)
    with open_ledger(workspace, clock=lambda: 0) as ledger:
        number = 0
        while True:
            n = chance.randint(1, MOST)
            batch = f"{name}-{number}"
            facts: dict[str, Value] = {"batch": batch, "n": n}
            persons = (batch,)
            seqs = ledger.append(
                Entry(kind="note", at=number, facts=facts, persons=persons) for _ in range(n)
            )
            sys.stdout.write(f"{seqs.start} {batch} {n}\n")
            sys.stdout.flush()
            number += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
