"""How a cell becomes a value: ids, texts, numbers and lists of fields, as SQL.

``given`` is the value without the care that text files need (blanks, Excel's ``="0012"``), for
typed files that turn out to need none; ``careful`` is the value with it.
"""

from dataclasses import dataclass
from typing import Final

from whence.engine import literal

BLANKS: Final = " \t\r\n\u3000\u00a0\ufeff"
_WIDE_BLANKS: Final = BLANKS[4:]
_WHOLE: Final = r"[+-]?\d{1,19}(\.0*)?"
_INTEGERS: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)
_LARGE_INTEGERS: Final = frozenset({"HUGEINT", "UHUGEINT"})
_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})
_NEVER: Final = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "INTERVAL")


@dataclass(frozen=True, slots=True)
class Value:
    """A value as SQL; ``differs`` is true in rows where care makes a difference."""

    given: str
    careful: str
    differs: str = "false"


def is_readable(kind: str) -> bool:
    """Tell whether a column of this type can be an id or a text at all."""
    return not kind.startswith(_NEVER)


def id_type(kind: str) -> str:
    """Return the type that ids of such a column keep: BIGINT or VARCHAR."""
    return "BIGINT" if kind in _INTEGERS | _FLOATS else "VARCHAR"


def text(column: str, kind: str) -> Value:
    """Return a column as text; empty cells are null."""
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        given = column if kind == "VARCHAR" else f"{column}::VARCHAR"
        tidied = f"regexp_replace(trim({given}, {literal(BLANKS)}), '^=\"(.*)\"$', '\\1')"
        differs = untidy(given)
        careful = f"CASE WHEN {differs} THEN nullif({tidied}, '') ELSE {given} END"
        return Value(given, careful, differs)
    if kind in _FLOATS:
        whole = f"abs({column}) < 9.2e18 AND {column} = floor({column})"
        as_text = f"CASE WHEN isnan({column}) THEN NULL ELSE {column}::VARCHAR END"
        sql = f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {as_text} END"
        return Value(sql, sql)
    if kind.startswith("DECIMAL"):
        sql = f"regexp_replace({column}::VARCHAR, '\\.0+$', '')"
        return Value(sql, sql)
    if kind.endswith("[]"):
        sql = f"nullif(array_to_string({column}, ','), '')"
        return Value(sql, sql)
    return Value(f"{column}::VARCHAR", f"{column}::VARCHAR")


def untidy(column: str) -> str:
    """Return the condition that a text is empty, has blanks at its ends, or is ``="..."``.

    Comparisons alone: on a large log a pattern would cost ten times as much. ``!`` is the first
    character after the blank, so that whatever sorts before it begins with one.
    """
    starts = [('="', "=#"), *((blank, chr(ord(blank) + 1)) for blank in _WIDE_BLANKS)]
    wide = ", ".join(literal(blank) for blank in _WIDE_BLANKS)
    conditions = [
        f"{column} < '!'",
        *(f"({column} >= {literal(a)} AND {column} < {literal(b)})" for a, b in starts),
        f"{column}[-1] < '!'",
        f"{column}[-1] IN ({wide})",
    ]
    return f"({' OR '.join(conditions)})"


def key(column: str, kind: str, target: str) -> Value:
    """Return an id in the type of the orders' own ids; null where it cannot be one of them."""
    if target == "VARCHAR":
        return text(column, kind)
    if kind in _INTEGERS | _LARGE_INTEGERS:
        sql = column if kind == "BIGINT" else f"try_cast({column} AS BIGINT)"
        return Value(sql, sql)
    as_text = text(column, kind).careful
    whole = f"regexp_full_match({as_text}, {literal(_WHOLE)})"
    number = f"try_cast(regexp_replace({as_text}, '\\..*$', '') AS BIGINT)"
    sql = f"CASE WHEN {whole} THEN {number} END"
    return Value(sql, sql)


def was_given(column: str, kind: str, careful: str) -> str:
    """Return the condition that an id was given, though in the orders' type it may be none."""
    as_text = text(column, kind).careful
    return "false" if as_text == careful or kind in _INTEGERS else f"{as_text} IS NOT NULL"


def number(column: str, kind: str) -> Value:
    """Return an amount as a float; null where it is none."""
    if kind in _INTEGERS | _LARGE_INTEGERS | _FLOATS or kind.startswith("DECIMAL"):
        cast = f"{column}::DOUBLE"
        sql = f"CASE WHEN isfinite({cast}) THEN {cast} END"
        return Value(sql, sql)
    as_text = text(column, kind).careful
    plain = f"regexp_replace({as_text}, '[\\s,¥￥$元]', '', 'g')"
    cast = f"try_cast({plain} AS DOUBLE)"
    sql = f"CASE WHEN isfinite({cast}) THEN {cast} END"
    return Value(sql, sql)


def fields(column: str, kind: str) -> Value:
    """Return a list of field names as lower-case text with plain commas and no blanks."""
    base = text(column, kind).given
    marks = literal("，、;；|[]\"' \t\u3000")
    tidied = f"nullif(lower(translate({base}, {marks}, ',,,,,')), '')"
    plain = f"regexp_full_match({base}, '[a-z_,]+')"
    return Value(
        base,
        f"CASE WHEN {plain} THEN {base} ELSE {tidied} END",
        f"CASE WHEN {plain} THEN false ELSE {tidied} IS DISTINCT FROM {base} END",
    )


def names_in(cell: str) -> list[str]:
    """Split a cell that lists names; commas may be Chinese ones, a JSON list is one too."""
    plain = cell.translate(str.maketrans("，、;；|", ",,,,,", "[]\"'"))
    return [name for part in plain.split(",") if (name := part.strip(BLANKS).casefold())]
