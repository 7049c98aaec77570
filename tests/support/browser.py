"""A headless Chromium that reaches one server and nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; the test is skipped where there is none."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page of one server, with all that went wrong on it."""

    page: Page
    outside_requests: list[str] = field(default_factory=list)
    """Requests to other servers; none was let through."""
    errors: list[str] = field(default_factory=list)
    """Errors on the console, refusals of the security policy among them, and uncaught exceptions."""


def is_clean(seen: Visit) -> bool:
    """Nothing was asked of others and nothing went wrong."""
    assert seen.outside_requests == []
    assert seen.errors == []
    return True


def fits(page: Page, width: int) -> bool:
    """Whether nothing has to be scrolled to sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


@contextmanager
def visit(browser: Browser, server: str, path: str, *, width: int = 1280, height: int = 800) -> Iterator[Visit]:
    """Open a page of the server in a window of the given size, as a new visitor."""
    context = browser.new_context(viewport={"width": width, "height": height})
    result = Visit(context.new_page())

    def only_to_server(route: Route) -> None:
        if route.request.url.startswith(f"{server}/"):
            route.continue_()
        else:
            result.outside_requests.append(route.request.url)
            route.abort()

    def keep_error(message: ConsoleMessage) -> None:
        if message.type == "error":
            result.errors.append(message.text)

    context.route("**/*", only_to_server)
    result.page.on("console", keep_error)
    result.page.on("pageerror", lambda error: result.errors.append(str(error)))
    try:
        result.page.goto(f"{server}{path}")
        yield result
    finally:
        context.close()
