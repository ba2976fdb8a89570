"""The house stands on its floors, and each heavy library lives in one room."""

import subprocess
import sys
import tomllib
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def test_no_room_imports_a_higher_floor() -> None:
    told = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", told, "--no-cache"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_room_stands_on_a_floor_of_the_picture() -> None:
    contracts = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
    (floors,) = (
        contract["layers"]
        for contract in contracts["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    drawn = (HOUSE / "docs" / "architecture.md").read_text("utf-8")
    assert "\n".join(floors) in drawn
    rooms = {
        path.stem
        for path in (HOUSE / "src" / "whence").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    }
    standing = {room.strip() for floor in floors for room in floor.split("|")}
    assert rooms - {"__init__"} == standing
