"""Parties are kept in columns; each that is asked for is the record it always was."""

from pathlib import Path

import pytest
from intake_world import answer, folder

from whence.model import Parties, Party

HEAD = "party_id,kind,parent_id,fields\n"


def read(tmp_path: Path, *rows: str) -> tuple[Parties, list[object]]:
    found = answer(folder(tmp_path, parties=HEAD + "".join(f"{row}\n" for row in rows)))
    told = [n.facts.get("n") for n in found.dataset.notes if n.phrase.endswith("unknown-fields")]
    return found.dataset.parties, told


def test_a_party_is_found_by_its_id_and_by_its_place(tmp_path: Path) -> None:
    parties, _ = read(tmp_path, "B,shop,A,name", "A,group,,", "C,SHOP,A,")
    assert [party.party_id for party in parties] == ["A", "B", "C"]
    assert parties.named(["B", "nobody"]) == {
        "B": Party(party_id="B", kind="shop", parent_id="A", fields=frozenset({"name"}))
    }
    assert parties[-1] == parties[2] == Party(party_id="C", kind="shop", parent_id="A")
    assert parties[:2] == tuple(parties)[:2]
    with pytest.raises(IndexError):
        parties[3]


def test_a_dataset_without_parties_has_none() -> None:
    assert len(Parties()) == 0
    assert list(Parties()) == []
    assert Parties().named(["A"]) == {}


def test_a_name_of_a_field_that_nobody_knows_is_told_for_each_row(tmp_path: Path) -> None:
    _, told = read(tmp_path, 'A,shop,,"name,shoe_size"', 'B,shop,,"name,shoe_size"', "C,shop,,name")
    assert told == [2]
