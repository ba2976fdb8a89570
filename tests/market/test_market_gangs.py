"""Gangs of a market: an addition that leaves everything else as it was."""

import json
from pathlib import Path

from whence.market import MarketSpec, make, write
from whence.market.gangs import CONTACTS, GANGS_TRUTH, gangs_for

SPEC = MarketSpec(orders=2_000, victims=10, noise=10)


def test_gangs_change_no_other_byte_and_come_with_their_truth(tmp_path: Path) -> None:
    plain, with_gangs = tmp_path / "plain", tmp_path / "gangs"
    market = make(SPEC)
    write(market, plain)
    write(market, with_gangs, gangs=3)
    names = {path.name for path in plain.iterdir()}
    assert {path.name for path in with_gangs.iterdir()} - names == {CONTACTS, GANGS_TRUTH}
    assert all((plain / n).read_bytes() == (with_gangs / n).read_bytes() for n in names)
    truth = json.loads((with_gangs / GANGS_TRUTH).read_text("utf-8"))["gang_of_report"]
    told = (with_gangs / CONTACTS).read_text("utf-8").splitlines()[1:]
    assert set(truth) <= {line.split(",")[0] for line in told}
    assert len(told) == market.reports.num_rows


def test_a_folder_with_gangs_is_made_anew_without_them(tmp_path: Path) -> None:
    market = make(SPEC)
    write(market, tmp_path / "m", gangs=3)
    write(market, tmp_path / "m")
    assert not (tmp_path / "m" / CONTACTS).exists()


def test_the_same_seed_makes_the_same_gangs_and_another_makes_others() -> None:
    ids = [f"V{n}" for n in range(200)]
    assert gangs_for(ids, 5, seed=1) == gangs_for(ids, 5, seed=1)
    assert gangs_for(ids, 5, seed=1) != gangs_for(ids, 5, seed=2)


def test_without_gangs_every_report_stands_alone() -> None:
    assert set(gangs_for(["V1", "V2"], 0, seed=1).gang) == {-1}
