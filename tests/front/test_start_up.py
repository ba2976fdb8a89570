"""Start-up stays light: what is imported, not how long it takes."""

import subprocess
import sys

import pytest

HEAVY = {"numpy", "duckdb", "pyarrow", "ibis", "sqlglot", "altair", "vl_convert", "jinja2"}


def modules_after(code: str) -> set[str]:
    told = f"import sys\n{code}\nprint('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_import_whence_pulls_nothing_heavy() -> None:
    assert not modules_after("import whence; whence.__version__") & (HEAVY | {"typer", "rich"})


@pytest.mark.parametrize("arguments", [["--help"], ["trace", "--help"], ["--version"]])
def test_help_pulls_nothing_heavy(arguments: list[str]) -> None:
    code = f"from whence.cli import run\nrun({arguments!r})"
    found = modules_after(code)
    assert "typer" in found
    assert not found & HEAVY


def test_wrong_usage_is_told_before_anything_heavy_is_imported() -> None:
    assert not modules_after("from whence.cli import run\nrun(['trace', '--prior', 'x'])") & HEAVY
