"""A Spark cluster on this machine: a master and two workers, for tests and for trying things out.

By hand: ``python tools/cluster.py`` starts it, says its address, and stops it on Ctrl-C. Everything
listens on 127.0.0.1 only, comes from the PySpark package, and keeps its files in a temporary folder
that goes when the cluster stops.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final

HOST: Final = "127.0.0.1"
DEPLOY: Final = "org.apache.spark.deploy"
START_S: Final = 90  # three Java processes on a busy machine; usually 5 s
STOP_S: Final = 15
TRIES: Final = 3  # a port found free may be taken before it is used
POLL_S: Final = 0.2
DAEMON_OPTIONS: Final = (
    "-Dspark.port.maxRetries=0",  # a taken port is told, not passed over
    "-Dspark.master.rest.enabled=false",  # listens on one fixed port, so that two clusters collide
    "-Dspark.worker.timeout=10",
)


class ClusterError(Exception):
    """The cluster did not come up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster: its address and its Java processes."""

    url: str
    page: str
    master: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]

    def n_alive(self) -> int:
        """Return how many workers the master takes for alive."""
        return _n_alive(self.page)

    def kill_worker(self, number: int) -> None:
        """End a worker and its executors at once, as a lost machine would."""
        _end(self.workers[number], signal.SIGKILL)


@contextmanager
def cluster(*, workers: int = 2, cores: int = 1, memory: str = "1g") -> Iterator[Cluster]:
    """Run a cluster; it is gone when the block ends, however it ends."""
    for attempt in range(1, TRIES + 1):
        with ExitStack() as stack:
            try:
                running = _started(stack, workers=workers, cores=cores, memory=memory)
            except ClusterError:
                if attempt == TRIES:
                    raise
                continue
            yield running
            return


def _started(stack: ExitStack, *, workers: int, cores: int, memory: str) -> Cluster:
    folder = Path(tempfile.mkdtemp(prefix="whence-cluster-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    port, page_port, *worker_ports = _free_ports(2 + workers)
    url, page = f"spark://{HOST}:{port}", f"http://{HOST}:{page_port}/json/"
    ports = ("--port", str(port), "--webui-port", str(page_port))
    master = _java(stack, folder, "master", f"{DEPLOY}.master.Master", ("--host", HOST, *ports))
    _wait_for(page, 0, [master])
    started = [
        _java(
            stack,
            folder,
            f"worker-{number}",
            f"{DEPLOY}.worker.Worker",
            (
                *("--host", HOST, "--webui-port", str(page_port)),
                *("--cores", str(cores), "--memory", memory),
                *("--work-dir", str(folder / f"work-{number}"), url),
            ),
        )
        for number, page_port in enumerate(worker_ports)
    ]
    _wait_for(page, workers, [master, *started])
    return Cluster(url=url, page=page, master=master, workers=tuple(started))


def _java(
    stack: ExitStack, folder: Path, name: str, main: str, arguments: Sequence[str]
) -> subprocess.Popen[bytes]:
    """Start one of Spark's own Java programs in a group of its own, and stop it with the stack."""
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        message = "PySpark is not installed"
        raise ClusterError(message)
    home = Path(found.origin).parent
    settings = {
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(folder),  # nothing of the user's own
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder / f"local-{name}"),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": " ".join(DAEMON_OPTIONS),
    }
    log: IO[bytes] = stack.enter_context((folder / f"{name}.log").open("wb"))
    process = subprocess.Popen(  # noqa: S603  our own command
        [str(home / "bin" / "spark-class"), main, *arguments],
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # its executors are stopped with it, and Ctrl-C is ours alone
    )
    stack.callback(_end, process, signal.SIGTERM)
    return process


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Stop a process and its children, and see them gone."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with suppress(ProcessLookupError):  # executors may outlive their worker by a moment
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_for(page: str, workers: int, running: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until the master's page lists so many workers."""
    until = monotonic() + START_S
    while monotonic() < until:
        if any(process.poll() is not None for process in running):
            break
        with suppress(OSError, ValueError):
            if _n_alive(page) >= workers:
                return
        sleep(POLL_S)
    message = f"the master did not list {workers} workers within {START_S} s, or something ended"
    raise ClusterError(message)


def _n_alive(page: str) -> int:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(page, timeout=5) as answer:
        listed = json.load(answer)["workers"]
    return sum(worker["state"] == "ALIVE" for worker in listed)


def _free_ports(n: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(socket.socket())) for _ in range(n)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def main() -> int:
    """Run a cluster until Ctrl-C or a polite kill."""
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell had the first ignored
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with cluster() as running:
            print(f"{running.url}: {len(running.workers)} workers; Ctrl-C stops them", flush=True)  # noqa: T201
            while running.master.poll() is None:
                sleep(1)
    except KeyboardInterrupt:
        return 0
    except ClusterError as error:
        print(f"cluster: {error}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
