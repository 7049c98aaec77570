"""One broker for the tests of a module, which add to it."""

from collections.abc import Iterator

import pytest

from tests.support.databases import TestDatabases
from tests.support.live_broker import LiveBroker


@pytest.fixture(scope="module")
def broker(databases: TestDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBroker]:
    """On one server: events are the same on each (tests/storage/test_events.py)."""
    backend = databases.any_backend()
    if not backend.is_available:
        pytest.skip(f"{backend.name}: {backend.description}")
    with databases.fresh(backend) as url:
        yield LiveBroker(url, tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def address(broker: LiveBroker) -> Iterator[str]:
    with broker.serving() as served:
        yield served
