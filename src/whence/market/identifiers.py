"""Ids as platforms write them, made by the hundred thousand.

Text is laid out as a matrix of bytes, one row an id, so that no Python loop runs over orders.
Addresses come from ranges that no host on the internet has: 100.64.0.0/10 (RFC 6598) for
customers, 10.0.0.0/8 (RFC 1918) for offices.
"""

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
if TYPE_CHECKING:
    Bytes: TypeAlias = NDArray[np.uint8]

_ORDER_DIGITS: Final = 10
_DEVICE_DIGITS: Final = 10
_SCRAMBLE: Final = 0x9E3779B1  # odd, so that multiplying by it modulo 2**40 is one to one
_HEX: Final = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_OCTETS: Final = pa.array([str(i) for i in range(256)])
_CUSTOMERS_FROM: Final = 100 << 24 | 64 << 16  # RFC 6598
_CUSTOMERS_SPAN: Final = 1 << 22
_OFFICES_FROM: Final = 10 << 24  # RFC 1918
_OFFICES_SPAN: Final = 1 << 24


def order_ids(days: Ints, rng: np.random.Generator) -> pa.Array:
    """Return ids such as ``260107-3849201736``; ``days`` since 1970, one an order."""
    n = len(days)
    dates = days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    first = dates.astype("datetime64[M]").astype("datetime64[D]")
    of_month = (dates - first).astype(np.int64) + 1
    date = (years % 100) * 10_000 + months * 100 + of_month
    # One number a slot of 10**10 / n keeps them apart; the shuffle hides the order of placing.
    slot = 10**_ORDER_DIGITS // max(n, 1)
    number = rng.permutation(n) * slot + rng.integers(0, slot, n)
    dash = np.full((n, 1), ord("-"), dtype=np.uint8)
    return _text(np.hstack([_digits(date, 6), dash, _digits(number, _ORDER_DIGITS)]))


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Return ``prefix`` followed by each number, with leading zeros."""
    head = np.tile(np.frombuffer(prefix.encode(), dtype=np.uint8), (len(numbers), 1))
    return _text(np.hstack([head, _digits(numbers, width)]))


def device_ids(numbers: Ints) -> pa.Array:
    """Return ids of devices such as ``dv-9e3779b100``; equal numbers give equal ids."""
    scrambled = (numbers + 1) * _SCRAMBLE % (1 << 4 * _DEVICE_DIGITS)
    shifts = np.arange(_DEVICE_DIGITS - 1, -1, -1, dtype=np.int64) * 4
    digits = _HEX[scrambled[:, None] >> shifts & 15]
    head = np.tile(np.frombuffer(b"dv-", dtype=np.uint8), (len(numbers), 1))
    return _text(np.hstack([head, digits]))


def customer_addresses(numbers: Ints) -> pa.Array:
    """Return IP addresses of customers; equal numbers give equal addresses."""
    return _addresses(_CUSTOMERS_FROM + (numbers + 1) * _SCRAMBLE % _CUSTOMERS_SPAN)


def office_addresses(numbers: Ints) -> pa.Array:
    """Return IP addresses of offices; equal numbers give equal addresses."""
    return _addresses(_OFFICES_FROM + (numbers + 1) * _SCRAMBLE % _OFFICES_SPAN)


def _addresses(values: Ints) -> pa.Array:
    parts = [_OCTETS.take(pa.array(values >> shift & 255)) for shift in (24, 16, 8, 0)]
    return pc.binary_join_element_wise(*parts, ".")


def _digits(values: Ints, width: int) -> "Bytes":
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    digits: Bytes = (values[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    return digits


def _text(rows: "Bytes") -> pa.Array:
    n, width = rows.shape
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(rows)
    return pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
