"""GraphiQL in a real browser that may talk to our server only."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator

import httpx
import pytest
import strawberry
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from api.graphiql import STATIC_FILES, TITLE, Example, graphiql_page, graphiql_routes, worked_examples
from tests.support.browser import chromium, visit
from tests.support.http_server import serving

DESK, PHONE = (1280, 800), (390, 844)


@strawberry.type
class Query:
    """Stands for the endpoint: the page must work with any schema."""

    @strawberry.field
    def surveys(self) -> list[str]:
        return ["ZTF"]


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    routes = [*graphiql_routes(worked_examples()), Route("/graphql", GraphQL(strawberry.Schema(Query)))]
    with serving(Starlette(routes=routes)) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def tab_names(page: Page) -> list[str]:
    return page.locator(".graphiql-tab-button").all_inner_texts()


def run_query(page: Page, name: str, selection: str) -> None:
    """Type a query over the one that is shown, and run it once the page has taken note of its name."""
    page.locator(".graphiql-query-editor .CodeMirror").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"query {name} {selection}")
    expect(page.locator(".graphiql-tab-button", has_text=name)).to_be_visible()
    page.locator(".graphiql-execute-button").click()


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE])
def test_opens_with_the_worked_queries_and_runs_one(
    browser: Browser, app_url: str, width: int, height: int
) -> None:
    with visit(browser, app_url, "/graphiql", width=width, height=height) as seen:
        page = seen.page
        expect(page).to_have_title(TITLE)
        editor = page.locator(".graphiql-query-editor .CodeMirror")
        expect(editor).to_be_visible()
        expect(editor).to_contain_text("query NewestObjects")
        assert tab_names(page) == [example.name for example in worked_examples()]

        page.locator(".graphiql-tab-button", has_text="ConeSearch").click()
        expect(editor).to_contain_text("coneSearch(")

        run_query(page, "Mine", "{ __typename }")
        response = page.locator(".graphiql-response .result-window")
        expect(response).to_contain_text('"__typename": "Query"')
        assert seen.outside_requests == []
        assert seen.errors == []


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE])
def test_editor_and_answer_have_room(browser: Browser, app_url: str, width: int, height: int) -> None:
    with visit(browser, app_url, "/graphiql", width=width, height=height) as seen:
        expect(seen.page.locator(".graphiql-query-editor .CodeMirror")).to_be_visible()
        for part in (".graphiql-query-editor", ".graphiql-response"):
            box = seen.page.locator(part).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["width"] >= 300
            assert box["height"] >= 150
            assert box["y"] + box["height"] <= height
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE])
@pytest.mark.parametrize(
    ("button", "content"), [("Documentation Explorer", "surveys"), ("GraphiQL Explorer", "surveys")]
)
def test_documentation_and_explorer_show_the_schema(
    browser: Browser, app_url: str, button: str, content: str, width: int, height: int
) -> None:
    with visit(browser, app_url, "/graphiql", width=width, height=height) as seen:
        seen.page.get_by_label(f"Show {button}").click()
        panel = seen.page.locator(".graphiql-plugin")
        if button == "Documentation Explorer":
            panel.locator("a", has_text="Query").click()
        expect(panel).to_contain_text(content)
        assert seen.outside_requests == []
        assert seen.errors == []


def test_own_tabs_are_there_after_a_reload(browser: Browser, app_url: str) -> None:
    with visit(browser, app_url, "/graphiql") as seen:
        run_query(seen.page, "Mine", "{ __typename }")
        expect(seen.page.locator(".graphiql-tab-button").first).to_have_text("Mine")
        seen.page.wait_for_function("Object.values(localStorage).some(text => text.includes('query Mine'))")
        seen.page.reload()
        expect(seen.page.locator(".graphiql-tab-button").first).to_have_text("Mine")
        assert len(tab_names(seen.page)) == len(worked_examples())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_theme_of_the_system(browser: Browser, app_url: str, scheme: str) -> None:
    with visit(browser, app_url, "/graphiql") as seen:
        seen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        container = seen.page.locator(".graphiql-container")
        expect(container).to_be_visible()
        color = container.evaluate("element => getComputedStyle(element).backgroundColor")
        brightness = max(int(number) for number in re.findall(r"\d+", color)[:3])
        assert (brightness < 128) == (scheme == "dark")


def test_page_forbids_foreign_and_inline_scripts(app_url: str) -> None:
    answer = httpx.get(f"{app_url}/graphiql")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy  # falls back to 'self'
    assert "http" not in policy
    assert answer.headers["Cache-Control"] == "no-cache"
    assert re.findall(r"<script(?![^>]* src=)(?![^>]*application/json)", answer.text) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []


def test_files_of_the_page_are_kept_for_ever_and_others_checked(app_url: str) -> None:
    addresses = re.findall(r'(?:src|href)="(static/[^"]+)"', httpx.get(f"{app_url}/graphiql").text)
    assert len(addresses) == 9
    for address in addresses:
        answer = httpx.get(f"{app_url}/{address}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        unversioned = address.partition("?")[0]
        again = httpx.get(f"{app_url}/{unversioned}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert again.headers["Cache-Control"] == "no-cache"
    assert httpx.get(f"{app_url}/static/graphiql/nothing.js").status_code == 404


def test_examples_cannot_break_out_of_their_element() -> None:
    hostile = Example("Hostile", "query Hostile { a } # </script><script>alert(1)</script>")
    page = graphiql_page([hostile])
    element = re.search(r'id="examples">(.*?)</script>', page, re.DOTALL)
    assert element is not None
    assert json.loads(element[1]) == [{"name": hostile.name, "query": hostile.query}]


def test_worked_queries_are_named_and_explained() -> None:
    examples = worked_examples()
    assert [example.name for example in examples] == [
        "NewestObjects",
        "LightCurve",
        "ConeSearch",
        "DetectionsInRegion",
        "StampsAndLinks",
        "SupernovaCandidates",
        "NewClassifications",
    ]
    for example in examples:
        assert example.query.startswith("# ")


def test_vendored_files_are_those_of_the_list() -> None:
    """README.md names each file with its SHA-384, and none is there that it does not name."""
    listed = dict(
        re.findall(r"\| `([^`]+)` \|.*\| `([A-Za-z0-9+/=]{64})` \|", (STATIC_FILES / "README.md").read_text())
    )
    found = {
        path.name: base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
        for path in STATIC_FILES.iterdir()
        if path.name not in {"README.md", "start.js", "page.css", "icon.svg"}
    }
    assert listed == found
