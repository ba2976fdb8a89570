"""A mail server and a webhook on this machine, which keep what they get and fail on demand."""

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine and its key, good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


@dataclass
class Inbox:
    """What a server got; ``fault`` says how to fail with the n-th message, from 0 on."""

    got: list[tuple[str, str, str]] = field(default_factory=list)  # id, to, text
    fault: Callable[[int], str] = lambda _: ""
    after: Callable[[int], None] = lambda _: None  # called with how many there are
    lock: Lock = field(default_factory=Lock)
    n_asked: int = 0

    def ask(self) -> str:
        with self.lock:
            self.n_asked += 1
            return self.fault(self.n_asked - 1)

    def take(self, name: str, to: str, text: str) -> None:
        with self.lock:
            self.got.append((name, to, text))
            n_got = len(self.got)
        self.after(n_got)

    @property
    def ids(self) -> list[str]:
        return [name for name, _, _ in self.got]


@contextmanager
def mail_server(
    inbox: Inbox, *, tls: tuple[Path, Path] | None = None, login: tuple[str, str] | None = None
) -> Iterator[int]:
    """Serve SMTP on a free port. Faults: "451", "550", "lost" (took it, said nothing)."""

    class Handler(StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def finish(self) -> None:
            super().finish()
            self.request.close()  # the one under TLS, which the server does not know

        def take(self, to: str) -> None:
            self.say("354 go on")
            lines = []
            while (got := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(got[1:] if got.startswith(b".") else got)
            mail: Any = message_from_bytes(b"".join(lines), policy=policy.default)
            inbox.take(str(mail["Message-ID"]), to, mail.get_content())

        def handle(self) -> None:
            self.say("220 test")
            is_secret, is_known, to = False, login is None, ""
            while line := self.rfile.readline():
                word, _, rest = line.decode().strip().partition(" ")
                match word.upper():
                    case "EHLO" | "HELO":
                        offers = ["250-localhost", "250-8BITMIME", "250-SMTPUTF8"]
                        offers += ["250-STARTTLS"] if tls and not is_secret else []
                        offers += ["250-AUTH PLAIN"] if login and is_secret else []
                        for offer in offers:
                            self.say(offer)
                        self.say("250 SIZE 1000000")
                    case "STARTTLS" if tls:
                        self.say("220 go on")
                        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                        context.load_cert_chain(*tls)
                        self.request = context.wrap_socket(
                            self.request, server_side=True, do_handshake_on_connect=False
                        )
                        self.request.do_handshake()
                        self.rfile = self.request.makefile("rb")
                        self.wfile = self.request.makefile("wb", 0)
                        is_secret = True
                    case "AUTH":
                        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
                        is_known = (user, password) == login
                        self.say("235 welcome" if is_known else "535 who are you")
                    case "MAIL":
                        self.say("250 ok" if is_known else "530 log in first")
                    case "RCPT":
                        to = rest.partition("<")[2].partition(">")[0]
                        fault = inbox.ask()
                        self.say("250 ok" if fault in {"", "lost"} else f"{fault} no")
                    case "DATA":
                        self.take(to)
                        if fault == "lost":
                            return
                        self.say("250 taken")
                    case "RSET":
                        self.say("250 ok")
                    case "QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("500 what")

    yield from _serving(ThreadingTCPServer(("127.0.0.1", 0), Handler))


@contextmanager
def webhook(
    inbox: Inbox, *, see: Callable[[bytes, dict[str, str]], None] | None = None
) -> Iterator[int]:
    """Serve a webhook on a free port that knows keys again. Faults: a status, or "lost"."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if see:
                see(body, dict(self.headers.items()))
            fault = inbox.ask()
            if fault and fault != "lost":
                self.send_response(int(fault))
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            inbox.take(self.headers["Idempotency-Key"], "", body.decode())
            if fault == "lost":
                return
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    yield from _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler))


def _serving(server: ThreadingTCPServer | ThreadingHTTPServer) -> Iterator[int]:
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
