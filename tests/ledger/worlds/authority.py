"""A time-stamp authority on this machine: openssl ts, with a root of its own."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[issuing]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamping]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = stamps
[stamps]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Answers requests, as an authority does behind its address."""

    folder: Path

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def reply(self, request: bytes) -> bytes:
        (self.folder / "request.tsq").write_bytes(request)
        openssl(
            self.folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq",
            "-signer", "stamping.pem", "-inkey", "stamping.key", "-chain", "middle.pem",
            "-out", "reply.tsr",
        )  # fmt: skip
        return (self.folder / "reply.tsr").read_bytes()


def has_openssl() -> bool:
    return shutil.which("openssl") is not None


def make_authority(folder: Path, name: str) -> Authority:
    """Make an authority whose certificate a middle one issued, as those in use have it."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG.format(name=name, folder=folder), "utf-8")
    (folder / "serial").write_text("01\n", "utf-8")
    for made, extensions, by in (
        ("root", "issuing", None),
        ("middle", "issuing", "root"),
        ("stamping", "stamping", "middle"),
    ):
        openssl(
            folder, "req", "-x509", "-config", "tsa.cnf", "-extensions", extensions,
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            *(("-CA", f"{by}.pem", "-CAkey", f"{by}.key") if by else ()),
            "-subj", f"/CN={name} {made}", "-keyout", f"{made}.key", "-out", f"{made}.pem",
        )  # fmt: skip
    return Authority(folder=folder)


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
