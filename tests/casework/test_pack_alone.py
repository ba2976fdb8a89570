"""A pack is checked without the product: by the file within it, by openssl, without a network."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cases_world import Office, make_office
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings, strategies as st
from packs_world import full_case, packed, taken_apart

from whence.casework import verify_alone
from whence.casework.pack import verifier_file
from whence.casework.verify_alone import L, P, is_signed
from whence.cli import run
from whence.ledger import stamping, stamps
from whence.ledger.checkpoint_files import path_of

# RFC 8032, 7.1, TEST 1 to 3 and TEST SHA(abc): public key, message, signature.
RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
NEEDED = os.environ.get("WHENCE_FULL") == "1"


def skip(why: str) -> None:
    if NEEDED:
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture
def unpacked(police_pack: bytes, tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    for name, data in taken_apart(police_pack).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize(("public", "message", "signature"), RFC8032)
def test_signatures_of_the_standard_hold_and_altered_ones_do_not(
    public: str, message: str, signature: str
) -> None:
    key, told, signed = (bytes.fromhex(each) for each in (public, message, signature))
    assert is_signed(key, told, signed)
    assert not is_signed(key, told + b"x", signed)
    assert not is_signed(key, told, signed[:-1] + bytes([signed[-1] ^ 1]))
    assert not is_signed(key[::-1], told, signed)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.data())
@settings(max_examples=60, deadline=None)
def test_it_says_what_the_library_says(secret: bytes, message: bytes, draw: st.DataObject) -> None:
    private = Ed25519PrivateKey.from_private_bytes(secret)
    public = private.public_key().public_bytes_raw()
    signature = private.sign(message)
    assert is_signed(public, message, signature)
    spoiled = bytearray(public + signature + message)
    at = draw.draw(st.integers(0, len(spoiled) - 1))
    spoiled[at] ^= 1 << draw.draw(st.integers(0, 7))
    data = bytes(spoiled)
    assert not is_signed(data[:32], data[96:], data[32:96])


def library_says(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# Points of small order and spellings of numbers that are too large: RFC 8032, 5.1.3 and 5.1.7.
SMALL = [0, 1, P - 1, P, P + 1, 2**255 - 1, 1 | 1 << 255, 2**256 - 1]


@pytest.mark.parametrize("y", SMALL)
@pytest.mark.parametrize("s", [0, 1, L - 1, L, 2**256 - 1])
def test_odd_keys_and_numbers_are_taken_for_no_more_than_the_library_takes(y: int, s: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, message = key.public_key().public_bytes_raw(), b"m"
    odd, number = y.to_bytes(32, "little"), s.to_bytes(32, "little")
    for who in (public, odd):
        for signed in (odd + number, key.sign(message)[:32] + number):
            if is_signed(who, message, signed):
                assert library_says(who, message, signed)


def alone(unpacked: Path, *arguments: str, before: tuple[str, ...] = ()) -> Any:
    # -I -S: nothing but the standard library can be imported.
    command = [*before, sys.executable, "-I", "-S", str(unpacked / "verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_file_in_the_pack_checks_it_with_the_standard_library_alone(
    full_office: Office, police_pack: bytes, unpacked: Path, tmp_path: Path
) -> None:
    path = tmp_path / "police.zip"
    path.write_bytes(police_pack)
    done = alone(unpacked, str(path), full_office.fingerprint.lower().replace("-", " "))
    assert (done.returncode, done.stderr) == (0, "")
    assert "The pack holds: case C1" in done.stdout
    assert "证据包验证通过" in done.stdout
    path.write_bytes(police_pack.replace(b"png", b"jpg", 1))
    done = alone(unpacked, str(path), full_office.fingerprint)
    assert (done.returncode, done.stderr) == (4, "")
    assert "is not as it was" in done.stdout
    assert alone(unpacked, str(path)).returncode == 2
    assert alone(unpacked, str(tmp_path / "none.zip"), "X").returncode == 2


def test_it_is_checked_in_a_namespace_without_a_network(
    full_office: Office, police_pack: bytes, unpacked: Path, tmp_path: Path
) -> None:
    cut_off = ("unshare", "--map-root-user", "--net")
    tried = shutil.which("unshare") and subprocess.run(
        [*cut_off, "true"], capture_output=True, check=False
    )
    if not tried or tried.returncode:
        skip("this machine lets nobody make a network namespace")
    path = tmp_path / "police.zip"
    path.write_bytes(police_pack)
    look = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    nothing = subprocess.run(
        [*cut_off, sys.executable, "-c", look], capture_output=True, check=False
    )
    assert b"unreachable" in nothing.stderr
    assert alone(unpacked, str(path), full_office.fingerprint, before=cut_off).returncode == 0
    code = "import sys; from whence.cli import main; main(sys.argv[1:])"
    told = ["verify", str(path), "--key", full_office.fingerprint]
    done = subprocess.run(
        [*cut_off, sys.executable, "-c", code, *told], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_file_in_the_pack_is_the_one_here_with_its_sentences_and_imports_nothing_else(
    unpacked: Path,
) -> None:
    text = (unpacked / "verify.py").read_text("utf-8")
    assert text == verifier_file()
    source = Path(str(verify_alone.__file__)).read_text("utf-8")
    (line,) = (line for line in source.splitlines() if line not in text.splitlines())
    assert line.startswith("WORDS: dict[str, dict[str, str]] = {}")
    imported = set(re.findall(r"^(?:import|from) (\w+)", source, flags=re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names)


def test_every_refusal_has_its_sentence() -> None:
    source = Path(str(verify_alone.__file__)).read_text("utf-8")
    codes = set(re.findall(r'Refused\(\s*"([a-z-]+)"', source))
    assert len(codes) > 10
    text = verifier_file()
    for code in codes | {"holds", "unreadable"}:
        assert f'"{code}": {{' in text, code


def commands(unpacked: Path) -> list[str]:
    """Return the commands that the pack itself gives for openssl, as they stand there."""
    text = (unpacked / "README.txt").read_text("utf-8")
    found = [re.sub(r"\s{3,}.*", "", line.strip()) for line in text.splitlines()]
    listed = [line for line in found if line.startswith(("openssl", "sha256sum"))]
    return list(dict.fromkeys(listed))


def ran(unpacked: Path, command: str) -> Any:
    return subprocess.run(
        ["sh", "-c", command], cwd=unpacked, capture_output=True, text=True, check=False
    )


def test_the_commands_for_openssl_work_as_the_pack_gives_them(
    full_office: Office, unpacked: Path
) -> None:
    if not shutil.which("openssl"):
        skip("openssl is not installed")
    fingerprint, manifest, checkpoint, sums, files = (
        ran(unpacked, command) for command in commands(unpacked)
    )
    assert fingerprint.stdout.strip() == full_office.fingerprint.replace("-", "")
    for verified in (manifest, checkpoint):
        assert (verified.returncode, verified.stdout.strip()) == (
            0,
            "Signature Verified Successfully",
        )
    digest = sums.stdout.split()[-1]
    assert digest in (unpacked / "manifest.json").read_text("utf-8")
    assert files.returncode == 0
    n_files = sum(path.is_file() for path in unpacked.rglob("*"))
    assert files.stdout.count(": OK") == n_files - 3  # manifest, its signature, the list itself


def test_the_same_commands_refuse_what_was_changed(unpacked: Path) -> None:
    if not shutil.which("openssl"):
        skip("openssl is not installed")
    for name in ("manifest.json", "ledger/checkpoint.body", "summary.en.html"):
        path = unpacked / name
        path.write_bytes(path.read_bytes().replace(b"C1", b"C2").replace(b"shop", b"mall"))
    _, manifest, checkpoint, _, files = (ran(unpacked, each) for each in commands(unpacked))
    assert manifest.returncode
    assert checkpoint.returncode
    assert "summary.en.html: FAILED" in files.stdout


@pytest.fixture
def stamped(tmp_path: Path) -> tuple[Office, bytes, Path, bytes]:
    """Return an office, its pack under a stamped checkpoint, the authority's root, another pack."""
    from authority import has_openssl, make_authority  # noqa: PLC0415

    if not has_openssl():
        skip("openssl is not installed")
    office = make_office(tmp_path / "workspace")
    with office.desk() as desk:
        full_case(desk)
    before = packed(office, tmp_path / "before.zip")
    authority = make_authority(tmp_path / "authority", "A")
    with office.desk() as desk:
        note = desk.ledger.checkpoint().note
    request = stamps.stamp_request(note.encode())
    reply = authority.reply(request.body)
    stamps.verify_stamp(reply, note.encode(), [authority.root], nonce=request.nonce)
    stamps.store_stamp(path_of(office.workspace.checkpoints, note), reply)
    after = packed(office, tmp_path / "after.zip")
    assert packed(office, tmp_path / "again.zip") == after
    return office, after, authority.folder / "root.pem", before


def test_the_stamp_goes_along_and_openssl_alone_can_check_it(
    stamped: tuple[Office, bytes, Path, bytes], tmp_path: Path
) -> None:
    office, pack, root, before = stamped
    assert "ledger/stamp.tsr" not in taken_apart(before)
    folder = tmp_path / "apart"
    for name, data in taken_apart(pack).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    shutil.copy(root, folder / "ROOT.pem")
    (command,) = (each for each in commands(folder) if each.startswith("openssl ts -verify"))
    assert "Verification: OK" in ran(folder, command).stdout
    (folder / "ledger/checkpoint.txt").write_bytes(b"another one\n")
    assert "Verification: OK" not in ran(folder, command).stdout
    assert stamping.read_root(root)
    assert office.fingerprint


def test_the_product_checks_the_stamp_against_the_root_given(
    stamped: tuple[Office, bytes, Path, bytes],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from authority import make_authority  # noqa: PLC0415

    office, pack, root, before = stamped
    path = tmp_path / "pack.zip"
    path.write_bytes(pack)
    told = ["verify", str(path), "--key", office.fingerprint, "--lang", "en"]
    assert run([*told, "--stamp-root", str(root)]) == 0
    assert "was stamped at" in capsys.readouterr().out
    other = make_authority(tmp_path / "other", "B").folder / "root.pem"
    assert run([*told, "--stamp-root", str(other)]) == 4
    path.write_bytes(before)
    assert run([*told, "--stamp-root", str(root)]) == 4
    assert "no time stamp" in capsys.readouterr().err
