"""Which language the reader gets."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from whence.wording import LANGUAGES, Language

VARIABLE: Final = "WHENCE_LANG"
_LOCALES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")  # POSIX: the first one set decides


def chosen_language(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language asked for: by ``--lang``, by WHENCE_LANG, else by the locale.

    It is wanted before the arguments are parsed, because help and complaints speak it too.
    """
    asked = [word.removeprefix("--lang=") for word in arguments if word.startswith("--lang=")]
    asked += [word for option, word in pairwise(arguments) if option == "--lang"]
    asked.append(environment.get(VARIABLE, ""))
    asked.append(next((environment[name] for name in _LOCALES if environment.get(name)), "")[:2])
    return next((known for word in asked for known in LANGUAGES if word == known), "en")
