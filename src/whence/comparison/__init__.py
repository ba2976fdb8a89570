"""Two answers side by side: what changed between two traces, and why."""

from whence.comparison.changes import Comparison, FindingChange, compare
from whence.comparison.orders_file import verify_form, write_orders
from whence.comparison.printed import SCHEMA, to_json
from whence.comparison.reading import read_answer

__all__ = [
    "SCHEMA",
    "Comparison",
    "FindingChange",
    "compare",
    "read_answer",
    "to_json",
    "verify_form",
    "write_orders",
]
