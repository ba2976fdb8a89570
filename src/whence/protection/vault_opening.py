"""The vault and its desk as an installation's workspace names them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from whence.errors import UsageError
from whence.model import Instant
from whence.protection.quotas import Quotas
from whence.protection.register_file import read_register
from whence.protection.revealing import Desk
from whence.protection.transit import Transit
from whence.protection.vault import Vault
from whence.protection.vault_keys import KeyFile, Wrapping
from whence.workspace import Workspace

if TYPE_CHECKING:
    from whence.ledger import Ledger


def wrapping_of(
    workspace: Workspace, *, token: str = "", authorities: str | None = None
) -> Wrapping:
    """Return what wraps the keys of a workspace's vault: a server where one is named, or a file.

    ``token`` and ``authorities`` (a file of certificates) are for a server. Raises UsageError
    where one cannot be asked.
    """
    if workspace.transit is None:
        return KeyFile(workspace.keys)
    return Transit(workspace.transit, token=token, authorities=authorities)


def open_vault(workspace: Workspace, wrapping: Wrapping, *, clock: Callable[[], Instant]) -> Vault:
    """Return the vault of a workspace; UsageError where it has none yet."""
    if not workspace.vault.exists():
        raise UsageError("protection.no-vault", hint="protection.no-vault-hint")
    return Vault(workspace.vault, wrapping, clock=clock)


def make_vault(workspace: Workspace, wrapping: Wrapping, *, clock: Callable[[], Instant]) -> Vault:
    """Return the vault of a workspace, made where it has none, with its key file.

    A vault that is there never gets another key file in the place of one that is gone.
    """
    if not workspace.vault.exists() and workspace.transit is None:
        KeyFile.make(workspace.keys)
    return Vault(workspace.vault, wrapping, clock=clock)


def open_desk(
    workspace: Workspace, vault: Vault, ledger: "Ledger", *, clock: Callable[[], Instant]
) -> Desk:
    """Return the desk before a vault.

    Raises InputError where the recipient register cannot be used.
    """
    return Desk(
        vault,
        read_register(workspace.register),
        Quotas(workspace.folder),
        ledger,
        clock=clock,
        locale=workspace.locale,
    )
