"""What casework is measured by: extraction, near-duplicates, joining, packs.

::

    python benchmarks/casework.py extraction [--show FIELD]
    python benchmarks/casework.py pairs
    python benchmarks/casework.py joining --reports 100000 --gangs 300
    python benchmarks/casework.py packs --reports 1000 --megabytes 256
"""

import argparse
from pathlib import Path
from typing import Final

from casework_extraction import score, table
from casework_joining import joining
from casework_packs import packs
from casework_pairs import pairs

_MATERIAL: Final = Path(__file__).parents[1] / "tests" / "casework" / "material"


def main() -> None:
    """Run one section and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", choices=("extraction", "pairs", "joining", "packs"))
    parser.add_argument("--show")
    parser.add_argument("--reports", type=int)
    parser.add_argument("--gangs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--megabytes", type=int, default=256)
    given = parser.parse_args()
    if given.section == "extraction":
        print(table(score(_MATERIAL / "narratives_blind.jsonl", given.show)))
    elif given.section == "pairs":
        print(pairs(_MATERIAL / "pairs_blind.jsonl"))
    elif given.section == "joining":
        print(joining(given.reports or 100_000, given.gangs, given.seed))
    else:
        print(packs(given.reports or 1_000, given.megabytes))


if __name__ == "__main__":
    main()
