"""Marks: what is handed out differs for each recipient, and what is found is read back."""

from whence.marks.book import Book
from whence.marks.bounds import LIMIT
from whence.marks.canaries import Canaries, Planted, canaries
from whence.marks.dialled import Reach, read_canary, read_dialled
from whence.marks.extensions import dialled, digits_of, parted
from whence.marks.keys import load_key, make_key
from whence.marks.observed import FieldCount, SeenRow
from whence.marks.reading import (
    CLEARED,
    Candidate,
    Reading,
    read_alias,
    read_extension,
    read_sample,
)
from whence.marks.table import readings_table
from whence.marks.writing import Marked, write

__all__ = [
    "CLEARED",
    "LIMIT",
    "Book",
    "Canaries",
    "Candidate",
    "FieldCount",
    "Marked",
    "Planted",
    "Reach",
    "Reading",
    "SeenRow",
    "canaries",
    "dialled",
    "digits_of",
    "load_key",
    "make_key",
    "parted",
    "read_alias",
    "read_canary",
    "read_dialled",
    "read_extension",
    "read_sample",
    "readings_table",
    "write",
]
