"""Read and check datasets: the public contract of what goes in, as code."""

from whence.intake.accesses import Accesses
from whence.intake.observed import observed
from whence.intake.orders import Orders
from whence.intake.reading import Stored, read, read_tables
from whence.intake.setaside import REJECTED, SetAside, as_lines

__all__ = [
    "REJECTED",
    "Accesses",
    "Orders",
    "SetAside",
    "Stored",
    "as_lines",
    "observed",
    "read",
    "read_tables",
]
