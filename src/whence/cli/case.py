"""``whence case``: the commands of a case, one file for those that belong together."""

from collections.abc import Callable
from typing import Final

from whence.cli.case_acting import act, clocks
from whence.cli.case_adding import add
from whence.cli.case_erasing import erase
from whence.cli.case_keeping import close, merge, new, note, unmerge
from whence.cli.case_links import links
from whence.cli.case_packing import pack
from whence.cli.case_report import report
from whence.cli.case_showing import show
from whence.cli.case_stats import stats

COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "new": new,
    "report": report,
    "add": add,
    "show": show,
    "stats": stats,
    "note": note,
    "merge": merge,
    "unmerge": unmerge,
    "links": links,
    "act": act,
    "clocks": clocks,
    "pack": pack,
    "close": close,
    "erase": erase,
}
