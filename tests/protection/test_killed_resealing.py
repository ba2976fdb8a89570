"""Resealing that is killed outright, again and again, while others read."""

import random
import subprocess
import sys
import time
from pathlib import Path

from protection_world import Clock, made, opened

from whence.protection import Clear, open_vault, wrapping_of
from whence.protection.resealing import reseal

N = 6000
ORDERS = [
    Clear(order_id=f"O-{i}", fields={"name": f"名{i}", "phone": f"12{i:09d}"}) for i in range(N)
]
KILLS = 12
RESEAL = """
import sys
from pathlib import Path
from whence.protection import open_vault, wrapping_of
from whence.protection.resealing import reseal, rotate
from whence.workspace import open_workspace
home = open_workspace(Path(sys.argv[1]))
with open_vault(home, wrapping_of(home), clock=lambda: 1) as vault:
    print("open", flush=True)
    rotate(vault, wrapping_of(home), record=lambda _: None)
    reseal(vault)
"""


def test_nothing_is_lost_and_readers_read_on(tmp_path: Path) -> None:
    home = made(tmp_path)
    with opened(home) as there:
        for start in range(0, N, 1000):
            there.vault.seal(ORDERS[start : start + 1000])
    moments = random.Random(5)
    with open_vault(home, wrapping_of(home), clock=Clock()) as reader:
        for _ in range(KILLS):
            command = [sys.executable, "-c", RESEAL, str(home.folder)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
                assert child.stdout is not None
                child.stdout.readline()
                until = time.monotonic() + moments.uniform(0, 0.25)
                while time.monotonic() < until:
                    wanted = moments.choice(ORDERS)
                    (order,) = reader.stored([wanted.order_id], ["name", "phone"])
                    assert reader.opened(order, ["name", "phone"]) == wanted.fields
                child.kill()
        assert len(reader.keys.versions()) > 1  # it was stopped in the middle
        reseal(reader)
        assert len(reader.keys.versions()) == 1
    with open_vault(home, wrapping_of(home), clock=Clock()) as anew:
        ids = [clear.order_id for clear in ORDERS]
        names = {one.order_id: anew.opened(one, ["name"]) for one in anew.stored(ids, ["name"])}
        assert names == {clear.order_id: {"name": clear.fields["name"]} for clear in ORDERS}
        for clear in ORDERS[::100]:
            found = anew.find("phone", clear.fields["phone"])
            assert [one.order_id for one in found] == [clear.order_id]
