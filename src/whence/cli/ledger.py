"""``whence ledger``: the commands of the record."""

from collections.abc import Callable
from typing import Final

from whence.cli.ledger_checking import check_proof, proof, verify
from whence.cli.ledger_keeping import backup, checkpoint, restore, rotate_key
from whence.cli.ledger_persons import erase, export_accesses, history
from whence.cli.ledger_releases import check_release

COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "verify": verify,
    "checkpoint": checkpoint,
    "proof": proof,
    "check-proof": check_proof,
    "check-release": check_release,
    "backup": backup,
    "restore": restore,
    "rotate-key": rotate_key,
    "history": history,
    "erase": erase,
    "export-accesses": export_accesses,
}
