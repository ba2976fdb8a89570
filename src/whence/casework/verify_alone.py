"""Checks an evidence pack of Whence. Python 3.9 or later, its standard library, no network.

    python3 verify.py PACK.zip FINGERPRINT

FINGERPRINT comes from elsewhere than the pack: eight groups of four letters that its maker has
published or told you. This file is in every pack; take it from a pack you trust, or read it.
It checks, in this order and in flat memory:

1. the manifest is signed (Ed25519) by the key of that fingerprint;
2. the archive is, byte for byte, what that manifest makes: the files it lists, whole, in its
   order, nothing before, between or behind them, nothing compressed;
3. the checkpoint of the ledger is signed by that key, and each entry of the case stands in the
   ledger under it (RFC 9162); what the entries say of exhibits and of what people typed is what
   lies in the pack.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from typing import IO, Any, Final, Iterator, NamedTuple  # noqa: UP035  one line for old versions

WORDS: dict[str, dict[str, str]] = {}  # sentences by code and language, put in by the packer
SCHEMA: Final = "whence.pack/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CHECKPOINT, ENTRIES = "ledger/checkpoint.txt", "ledger/entries.jsonl"
MAX_JSON: Final = 64 << 20  # a manifest or an entry longer than this is not read
MAX_FILES: Final = 100_000
_READ: Final = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)


class Refused(Exception):  # noqa: N818  it is not an error of ours
    """The pack does not hold: a code, and the facts for its sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code, self.facts = code, facts


class Shown(NamedTuple):
    """What a pack shows once it holds."""

    case: str
    reader: str
    origin: str
    key: str
    size: int
    n_entries: int
    n_exhibits: int
    n_withheld: int
    n_files: int
    version: str
    checkpoint: bytes
    stamp: bytes | None


class Listed(NamedTuple):
    """A file as the manifest lists it; ``exhibit`` is the exhibit that it is, or empty."""

    path: str
    size: int
    sha256: str
    exhibit: str


# --- Ed25519, RFC 8032, 5.1 -------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # of -1


def _x_of(y: int, sign: int) -> int | None:
    """Return the x of a point (5.1.3), None where there is none."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(data: bytes) -> tuple[int, int, int, int] | None:
    """Return a point in extended coordinates (5.1.4)."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _add(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    e1 = (a[1] - a[0]) * (b[1] - b[0]) % P
    e2 = (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = e2 - e1, d - c, d + c, e2 + e1
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point, number = _add(point, point), number >> 1
    return found


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE = _point(_BASE_Y.to_bytes(32, "little"))  # its x is the even one


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature holds (5.1.7, the check without the cofactor)."""
    if len(public) != 32 or len(signature) != 64 or _BASE is None:  # noqa: PLR2004
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, _BASE), _add(r, _times(h, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


# --- the archive: one form of it, a ZIP whose members are stored (APPNOTE 6.3) ------------------

_UTF8, _STORED, _DAY = 0x0800, 0, 0x21  # names in UTF-8; no compression; 1980-01-01, 00:00
_WIDE = 0xFFFFFFFF  # what does not fit into 32 bits stands in an extra field


def local_header(path: str, size: int, crc: int) -> bytes:
    """Return what stands before a member's bytes."""
    name = path.encode()
    wide = struct.pack("<HHQQ", 1, 16, size, size) if size >= _WIDE else b""
    short = min(size, _WIDE)
    fields = (45 if wide else 20, _UTF8, _STORED, 0, _DAY, crc, short, short, len(name), len(wide))
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", *fields) + name + wide


def central_header(path: str, size: int, crc: int, at: int) -> bytes:
    """Return what the list at the end says of a member that begins at an offset."""
    name = path.encode()
    wide = struct.pack("<QQ", size, size) if size >= _WIDE else b""
    wide += struct.pack("<Q", at) if at >= _WIDE else b""
    extra = struct.pack("<HH", 1, len(wide)) + wide if wide else b""
    short, need = min(size, _WIDE), 45 if wide else 20
    fields = (0x300 | need, need, _UTF8, _STORED, 0, _DAY, crc, short, short, len(name), len(extra))
    rest = (0, 0, 0, 0o100644 << 16, min(at, _WIDE))
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", *fields, *rest) + name + extra


def ending(n: int, size: int, at: int) -> bytes:
    """Return the end of the archive: how many members, and where their list is."""
    wide = b""
    if n >= 0xFFFF or size >= _WIDE or at >= _WIDE:  # noqa: PLR2004
        wide = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 0x300 | 45, 45, 0, 0, n, n, size, at)
        wide += struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    few = min(n, 0xFFFF)
    fields = (0, 0, few, few, min(size, _WIDE), min(at, _WIDE), 0)
    return wide + struct.pack("<4sHHHHIIH", b"PK\5\6", *fields)


def _scanned(file: IO[bytes]) -> tuple[list[tuple[str, int, int]], bool, Refused | None]:
    """Return name, offset of its bytes and length of each member, whether that is all, and why not.

    Whatever it is that was handed over: the headers alone are read, and not too many.
    """
    found: list[tuple[str, int, int]] = []
    at = 0
    while len(found) < MAX_FILES:
        file.seek(at)
        head = file.read(30)
        if len(head) < 30 or head[:4] != b"PK\3\4":  # noqa: PLR2004
            return found, head[:4] == b"PK\1\2", None
        flags, method = struct.unpack("<HH", head[6:10])
        size, length, n_extra = struct.unpack("<IHH", head[18:22] + head[26:30])
        name, extra = file.read(length), file.read(n_extra)
        if size == _WIDE and len(extra) >= 20:  # noqa: PLR2004
            (size,) = struct.unpack("<Q", extra[12:20])
        path = name.decode("utf-8", "replace")
        if not _NAME.fullmatch(path):
            return found, False, Refused("unsafe-name", name=ascii(path)[:80])
        if method or flags & 9:
            return found, False, Refused("not-stored", name=path)
        at += 30 + length + n_extra
        found.append((path, at, size))
        at += size
    return found, False, Refused("too-many", limit=MAX_FILES)


def _first_two(
    file: IO[bytes], members: list[tuple[str, int, int]], trouble: Refused | None
) -> tuple[bytes, bytes]:
    """Return manifest and signature as they lie there."""
    places = {name: (at, size) for name, at, size in reversed(members)}
    parts = []
    for wanted in (MANIFEST, SIGNATURE):
        if wanted not in places:
            raise trouble or Refused("no-pack", name=wanted)
        at, size = places[wanted]
        if size > MAX_JSON:
            raise Refused("too-large", name=wanted)
        file.seek(at)
        parts.append(file.read(size))
    return parts[0], parts[1]


def _walk(file: IO[bytes], files: list[Listed], trouble: Refused | None) -> dict[str, int]:
    """Check the whole archive against the manifest; return where each file's bytes begin."""
    file.seek(0)
    at, places, listed = 0, {}, []
    for each in files:
        length = len(local_header(each.path, each.size, 0))
        head, sha, crc, left = file.read(length), hashlib.sha256(), 0, each.size
        while left:
            piece = file.read(min(left, _READ))
            if not piece:
                raise Refused("changed", name=each.path, exhibit=each.exhibit)
            sha.update(piece)
            crc, left = zlib.crc32(piece, crc), left - len(piece)
        is_same = not each.sha256 or sha.hexdigest() == each.sha256
        if head != local_header(each.path, each.size, crc) or not is_same:
            raise Refused("changed", name=each.path, exhibit=each.exhibit)
        places[each.path] = at + length
        listed.append((each, crc, at))
        at += length + each.size
    start = at
    for each, crc, begins in listed:
        entry = central_header(each.path, each.size, crc, begins)
        if file.read(len(entry)) != entry:
            raise trouble or Refused("changed", name=each.path, exhibit=each.exhibit)
        at += len(entry)
    end = ending(len(files), at - start, start)
    if file.read(len(end) + 1) != end:
        raise trouble or Refused("ending")
    return places


def _difference(members: list[tuple[str, int, int]], files: list[Listed]) -> None:
    """Refuse an archive whose list of files is another one than the manifest's."""
    names = [name for name, _, _ in members]
    there, known = set(names), {each.path: each.exhibit for each in files}
    missing = [each for each in files if each.path not in there]
    added = [name for name in names if name not in known]
    if missing and added:
        facts = {"name": missing[0].path, "exhibit": missing[0].exhibit, "other": added[0]}
        raise Refused("renamed", **facts)
    if missing:
        raise Refused("missing", name=missing[0].path, exhibit=missing[0].exhibit)
    if added:
        raise Refused("added", name=added[0])
    for name, each in zip(names, files):  # noqa: B905  old versions
        if name != each.path:
            raise Refused("moved", name=name, exhibit=known[name])
    if len(names) > len(files):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("added", name=twice)


# --- the manifest, the ledger, the entries ------------------------------------------------------


def fingerprint_of(public: bytes) -> str:
    """Return the fingerprint of a key: 160 bits of SHA-256, in base32, by fours."""
    letters = base64.b32encode(hashlib.sha256(public).digest()[:20]).decode()
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def canonical(value: Any) -> bytes:  # noqa: ANN401  what JSON can hold
    """Return the one spelling in which values are hashed."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _json(data: bytes, name: str) -> Any:  # noqa: ANN401  whatever it holds
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("changed", name=name, exhibit="") from None


def _public(text: str) -> tuple[str, bytes]:
    """Return name and key of NAME+ID+KEY (C2SP signed-note)."""
    name, _, encoded = str(text).split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if key[:1] != b"\1" or len(key) != 33:  # noqa: PLR2004  type byte of Ed25519
        raise ValueError
    return name, key[1:]


def _listed(manifest: dict[str, Any], manifest_size: int) -> list[Listed]:
    files = [Listed(MANIFEST, manifest_size, "", ""), Listed(SIGNATURE, 64, "", "")]
    for each in manifest["files"]:
        listed = Listed(each["path"], each["size"], each["sha256"], each.get("exhibit") or "")
        if not _NAME.fullmatch(listed.path) or not 0 <= listed.size < 1 << 62:
            raise ValueError
        files.append(listed)
    if len({each.path for each in files}) != len(files):
        raise ValueError
    return files


def _checkpoint(note: bytes, origin: str, public: bytes) -> tuple[int, bytes]:
    """Return size and root of a signed checkpoint; Refused where this key did not sign it."""
    text, _, lines = note.decode().rpartition("\n\n")
    name, size, root = (text + "\n").split("\n")[:3]
    key_id = hashlib.sha256(origin.encode() + b"\n\1" + public).digest()[:4]
    for line in lines.splitlines():
        dash, signer, encoded = line.split(" ")
        signed = base64.b64decode(encoded, validate=True)
        if (dash, signer, signed[:4]) == ("\u2014", origin, key_id):
            if name == origin and is_signed(public, (text + "\n").encode(), signed[4:]):
                return int(size), base64.b64decode(root, validate=True)
            break
    raise Refused("checkpoint")


def _is_included(leaf: bytes, seq: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Return whether a leaf stands in the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= seq < size:
        return False
    found, place, last = hashlib.sha256(b"\0" + leaf).digest(), seq, size - 1
    for sibling in path:
        if not last:
            return False
        if place & 1 or place == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        place, last = place >> 1, last >> 1
    return not last and found == root


def _facts(line: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of an entry that are open, each seen to be one of its leaf's digests."""
    facts = {}
    for opening in line["openings"]:
        salt = base64.b64decode(opening["salt"], validate=True)
        piece = salt + canonical([opening["name"], opening["value"]])
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        if len(salt) != 16 or digest not in body["facts"]:  # noqa: PLR2004
            raise Refused("entry", seq=line["seq"])
        facts[opening["name"]] = opening["value"]
    return facts


def _verify_words(words: dict[str, Any], digest: object, seq: int) -> None:
    """Check that what people typed is what the entry's digest stands for."""
    digests = [str(each) for each in words["closed"]]
    for salt, path, value in words["open"]:
        piece = bytes.fromhex(salt) + canonical([path, value])
        digests.append(hashlib.sha256(piece).hexdigest())
    told = "".join(each + "\n" for each in sorted(digests)).encode()
    if hashlib.sha256(told).hexdigest() != digest:
        raise Refused("words", seq=seq)


def _lines(file: IO[bytes], at: int, size: int) -> Iterator[bytes]:
    file.seek(at)
    end = at + size
    while file.tell() < end:
        line = file.readline(MAX_JSON)
        if not line.endswith(b"\n"):
            raise Refused("changed", name=ENTRIES, exhibit="")
        yield line


def _verify_entries(
    lines: Iterator[bytes], manifest: dict[str, Any], size: int, root: bytes
) -> None:
    """Check each entry's way to the checkpoint, and what the manifest says of exhibits by them."""
    exhibits = {
        each["exhibit"]: (each["sha256"], each["size"])
        for each in (*manifest["files"], *manifest["withheld"])
        if each.get("exhibit")
    }
    cases, n, before = set(manifest["cases"]), 0, -1
    for data in lines:
        line = _json(data, ENTRIES)
        seq, leaf = line["seq"], line["leaf"].encode()
        body = _json(leaf, ENTRIES)
        path = [base64.b64decode(each, validate=True) for each in line["path"]]
        if seq <= before or not _is_included(leaf, seq, size, path, root):
            raise Refused("entry", seq=seq)
        if body["case"] not in cases:
            raise Refused("other-case", seq=seq)
        facts = _facts(line, body)
        if line["words"] is not None:
            _verify_words(line["words"], facts.get("words"), seq)
        if body["kind"] == "case-exhibit":
            named = exhibits.pop(f"E{seq}", None)
            if named is not None and named != (facts.get("sha256"), facts.get("size")):
                raise Refused("exhibit", exhibit=f"E{seq}")
        n, before = n + 1, seq
    if exhibits:
        raise Refused("exhibit", exhibit=min(exhibits))
    if n != manifest["entries"]:
        raise Refused("changed", name=ENTRIES, exhibit="")


def check(path: str, fingerprint: str) -> Shown:
    """Check a pack; return what it shows, or raise Refused."""
    with open(path, "rb") as file:  # noqa: PTH123  a path as the command line gives it
        members, is_whole, trouble = _scanned(file)
        data, signature = _first_two(file, members, trouble)
        manifest = _json(data, MANIFEST)
        try:
            origin, public = _public(manifest["key"])
            found = fingerprint_of(public)
            if found != fingerprint:
                raise Refused("other-key", found=found, expected=fingerprint)
            if not is_signed(public, data, signature):
                raise Refused("changed", name=MANIFEST, exhibit="")
            files = _listed(manifest, len(data))
            if manifest["schema"] != SCHEMA or manifest["origin"] != origin:
                raise Refused("changed", name=MANIFEST, exhibit="")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused("changed", name=MANIFEST, exhibit="") from None
        if is_whole:
            _difference(members, files)
        places = _walk(file, files, trouble)
        sizes = {each.path: each.size for each in files}
        try:
            file.seek(places[CHECKPOINT])
            note = file.read(sizes[CHECKPOINT])
            size, root = _checkpoint(note, origin, public)
            lines = _lines(file, places[ENTRIES], sizes[ENTRIES])
            _verify_entries(lines, manifest, size, root)
            stamp = None
            if manifest["stamp"]:
                file.seek(places[manifest["stamp"]])
                stamp = file.read(min(sizes[manifest["stamp"]], MAX_JSON))
            return Shown(
                case=manifest["case"],
                reader=manifest["reader"],
                origin=origin,
                key=found,
                size=size,
                n_entries=manifest["entries"],
                n_exhibits=sum(bool(each.exhibit) for each in files),
                n_withheld=len(manifest["withheld"]),
                n_files=len(files),
                version=manifest["version"],
                checkpoint=note,
                stamp=stamp,
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            # Signed by the key, and yet no pack of this form: made by something else.
            raise Refused("changed", name=ENTRIES, exhibit="") from None


def main() -> int:
    """Check the pack on the command line and say what came of it, in both languages."""
    if len(sys.argv) != 3:  # noqa: PLR2004
        print(__doc__)  # noqa: T201
        return 2
    letters = "".join(sys.argv[2].replace("-", " ").split()).upper()
    fingerprint = "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
    try:
        facts: dict[str, Any] = check(sys.argv[1], fingerprint)._asdict()
        code, status = "holds", 0
    except Refused as refused:
        code, status, facts = refused.code, 4, refused.facts
    except OSError as error:
        code, status, facts = "unreadable", 2, {"reason": type(error).__name__}
    for text in WORDS.get(code, {"en": code + " {facts}"}).values():
        print(text.format(facts=facts, **facts))  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main())
