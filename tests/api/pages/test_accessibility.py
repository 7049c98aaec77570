"""The pages beside the rules of axe-core (WCAG), in both themes and on a phone."""

import pytest
from playwright.sync_api import Browser

from tests.support.browser import visit
from tests.support.client_environment import NodeClient
from tests.support.sample_night import StoredNight

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of axe-core's script."""
    client = NodeClient("axe", tmp_path_factory.mktemp("clients"))
    return (client.folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_serious_finding(
    browser: Browser, pages_url: str, classified_night: StoredNight, axe: str, scheme: str, width: int
) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 1")
    paths = ["/?days=30", "/explorer", "/explorer?position=nowhere", "/nights", f"/object/ZTF/{row['name']}"]
    found = []
    for path in paths:
        with visit(browser, pages_url, path, width=width) as seen:
            seen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            seen.page.wait_for_timeout(300)  # what htmx asks for as the page opens
            seen.page.evaluate(axe)
            report = seen.page.evaluate("axe.run()")
            assert len(report["passes"]) > 10
            found += [
                f"{path}: {rule['id']}: {rule['nodes'][0]['html'][:120]}"
                for rule in report["violations"]
                if rule["impact"] in SERIOUS
            ]
    assert found == []
