"""An open installation with the three orders sealed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from protection_world import ORDERS, Installation, made, opened


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with opened(made(tmp_path)) as there:
        there.vault.seal(ORDERS)
        yield there
