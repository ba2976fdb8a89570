"""``whence vault``: the commands of the vault."""

from collections.abc import Callable
from typing import Final

from whence.cli.vault_asking import reveal, search
from whence.cli.vault_keeping import erase, rotate, seal

COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "seal": seal,
    "reveal": reveal,
    "search": search,
    "rotate": rotate,
    "erase": erase,
}
