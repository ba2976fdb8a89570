"""Protection: less is handed out, what is handed out is registered, masked, sealed, on record."""

from whence.protection.asking import Asking, Batch, Revealed
from whence.protection.masking import MASKED, mask
from whence.protection.register import Permit, Recipient, Register, verify_clock
from whence.protection.register_file import example_register, inspect_register, read_register
from whence.protection.revealing import Desk
from whence.protection.vault import SEALABLE, Clear, Counts, Vault
from whence.protection.vault_opening import make_vault, open_desk, open_vault, wrapping_of
from whence.protection.waybills import Shown, check_waybills

__all__ = [
    "MASKED",
    "SEALABLE",
    "Asking",
    "Batch",
    "Clear",
    "Counts",
    "Desk",
    "Permit",
    "Recipient",
    "Register",
    "Revealed",
    "Shown",
    "Vault",
    "check_waybills",
    "example_register",
    "inspect_register",
    "make_vault",
    "mask",
    "open_desk",
    "open_vault",
    "read_register",
    "verify_clock",
    "wrapping_of",
]
