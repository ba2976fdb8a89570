"""What a pack costs: filing reports, sealing an attachment, packing, and checking."""

import sys
from io import BytesIO
from os import urandom
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE / "tests" / "casework" / "worlds"))  # its world of made-up cases


def packs(n_reports: int, megabytes: int) -> str:
    """Return a table of seconds for a case of so many reports and one large recording."""
    from cases_world import a_case, attached, make_office, report  # noqa: PLC0415  path set above
    from packs_world import packed  # noqa: PLC0415

    from whence.casework.verify import verify_pack  # noqa: PLC0415

    spent: dict[str, float] = {}
    with TemporaryDirectory() as name:
        office = make_office(Path(name) / "office")
        out = Path(name) / "pack.zip"
        with office.desk() as desk:
            a_case(desk, "C1")
            began = perf_counter()
            desk.file("C1", [report(number) for number in range(100, 100 + n_reports)])
            spent[f"file {n_reports:,} reports"] = perf_counter() - began
            recording = BytesIO(urandom(megabytes << 20)).getvalue()
            began = perf_counter()
            attached(desk, "C1", recording)
            spent[f"seal {megabytes} MB"] = perf_counter() - began
        began = perf_counter()
        packed(office, out)
        spent["make the pack"] = perf_counter() - began
        began = perf_counter()
        verify_pack(out, office.fingerprint)
        spent["check it"] = perf_counter() - began
    rows = [f"| {what} | {seconds:.2f} |" for what, seconds in spent.items()]
    return "\n".join(["| what | s |", "| --- | ---: |", *rows])
