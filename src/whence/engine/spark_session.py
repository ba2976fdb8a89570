"""A Spark session of our own, from starting Java to leaving nothing behind.

Each session has its own Java process, so that memory can be set for it, its noise goes to a file of
ours, and closing it ends everything. PySpark allows one session at a time in a Python process.
"""

import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import urlsplit

from whence.errors import EngineError

MASTER_S: Final = 10  # a master in the same network answers in milliseconds
WORKERS_S: Final = 60  # a worker starts an executor in some 5 s; a busy machine takes longer
_LEAVE_S: Final = 20  # Java stops its tasks and removes its files when it is told to end
_POLL_S: Final = 0.5
_LOOPBACK: Final = ("127.", "localhost", "[::1]", "::1")
_NOISY: Final = (
    "py4j",
    "SQLQueryContextLogger",
    "DataFrameQueryContextLogger",
)  # print whole plans

SETTINGS: Final = {
    "spark.app.name": "whence",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",  # the bars are the entrance's
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # times have no zone here, they are UTC
    "spark.sql.ansi.enabled": "true",  # an overflow stops the job, it does not wrap round
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.parquet.binaryAsString": "true",  # as DuckDB reads text without its mark
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}


@dataclass(slots=True, eq=False)
class Session:
    """A running session: what PySpark knows it by, its Java process and its folder."""

    spark: Any
    context: Any
    gateway: Any
    folder: Path
    watch: "Watch | None"

    def close(self, *, is_interrupted: bool = False) -> None:
        """End the session and its Java process, and remove its files. Idle if that is done."""
        from pyspark import SparkContext  # noqa: PLC0415

        if self.watch is not None:
            self.watch.stop()
        # After Ctrl-C an answer may still be under way on the connection: leave it unused.
        if not is_interrupted:
            with _unheard():
                self.spark.stop()
        with suppress(OSError):
            self.gateway.proc.stdin.close()  # Java ends in order when nobody holds its input
        _await(self.gateway.proc)
        for _ in range(2):  # the first time it finds Java gone, the second it clears up
            with _unheard():
                self.context.stop()
        with _unheard():
            self.gateway.shutdown()
        SparkContext._gateway = None  # noqa: SLF001  else the next session looks for this Java
        SparkContext._jvm = None  # noqa: SLF001
        shutil.rmtree(self.folder, ignore_errors=True)


class Watch(threading.Thread):
    """Cancels what is running when a cluster has had no worker for too long.

    Spark itself would wait for ever.
    """

    def __init__(self, context: Any, patience_s: float) -> None:  # noqa: ANN401
        super().__init__(name="whence-workers", daemon=True)
        self._context = context
        self._patience_s = patience_s
        self._stopped = threading.Event()
        self.is_deserted = False

    def run(self) -> None:
        """Look at the workers until told to stop."""
        seen_at = monotonic()
        while not self._stopped.wait(_POLL_S):
            with suppress(Exception):  # the session may be closing just now
                if _n_executors(self._context):
                    seen_at = monotonic()
                self.is_deserted = monotonic() - seen_at > self._patience_s
                if self.is_deserted:
                    self._context.cancelAllJobs()

    def stop(self) -> None:
        """Stop looking."""
        self._stopped.set()
        self.join()


def start(
    master_url: str,
    *,
    driver_memory: str | None,
    executor_memory: str | None,
    partitions: int | None,
    temp_dir: Path | None,
    workers_s: float,
) -> Session:
    """Start a session; raises EngineError where Spark, Java, the master or workers are missing."""
    try:
        import pyspark  # noqa: PLC0415  a second to import, and an optional extra
    except ModuleNotFoundError:
        raise EngineError("engine.no-spark", hint="engine.no-spark-hint") from None
    if not _has_java():
        raise EngineError("engine.no-java", hint="engine.no-java-hint")
    if pyspark.SparkContext._active_spark_context is not None:  # noqa: SLF001
        raise EngineError("engine.spark-taken", hint="engine.spark-taken-hint")
    is_cluster = master_url.startswith("spark://")
    if is_cluster:
        _reach(master_url)
    if temp_dir is not None:
        temp_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="whence-spark-", dir=temp_dir))
    settings = SETTINGS | _places(master_url, folder)
    if driver_memory is not None:
        settings["spark.driver.memory"] = driver_memory
    if executor_memory is not None:
        settings["spark.executor.memory"] = executor_memory
    if partitions is not None:
        settings["spark.sql.shuffle.partitions"] = str(partitions)
    try:
        session = _launched(settings, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if is_cluster:
        try:
            _await_workers(session.context, master_url, workers_s)
            session.watch = Watch(session.context, workers_s)
            session.watch.start()
        except BaseException:
            session.close()
            raise
    return session


def _launched(settings: dict[str, str], folder: Path) -> Session:
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger().addFilter(_is_no_interrupt)
    conf = SparkConf()
    for key, value in settings.items():
        conf.set(key, value)
    noise = folder / "spark.log"
    try:
        with noise.open("wb") as log:
            gateway = launch_gateway(conf, {"stdout": log, "stderr": log})
    except PySparkException:
        raise _unlaunched(noise.read_text("utf-8", "replace")) from None
    try:
        with _own_interrupt():
            context = SparkContext(conf=conf, gateway=gateway)
        context.setLogLevel("ERROR")
        return Session(SparkSession(context), context, gateway, folder, None)
    except BaseException as error:
        gateway.proc.stdin.close()
        _await(gateway.proc)
        with _unheard():
            gateway.shutdown()
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001
        if not isinstance(error, Exception):  # Ctrl-C
            raise
        raise EngineError("engine.spark-failed", reason=type(error).__name__) from None


def _unlaunched(noise: str) -> EngineError:
    """Return why Java did not start, as far as its own words tell."""
    if "UnsupportedClassVersionError" in noise:
        return EngineError("engine.old-java", hint="engine.no-java-hint")
    if "reserve enough space" in noise or "Cannot allocate memory" in noise:
        return EngineError("engine.spark-memory", hint="engine.spark-memory-hint")
    return EngineError("engine.spark-unstarted", hint="engine.no-java-hint")


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin")) if home else None) is not None


def _places(master_url: str, folder: Path) -> dict[str, str]:
    """Return where the session listens and keeps its files."""
    host = urlsplit(master_url).hostname or ""
    is_here = master_url.startswith("local") or host.startswith(_LOOPBACK)
    here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return {
        "spark.master": master_url,
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        **(here if is_here else {}),
    }


def _reach(master_url: str) -> None:
    """Raise EngineError unless one of the masters answers in time."""
    for place in master_url.removeprefix("spark://").split(","):
        split = urlsplit(f"spark://{place}")
        with suppress(OSError, ValueError):
            address = (split.hostname or "", split.port or 7077)  # 7077: Spark's own default
            socket.create_connection(address, timeout=MASTER_S).close()
            return
    raise EngineError(
        "engine.no-master", hint="engine.no-master-hint", master=master_url, seconds=MASTER_S
    )


def _await_workers(context: Any, master_url: str, workers_s: float) -> None:  # noqa: ANN401
    until = monotonic() + workers_s
    while not _n_executors(context):
        if monotonic() > until:
            raise EngineError(
                "engine.no-workers",
                hint="engine.no-workers-hint",
                master=master_url,
                seconds=round(workers_s),
            )
        sleep(_POLL_S)


def _n_executors(context: Any) -> int:  # noqa: ANN401
    """Return how many executors a cluster has given us; the driver is counted with them."""
    return int(context._jsc.sc().getExecutorMemoryStatus().size()) - 1  # noqa: SLF001


def _await(process: Any) -> None:  # noqa: ANN401
    try:
        process.wait(_LEAVE_S)
    except Exception:  # noqa: BLE001  whatever kept it, it goes now
        process.kill()
        process.wait()


def _is_no_interrupt(record: logging.LogRecord) -> bool:
    """Keep Py4J from printing where Ctrl-C found it; it says so on the root logger alone."""
    return not str(record.msg).startswith("KeyboardInterrupt while sending command")


@contextmanager
def _own_interrupt() -> Iterator[None]:
    """Keep our own answer to Ctrl-C: PySpark would put its own in its place."""
    is_main = threading.current_thread() is threading.main_thread()
    former = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if is_main and former is not None:
            signal.signal(signal.SIGINT, former)


@contextmanager
def _unheard() -> Iterator[None]:
    """Let ending go on whatever a process that is already gone makes PySpark say."""
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore")
        yield
