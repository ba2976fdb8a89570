"""A synthetic market with planted leaks: demo, tests, benchmarks."""

from whence.market.making import Market, make
from whence.market.spec import KINDS, MarketSpec
from whence.market.streaming import orders_for, stream
from whence.market.truth import Planted, PlantedSource, Truth
from whence.market.writing import write

__all__ = [
    "KINDS",
    "Market",
    "MarketSpec",
    "Planted",
    "PlantedSource",
    "Truth",
    "make",
    "orders_for",
    "stream",
    "write",
]
