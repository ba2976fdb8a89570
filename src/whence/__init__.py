"""Whence: find the custodian from whom online shoppers' order data leaked.

>>> import whence
>>> answer = whence.trace("my-dataset")  # doctest: +SKIP
>>> answer.verdict  # doctest: +SKIP
'suspects found'

Nothing heavy is imported before a function is called.
"""

from typing import TYPE_CHECKING, Any

from whence.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from whence.model import Trace

__all__ = ["__version__", "trace"]


def trace(dataset: "str | Path | Mapping[str, pa.Table]", **options: Any) -> "Trace":  # noqa: ANN401
    """Say from whom the orders of a dataset leaked, and how sure that is.

    ``dataset`` is a folder of tables or a mapping of table name -> Arrow table, as
    ``docs/formats.md`` describes them. The options are those of
    ``whence.pipeline.trace_dataset``: ``out`` writes the answer to a folder as well.

    Raises ``whence.errors.InputError`` where the dataset cannot be used at all.
    """
    from pathlib import Path  # noqa: PLC0415  start-up stays light

    from whence.pipeline import trace_dataset  # noqa: PLC0415

    source = Path(dataset) if isinstance(dataset, str) else dataset
    return trace_dataset(source, **options)
