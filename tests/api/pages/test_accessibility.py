"""The pages beside the rules of axe-core (WCAG), in both themes and on a phone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import visit
from tests.support.client_environment import NodeClient
from tests.support.sample_night import StoredNight

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of axe-core's script."""
    client = NodeClient("axe", tmp_path_factory.mktemp("clients"))
    return (client.folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


ALL_RULES = "axe.run({resultTypes: ['violations']})"
CONTRAST = "axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})"
LOOKS = [(1280, "light", ALL_RULES), (1280, "dark", CONTRAST), (390, "dark", ALL_RULES)]
"""Colours follow from the theme and not from the width, all else the other way round."""


@pytest.mark.parametrize("page", ["/?days=30", "/explorer", "/explorer?position=nowhere", "/nights", "", "/chart"])
def test_no_page_has_a_serious_finding(
    browser: Browser, pages_url: str, classified_night: StoredNight, axe: str, page: str
) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 1")
    path = page if page.startswith(("/?", "/e", "/n")) else f"/object/ZTF/{row['name']}{page}"
    found = []
    with visit(browser, pages_url, path) as seen:
        expect(seen.page.locator("[hx-trigger=load]")).to_have_count(0)  # what htmx asks for as the page opens
        seen.page.evaluate(axe)
        for width, scheme, rules in LOOKS:
            seen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            seen.page.set_viewport_size({"width": width, "height": 800})
            report = seen.page.evaluate(rules)
            assert len(report["passes"]) > (10 if rules == ALL_RULES else 0)
            found += [
                f"{path} {width} {scheme}: {rule['id']}: {rule['nodes'][0]['html'][:120]}"
                for rule in report["violations"]
                if rule["impact"] in SERIOUS
            ]
    assert found == []
