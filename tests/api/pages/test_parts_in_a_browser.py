"""What one does on a page with a mouse: stamps as one likes them, bands, both surveys, the sky when asked for."""

import re
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Locator, expect

from api.app import create_app
from api.sky_images import SkyImages
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.api.pages.test_in_a_browser import best_observed
from tests.support import lsst_packets
from tests.support.browser import fits, is_clean, visit
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight
from tests.support.storing import alert_store
from tests.support.ztf_packets import all_received, packet

ELSEWHERE = "http://sky.invalid"
PHONE = {"width": 390, "height": 844}
NAMES_OF_TRACES = "() => document.getElementById('curve').data.map((trace) => trace.name)"


def test_stamps_are_shown_as_one_likes_them_and_go_on_like_that(
    browser: Browser, pages_url: str, classified_night: StoredNight
) -> None:
    name = best_observed(classified_night)
    with visit(browser, pages_url, f"/object/ZTF/{name}", **PHONE) as seen:
        page = seen.page
        first = page.locator("#stamps img").first
        expect(first).to_have_attribute("src", re.compile("scale=3&stretch=asinh$"))
        page.get_by_label("Stretch").select_option("log")
        expect(first).to_have_attribute("src", re.compile("stretch=log$"))
        page.get_by_label("Up", exact=True).select_option("up")
        expect(first).to_have_attribute("src", re.compile("stretch=log&north=up$"))
        page.get_by_label("Cross").select_option("0")
        expect(page.locator("#stamps .crossed")).to_have_count(0)
        shown = first.get_attribute("src")
        page.get_by_label("The alert after").click()
        expect(first).not_to_have_attribute("src", str(shown))
        expect(first).to_have_attribute("src", re.compile("stretch=log&north=up$"))
        page.locator(".epochs a").first.click()
        expect(first).to_have_attribute("src", str(shown))
        assert all(loaded(image) for image in page.locator("#stamps img").all())
        assert fits(page, PHONE["width"])
        assert is_clean(seen)


def loaded(image: Locator) -> bool:
    return bool(image.evaluate("async (image) => { await image.decode(); return image.naturalWidth > 100; }"))


def test_both_surveys_of_one_place_are_on_one_chart(
    browser: Browser, any_database_url: str, tmp_path: Path
) -> None:
    place: dict[str, Any] = {"ra": 150.0, "dec": 2.0}
    ours = [packet("ZTF20aaaaaaa", 2461000.5 + day, place=day, fid=1 + day % 2, **place) for day in range(4)]
    theirs = [
        lsst_packets.packet(mjd_tai=61002.0 + day, band=band, psfFlux=20_000.0, psfFluxErr=500.0, **place)
        for day, band in enumerate("gri")
    ]
    with alert_store(any_database_url, tmp_path) as store:
        store.store([*all_received(ours), *map(lsst_packets.received, theirs)])
    reader = Reader(any_database_url, connections=2, statement_timeout_seconds=30)
    with (
        serving(create_app(reader, PacketArchive(str(tmp_path)))) as address,
        visit(browser, address, "/object/ZTF/ZTF20aaaaaaa") as seen,
    ):
        page = seen.page
        expect(page.locator(".light-curve[data-drawn]")).to_be_visible()
        assert set(page.evaluate(NAMES_OF_TRACES)) == {"ZTF g", "ZTF r", "LSST g", "LSST r", "LSST i"}
        symbols = page.evaluate(
            "() => document.getElementById('curve').data.find((trace) => trace.name === 'LSST g').marker.symbol"
        )
        assert all(symbol.endswith("-dot") for symbol in symbols)
        page.get_by_label("● g").uncheck()
        assert set(page.evaluate(NAMES_OF_TRACES)) == {"ZTF r", "LSST r", "LSST i"}
        page.get_by_label("Other surveys").uncheck()
        assert set(page.evaluate(NAMES_OF_TRACES)) == {"r"}
        page.locator("td a", has_text=str(lsst_packets.DIA_OBJECT_ID)).click()
        expect(page.locator("h1")).to_have_text(str(lsst_packets.DIA_OBJECT_ID))
        expect(page.locator("#stamps figcaption")).to_contain_text("Neither the packet nor the survey")
        assert is_clean(seen)


def test_the_sky_is_asked_for_by_a_button_and_not_before(browser: Browser, classified_night: StoredNight) -> None:
    name = best_observed(classified_night)
    images = SkyImages(f"{ELSEWHERE}/cut?hips={{survey}}&ra={{ra}}&dec={{dec}}&fov={{field}}&w={{pixels}}")
    reader = Reader(classified_night.url, connections=2, statement_timeout_seconds=30)
    with (
        serving(create_app(reader, classified_night.archive, sky_images=images)) as address,
        visit(browser, address, f"/object/ZTF/{name}") as seen,
    ):
        page = seen.page
        expect(page.locator(".light-curve[data-drawn]")).to_be_visible()
        page.locator(".sky-view summary").click()
        page.locator(".sky-view").scroll_into_view_if_needed()
        assert is_clean(seen)
        with page.expect_request(lambda request: request.url.startswith(ELSEWHERE)):
            page.locator(".sky-view").get_by_role("button", name="Show").click()
        sky = page.frame_locator("iframe[name=sky-view]")
        expect(sky.locator(".sky-image")).to_have_attribute("href", re.compile(f"^{ELSEWHERE}/cut"))
        assert len(seen.outside_requests) == 1
        assert seen.outside_requests[0].startswith(f"{ELSEWHERE}/cut?hips=CDS%2FP%2FDSS2%2Fcolor&")


def test_the_map_is_centred_on_what_is_clicked(browser: Browser, pages_url: str, pages: httpx.Client) -> None:
    with visit(browser, pages_url, "/?days=30") as seen:
        page = seen.page
        row = page.locator("#candidates [data-key]").nth(1)
        key, at = row.get_attribute("data-key"), str(row.get_attribute("data-at"))
        page.locator(f'.sky .mark[data-key="{key}"]').dispatch_event("click")
        expect(page.locator("#map .legend")).to_contain_text(f"around {float(at.split()[0]):.0f}°")
        circle = page.locator(f'.sky .mark[data-key="{key}"] circle')
        expect(circle).to_have_attribute("cx", re.compile(r"^(359|360)\."))
        expect(page.locator(f'.sky .mark[data-key="{key}"]')).to_have_class(re.compile("chosen"))
        page.get_by_label("Closer").click()
        expect(page.locator("#map .legend")).to_contain_text("2× closer")
        page.reload()
        expect(page.locator("#map .legend")).to_contain_text("2× closer")
        page.get_by_label("The whole sky").click()
        expect(page.locator("#map .legend")).to_contain_text("around 180°")
        assert is_clean(seen)


def test_the_keyboard_goes_on_to_the_next_page_of_the_list(
    browser: Browser, pages_url: str, classified_night: StoredNight
) -> None:
    rows = classified_night.rows("SELECT name FROM object ORDER BY name LIMIT 51")
    last, beyond = rows[49]["name"], rows[50]["name"]
    with visit(browser, pages_url, "/explorer?order=NAME&direction=ASC") as seen:
        page = seen.page
        page.locator("#results a", has_text=last).click()
        expect(page.locator(".steps .back")).to_have_text("50 of 50")
        page.keyboard.press("ArrowRight")
        expect(page.locator("h1")).to_have_text(beyond)
        expect(page.locator(".steps .back")).to_have_text(re.compile("^1 of "))
        page.keyboard.press("ArrowLeft")
        expect(page.locator("h1")).to_have_text(last)
        page.locator(".steps .back").click()
        expect(page.locator("#results")).to_be_visible()
        assert is_clean(seen)
