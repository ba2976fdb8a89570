"""Read and check datasets: the public contract of what goes in, as code."""

from whence.intake.reading import read, read_tables

__all__ = ["read", "read_tables"]
