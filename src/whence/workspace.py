"""Where the ledger, the keys, the recipient register and the vault of one installation lie.

A workspace is a folder with one file of settings::

    workspace.toml     what the installation is called, where its ledger is kept, its relay numbers
    recipients.toml    the recipient register: who may have which fields, for what, until when
    keys/              secrets, readable by their owner alone
    ledger.sqlite      the ledger, unless it is kept in PostgreSQL
    vault.sqlite       sealed order fields
    releases/          which orders left in which release: ids and salted digests
    checkpoints/       the ledger's signed checkpoints, copies to keep elsewhere
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from whence.errors import InputError, UsageError

SETTINGS: Final = "workspace.toml"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,126}")  # an origin, C2SP tlog-checkpoint
_LOCALES: Final = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One installation's folder and its settings.

    ``name`` is the ledger's origin, written into every checkpoint. ``ledger`` is None for the
    embedded store or the address of a PostgreSQL database. ``transit`` names the key of an
    OpenBao or Vault server that wraps the vault's keys, as ``URL#MOUNT/KEY``; None for a key file.
    ``locale`` says how names and addresses are written. ``relay_numbers`` are the installation's
    own numbers, each with extensions that lead to an addressee for ``route_days``;
    ``canary_numbers`` and ``canary_addresses`` are its own too, and lead to nobody: what a planted
    order may safely carry.
    """

    folder: Path
    name: str
    locale: str = "zh"
    ledger: str | None = None
    transit: str | None = None
    relay_numbers: tuple[str, ...] = ()
    route_days: int = 60
    canary_numbers: tuple[str, ...] = ()
    canary_addresses: tuple[str, ...] = ()

    @property
    def keys(self) -> Path:
        """The folder of secrets."""
        return self.folder / "keys"

    @property
    def ledger_place(self) -> str:
        """Where the ledger is kept: a PostgreSQL address, or the path of the embedded store."""
        return self.ledger or str(self.folder / "ledger.sqlite")

    @property
    def vault(self) -> Path:
        """The store of sealed fields."""
        return self.folder / "vault.sqlite"

    @property
    def register(self) -> Path:
        """The recipient register."""
        return self.folder / "recipients.toml"

    @property
    def releases(self) -> Path:
        """The folder of what each release held."""
        return self.folder / "releases"

    @property
    def checkpoints(self) -> Path:
        """The folder of signed checkpoints."""
        return self.folder / "checkpoints"


def open_workspace(folder: Path) -> Workspace:
    """Return the workspace in a folder.

    Raises UsageError where the folder is none, InputError where its settings cannot be used.
    """
    path = folder / SETTINGS
    if not path.is_file():
        raise UsageError("workspace.none", folder=folder, hint="workspace.none-hint")
    try:
        settings = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("workspace.unreadable", file=path) from error
    return _checked(folder, path, settings)


def make_workspace(folder: Path, *, name: str, locale: str = "zh") -> Workspace:
    """Make a workspace: its folders and settings, no keys yet.

    Raises UsageError where one is there already or the name cannot be an origin.
    """
    if (folder / SETTINGS).exists():
        raise UsageError("workspace.exists", folder=folder)
    made = _checked(folder, folder / SETTINGS, {"name": name, "locale": locale})
    for below in (made.folder, made.releases, made.checkpoints):
        below.mkdir(parents=True, exist_ok=True)
    made.keys.mkdir(mode=0o700, exist_ok=True)
    made.keys.chmod(0o700)
    path = folder / SETTINGS
    path.write_text(f'name = "{name}"\nlocale = "{locale}"\n', "utf-8")
    return made


def _checked(folder: Path, path: Path, settings: dict[str, Any]) -> Workspace:
    """Return the workspace that the settings describe; a word of one's own is an error."""
    known: dict[str, type] = {
        "name": str,
        "locale": str,
        "ledger": str,
        "transit": str,
        "relay_numbers": list,
        "route_days": int,
        "canary_numbers": list,
        "canary_addresses": list,
    }
    for key, value in settings.items():
        if key not in known:
            raise InputError("workspace.unknown", file=path, key=key, known=", ".join(known))
        texts = value if isinstance(value, list) else []
        if type(value) is not known[key] or not all(isinstance(t, str) for t in texts):
            raise InputError("workspace.bad-value", file=path, key=key)
    if not _NAME.fullmatch(settings.get("name", "")):
        raise InputError("workspace.bad-name", file=path, hint="workspace.bad-name-hint")
    if settings.get("locale", "zh") not in _LOCALES:
        raise InputError("workspace.bad-value", file=path, key="locale")
    if settings.get("route_days", 1) < 1:
        raise InputError("workspace.bad-value", file=path, key="route_days")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
    }
    return Workspace(folder=folder, **values)
