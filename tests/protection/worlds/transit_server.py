"""A small server that speaks the transit API for one key, written from the API's documentation.

Not an OpenBao or Vault server: it stands in for one where none can be installed. It answers
``encrypt``, ``decrypt``, ``rewrap`` and ``keys/KEY/rotate`` as the documentation of the transit
secrets engine says: ciphertexts ``vault:vN:...``, answers below ``data``, errors as a list, a wrong
token as 403, an unknown key as 404 or 400, what does not decrypt as 400.
"""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.a-token-of-tests"  # noqa: S105  opens nothing but the server below
KEY = "whence"


class Keeper:
    """The key's versions, and every request that came."""

    def __init__(self) -> None:
        self.versions = {1: AESGCM.generate_key(256)}
        self.asked: list[str] = []
        self.min_decryption_version = 1

    def answer(self, verb: str, body: dict[str, str]) -> dict[str, Any]:
        """Return what the engine would answer below ``data``; ValueError for a bad request."""
        self.asked.append(verb)
        latest = max(self.versions)
        if verb == "rotate":
            self.versions[latest + 1] = AESGCM.generate_key(256)
            return {}
        if verb == "encrypt":
            return {"ciphertext": self._encrypted(body["plaintext"]), "key_version": latest}
        plaintext = self._decrypted(body["ciphertext"])
        if verb == "rewrap":
            return {"ciphertext": self._encrypted(plaintext), "key_version": latest}
        return {"plaintext": plaintext}

    def _encrypted(self, plaintext: str) -> str:
        version, nonce = max(self.versions), os.urandom(12)
        data = base64.b64decode(plaintext, validate=True)
        sealed = AESGCM(self.versions[version]).encrypt(nonce, data, None)
        return f"vault:v{version}:{base64.b64encode(nonce + sealed).decode()}"

    def _decrypted(self, ciphertext: str) -> str:
        prefix, version, text = ciphertext.split(":")
        if prefix != "vault" or int(version[1:]) < self.min_decryption_version:
            raise ValueError
        data = base64.b64decode(text, validate=True)
        try:
            plain = AESGCM(self.versions[int(version[1:])]).decrypt(data[:12], data[12:], None)
        except (InvalidTag, KeyError) as error:
            raise ValueError from error
        return base64.b64encode(plain).decode()


@contextmanager
def transit_server() -> Iterator[tuple[str, Keeper]]:
    """Run a server; yield its place as a workspace names it, and its keeper."""
    keeper = Keeper()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            parts = self.path.removeprefix("/v1/transit/").split("/")
            verb, key = (parts[2], parts[1]) if parts[0] == "keys" else (parts[0], parts[1])
            if self.headers.get("X-Vault-Token") != TOKEN:
                self._send(403, {"errors": ["permission denied"]})
            elif key != KEY:
                self._send(404, {"errors": []})
            else:
                try:
                    self._send(200, {"data": keeper.answer(verb, body)})
                except ValueError:
                    self._send(400, {"errors": ["cipher: message authentication failed"]})

        do_PUT = do_POST  # noqa: N815  the server calls it so

        def _send(self, status: int, answer: dict[str, Any]) -> None:
            data = json.dumps({"request_id": "r", **answer}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}#transit/{KEY}", keeper
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
