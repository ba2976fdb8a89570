"""What went wrong on Spark, in plain words: no stack trace, and nothing of what was being read.

Spark's own messages quote values of rows, so none of them is kept, not even as a cause.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from whence.engine.parquet import ParquetFiles, damaged
from whence.errors import EngineError

_READ_FAULT: Final = re.compile(r"\[FAILED_READ_FILE[.A-Z_]*\][^\n]*?file:(?P<path>/[^\n]*)")
_CONDITION: Final = re.compile(r"\[([A-Z][A-Z0-9_.]{4,})\]")
_SIGNS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "engine.spark-memory",
        (
            "OutOfMemoryError",
            "GC overhead limit",
            "UNABLE_TO_ACQUIRE_MEMORY",
            "spark.driver.maxResultSize",
            "Not enough memory to build and broadcast",
        ),
    ),
    ("engine.spark-disk", ("No space left on device", "Disk quota exceeded")),
    (
        "engine.spark-lost",
        (
            "ExecutorLostFailure",
            "Failed to connect to /",
            "Connection reset by peer",
            "FetchFailed",
            "FETCH_FAILED",
            "SparkContext was shut down",
            "stopped SparkContext",
            "Master removed our application",
            "All masters are unresponsive",
        ),
    ),
    ("engine.spark-gone", ("Error while sending", "Answer from Java side is empty", "Py4JNetwork")),
)  # phrase -> what Spark's message has in it, the gravest first


def told_of(error: BaseException, opened: Mapping[str, ParquetFiles]) -> EngineError:
    """Return the one clear error for what Spark or its connection raised.

    ``opened``: the files that stand open, so that a damaged one is named as the user knows it.
    """
    text = f"{type(error).__name__}: {error}"
    for phrase, signs in _SIGNS[:2]:
        if any(sign in text for sign in signs):
            return EngineError(phrase, hint=f"{phrase}-hint")
    if (found := _READ_FAULT.search(text)) is not None:
        return _unread(found["path"], text, opened)
    if isinstance(error, ConnectionError):  # the driver's own process is gone
        return EngineError("engine.spark-gone", hint="engine.spark-gone-hint")
    for phrase, signs in _SIGNS[2:]:
        if any(sign in text for sign in signs):
            return EngineError(phrase, hint=f"{phrase}-hint")
    conditions = [name for name in _CONDITION.findall(text) if name != "SQLSTATE"]
    reason = conditions[-1] if conditions else type(error).__name__
    return EngineError("engine.spark-failed", reason=reason)


def _unread(where: str, text: str, opened: Mapping[str, ParquetFiles]) -> EngineError:
    """Return the error about a file that a task could not read: damaged, or not there at all."""
    place = unquote(re.split(r"\.\s", where, maxsplit=1)[0].rstrip(". "))
    path = Path("/" + place.lstrip("/"))
    among = next((files.paths for files in opened.values() if path in files.paths), (path,))
    if "FileNotFoundException" in text or "FILE_NOT_EXIST" in text:
        return EngineError(
            "engine.file-unseen",
            hint="engine.file-unseen-hint",
            file=damaged(path, among).facts["file"],
        )
    return damaged(path, among)
