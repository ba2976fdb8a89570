"""Evidence packs: one archive that a third party checks offline, the same case in the same bytes.

::

    manifest.json            what is in the pack: digests, exhibits, what was kept back; signed
    manifest.sig             Ed25519 over manifest.json, by the key of the ledger
    README.txt               how to check it: the product, the Python file, openssl alone
    SHA256SUMS               the digests once more, for sha256sum
    exhibits/E12.pdf         the exhibits that this reader gets
    inputs.json              what the trace was run on, so that it can be run again
    ledger/checkpoint.txt    the signed checkpoint; .body and .sig are its parts, for openssl
    ledger/entries.jsonl     each entry of the case: leaf, open facts, proof of inclusion, words
    ledger/key.pem           the public key
    ledger/stamp.tsr         the time stamp over the checkpoint, where there is one
    summary.en.html ...      the readable summary, in both languages, as HTML and PDF
    verify.py                checks the pack without the product
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from whence.casework import verify_alone
from whence.casework.cases import Exhibit
from whence.casework.cases_desk import PACK, Desk
from whence.casework.pack_html import to_html
from whence.casework.pack_hypotheses import traced_in
from whence.casework.pack_material import Material, Shown, gather
from whence.casework.pack_pdf import to_pdf
from whence.casework.pack_readers import readers
from whence.casework.pack_story import story
from whence.casework.pack_zip import Member, member, write_pack
from whence.errors import IntegrityError, UsageError
from whence.ledger.checkpoints import read_checkpoint
from whence.ledger.keys import load_keys
from whence.version import __version__
from whence.wording import LANGUAGES, phrases, say

# SubjectPublicKeyInfo of an Ed25519 key, RFC 8410, 4: what stands before its 32 bytes.
_SPKI: Final = bytes.fromhex("302a300506032b6570032100")
_STAMP: Final = "ledger/stamp.tsr"
_CHECKS: Final = "check-"  # phrases of verify.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A pack that was made: its digest, what is in it, and whose key vouches for it."""

    sha256: str
    n_entries: int
    n_handed: int
    n_withheld: int
    fingerprint: str
    is_stamped: bool


def make_pack(
    desk: Desk, case_id: str, reader: str, path: Path, *, own_report: str | None = None
) -> Packed:
    """Write a case's pack for a reader, and put on record that it was made.

    ``own_report`` is whose pack it is, for a reader who gets her own only. Raises UsageError for a
    reader, case or report that is not there.
    """
    if reader not in readers():
        raise UsageError("case.no-reader", reader=reader, known=", ".join(readers()))
    material = gather(desk, case_id, readers()[reader], own_report)
    members = sorted(_members(desk, material), key=lambda each: each.path)
    manifest = _json(_manifest(material, members))
    key = next(
        (k for k in load_keys(desk.workspace.keys, material.origin) if k.verifier == material.key),
        None,
    )
    if key is None:
        raise UsageError("case.no-key", hint="case.no-key-hint", id=material.key.id.hex())
    signature = key.private.sign(manifest.encode())
    head = [
        member(verify_alone.MANIFEST, manifest),
        member(verify_alone.SIGNATURE, signature),
    ]
    digest = write_pack(path, [*head, *members])
    # No entry of the case: the next pack of it would be another one.
    desk.tell(PACK, {"case": case_id, "reader": reader, "sha256": digest})
    return Packed(
        sha256=digest,
        n_entries=len(material.shown),
        n_handed=len(material.handed),
        n_withheld=0 if material.reader.own else len(material.withheld),
        fingerprint=verify_alone.fingerprint_of(material.key.public),
        is_stamped=material.stamp is not None,
    )


def _members(desk: Desk, material: Material) -> list[Member]:
    """Return the files of a pack but manifest and signature."""
    note = material.checkpoint
    body, _, lines = note.rpartition("\n\n")
    signature = _signature(lines, material)
    traced = traced_in(desk, material)
    found = [
        member("inputs.json", _json(_inputs(material))),
        member("ledger/checkpoint.body", f"{body}\n"),
        member("ledger/checkpoint.sig", signature),
        member(verify_alone.CHECKPOINT, note),
        member(verify_alone.ENTRIES, "".join(_entry(each) for each in material.shown)),
        member("ledger/key.pem", _pem(material.key.public)),
        member("verify.py", verifier_file()),
        member("README.txt", _readme(material)),
    ]
    if material.stamp is not None:
        found.append(member(_STAMP, material.stamp))
    for language in LANGUAGES:
        page = story(material, traced, language)
        found.append(member(f"summary.{language}.html", to_html(page)))
        found.append(member(f"summary.{language}.pdf", to_pdf(page)))
    found += [_exhibit(desk, material, exhibit) for exhibit in material.handed]
    found.sort(key=lambda each: each.path)
    sums = "".join(f"{each.sha256}  {each.path}\n" for each in found)
    return [*found, member("SHA256SUMS", sums)]


def verifier_file() -> str:
    """Return the file that checks packs without the product, its sentences put into it."""
    source = files("whence.casework").joinpath("verify_alone.py").read_text("utf-8")
    told = {
        key.removeprefix(_CHECKS): phrase
        for key, phrase in phrases("case").items()
        if key.startswith(_CHECKS)
    }
    empty = "WORDS: dict[str, dict[str, str]] = {}"
    head, found, rest = source.partition(empty)
    if not found:
        raise IntegrityError("case.verifier-damaged")
    words = json.dumps(told, ensure_ascii=False, indent=4)
    return f"{head}{empty.removesuffix('{}')}{words}{rest}"


def _manifest(material: Material, members: list[Member]) -> dict[str, Any]:
    # Who gets only what is hers learns nothing of others' exhibits, not even their digests.
    withheld = () if material.reader.own else material.withheld
    return {
        "schema": verify_alone.SCHEMA,
        "version": __version__,
        "origin": material.origin,
        "key": material.key.text,
        "case": material.case.case_id,
        "cases": list(material.parts),
        "reader": material.reader.name,
        "entries": len(material.shown),
        "stamp": _STAMP if material.stamp is not None else None,
        "files": [
            {
                "path": each.path,
                "size": each.size,
                "sha256": each.sha256,
                **({"exhibit": each.exhibit} if each.exhibit else {}),
            }
            for each in members
        ],
        "withheld": [
            {"exhibit": each.exhibit_id, "size": each.size, "sha256": each.sha256}
            for each in sorted(withheld, key=lambda each: each.taken.seq)
        ],
    }


def _entry(shown: Shown) -> str:
    """Return a line of entries.jsonl: what ``verify_alone`` reads."""
    words = shown.words
    line = {
        "seq": shown.seq,
        "leaf": shown.recorded.leaf.decode(),
        "openings": [
            {"salt": b64encode(salt).decode(), "name": name, "value": value}
            for salt, name, value in shown.recorded.openings
        ],
        "path": [b64encode(each).decode() for each in shown.path],
        "words": None
        if words is None
        else {
            "open": [[field.salt.hex(), field.path, field.value] for field in words.fields],
            "closed": list(words.closed),
        },
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _exhibit(desk: Desk, material: Material, exhibit: Exhibit) -> Member:
    return Member(
        path=material.file_of(exhibit),
        size=exhibit.size,
        sha256=exhibit.sha256,
        pieces=partial(_pieces, desk, exhibit),
        exhibit=exhibit.exhibit_id,
    )


def _pieces(desk: Desk, exhibit: Exhibit) -> Iterator[bytes]:
    """Yield an exhibit, seen to be the one whose digest the ledger holds."""
    pieces, digest = desk.safe.exhibit(exhibit.sha256), sha256()
    for piece in pieces or ():
        digest.update(piece)
        yield piece
    if digest.hexdigest() != exhibit.sha256:
        raise IntegrityError("case.exhibit-changed", exhibit=exhibit.exhibit_id)


def _inputs(material: Material) -> dict[str, Any]:
    traces = []
    for it in material.case.traces:
        words = material.words(it)
        if words is not None and words.fields and not material.reader.own:
            traces.append({"entry": it.seq, **words.tree()})
    return {"schema": "whence.pack-inputs/1", "traces": traces}


def _signature(lines: str, material: Material) -> bytes:
    """Return the bytes of the key's signature out of the checkpoint's lines."""
    for line in lines.splitlines():
        _, name, encoded = line.split(" ")
        signed = b64decode(encoded)
        if (name, signed[:4]) == (material.origin, material.key.id):
            return signed[4:]
    raise IntegrityError("case.no-key", id=material.key.id.hex())


def _pem(public: bytes) -> str:
    told = b64encode(_SPKI + public).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{told}\n-----END PUBLIC KEY-----\n"


def _readme(material: Material) -> str:
    checkpoint = read_checkpoint(material.checkpoint).checkpoint
    facts = {
        "case": material.case.case_id,
        "key": verify_alone.fingerprint_of(material.key.public),
        "origin": material.origin,
        "size": checkpoint.size,
        "version": __version__,
    }
    parts = []
    for language in LANGUAGES:
        reader = material.reader.text(language)
        parts.append(say("case.readme", language, reader=reader, **facts))
        stamped = "case.readme-stamp" if material.stamp is not None else "case.readme-no-stamp"
        parts.append(say(stamped, language))
    return "\n".join(part.strip() + "\n" for part in parts)


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
