"""The pages over a classified night, and a browser that reaches nothing else."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from api.app import create_app
from storage.passing_files import PassingFileStore
from storage.reader import Reader
from tests.conftest import on_one_backend
from tests.support.browser import chromium
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight


@pytest.fixture(scope="package")
def pages_url(classified_night: StoredNight) -> Iterator[str]:
    """The server. It ends with this folder's tests: later ones count what is asked of the database."""
    reader = Reader(classified_night.url, connections=4, statement_timeout_seconds=30)
    with serving(
        create_app(reader, classified_night.archive, tables=PassingFileStore(classified_night.url))
    ) as address:
        yield address


@pytest.fixture(scope="package")
def pages(pages_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=pages_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for this folder; it holds an event loop, so that none may outlive it into tests that run their own."""
    with chromium() as found:
        yield found


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pages say what the endpoint answers, which has tests on every database: one is enough for them."""
    on_one_backend(metafunc)
