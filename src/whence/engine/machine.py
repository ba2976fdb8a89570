"""What a run may take of the machine: half of its memory, and a folder of its own for the rest."""

import math
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from whence.errors import EngineError

PREFIX: Final = "whence-"
MEBIBYTE: Final = 1 << 20
_LEAST_JAVA: Final = 512 * MEBIBYTE  # Spark does not start below 1.5 * 300 MiB
_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN: Final = Path("/proc/self/cgroup")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT])(I?)B", re.IGNORECASE)
_POWERS: Final = {"K": 1, "M": 2, "G": 3, "T": 4}


class PrivateFolder:
    """A folder of a run's own for temporary files; it goes with the run, however that ends.

    Only what ends the process outright (``kill -9``, a power cut) leaves it behind. Raises
    EngineError where it cannot be made.
    """

    def __init__(self, within: Path | None) -> None:
        try:
            if within is not None:
                within.mkdir(parents=True, exist_ok=True)
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=within))
        except OSError:
            raise EngineError("engine.no-temp-dir", hint="engine.no-temp-dir-hint") from None
        self._last_resort = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def remove(self) -> None:
        """Remove the folder. Stopped in the middle, it is removed when the process ends."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._last_resort.detach()


def half_of_memory() -> str:
    """Return half of the memory this process may have, as DuckDB writes it."""
    return f"{memory_bytes() // 2 // MEBIBYTE}MiB"


def java_memory(limit: str | None) -> str:
    """Return a memory limit, or the half where none is given, as Java writes it."""
    wanted = bytes_of(limit) if limit else memory_bytes() // 2
    return f"{max(wanted, _LEAST_JAVA) // MEBIBYTE}m"


def memory_bytes(groups: Path = _GROUPS, own: Path = _OWN) -> int:
    """Return the machine's memory, or the limit of the control group where that is lower."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_limits(groups, own)])


def bytes_of(size: str) -> int:
    """Read an amount of memory with its unit: ``512MB`` in thousands, ``512MiB`` in 1024s."""
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        msg = f"{size} is no amount of memory"
        raise ValueError(msg)
    number, unit, binary = found.groups()
    factor = math.pow(1024 if binary else 1000, _POWERS[unit.upper()])
    return math.floor(float(number) * factor)


def _limits(groups: Path, own: Path) -> Iterator[int]:
    """Return the memory limits of this process's control groups, of both generations."""
    try:
        lines = own.read_text("utf-8").splitlines()
    except OSError:  # no Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            top, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            top, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        # In a container the path may be that of the host; the limits then stand at the top.
        parts = Path(path.lstrip("/")).parts
        for depth in range(len(parts) + 1):
            try:
                yield int(top.joinpath(*parts[:depth], name).read_text("utf-8"))
            except (OSError, ValueError):  # not there, or "max"
                continue
