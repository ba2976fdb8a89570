"""The cluster of the tests: it comes up whole, and nothing of it stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import Cluster, cluster

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("installed")]
TOOL = Path(__file__).parents[2] / "tools" / "cluster.py"


def is_running(process_group: int) -> bool:
    """Return whether anything of a process group is left, other than what nobody has buried."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, _, group = rest.split()[:3]
        if int(group) == process_group and state != "Z":
            return True
    return False


def test_nothing_is_left_of_a_cluster_when_its_block_fails() -> None:
    def failing() -> None:
        with cluster(workers=1) as running:
            seen.append(running)
            assert running.n_alive() == 1
            assert all(is_running(process.pid) for process in (running.master, *running.workers))
            raise ZeroDivisionError

    seen: list[Cluster] = []
    with pytest.raises(ZeroDivisionError):
        failing()
    (running,) = seen
    assert not any(is_running(process.pid) for process in (running.master, *running.workers))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_cluster_stopped_by_hand(how: signal.Signals, tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, str(TOOL)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    with started:
        assert started.stdout is not None
        assert started.stdout.readline().startswith("spark://127.0.0.1:")
        children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
        assert len(children) == 3
        started.send_signal(how)
        assert started.wait(60) == 0
        assert started.stdout.read() == ""
    assert not any(is_running(int(child)) for child in children)
    assert list(tmp_path.iterdir()) == []
