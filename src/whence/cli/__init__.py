"""The command: arguments in, exit codes out.

Exit codes: 0 it ran, whatever it found; 1 the engine or the disk gave out; 2 wrong usage or
unusable input; 3 a rule forbids it; 4 a record, seal or proof does not hold; 130 stopped with
Ctrl-C.
"""

import os
import sys
from collections.abc import Sequence

from whence.cli.interruption import Interruption
from whence.cli.language import chosen_language

_TRACEBACK = "WHENCE_TRACEBACK"  # set it to see where a fault of ours happened


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code, with any error told in one line on stderr."""
    import typer  # noqa: PLC0415  not paid by those who only import the room

    from whence.cli.app import whole_command  # noqa: PLC0415
    from whence.cli.complaint import complain, complain_of_fault, complain_of_usage  # noqa: PLC0415
    from whence.errors import WhenceError  # noqa: PLC0415

    language = chosen_language(arguments, os.environ)
    with Interruption() as interruption:
        try:
            code = whole_command().main(
                args=list(arguments), prog_name="whence", standalone_mode=False, obj=language
            )
        except WhenceError as error:
            complain(error, language)
            code = error.exit_code
        except typer.TyperException as error:
            code = complain_of_usage(error, language)
        except (Exception, KeyboardInterrupt) as error:
            # An engine stopped by a signal says so in its own way.
            if not interruption.happened:
                if isinstance(error, KeyboardInterrupt) or os.environ.get(_TRACEBACK):
                    raise
                complain_of_fault(error, language)
            code = 1
    return interruption.exit_code if interruption.happened else int(code or 0)
