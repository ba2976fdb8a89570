"""Any single change to a pack is refused, with the exhibit or file named."""

import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cases_world import Office, make_office, report
from packs_world import (
    Files,
    full_case,
    packed,
    places,
    put_together,
    refusal,
    signed_again,
    taken_apart,
)

from whence.casework.pack_zip import Member, member, write_pack
from whence.casework.verify import verify_pack
from whence.casework.verify_alone import (
    CHECKPOINT,
    ENTRIES,
    MANIFEST,
    MAX_FILES,
    SIGNATURE,
    Listed,
    Refused,
    _scanned,
    _walk,
)
from whence.errors import IntegrityError

MOST_BYTES = 8 << 20  # what checking may hold at a time: some pieces of a mebibyte


@pytest.fixture
def files(police_pack: bytes) -> Files:
    return taken_apart(police_pack)


def exhibit_of(files: Files, path: str) -> str:
    listed = json.loads(files[MANIFEST])["files"]
    return next((each.get("exhibit", "") for each in listed if each["path"] == path), "")


def test_a_pack_put_together_as_it_was_holds(
    full_office: Office, police_pack: bytes, files: Files, tmp_path: Path
) -> None:
    assert put_together(files) == police_pack
    assert refusal(police_pack, full_office.fingerprint, tmp_path) is None


@pytest.mark.parametrize("n", [150, pytest.param(10_000, marks=pytest.mark.slow)])
def test_one_bit_flipped_anywhere_is_refused_and_the_exhibit_named(
    full_office: Office, police_pack: bytes, files: Files, tmp_path: Path, n: int
) -> None:
    chance = random.Random(n)
    where = places(police_pack)
    path = tmp_path / "tried.zip"
    path.write_bytes(police_pack)
    named = 0
    spots = [chance.randrange(len(police_pack)) for _ in range(n * 2 // 3)]
    # Exhibits and headers are small beside the PDFs; they get their share.
    for begins, ends in where.values():
        spots += [chance.randrange(begins, ends) for _ in range(n // (3 * len(where)))]
    spots += [chance.randrange(max(end for _, end in where.values()), len(police_pack))] * 5
    with path.open("r+b") as file:
        for at in spots:
            flipped = police_pack[at] ^ 1 << chance.randrange(8)
            file.seek(at)
            file.write(bytes([flipped]))
            file.flush()
            with pytest.raises(IntegrityError) as told:
                verify_pack(path, full_office.fingerprint)
            inside = next((p for p, (b, e) in where.items() if b <= at < e), None)
            if inside and (exhibit := exhibit_of(files, inside)):
                assert told.value.facts["exhibit"] == exhibit
                named += 1
            file.seek(at)
            file.write(police_pack[at : at + 1])
    assert named > n // 20
    verify_pack(path, full_office.fingerprint)


def test_each_file_removed_is_missed_by_name(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    for path in files:
        left = {name: data for name, data in files.items() if name != path}
        refused = refusal(put_together(left), full_office.fingerprint, tmp_path)
        assert refused is not None
        if path not in {MANIFEST, SIGNATURE}:
            assert (refused.code, refused.facts["name"]) == ("missing", path)
            assert refused.facts["exhibit"] == exhibit_of(files, path)


def test_each_file_renamed_is_named(full_office: Office, files: Files, tmp_path: Path) -> None:
    for path in list(files)[2:]:
        other = {"x-" + name if name == path else name: data for name, data in files.items()}
        refused = refusal(put_together(other), full_office.fingerprint, tmp_path)
        assert refused is not None
        assert (refused.code, refused.facts["name"]) == ("renamed", path)


def test_an_added_file_is_named_wherever_it_stands(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    names = list(files.items())
    for at in (0, 2, len(names) // 2, len(names)):
        more = dict([*names[:at], ("exhibits/E99.pdf", b"%PDF"), *names[at:]])
        refused = refusal(put_together(more), full_office.fingerprint, tmp_path)
        assert refused is not None
        assert (refused.code, refused.facts["name"]) == ("added", "exhibits/E99.pdf")


def test_files_in_another_order_are_refused(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    names = list(files.items())
    for a, b in ((0, 1), (1, 2), (4, 5), (2, len(names) - 1)):
        swapped = list(names)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        refused = refusal(put_together(dict(swapped)), full_office.fingerprint, tmp_path)
        assert refused is not None
        assert refused.code == "moved"


def test_two_files_that_changed_names_are_refused(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    one, other = (path for path in files if path.startswith("summary") and "html" in path)
    swapped = {**files, one: files[other], other: files[one]}
    refused = refusal(put_together(swapped), full_office.fingerprint, tmp_path)
    assert refused is not None
    assert (refused.code, refused.facts["name"]) == ("changed", one)


def test_what_stands_before_behind_or_between_is_refused(
    full_office: Office, police_pack: bytes, tmp_path: Path
) -> None:
    _, middle = places(police_pack)["SHA256SUMS"]
    for at in (0, middle, len(police_pack)):
        spoiled = police_pack[:at] + b"PK" + police_pack[at:]
        assert refusal(spoiled, full_office.fingerprint, tmp_path) is not None
    for size in (0, 1, 100, middle, len(police_pack) - 1):
        assert refusal(police_pack[:size], full_office.fingerprint, tmp_path) is not None


def test_packed_anew_by_another_program_it_is_refused(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        into = io.BytesIO()
        with zipfile.ZipFile(into, "w", method) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        assert refusal(into.getvalue(), full_office.fingerprint, tmp_path) is not None


# --- signed by the key, and yet not what the ledger holds -----------------------------------------


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def joined(told: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in told)


def test_signed_anew_without_a_change_it_holds(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    assert refusal(signed_again(full_office, files), full_office.fingerprint, tmp_path) is None


@pytest.mark.parametrize("changed", ["words", "fact", "leaf", "seq", "path", "left out", "salt"])
def test_an_entry_that_the_ledger_does_not_hold_is_refused_even_if_signed(
    full_office: Office, files: Files, tmp_path: Path, changed: str
) -> None:
    told = lines(files[ENTRIES])
    it = next(each for each in told if each["words"] and each["openings"])
    match changed:
        case "words":
            it["words"]["open"][0][2] = "something else"
        case "salt":
            it["words"]["open"][0][0] = "00" * 16
        case "fact":
            it["openings"][0]["value"] = "somebody else"
        case "leaf":
            it["leaf"] = it["leaf"].replace("case-", "case_")
        case "seq":
            it["seq"] += 1
        case "path":
            it["path"][0] = it["path"][-1]
        case _:
            told.remove(it)
    data = signed_again(full_office, {**files, ENTRIES: joined(told)})
    refused = refusal(data, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert refused.code in {"entry", "words", "changed"}


def test_an_exhibit_that_is_not_the_ledgers_is_refused_even_if_signed(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    path = next(name for name in files if name.startswith("exhibits/"))
    data = signed_again(full_office, {**files, path: files[path] + b"!"})
    refused = refusal(data, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert (refused.code, refused.facts["exhibit"]) == ("exhibit", exhibit_of(files, path))


def test_an_exhibit_without_an_entry_is_refused_even_if_signed(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    def told(manifest: dict[str, Any]) -> None:
        manifest["files"][0]["exhibit"] = "E999"

    data = signed_again(full_office, files, told)
    refused = refusal(data, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert refused.code == "exhibit"


def test_an_entry_of_another_case_is_refused_even_if_signed(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    def told(manifest: dict[str, Any]) -> None:
        manifest["cases"] = ["C1"]

    data = signed_again(full_office, files, told)
    refused = refusal(data, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert refused.code == "other-case"


def test_a_pack_of_another_ledger_is_refused_and_so_are_its_parts(
    full_office: Office, files: Files, tmp_path: Path
) -> None:
    other = make_office(tmp_path / "other")  # of the same name, with the same case in it
    with other.desk() as desk:
        full_case(desk)
    theirs = packed(other, tmp_path / "theirs.zip")
    assert refusal(theirs, other.fingerprint, tmp_path) is None
    refused = refusal(theirs, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert (refused.code, refused.facts["found"]) == ("other-key", other.fingerprint)
    apart = taken_apart(theirs)
    for part, code in ((ENTRIES, "entry"), (CHECKPOINT, "checkpoint")):
        mixed = signed_again(full_office, {**files, part: apart[part]})
        refused = refusal(mixed, full_office.fingerprint, tmp_path)
        assert refused is not None
        assert refused.code == code


# --- archives that mean harm ----------------------------------------------------------------------


def zipped(
    names: list[str],
    data: bytes = b"x",
    method: int = zipfile.ZIP_STORED,
    before: Files | None = None,
) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", method) as archive:
        for name, content in (before or {}).items():
            archive.writestr(name, content, zipfile.ZIP_STORED)
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return into.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "a/../../b",
        "C:\\x",
        "a\\b",
        ".hidden",
        "a//b",
        "名",
        "a/",
    ],
)
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written(
    full_office: Office, files: Files, tmp_path: Path, name: str
) -> None:
    for before in ({}, files):
        data = zipped([name], before=before)
        before_it = {path.name for path in tmp_path.iterdir()} | {"tried.zip"}
        refused = refusal(data, full_office.fingerprint, tmp_path)
        assert refused is not None
        assert {path.name for path in tmp_path.iterdir()} <= before_it
    refused = refusal(put_together({**files, name: b"x"}), full_office.fingerprint, tmp_path)
    assert refused is not None
    assert refused.code == "unsafe-name"


def test_a_bomb_is_not_unpacked(full_office: Office, tmp_path: Path) -> None:
    bomb = zipped([MANIFEST, SIGNATURE], bytes(256 << 20), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        refused = refusal(bomb, full_office.fingerprint, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused is not None
    assert refused.code == "not-stored"
    assert peak < MOST_BYTES


def test_a_manifest_of_endless_length_or_depth_is_refused(
    full_office: Office, tmp_path: Path
) -> None:
    deep = put_together({MANIFEST: b"[" * 200_000, SIGNATURE: bytes(64)})
    refused = refusal(deep, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert (refused.code, refused.facts["name"]) == ("changed", MANIFEST)
    path = tmp_path / "long.zip"
    with path.open("wb") as file:  # a sparse file of 80 MB that says it is one manifest
        file.write(put_together({MANIFEST: b"", SIGNATURE: b""})[:18])
        file.write((80 << 20).to_bytes(4, "little") * 2 + b"\x0d\0\0\0" + MANIFEST.encode())
        file.truncate(43 + (80 << 20))
        file.seek(43 + (80 << 20))
        file.write(put_together({SIGNATURE: bytes(64)}))
    with pytest.raises(IntegrityError, match="larger"):
        verify_pack(path, full_office.fingerprint)


def test_more_files_than_a_pack_has_are_not_listed(full_office: Office, tmp_path: Path) -> None:
    head = put_together({"a": b""})[:31]
    refused = refusal(head * (MAX_FILES + 5), full_office.fingerprint, tmp_path)
    assert refused is not None
    assert refused.code == "too-many"


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(18), b"%PDF-1.4", bytes(1000)])
def test_what_is_no_pack_is_told_so(full_office: Office, tmp_path: Path, data: bytes) -> None:
    refused = refusal(data, full_office.fingerprint, tmp_path)
    assert refused is not None
    assert refused.code == "no-pack"


def test_a_report_more_makes_another_pack_and_both_hold(office: Office, tmp_path: Path) -> None:
    with office.desk() as desk:
        full_case(desk)
    first = packed(office, tmp_path / "first.zip")
    assert packed(office, tmp_path / "again.zip") == first
    with office.desk() as desk:
        desk.new(title="no part of it", why="", case_id="C9")
        desk.ledger.checkpoint()
    assert packed(office, tmp_path / "later.zip") == first
    with office.desk() as desk:
        desk.file("C1", [report(5)])
    second = packed(office, tmp_path / "second.zip")
    assert second != first
    for data in (first, second):
        assert refusal(data, office.fingerprint, tmp_path) is None


# --- one form of archive that others open too -----------------------------------------------------


def test_other_programs_open_a_pack(police_pack: bytes, files: Files) -> None:
    with zipfile.ZipFile(io.BytesIO(police_pack)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.mark.slow
def test_a_pack_of_more_than_four_gigabytes_is_read_back_and_by_others_too(tmp_path: Path) -> None:
    size, piece = (4 << 30) + 5, bytes(1 << 20)

    def pieces() -> Iterator[bytes]:
        for left in range(size, 0, -len(piece)):
            yield piece[: min(left, len(piece))]

    digest = sha256()
    for each in pieces():
        digest.update(each)
    large = Member(path="exhibits/E1.mp4", size=size, sha256=digest.hexdigest(), pieces=pieces)
    path = tmp_path / "large.zip"
    write_pack(path, [member("a.txt", "first"), large, member("z.txt", "last")])
    with zipfile.ZipFile(path) as archive:
        assert [each.file_size for each in archive.infolist()] == [5, size, 4]
        assert archive.read("z.txt") == b"last"
    files = [
        Listed("a.txt", 5, "", ""),
        Listed(large.path, size, large.sha256, "E1"),
        Listed("z.txt", 4, "", ""),
    ]
    with path.open("r+b") as file:
        members, is_whole, _ = _scanned(file)
        assert is_whole
        assert [(name, length) for name, _, length in members] == [f[:2] for f in files]
        assert _walk(file, files, None)["z.txt"] == members[2][1]
        file.seek(size // 2)
        file.write(b"\x01")
        with pytest.raises(Refused) as told:
            _walk(file, files, None)
    assert told.value.facts["exhibit"] == "E1"


def test_after_a_rotation_the_new_key_signs_and_the_old_one_checks_old_packs_only(
    office: Office, tmp_path: Path
) -> None:
    with office.desk() as desk:
        full_case(desk)
    before = packed(office, tmp_path / "before.zip")
    with office.desk() as desk:
        rotated = desk.ledger.rotate_key().fingerprint
    after = packed(office, tmp_path / "after.zip")
    assert refusal(before, office.fingerprint, tmp_path) is None
    assert refusal(after, rotated, tmp_path) is None
    for data, key in ((before, rotated), (after, office.fingerprint)):
        refused = refusal(data, key, tmp_path)
        assert refused is not None
        assert refused.code == "other-key"
