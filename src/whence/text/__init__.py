"""Is this the fraud? Texts, talks, links and pictures, by rules that an analyst can read.

::

    checker = Checker()  # the built-in rules and brands
    checker.check("请把验证码告诉我").level  # "suspicious"
"""

from whence.text.answers import to_line, to_object
from whence.text.brands import read_brands
from whence.text.checking import Checker
from whence.text.findings import Check, Level, Link, Sign
from whence.text.given import decoded, read_bounded, rows_of
from whence.text.reading import Done, answers_to_rows, checked_given
from whence.text.rulebook import add_rules, built_in_rules
from whence.text.talk import Talk, Turn, read_talk, talk_of_turns

__all__ = [
    "Check",
    "Checker",
    "Done",
    "Level",
    "Link",
    "Sign",
    "Talk",
    "Turn",
    "add_rules",
    "answers_to_rows",
    "built_in_rules",
    "checked_given",
    "decoded",
    "read_bounded",
    "read_brands",
    "read_talk",
    "rows_of",
    "talk_of_turns",
    "to_line",
    "to_object",
]
