"""The pages in a real browser that may talk to our server only, on a desk and on a phone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import fits, is_clean, visit
from tests.support.sample_night import StoredNight

DESK, PHONE = (1280, 800), (390, 844)


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def window(request: pytest.FixtureRequest) -> tuple[int, int]:
    width, height = request.param
    return width, height


def best_observed(night: StoredNight) -> str:
    """An object with several alerts, so that there are stamps to choose from."""
    (row,) = night.rows(
        "SELECT name FROM object JOIN alert USING (object_id) "
        "WHERE stamp_spans IS NOT NULL AND detection_count > 10 GROUP BY name ORDER BY count(*) DESC, name LIMIT 1"
    )
    return str(row["name"])


def test_from_a_search_to_the_stamps_of_a_clicked_point(
    browser: Browser, pages_url: str, classified_night: StoredNight, window: tuple[int, int]
) -> None:
    width, height = window
    name = best_observed(classified_night)
    with visit(browser, pages_url, "/explorer", width=width, height=height) as seen:
        page = seen.page
        page.get_by_label("Names").fill(name)
        page.get_by_role("button", name="Search", exact=True).click()
        assert "names=" in page.url
        assert "survey=" not in page.url  # empty fields stay out of the address
        page.locator("#results a").first.click()
        expect(page.locator(".light-curve[data-drawn]")).to_be_visible()
        expect(page.locator("#stamps img")).to_have_count(3)
        assert fits(page, width)

        page.get_by_role("button", name="Folded").click()
        expect(page.locator(".periodogram")).to_be_visible()
        page.locator(".peaks button").first.click()
        period = float(page.locator("#period").input_value())
        page.get_by_role("button", name="×2").click()
        assert float(page.locator("#period").input_value()) == pytest.approx(min(500, 2 * period), rel=1e-6)
        expect(page.locator("#curve .xtitle")).to_contain_text("Phase")

        page.get_by_role("button", name="Difference").click()
        expect(page.locator("#curve .xtitle")).to_contain_text("MJD")
        alert = page.evaluate(
            """() => {
              const chart = document.getElementById("curve");
              const known = [...document.querySelectorAll(".epochs [data-candid]")].map((e) => e.dataset.candid);
              for (const trace of chart.data) {
                const place = (trace.customdata ?? []).findIndex((c) => known.includes(c));
                if (place >= 0 && trace.customdata[place] !== known[0]) {
                  const layout = chart._fullLayout;
                  const box = chart.getBoundingClientRect();
                  return {
                    candid: trace.customdata[place],
                    x: box.left + layout.xaxis._offset + layout.xaxis.d2p(trace.x[place]),
                    y: box.top + layout.yaxis._offset + layout.yaxis.d2p(trace.y[place]),
                  };
                }
              }
            }"""
        )
        page.mouse.move(alert["x"], alert["y"])
        page.mouse.click(alert["x"], alert["y"])
        expect(page.locator(f'#stamps figure[data-candid="{alert["candid"]}"]')).to_be_visible()
        assert is_clean(seen)


def test_arrows_step_through_the_list(browser: Browser, pages_url: str) -> None:
    with visit(browser, pages_url, "/explorer?order=NAME&direction=ASC") as seen:
        page = seen.page
        names = page.locator("#results a").all_inner_texts()
        page.locator("#results a").first.click()
        expect(page.locator("h1")).to_have_text(names[0])
        expect(page.locator(".steps .next")).to_be_visible()
        expect(page.locator(".steps .previous")).to_be_hidden()
        page.keyboard.press("ArrowRight")
        expect(page.locator("h1")).to_have_text(names[1])
        expect(page.locator(".steps .previous")).to_be_visible()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("h1")).to_have_text(names[0])
        assert is_clean(seen)


def test_the_hunter_shows_the_card_of_what_is_chosen(
    browser: Browser, pages_url: str, window: tuple[int, int]
) -> None:
    width, height = window
    with visit(browser, pages_url, "/?days=30", width=width, height=height) as seen:
        page = seen.page
        names = page.locator("#candidates th a").all_inner_texts()
        expect(page.locator("#card h2")).to_have_text(names[0])
        page.locator("#candidates th a").nth(1).click()
        expect(page.locator("#card h2")).to_have_text(names[1])
        expect(page.locator("#candidates tr.chosen")).to_contain_text(names[1])
        page.locator(f'.sky .mark[data-key$="/{names[2]}"]').dispatch_event("click")
        expect(page.locator("#card h2")).to_have_text(names[2])
        assert fits(page, width)
        assert is_clean(seen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_have_contrast(browser: Browser, pages_url: str, scheme: str) -> None:
    with visit(browser, pages_url, "/nights") as seen:
        page = seen.page
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        is_dark = max(map(int, paper[4:-1].split(","))) < 128
        assert is_dark == (scheme == "dark")
        page.locator(".theme").click()
        other = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert other != paper
        assert is_clean(seen)


def test_search_and_values_work_without_script(
    browser: Browser, pages_url: str, classified_night: StoredNight
) -> None:
    name = best_observed(classified_night)
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{pages_url}/explorer")
        page.get_by_label("Names").fill(name)
        page.get_by_role("button", name="Search", exact=True).click()
        page.locator("#results a").first.click()
        assert page.locator("#curve svg.curve").count() == 1
        page.locator(".epochs a").first.click()
        assert page.locator("figure.stamps img").count() == 3
    finally:
        context.close()


def test_show_query_opens_the_question_in_graphiql(browser: Browser, pages_url: str) -> None:
    with visit(browser, pages_url, "/explorer?min_detections=3") as seen:
        page = seen.page
        page.locator("a.query").click()
        editor = page.locator(".graphiql-query-editor .CodeMirror")
        expect(editor).to_contain_text("query Explorer")
        page.locator(".graphiql-execute-button").click()
        expect(page.locator(".graphiql-response .result-window")).to_contain_text('"totalCount"')
        assert is_clean(seen)
