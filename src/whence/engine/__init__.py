"""Tables in, tables out: one expression layer, DuckDB by default."""

from whence.engine.duck import DuckDB, Relation, literal, quoted

__all__ = ["DuckDB", "Relation", "literal", "quoted"]
