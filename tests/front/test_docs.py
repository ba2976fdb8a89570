"""What a user can say or read is documented, in both directions, and in both languages."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from front_answers import a_trace
from typer.core import TyperGroup, TyperOption

from whence.cli.app import whole_command
from whence.document import to_document
from whence.errors import WhenceError
from whence.version import __version__

HOUSE = Path(__file__).parents[2]
WORDING = sorted((HOUSE / "src" / "whence" / "wording").glob("*.toml"))


def page(name: str) -> str:
    return (HOUSE / name).read_text("utf-8")


def section(command: str) -> str:
    """Return the part of docs/cli.md about one command."""
    _, _, rest = page("docs/cli.md").partition(f"\n## whence {command}\n")
    return rest.partition("\n## ")[0]


def commands_by_name() -> dict[str, Any]:
    """Return every command as it is called: `trace`, `ledger verify`."""
    found: dict[str, Any] = {}
    for name, command in whole_command().commands.items():
        below = command.commands.items() if isinstance(command, TyperGroup) else ()
        found |= {f"{name} {word}": part for word, part in below} or {name: command}
    return found


@pytest.mark.parametrize("name", commands_by_name())
def test_every_option_is_documented(name: str) -> None:
    options = {
        written
        for parameter in commands_by_name()[name].params
        if isinstance(parameter, TyperOption)
        for written in parameter.opts
        if written.startswith("--")
    }
    documented = set(re.findall(r"--[a-z][a-z-]+", section(name)))
    assert options <= documented


@pytest.mark.parametrize("name", commands_by_name())
def test_no_option_is_documented_that_is_not_there(name: str) -> None:
    options = {written for p in commands_by_name()[name].params for written in p.opts}
    # What an example runs beside the command itself is another command's.
    text = re.sub(rf"`whence (?!{name}\b)[^`]*`", "", section(name))
    text = re.sub(rf"^whence (?!{name}\b).*$", "", text, flags=re.MULTILINE)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= options


def test_every_command_and_the_entrance_are_documented() -> None:
    text = page("docs/cli.md")
    for name in commands_by_name():
        assert f"## whence {name}\n" in text
    for word in ("--version", "--lang", "--help", "NO_COLOR", "WHENCE_LANG", "WHENCE_TRACEBACK"):
        assert word in text


def keys_of(held: object) -> set[str]:
    if isinstance(held, dict):
        return set(held) | {key for value in held.values() for key in keys_of(value)}
    if isinstance(held, list):
        return {key for value in held for key in keys_of(value)}
    return set()


def test_every_field_of_the_answer_is_documented() -> None:
    document = to_document(a_trace(tied=True))
    document["inputs"]["rejected"] = {}
    text = page("docs/formats.md")
    named = set(re.findall(r'"(\w+)":', text))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for quoted in re.findall(r"`([^`]+)`", prose):
        named |= set(re.findall(r"\w+", quoted))
    assert keys_of(document) <= named


def test_every_column_of_the_tables_is_documented() -> None:
    trace = a_trace()
    text = page("docs/formats.md")
    for name in (*trace.exposed.column_names, *trace.candidates.column_names):
        assert f"`{name}`" in text


def test_the_public_contract_stands_as_it_was_given() -> None:
    given = HOUSE.parent / "shared" / "FORMATS.md"
    if not given.exists():
        pytest.skip("the contract as given is not beside this checkout")
    assert set(given.read_text("utf-8").splitlines()) <= set(page("docs/formats.md").splitlines())


@pytest.mark.parametrize("path", WORDING, ids=lambda path: path.stem)
def test_every_phrase_stands_in_both_languages_with_the_same_facts(path: Path) -> None:
    for key, phrase in tomllib.loads(path.read_text("utf-8")).items():
        assert set(phrase) == {"en", "zh"}, key
        assert all(text.strip() for text in phrase.values()) or phrase["zh"] == phrase["en"], key
        facts = {
            language: {field for _, field, _, _ in Formatter().parse(text) if field}
            for language, text in phrase.items()
        }
        # A plural `-one` may leave its count to the word.
        assert facts["en"] == facts["zh"] or key.endswith(("-one", "-many")), key


def gives_reasons(function: ast.FunctionDef) -> bool:
    """Return whether a function of intake returns why it has nothing better to return."""
    returned = ast.unparse(function.returns) if function.returns else ""
    return function.name == "_fault" or returned == "Report | str"


def reasons_of(source: Path) -> set[str]:
    """Return the reasons for which one file sets rows aside, as its own code writes them."""
    text = source.read_text("utf-8")
    tree = ast.parse(text)
    named = {
        node.target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    in_queries = set(re.findall(r"THEN '([^']+)'", text)) - {"{ACCOUNT}"}  # told, not set aside
    found = {named.get(reason.strip("{}"), reason) for reason in in_queries}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        lists = [node.iter for node in ast.walk(function) if isinstance(node, ast.comprehension)]
        lists += [node.iter for node in ast.walk(function) if isinstance(node, ast.For)]
        words = {
            str(word.value)
            for names in lists
            if isinstance(names, ast.Tuple)
            for word in names.elts
            if isinstance(word, ast.Constant)
        }
        pairs = [n for names in lists if isinstance(names, ast.Tuple) for n in names.elts]
        given = [n.elts[1] for n in pairs if isinstance(n, ast.Tuple) and len(n.elts) == 3]
        for node in ast.walk(function):
            match node:
                case (
                    ast.Call(func=ast.Attribute(attr="row"), args=[_, _, reason])
                    | ast.Call(func=ast.Attribute(attr="rows_of"), args=[_, reason, *_])
                ):
                    given.append(reason)
                case ast.Call(func=ast.Name(id="Rejected"), keywords=keywords):
                    given += [keyword.value for keyword in keywords if keyword.arg == "reason"]
                case ast.Return(value=ast.expr() as reason) if gives_reasons(function):
                    given.append(reason)
                case _:
                    pass
        for reason in given:
            match reason:
                case ast.Constant(value=str(written)):
                    found.add(written)
                case ast.Name(id=name) if name in named:
                    found.add(named[name])
                case ast.BoolOp(values=[*_, ast.Constant(value=str(written))]):
                    found.add(written)
                case ast.JoinedStr(values=[ast.Constant(value=str(written)), _]):
                    found |= {written + word for word in words}
                case _:
                    pass
    return found


def test_every_reason_for_setting_rows_aside_has_its_phrase_and_none_is_left_over() -> None:
    rooms = (HOUSE / "src" / "whence" / room for room in ("intake", "lake", "tracing"))
    found = set().union(*(reasons_of(path) for room in rooms for path in room.glob("*.py")))
    phrases = tomllib.loads(page("src/whence/wording/reasons.toml"))
    assert found == set(phrases)
    assert all(phrase["en"] == reason for reason, phrase in phrases.items())
    assert all(re.search("[一-鿿]", phrase["zh"]) for phrase in phrases.values())


def test_every_phrase_the_code_names_is_there() -> None:
    rooms = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in WORDING}
    missing = []
    for source in (HOUSE / "src").rglob("*.py"):
        for quoted in re.findall(r'"([a-z]+\.[a-z][a-z0-9-]+)"', source.read_text("utf-8")):
            room, _, key = quoted.partition(".")
            if (
                room in rooms
                and key not in rooms[room]
                and key not in {"toml", "json", "html", "sqlite", "key"}
            ):
                missing.append((source.name, quoted))
    assert not missing


def test_the_readme_shows_the_commands_that_exist() -> None:
    commands = whole_command().commands
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), flags=re.MULTILINE))
    for name in ("README.md", "README.zh.md"):
        text = page(name)
        assert set(re.findall(r"^make ([a-z-]+)", text, flags=re.MULTILINE)) == {"demo", "test"}
        assert set(re.findall(r"^whence ([a-z]+)", text, flags=re.MULTILINE)) <= set(commands)
    assert {"demo", "test", "test-full", "lock"} <= targets


@pytest.mark.parametrize(
    "path", [*HOUSE.glob("*.md"), *sorted((HOUSE / "docs").rglob("*.md"))], ids=str
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), target


@pytest.mark.slow
def test_the_readme_shows_what_is_printed_today() -> None:
    tool = [sys.executable, str(HOUSE / "tools" / "readme.py"), "--check"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}: run `make readme`"


def test_the_change_log_knows_this_version() -> None:
    assert f"## {__version__}" in page("CHANGELOG.md")


def test_an_error_says_its_line_and_its_advice_apart() -> None:
    error = WhenceError("cli.no-dataset", hint="cli.no-dataset-hint")
    assert error.text("zh") != error.text("en") == str(error)
    assert error.advice("en") != error.text("en")
    assert json.dumps(error.facts) == "{}"


# Spelled in parts, so that this file does not name them.
REGISTRIES = (
    "py" + "pi.org",
    "pythonhosted" + ".org",
    "npm" + "js",
    "aliyun" + ".com",
    "tuna." + "tsinghua",
)
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "X" + "XX")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [HOUSE / name for name in listed.stdout.splitlines() if (HOUSE / name).is_file()]


def test_no_file_names_a_package_registry_or_leaves_work_open() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [(path.name, word) for word in REGISTRIES if word in text]
        if path.suffix in {".py", ".toml", ".j2", ".md", ""}:
            found += [(path.name, word) for word in UNFINISHED if re.search(rf"\b{word}\b", text)]
    assert not found


def test_the_lock_files_pin_by_hash_and_name_no_host() -> None:
    for path in (HOUSE / "lock").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text
        pinned = re.findall(r"^[a-z0-9].*", text, flags=re.MULTILINE)
        assert len(pinned) > 20
        assert all("==" in line and line.endswith("\\") for line in pinned)


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(page("pyproject.toml"))
    wanted = {re.split(r"[^A-Za-z0-9_-]", d)[0].lower() for d in project["project"]["dependencies"]}
    locked = set(re.findall(r"^([a-z0-9-]+)==", page("lock/runtime.txt"), flags=re.MULTILINE))
    assert wanted <= locked
