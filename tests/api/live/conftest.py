"""One broker for the tests of a module, which add to it."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Backend, TestDatabases
from tests.support.live_broker import LiveBroker


@pytest.fixture(scope="module")
def broker(
    databases: TestDatabases, any_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveBroker]:
    """On one server: events are the same on each (tests/storage/test_events.py)."""
    with databases.fresh(any_backend) as url:
        yield LiveBroker(url, tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def address(broker: LiveBroker) -> Iterator[str]:
    with broker.serving() as served:
        yield served
