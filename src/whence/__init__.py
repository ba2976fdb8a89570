"""Whence: find the custodian from whom online shoppers' order data leaked.

>>> import whence
>>> answer = whence.trace("my-dataset")  # doctest: +SKIP
>>> answer.verdict  # doctest: +SKIP
'suspects found'

Nothing heavy is imported before a function is called.
"""

from typing import TYPE_CHECKING

from whence.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from whence.model import Trace
    from whence.model.progress import Progress
    from whence.pipeline import AnyPath, EngineName
    from whence.tracing import Settings
    from whence.wording import Language

__all__ = ["__version__", "trace"]


def trace(
    dataset: "AnyPath | Mapping[str, pa.Table] | None" = None,
    *,
    out: "AnyPath | None" = None,
    tables: "Mapping[str, AnyPath] | None" = None,
    mapping: "AnyPath | None" = None,
    timezone: str = "UTC",
    custodians: "Sequence[str] | None" = None,
    settings: "Settings | None" = None,
    language: "Language" = "en",
    engine: "EngineName" = "duckdb",
    spark_master: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    temp_dir: "AnyPath | None" = None,
    on_progress: "Progress | None" = None,
) -> "Trace":
    """Say from whom the orders of a dataset leaked, and how sure that is.

    ``dataset`` is a folder of tables or a mapping of table name -> Arrow table, as
    ``docs/formats.md`` describes them. A path may be text.

    ``out``: a folder the answer is written to as well, its page in ``language`` (en, zh).
    ``tables``: table name -> file, over or instead of the folder's. ``mapping``: a TOML file that
    says what your columns are called. ``timezone``: of times that carry none. ``custodians``: the
    columns of orders that name custodians; otherwise every other column ``KIND_id``.
    ``settings``: what an analyst knows beforehand, a ``whence.tracing.Settings``.
    ``engine``: ``duckdb`` on this machine, or ``spark``, on the cluster at ``spark_master``
    (``spark://HOST:PORT``) or else on this machine too; the answer does not depend on it.
    ``memory_limit`` ("1GB"; half of the memory there is), ``threads`` and ``temp_dir`` bound the
    engine; nor does it depend on them. ``on_progress`` is called with stage, done and total.

    Raises ``whence.errors.UsageError`` for options that do not go together and
    ``whence.errors.InputError`` where the dataset cannot be used at all.
    """
    from whence.model.progress import no_progress  # noqa: PLC0415  start-up stays light
    from whence.pipeline import trace_dataset  # noqa: PLC0415

    return trace_dataset(
        dataset,
        out=out,
        tables=tables,
        mapping=mapping,
        timezone=timezone,
        custodians=custodians,
        settings=settings,
        language=language,
        engine=engine,
        spark_master=spark_master,
        memory_limit=memory_limit,
        threads=threads,
        temp_dir=temp_dir,
        on_progress=on_progress or no_progress,
    )
