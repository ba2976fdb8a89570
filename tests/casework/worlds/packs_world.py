"""Packs taken apart and put together again, rightly signed or not."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cases_world import Office, a_case, attached, freeze, instant, report

from whence.casework import pack_zip, verify_alone
from whence.casework.cases_desk import Desk
from whence.casework.pack import make_pack
from whence.casework.pack_zip import Member, member
from whence.ledger.keys import load_keys

Files = dict[str, bytes]


def full_case(desk: Desk, case_id: str = "C1") -> str:
    """Open a case that has something of everything, a merged one within it."""
    a_case(desk, case_id)
    desk.know(case_id, "discovered_at", instant("2026-03-07T08:00:00+08:00"))
    desk.know(case_id, "n_persons", 1_200_000)
    other = f"{case_id}-other"
    desk.new(title="Another hotline", why="", case_id=other)
    desk.file(other, [report(2, narrative="Somebody else's story."), report(7)])
    attached(desk, other, b"another picture", report_id="V00002")
    desk.merge(case_id, other, grounds="same payee")
    freeze(desk, case_id)
    return case_id


def packed(office: Office, path: Path, reader: str = "police", own: str | None = None) -> bytes:
    with office.desk() as desk:
        make_pack(desk, "C1", reader, path, own_report=own)
    return path.read_bytes()


def taken_apart(data: bytes) -> Files:
    """Return the files of a pack in their order."""
    file = io.BytesIO(data)
    members, is_whole, trouble = verify_alone._scanned(file)
    assert is_whole
    assert trouble is None
    return {name: data[at : at + size] for name, at, size in members}


def places(data: bytes) -> dict[str, tuple[int, int]]:
    """Return where each file begins, its header with it, and where it ends."""
    members, _, _ = verify_alone._scanned(io.BytesIO(data))
    begins, found = 0, {}
    for name, at, size in members:
        found[name] = (begins, at + size)
        begins = at + size
    return found


def put_together(files: Mapping[str, bytes]) -> bytes:
    """Return the archive that the product would write of these files, in this order."""
    into = io.BytesIO()
    pack_zip._write(into, [member(path, data) for path, data in files.items()])
    return into.getvalue()


def signed_again(
    office: Office, files: Files, changed: Callable[[dict[str, Any]], None] | None = None
) -> bytes:
    """Return a pack whose manifest fits its files, signed by the office's own key."""
    manifest = json.loads(files[verify_alone.MANIFEST])
    exhibits = {each["path"]: each.get("exhibit") for each in manifest["files"]}
    listed = [member(path, data) for path, data in files.items() if path not in _HEAD]
    manifest["files"] = [_listed(each, exhibits.get(each.path)) for each in listed]
    if changed is not None:
        changed(manifest)
    text = json.dumps(manifest, ensure_ascii=False).encode()
    (key,) = load_keys(office.workspace.keys, office.workspace.name)
    head = {verify_alone.MANIFEST: text, verify_alone.SIGNATURE: key.private.sign(text)}
    return put_together({**head, **{each.path: files[each.path] for each in listed}})


def refusal(data: bytes, fingerprint: str, folder: Path) -> verify_alone.Refused | None:
    """Return why a pack is refused; None where it holds."""
    path = folder / "tried.zip"
    path.write_bytes(data)
    try:
        verify_alone.check(str(path), fingerprint)
    except verify_alone.Refused as refused:
        return refused
    return None


_HEAD = frozenset({verify_alone.MANIFEST, verify_alone.SIGNATURE})


def _listed(each: Member, exhibit: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"path": each.path, "size": each.size, "sha256": each.sha256}
    return told | ({"exhibit": exhibit} if exhibit else {})
