"""What the vault costs: sealing, reveals with their durable ledger entry, searches, masks.

    python benchmarks/vault.py --orders 50000 --reveals 20000 --threads 1 8 32

A workspace is made in a scratch folder, with the embedded ledger. Sealing is told per second of
one processor and of the wall; reveals are asked for by threads of one process, each of one order
and three fields, and a reveal counts when its ledger entry has reached the disk. The probe beside
them is one 4 KiB write with fsync to the same folder: what a reveal alone cannot be faster than.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from whence.cli.installation import clock
from whence.ledger import Ledger, make_ledger, open_ledger
from whence.protection import (
    Asking,
    Clear,
    Desk,
    Vault,
    make_vault,
    mask,
    open_desk,
    wrapping_of,
)
from whence.protection.resealing import reseal, rotate
from whence.workspace import Workspace, make_workspace

HEADER = "| what | n | wall, s | CPU, s | a second of wall | a second of CPU |"
RULE = "| --- | ---: | ---: | ---: | ---: | ---: |"
REGISTER = """
[recipients.B1]
number = 1
kind = "branch"
contract = "C-1"
impact_assessment = "PIA-1"
until = 2099-12-31
clear = ["name", "phone", "address"]
quota_per_day = 100000000
quota_per_account = 100000000
[recipients.B1.purposes]
deliver = ["name", "phone", "address"]
"""
FIELDS = ("name", "phone", "address")
TEXTS = {
    "name": "欧阳小明",
    "phone": "+86 138-1234-5678",
    "address": "浙江省杭州市西湖区文华路12号阳光花园3号楼2单元1502室",
    "id_number": "11010119900307123X",
    "bank_card": "6222 0212 3456 7890 123",
    "email": "xiaoming.ouyang@example.com",
}
BATCH = 1000  # orders of one sealing step, as `whence vault seal` takes them


@dataclass(frozen=True, slots=True)
class Bench:
    """An open installation."""

    vault: Vault
    ledger: Ledger
    desk: Desk


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the installation, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=50_000)
    parser.add_argument("--reveals", type=int, default=20_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--folder", type=Path, help="where the installation is made")
    options = parser.parse_args(arguments)
    print(HEADER)
    print(RULE)
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        home = make_workspace(Path(scratch) / "w", name="bench.example/orders")
        home.register.write_text(REGISTER, "utf-8")
        make_ledger(home, clock=clock)
        with opened(home) as bench:
            orders = list(made(options.orders))
            seal(bench.vault, orders)
            probe(home.folder)
            for threads in options.threads:
                reveal(bench, orders, options.reveals, threads)
            batch(bench, orders, options.reveals)
            search(bench, min(options.reveals, 2000))
            again(bench.vault, home)
    masks()


@contextmanager
def opened(home: Workspace) -> Iterator[Bench]:
    """Open vault, ledger and desk."""
    with (
        make_vault(home, wrapping_of(home), clock=clock) as vault,
        open_ledger(home, clock=clock) as ledger,
        open_desk(home, vault, ledger, clock=clock) as desk,
    ):
        yield Bench(vault, ledger, desk)


def made(n: int) -> Iterator[Clear]:
    """Yield made-up orders of three fields."""
    for i in range(n):
        fields = {"name": "王小明", "phone": f"12{i:09d}", "address": f"文华路{i}号3栋2单元{i}室"}
        yield Clear(order_id=f"O{i:08d}", customer_id=f"C{i // 3:08d}", fields=fields)


def seal(vault: Vault, orders: Sequence[Clear]) -> None:
    """Seal orders in batches, then again when nothing is new."""

    def all_of_them() -> None:
        for start in range(0, len(orders), BATCH):
            vault.seal(orders[start : start + BATCH])

    told("fields sealed", len(orders) * len(FIELDS), all_of_them)
    told("fields sealed already", len(orders) * len(FIELDS), all_of_them)


def probe(folder: Path) -> None:
    """Write 4 KiB and bring them to the disk, again and again."""
    n = 200

    def write() -> None:
        with (folder / "probe").open("wb", buffering=0) as file:
            for _ in range(n):
                file.write(bytes(4096))
                os.fsync(file.fileno())

    told("4 KiB written with fsync", n, write)
    (folder / "probe").unlink()


def reveal(bench: Bench, orders: Sequence[Clear], n: int, threads: int) -> None:
    """Ask for one order after another from several threads."""
    asking = Asking(account_id="ann", party_id="B1", purpose="deliver")
    size = bench.ledger.size

    def some(first: int) -> None:
        for i in range(first, n, threads):
            bench.desk.reveal(orders[i * 7919 % len(orders)].order_id, FIELDS, asking)

    def all_of_them() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, range(threads)))

    told(f"reveals of {len(FIELDS)} fields, {threads} threads", n, all_of_them)
    assert bench.ledger.size == size + n  # noqa: S101  a reveal without its entry is none


def batch(bench: Bench, orders: Sequence[Clear], n: int) -> None:
    """Ask for a thousand orders at a time."""
    asking = Asking(account_id="ann", party_id="B1", purpose="deliver", form="clear")
    ids = [orders[i * 7919 % len(orders)].order_id for i in range(n)]

    def all_of_them() -> None:
        for start in range(0, n, BATCH):
            bench.desk.reveal_batch(ids[start : start + BATCH], FIELDS, asking)

    told("reveals in batches of 1,000, in clear", n, all_of_them)


def search(bench: Bench, n: int) -> None:
    """Look up phones, one after another."""
    asking = Asking(account_id="ann", party_id="B1", purpose="deliver")

    def all_of_them() -> None:
        for i in range(n):
            bench.desk.search("phone", f"12{i:09d}", asking)

    told("searches by phone, one thread", n, all_of_them)


def again(vault: Vault, home: Workspace) -> None:
    """Rotate and take every field over."""
    rotate(vault, wrapping_of(home), record=lambda _: None)
    with vault.store.reading() as reading:
        ((n,),) = reading.execute("SELECT count(*) FROM sealed")
    told("fields resealed", n, lambda: reseal(vault))


def masks() -> None:
    """Mask each kind of text."""
    n = 20_000
    for field, text in TEXTS.items():

        def many(field: str = field, text: str = text) -> None:
            for _ in range(n):
                mask(field, text)

        told(f"masks of {field}", n, many)


def told(name: str, n: int, work: Callable[[], object]) -> None:
    """Do the work and print its row."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    cells = [name, f"{n:,}", f"{wall:.2f}", f"{cpu:.2f}", f"{n / wall:,.0f}"]
    cells.append(f"{n / cpu:,.0f}" if cpu else "-")
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
