"""Wrapping keys that never leave an OpenBao or Vault server: its transit engine, through hvac.

``workspace.transit`` names the key as ``URL#MOUNT/KEY``, such as
``https://bao.shop.example:8200#transit/whence``. The token comes from the environment. It needs
``encrypt``, ``decrypt`` and ``rewrap`` on the key, and ``keys/KEY/rotate`` to renew it.
"""

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from whence.errors import EngineError, IntegrityError, UsageError, WhenceError

if TYPE_CHECKING:
    import hvac  # type: ignore[import-untyped]

TOKENS: Final = ("BAO_TOKEN", "VAULT_TOKEN")  # of the environment, the first one set
AUTHORITIES: Final = ("BAO_CACERT", "VAULT_CACERT")  # a file of certificates to trust
_PLACE: Final = re.compile(r"(?P<url>https?://[^#\s]+)#(?P<mount>[^#\s]+)/(?P<key>[\w.-]+)")
_AT_HOME: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS: Final = 10  # an answer is a few milliseconds away; a server that hangs is told


class Transit:
    """A key of a server's transit engine."""

    def __init__(self, place: str, *, token: str, authorities: str | None = None) -> None:
        """Take the key that ``place`` names; nothing is asked of the server yet.

        Raises UsageError for a place that names none, that would send keys in the clear, and
        where hvac is not installed.
        """
        named = _PLACE.fullmatch(place)
        if named is None:
            raise UsageError("protection.bad-transit", hint="protection.bad-transit-hint")
        address = urlsplit(named["url"])
        if address.username or address.password:  # a workspace holds no passwords
            raise UsageError("protection.bad-transit", hint="protection.bad-transit-hint")
        if address.scheme != "https" and address.hostname not in _AT_HOME:
            raise UsageError("protection.transit-in-clear", host=address.hostname)
        if not token:
            raise UsageError("protection.no-token", names=", ".join(TOKENS))
        self._mount, self._key, self._host = named["mount"], named["key"], address.hostname
        self._client = _client(named["url"], token, authorities)

    def wrap(self, version: int, secret: bytes) -> bytes:
        """Have the server encrypt a key version."""
        del version  # a version under another's number opens no field: it is bound there
        text = base64.b64encode(secret).decode()
        answer = self._asked(
            lambda: self._engine.encrypt_data(self._key, plaintext=text, mount_point=self._mount)
        )
        return str(answer["data"]["ciphertext"]).encode()

    def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """Have the server decrypt a key version."""
        answer = self._asked(
            lambda: self._engine.decrypt_data(
                self._key, ciphertext=wrapped.decode("ascii", "replace"), mount_point=self._mount
            ),
            version=version,
        )
        return base64.b64decode(answer["data"]["plaintext"])

    def renew(self) -> None:
        """Have the server make a new version of its key; older ones still decrypt."""
        self._asked(lambda: self._engine.rotate_key(self._key, mount_point=self._mount))

    def rewrap(self, version: int, wrapped: bytes) -> bytes:
        """Have the server encrypt anew what it encrypted; the secret does not come here."""
        answer = self._asked(
            lambda: self._engine.rewrap_data(
                self._key, ciphertext=wrapped.decode("ascii", "replace"), mount_point=self._mount
            ),
            version=version,
        )
        return str(answer["data"]["ciphertext"]).encode()

    def retire(self) -> None:
        """Leave the server's older keys alone: `min_decryption_version` is its keeper's to set."""

    @property
    def _engine(self) -> Any:  # noqa: ANN401  hvac has no types
        return self._client.secrets.transit

    def _asked(self, call: Callable[[], Any], *, version: int | None = None) -> Any:  # noqa: ANN401
        """Ask the server; what it answers, and what was sent, is in no message."""
        import hvac.exceptions as faults  # type: ignore[import-untyped]  # noqa: PLC0415  an extra
        from requests.exceptions import RequestException  # noqa: PLC0415  it comes with hvac

        facts = {"host": self._host, "key": self._key, "version": version}
        try:
            return call()
        except faults.InvalidRequest:
            raise _refused(facts, is_broken=version is not None) from None
        except (faults.Forbidden, faults.Unauthorized):
            raise UsageError("protection.transit-forbidden", hint=None, **facts) from None
        except faults.InvalidPath:
            raise UsageError("protection.transit-no-key", hint=None, **facts) from None
        except (faults.VaultError, RequestException, ValueError) as error:
            reason = type(error).__name__
            raise EngineError(
                "protection.transit-silent", hint=None, reason=reason, **facts
            ) from None


def _refused(facts: dict[str, Any], *, is_broken: bool) -> WhenceError:
    if is_broken:
        return IntegrityError(
            "protection.transit-broken", hint="protection.wrong-key-hint", **facts
        )
    return EngineError("protection.transit-silent", hint=None, reason="InvalidRequest", **facts)


def _client(url: str, token: str, authorities: str | None) -> "hvac.Client":
    try:
        import hvac  # noqa: PLC0415  an extra
    except ImportError:
        raise UsageError("protection.no-hvac", hint="protection.no-hvac-hint") from None
    return hvac.Client(
        url=url,
        token=token,
        verify=authorities or True,
        timeout=_SECONDS,
        allow_redirects=False,  # the token goes to the server named, and no further
    )
