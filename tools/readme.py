"""Put what the commands print today into the READMEs; with --check, only say whether it stands.

Every block fenced as ``text`` holds the output of one command, in the order of ``BLOCKS``.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).parents[1]
FENCE: Final = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
DEMO: Final = ("demo", "--quiet", "--lang", "en")
TRACE: Final = ("trace", "demo/market", "--out", "answer", "--quiet", "--lang")
BLOCKS: Final = {"README.md": (DEMO, (*TRACE, "en")), "README.zh.md": ((*TRACE, "zh"),)}


def printed(command: tuple[str, ...], folder: Path) -> str:
    """Return what a command prints in a folder, without the blanks that end its lines."""
    call = [sys.executable, "-c", "from whence.cli import main; main()", *command]
    told = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own command
    lines = (line.rstrip() for line in told.replace(str(folder), "/home/you/whence").splitlines())
    return "\n".join(lines).strip() + "\n"


def main() -> int:
    """Renew the blocks, or check them; return 1 if a block did not stand."""
    stale = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for page, commands in BLOCKS.items():
            text = (HOUSE / page).read_text("utf-8")
            renewed, *after = FENCE.split(text)
            for command, prose in zip(commands, after, strict=True):
                renewed += printed(command, folder) + prose
            if renewed != text:
                stale.append(page)
            if "--check" not in sys.argv:
                (HOUSE / page).write_text(renewed, "utf-8")
    print("renewed or stale:", ", ".join(stale) or "none")  # noqa: T201  a tool speaks
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
