"""Tables in, tables out: one expression layer, run on DuckDB or on Spark."""

from whence.engine.duck import DuckDB, literal, quoted
from whence.engine.protocol import Engine, Relation
from whence.engine.spark import Spark

__all__ = ["DuckDB", "Engine", "Relation", "Spark", "literal", "quoted"]
