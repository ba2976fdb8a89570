"""``whence case``: the commands of a case, one file for those that belong together."""

from collections.abc import Callable
from typing import Final

from whence.cli.case_acting import act, clocks
from whence.cli.case_adding import add
from whence.cli.case_erasing import erase
from whence.cli.case_keeping import close, merge, new, note, unmerge
from whence.cli.case_packing import pack
from whence.cli.case_showing import show

COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "new": new,
    "add": add,
    "show": show,
    "note": note,
    "merge": merge,
    "unmerge": unmerge,
    "act": act,
    "clocks": clocks,
    "pack": pack,
    "close": close,
    "erase": erase,
}
