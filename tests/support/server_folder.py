"""A folder for a database server of a test's own."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """An empty folder outside pytest's: those are closed again, whenever another pytest begins, to the account
    that runs root's servers."""
    with TemporaryDirectory(prefix="arrayan-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
