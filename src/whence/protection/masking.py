"""Masking: what stays of a field when the whole of it is not needed.

Four laws hold for every field and text: at least what GB/T 41833-2022 asks for is hidden (a
character of the name, six digits of the phone, unit and room); what is hidden cannot be read
elsewhere in the masked text; masking twice changes nothing; what is empty stays empty.
"""

from collections.abc import Callable, Mapping
from typing import Final

from whence.protection.hiding import HIDDEN
from whence.protection.masks_accounts import mask_email, mask_login, mask_password
from whence.protection.masks_addresses import mask_address
from whence.protection.masks_names import mask_name
from whence.protection.masks_numbers import mask_bank_card, mask_id_number, mask_phone

_MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": mask_name,
    "address": mask_address,
    "id_number": mask_id_number,
    "bank_card": mask_bank_card,
    "email": mask_email,
    "login": mask_login,
    "password": mask_password,
}
MASKED: Final = frozenset({*_MASKS, "phone"})  # the others say nothing about who it is
# Each round hides more and nothing comes back, so a few are enough; nobody waits for a text that
# was made to take many.
_ROUNDS: Final = 8
# No name, number or address is longer; patterns may take the square of a length.
LONGEST: Final = 400


def mask(field: str, text: str, locale: str = "zh") -> str:
    """Return the masked form of a field's text; a field that is not personal stays as it is.

    ``locale`` says how the installation's orders are written, "zh" or "en": it decides what a
    telephone number without a country code is. Names and addresses say it themselves.
    """
    if field not in MASKED:
        return text
    if not text.strip():
        return ""
    if len(text) > LONGEST:
        return HIDDEN
    masked = _once(field, text, locale)
    for _ in range(_ROUNDS):
        again = _once(field, masked, locale)
        if again == masked:
            return masked
        masked = again
    return HIDDEN


def _once(field: str, text: str, locale: str) -> str:
    return mask_phone(text, locale) if field == "phone" else _MASKS[field](text)
