"""Column types: the expression layer's spelling beside Arrow's, and tables brought to them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def plain_kind(kind: str) -> str:
    """Return the one spelling of a type that engines hand on; integers of every width are 64 bits.

    ``kind`` is Ibis' spelling. Raises KeyError for a type that never leaves an engine.
    """
    return {
        "string": "string",
        "int8": "int64",
        "int16": "int64",
        "int32": "int64",
        "int64": "int64",
        "float64": "float64",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp(6)",
        "timestamp(6)": "timestamp(6)",
    }[kind.removeprefix("!")]


def declared(expression: Any) -> dict[str, str]:  # noqa: ANN401  Ibis is untyped
    """Return the columns of an expression with the types that every engine gives them."""
    return {str(name): plain_kind(str(kind)) for name, kind in expression.schema().items()}


def arrow_type(kind: str) -> "pa.DataType":
    """Return the Arrow type of a column, given in the expression layer's spelling."""
    import pyarrow as pa  # noqa: PLC0415  not needed before there are rows

    return {
        "string": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp(6)": pa.timestamp("us"),
    }[plain_kind(kind)]


def table_of_rows(schema: Mapping[str, str], rows: Sequence[Sequence[object]]) -> "pa.Table":
    """Return a few rows of Python values as Arrow; ``schema`` is column -> type."""
    import pyarrow as pa  # noqa: PLC0415

    types = pa.schema([(column, arrow_type(kind)) for column, kind in schema.items()])
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, types, strict=True)]
    return pa.table(arrays, schema=types)


def as_declared(table: "pa.Table", expression: Any) -> "pa.Table":  # noqa: ANN401  Ibis is untyped
    """Return an expression's rows with the names, types and order of columns that it declares.

    What an engine adds of its own goes: 128-bit sums, zones of times, marks of columns that are
    never null.
    """
    import pyarrow as pa  # noqa: PLC0415

    fields = [pa.field(name, arrow_type(kind)) for name, kind in declared(expression).items()]
    bare = table.replace_schema_metadata(None).select([field.name for field in fields])
    arrays = [
        bare.column(i) if bare.column(i).type == field.type else bare.column(i).cast(field.type)
        for i, field in enumerate(fields)
    ]
    return pa.table(arrays, schema=pa.schema(fields))


def kinds_of(table: "pa.Table") -> dict[str, str]:
    """Return the columns of a plain table with their types, in the expression layer's spelling."""
    kinds = ("string", "int64", "float64", "boolean", "date", "timestamp(6)")
    spelled = {arrow_type(kind): kind for kind in kinds}
    return {field.name: spelled[field.type] for field in table.schema}


def as_plain(table: "pa.Table") -> "pa.Table":
    """Return a table with the types that the expression layer has, and no others.

    Zoned times become UTC without a zone, times of any unit microseconds. Raises TypeError for
    a type that no engine holds (unsigned integers, decimals, lists).
    """
    import pyarrow as pa  # noqa: PLC0415

    is_a = pa.types
    fields = []
    for field in table.schema:
        kind = field.type
        if is_a.is_dictionary(kind):
            kind = kind.value_type
        if is_a.is_signed_integer(kind):
            name = "int64"
        elif is_a.is_string(kind) or is_a.is_large_string(kind) or is_a.is_string_view(kind):
            name = "string"
        elif is_a.is_floating(kind):
            name = "float64"
        elif is_a.is_timestamp(kind):
            name = "timestamp(6)"
        elif is_a.is_date(kind):
            name = "date"
        elif is_a.is_boolean(kind):
            name = "boolean"
        else:
            msg = f"column {field.name} has the type {kind}"
            raise TypeError(msg)
        fields.append(pa.field(field.name, arrow_type(name)))
    return table.replace_schema_metadata(None).cast(pa.schema(fields))
