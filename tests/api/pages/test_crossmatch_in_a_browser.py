"""The crossmatch page in a real browser that may talk to our server only, on a desk and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from api.app import create_app
from storage.packet_archive import PacketArchive
from storage.passing_files import PassingFileStore
from storage.reader import Reader
from tests.api.pages.test_accessibility import SERIOUS, axe
from tests.support.browser import fits, is_clean, visit
from tests.support.catalogued_sky import CataloguedSky
from tests.support.http_server import serving

__all__ = ["axe"]
ROWS, WITH_A_MATCH = 10_000, 6_000
DESK, PHONE = (1280, 800), (390, 844)


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """A machine may be busy."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def url(catalogued: CataloguedSky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    reader = Reader(catalogued.url, connections=2, statement_timeout_seconds=30.0, downloads=1)
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
    with serving(create_app(reader, archive, tables=PassingFileStore(catalogued.url))) as address:
        yield address


@pytest.fixture(scope="module")
def targets(catalogued: CataloguedSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows are at objects, each some arcseconds away and in other words; the others are in between."""
    random = np.random.default_rng(3)
    lines = ["target;alpha;delta"]
    for number in range(ROWS):
        row = catalogued.rows[number % len(catalogued.rows)]
        dec = row.dec if number < WITH_A_MATCH else min(max(row.dec, -85.0), 85.0) + 0.02 + 0.001 * random.random()
        lines.append(f"T{number:05d};{row.ra!r};{dec!r}")
    path = tmp_path_factory.mktemp("targets") / "targets.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_ten_thousand_rows(browser: Browser, url: str, targets: Path, window: tuple[int, int]) -> None:
    width, height = window
    with visit(browser, url, "/match", width=width, height=height) as seen:
        page = seen.page
        assert fits(page, width)
        page.get_by_label("Choose a table").set_input_files(targets)
        expect(page.locator(".kept")).to_contain_text("10\u202f000 rows")
        expect(page.locator("#preview .role")).to_have_text(["name", "RA", "Dec"])
        expect(page.locator("#look")).to_be_hidden()  # the script is there
        page.get_by_label("Declination").select_option("alpha")
        expect(page.locator("#preview .trouble").first).to_contain_text("no position can be read".capitalize())
        page.get_by_label("Declination").select_option("delta")
        expect(page.locator("#preview tbody tr")).to_have_count(10)
        expect(page.locator("#preview .trouble")).to_have_count(0)
        assert fits(page, width)
        page.get_by_label("Within").fill("1")
        page.get_by_role("button", name="Match").click()
        expect(page.locator(".counts a").first).to_contain_text("10\u202f000", timeout=60_000)
        expect(page.locator(".counts a").nth(2)).to_contain_text("4\u202f000")
        expect(page.locator("#matches tbody tr")).to_have_count(50)
        assert fits(page, width)
        page.get_by_role("link", name="Last").click()
        expect(page.locator("#matches tbody tr").last).to_contain_text("T09999")
        expect(page.locator("#matches tbody tr").last).to_contain_text("nothing within 1″")
        page.locator(".counts a").nth(1).click()
        page.get_by_role("link", name="Next page").click()
        row = page.locator("#matches tbody tr").first
        expect(row).to_contain_text("T00050")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert len(Path(download.value.path()).read_text().splitlines()) >= 1 + WITH_A_MATCH
        name = row.locator("a").nth(1).inner_text()
        row.locator("a").nth(1).click()
        expect(page.locator("h1")).to_have_text(name)
        assert is_clean(seen)


def test_a_bad_row_is_shown_where_one_is(browser: Browser, url: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("id,ra,dec\na,10,20\nb,10,x\n")
    with visit(browser, url, "/match") as seen:
        page = seen.page
        page.get_by_label("Choose a table").set_input_files(tmp_path / "bad.csv")
        expect(page.locator("#look")).to_be_hidden()  # the script is there
        page.get_by_role("button", name="Match 2 rows").press("Enter")
        expect(page.locator("#problems")).to_contain_text("row 2, column 'dec': 'x' is no number")
        expect(page.locator("#skipBad")).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.locator(".left-out")).to_contain_text("1 row was left out")
        page.goto(f"{url}/match")
        (tmp_path / "none.csv").write_text("\0")
        page.get_by_label("Choose a table").set_input_files(tmp_path / "none.csv")
        expect(page.locator("#table-mistake")).to_contain_text("is none of CSV")
        assert seen.outside_requests == []


def test_a_table_that_is_dropped_is_read(browser: Browser, url: str) -> None:
    with visit(browser, url, "/match") as seen:
        page = seen.page
        page.wait_for_load_state("load")  # with the script
        dropped = page.evaluate_handle(
            """() => {
              const dropped = new DataTransfer();
              dropped.items.add(new File(["ra,dec\\n1,2\\n"], "dropped.csv"));
              return dropped;
            }"""
        )
        page.dispatch_event("#send", "drop", {"dataTransfer": dropped})
        expect(page.locator(".kept")).to_contain_text("dropped.csv 1 row")
        assert is_clean(seen)


def test_all_of_it_without_a_script(browser: Browser, url: str, targets: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("\n".join(targets.read_text().splitlines()[:80]))
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{url}/match")
        page.get_by_label("Choose a table").set_input_files(few)
        page.get_by_role("button", name="Read the table").click()
        page.get_by_label("Right ascension").select_option("delta")
        page.get_by_role("button", name="Show how they are read").click()
        assert "cannot be both" in page.locator(".mistake").inner_text()
        page.get_by_label("Right ascension").select_option("alpha")
        page.get_by_role("button", name="Match").click()
        assert page.locator("#matches tbody tr").count() == 50
        page.get_by_role("button", name="Delete now").click()
        assert "deleted" in page.locator(".notice").inner_text()
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_step_has_a_serious_finding(browser: Browser, url: str, tmp_path: Path, axe: str, scheme: str) -> None:
    (tmp_path / "bad.csv").write_text("id,ra,dec\na,10,20\nb,10,x\n")
    found: list[str] = []
    width = 1280 if scheme == "light" else 390
    with visit(browser, url, "/match", width=width) as seen:
        page = seen.page
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

        def look(step: str) -> None:
            page.wait_for_load_state()  # with its colours
            page.evaluate(axe)
            report = page.evaluate("axe.run()")
            found.extend(
                f"{step}: {rule['id']}: {rule['nodes'][0]['html'][:120]}"
                for rule in report["violations"]
                if rule["impact"] in SERIOUS
            )

        look("table")
        page.get_by_label("Choose a table").set_input_files(tmp_path / "bad.csv")
        page.get_by_role("button", name="Match 2 rows").click()
        expect(page.locator("#problems")).to_be_visible()
        look("columns")
        page.locator("#skipBad").check()
        page.get_by_role("button", name="Match 2 rows").click()
        expect(page.locator("#matches")).to_be_visible()
        look("matches")
    assert found == []
