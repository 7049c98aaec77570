"""Take the screenshots of docs/tour.md from the sample night: `make tour`.

Two of the same code differ by a few pixels, so they are taken when the pages have changed, not with every commit.
"""

import argparse
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page

from benchmarks.sample_server import ask, sample_server
from domain.coordinates import hours_and_degrees
from domain.sky import position
from tests.support.browser import chromium
from tests.support.databases import REPOSITORY

FOLDER = REPOSITORY / "docs" / "tour"
DESK, PHONE = (1280, 960), (390, 844)
QUALITY = 68
LARGEST_BYTES = 2_000_000
"""Of all pictures together."""
BEST = """{
  sn: objects(first: 1, where: {class: {classifier: "early", class: ["SN"]}, detectionCount: {gte: 12}},
    orderBy: {field: PROBABILITY}) { nodes { name } }
  star: objects(first: 1, where: {class: {classifier: "late", class: ["RRL"]}, detectionCount: {gte: 15}},
    orderBy: {field: PROBABILITY}) { nodes { name } }
  targets: objects(first: 300, orderBy: {field: DETECTION_COUNT}) { nodes { ra dec } }
}"""

Act = Callable[[Page], None]


class Stop(NamedTuple):
    """A picture of the tour: its name, the address below the server, and what is done on the page before."""

    name: str
    path: str
    act: Act


def stops(address: str) -> list[Stop]:
    """Every picture, of objects that the sample night always has."""
    found = ask(address, BEST)
    sn, star = (found[name]["nodes"][0]["name"] for name in ("sn", "star"))
    targets = _table(found["targets"]["nodes"])
    return [
        Stop("hunter", "/?days=30", _settle),
        Stop("hunter_closer", "/?days=30&at=290+40&zoom=2", _choose_second),
        Stop("explorer", "/explorer?classifier=late&class=RRL&probability=0.5&order=PROBABILITY", _settle),
        Stop("object", f"/object/ZTF/{sn}", _drawn),
        Stop("stamps", f"/object/ZTF/{sn}", _stretched),
        Stop("folded", f"/object/ZTF/{star}", _folded),
        Stop("chart", f"/object/ZTF/{sn}/chart?field=2", _settle),
        Stop("nights", "/nights", _settle),
        Stop("table", "/match", _sent(targets)),
        Stop("matches", "/match", _matched(targets)),
    ]


def _table(objects: list[dict[str, Any]]) -> bytes:
    """Targets beside two of three objects, and nowhere near the third."""
    random = np.random.default_rng(2)
    lines = ["target,RA,Dec,mag"]
    for number, one in enumerate(objects):
        away = random.normal(0, 0.4, 2) / 3600 if number % 3 else (0.1, 0.1)
        hours, degrees = hours_and_degrees(position((one["ra"] + away[0]) % 360, one["dec"] + away[1]))
        lines.append(f"T{number + 1:03d},{hours},{degrees},{random.uniform(16, 20):.2f}")
    return "\n".join(lines).encode()


def _sent(table: bytes) -> Act:
    def act(page: Page) -> None:
        page.locator("#table").set_input_files(
            {"name": "targets.csv", "mimeType": "text/csv", "buffer": table}, timeout=30_000
        )
        page.locator("#preview").wait_for()
        _settle(page)

    return act


def _matched(table: bytes) -> Act:
    def act(page: Page) -> None:
        _sent(table)(page)
        page.locator("#go").click()
        page.locator("#matches").wait_for()
        _settle(page)

    return act


def _settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def _to(selector: str) -> Act:
    def act(page: Page) -> None:
        _settle(page)
        page.locator(selector).evaluate("(place) => place.scrollIntoView({block: 'start'})")

    return act


def _choose_second(page: Page) -> None:
    _settle(page)
    page.locator("#candidates th a").nth(1).click()
    _settle(page)
    page.wait_for_timeout(500)


def _drawn(page: Page) -> None:
    page.locator(".light-curve[data-drawn]").wait_for()
    _settle(page)


def _stretched(page: Page) -> None:
    _drawn(page)
    page.get_by_label("Stretch").select_option("log")
    page.locator('#stamps img[src*="stretch=log"]').first.wait_for()
    _to("#stamps")(page)


def _folded(page: Page) -> None:
    _drawn(page)
    page.get_by_role("button", name="Folded").click()
    page.locator(".peaks button").first.click()
    _to(".light-curve")(page)


@contextmanager
def opened(browser: Browser, size: tuple[int, int], scheme: str) -> Iterator[Page]:
    """A new visitor's window."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5 if size == PHONE else 1,
    )
    context.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    try:
        yield context.new_page()
    finally:
        context.close()


def take(browser: Browser, address: str, folder: Path, only: str | None = None) -> int:
    """Write every picture, or those of one stop; their bytes together."""
    total = 0
    for stop in stops(address):
        if only not in (None, stop.name):
            continue
        for size, place in ((DESK, "desk"), (PHONE, "phone")):
            for scheme in ("light", "dark"):
                with opened(browser, size, scheme) as page:
                    page.goto(f"{address}{stop.path}")
                    stop.act(page)
                    page.wait_for_timeout(400)
                    picture = Image.open(io.BytesIO(page.screenshot()))
                path = folder / f"{stop.name}_{place}_{scheme}.webp"
                picture.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)
                total += path.stat().st_size
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--server", help="The address of a server with the sample night, in place of one of its own."
    )
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", help="The pictures of this stop and no others.")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        if asked.server:
            total = take(browser, asked.server, asked.folder, asked.only)
        else:
            with tempfile.TemporaryDirectory() as folder, sample_server(Path(folder)) as address:
                total = take(browser, address, asked.folder, asked.only)
    sys.stdout.write(f"{asked.folder}: {total:,} bytes\n")
    return 0 if total < LARGEST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
