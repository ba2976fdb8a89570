"""A process that works at one desk: notes, reports and exhibits, as fast as it can.

Says on its standard output what was acknowledged, one line each.
"""

import io
import sys
from pathlib import Path

from whence.casework.cases_desk import Custody, Filing, open_desk
from whence.workspace import open_workspace


def main(folder: str, case_id: str, name: str, n: str) -> None:
    with open_desk(open_workspace(Path(folder)), account_id=name, clock=lambda: 0) as desk:
        for number in range(int(n)):
            told = f"{name}-{number}"
            desk.note(case_id, told)
            desk.file(case_id, [Filing(report_id=told, tree={"narrative": told})])
            custody = Custody(role="log", media="text/plain", name=told)
            desk.attach(case_id, io.BytesIO(told.encode()), custody)
            sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
