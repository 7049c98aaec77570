"""New candidates arrive by themselves, and a lost line is no gap."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from ingest.sources.files import find_files, read_files
from ingest.worker import ingest_files
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.browser import visit
from tests.support.classifying import drain, make_rules_known
from tests.support.packet_files import packet_files

PARTS = 3
PATIENCE_MS = 15_000


class GrowingNight:
    """A night of which one part after the other comes in and is classified."""

    def __init__(self, url: str, folder: Path, night: Path) -> None:
        self.url, self.archive = url, folder / "archive"
        self._files = packet_files(night, folder / "packets")
        make_rules_known(url)

    def take_in(self, part: int) -> None:
        some = self._files[part::PARTS]
        with connect(self.url, role="test") as connection:
            store = AlertStore(connection, PacketArchive(str(self.archive)))
            ingest_files(read_files(find_files(some)), store)
        drain(self.url, self.archive)


@contextmanager
def server(night: GrowingNight, port: int) -> Iterator[None]:
    """The application on a port that it can come back to."""
    reader = Reader(night.url, connections=4, statement_timeout_seconds=30)
    with socket.create_server(("127.0.0.1", port)) as listener:
        app = create_app(reader, PacketArchive(str(night.archive)))
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            running.should_exit = True
            thread.join(timeout=20)


@pytest.fixture
def night(any_database_url: str, tmp_path: Path, sample_night: Path) -> GrowingNight:
    found = GrowingNight(any_database_url, tmp_path, sample_night)
    found.take_in(0)
    return found


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def listed(page: Page) -> list[str]:
    return list(page.locator("#candidates [data-key]").evaluate_all("rows => rows.map(row => row.dataset.key)"))


def freshly(page: Page) -> set[str]:
    return set(page.locator("#candidates .fresh").evaluate_all("rows => rows.map(row => row.dataset.key)"))


def test_new_candidates_arrive_marked_and_a_lost_line_is_no_gap(
    browser: Browser, night: GrowingNight, port: int
) -> None:
    address = "/?days=30&number=500"
    with server(night, port), visit(browser, f"http://127.0.0.1:{port}", address) as seen:
        page = seen.page
        expect(page.locator("#live")).to_contain_text("Live", timeout=PATIENCE_MS)
        first = listed(page)
        assert first
        night.take_in(1)
        expect(page.locator("#candidates .fresh").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#live")).to_contain_text("new candidate", timeout=PATIENCE_MS)
        assert freshly(page).isdisjoint(first)
        assert seen.outside_requests == []
        page.close()
    with server(night, port):
        context = browser.new_context()
        try:
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}{address}")
            expect(page.locator("#live")).to_contain_text("Live", timeout=PATIENCE_MS)
            before = listed(page)
        except BaseException:
            context.close()
            raise
    try:
        expect(page.locator("#live")).to_contain_text("coming back", timeout=PATIENCE_MS)
        night.take_in(2)
        with server(night, port):
            expect(page.locator("#candidates .fresh").first).to_be_visible(timeout=2 * PATIENCE_MS)
            shown = listed(page)
            again = browser.new_page()
            again.goto(f"http://127.0.0.1:{port}{address}")
            assert shown == listed(again)
            assert len(shown) == len(set(shown))
            assert freshly(page) == set(shown) - set(before)
            again.close()
    finally:
        context.close()
