"""A small market with one planted leak, on disk, and the command line run here."""

from pathlib import Path

import pytest
from front_answers import Run

from whence.cli import run
from whence.market import Market, MarketSpec, make, write


@pytest.fixture(scope="session")
def market() -> Market:
    spec = MarketSpec(orders=3000, days=60, sources=1, victims=8, noise=4, seed=1)
    return make(spec)


@pytest.fixture(scope="session")
def dataset(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "small"
    write(market, folder)
    return folder


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line here; return exit code, standard output, standard error."""
    for name in ("WHENCE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "WHENCE_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
