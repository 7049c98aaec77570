"""What a clean run leaves, to compare with."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.databases import Backend, TestDatabases
from tests.support.digest import Digest
from tests.support.followed_stream import clean_run
from tests.support.mixed_stream import Sent

CleanRun = Callable[[Sequence[Sent]], Digest]


@pytest.fixture
def digest_of_clean_run(any_backend: Backend, databases: TestDatabases, tmp_path: Path) -> CleanRun:
    """What one writer makes of a stream that nothing befalls. Both database servers make the same of it."""

    def run(sent: Sequence[Sent]) -> Digest:
        with databases.fresh(any_backend) as url:
            return clean_run(url, tmp_path / "clean", sent)

    return run
