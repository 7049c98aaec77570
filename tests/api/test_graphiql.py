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

from api.graphiql import STATIC_FILES, TITLE, graphiql_page, graphiql_routes
from api.worked_queries import WorkedQuery, worked_queries
from tests.support.browser import chromium, visit
from tests.support.http_server import serving

DESK, PHONE = (1280, 800), (390, 844)
EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
OPENED = ["Target", "YoungestSupernovae"]


@strawberry.type
class Query:
    """Stands for the endpoint: the page must work with any schema."""

    @strawberry.field
    def surveys(self) -> list[str]:
        return ["ZTF"]


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    routes = [*graphiql_routes(worked_queries()), Route("/graphql", GraphQL(strawberry.Schema(Query)))]
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


def shown(page: Page, part: str) -> str:
    """What an editor of the page holds."""
    return str(page.evaluate(f"document.querySelector('{part} .CodeMirror').CodeMirror.getValue()"))


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE])
def test_opens_with_a_worked_query_and_runs_one(browser: Browser, app_url: str, width: int, height: int) -> None:
    with visit(browser, app_url, "/graphiql", width=width, height=height) as seen:
        page = seen.page
        expect(page).to_have_title(TITLE)
        editor = page.locator(".graphiql-query-editor .CodeMirror")
        expect(editor).to_be_visible()
        assert tab_names(page) == OPENED
        assert shown(page, ".graphiql-query-editor") == worked_queries()[0].query

        run_query(page, "Mine", "{ __typename }")
        response = page.locator(".graphiql-response .result-window")
        expect(response).to_contain_text('"__typename": "Query"')
        assert seen.outside_requests == []
        assert seen.errors == []


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE])
def test_every_worked_query_opens_in_a_tab_with_its_variables(
    browser: Browser, app_url: str, width: int, height: int
) -> None:
    with visit(browser, app_url, "/graphiql", width=width, height=height) as seen:
        page, queries = seen.page, worked_queries()
        expect(page.locator(".graphiql-query-editor .CodeMirror")).to_be_visible()
        offered = page.locator(".worked-queries button")
        for number in (12, 2, 0, 18):
            if (width, height) == PHONE:
                page.get_by_label("Show Worked queries").click()
            assert offered.all_inner_texts() == [one.question for one in queries]
            offered.nth(number).click()
            # GraphiQL takes a moment to see which operation a tab holds.
            page.wait_for_function(f"() => {EDITOR}.operationName === '{queries[number].name}'")
            expect(page.locator(".graphiql-tab-active")).to_contain_text(queries[number].name)
            assert shown(page, ".graphiql-query-editor") == queries[number].query
            assert shown(page, ".graphiql-editor-tool") == queries[number].variables
            if (width, height) == PHONE:
                expect(offered).to_have_count(0)  # it makes room for the query
            else:
                expect(offered.nth(number)).to_have_attribute("aria-current", "true")
        assert tab_names(page) == [*OPENED, *(queries[number].name for number in (12, 2, 18))]
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


def test_tabs_that_nobody_touched_are_the_same_after_a_reload(browser: Browser, app_url: str) -> None:
    with visit(browser, app_url, "/graphiql") as seen:
        for _ in range(2):
            expect(seen.page.locator(".graphiql-tab-button")).to_have_text(OPENED)
            assert shown(seen.page, ".graphiql-editor-tool") == worked_queries()[0].variables
            seen.page.wait_for_function("() => localStorage['arrayan:graphiql:tabState']?.includes('query Target')")
            seen.page.reload()


def test_own_tabs_are_there_after_a_reload(browser: Browser, app_url: str) -> None:
    with visit(browser, app_url, "/graphiql") as seen:
        run_query(seen.page, "Mine", "{ __typename }")
        expect(seen.page.locator(".graphiql-tab-button").first).to_have_text("Mine")
        # The query is kept at once, the tabs half a second later.
        seen.page.wait_for_function("() => localStorage['arrayan:graphiql:tabState']?.includes('query Mine')")
        seen.page.reload()
        expect(seen.page.locator(".graphiql-tab-button").first).to_have_text("Mine")
        assert len(tab_names(seen.page)) == len(OPENED)


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
    assert len(addresses) == 10
    for address in addresses:
        answer = httpx.get(f"{app_url}/{address}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        unversioned = address.partition("?")[0]
        again = httpx.get(f"{app_url}/{unversioned}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert again.headers["Cache-Control"] == "no-cache"
    assert httpx.get(f"{app_url}/static/graphiql/nothing.js").status_code == 404


def test_queries_cannot_break_out_of_their_element() -> None:
    hostile = WorkedQuery("# </script><script>alert(1)</script>\nquery Hostile { a }", "{}")
    page = graphiql_page([hostile])
    element = re.search(r'id="worked-queries">(.*?)</script>', page, re.DOTALL)
    assert element is not None
    (told,) = json.loads(element[1])
    assert (told["name"], told["query"], told["question"]) == ("Hostile", hostile.query, hostile.question)


def test_vendored_files_are_those_of_the_list() -> None:
    """README.md names each file with its SHA-384, and none is there that it does not name."""
    listed = dict(
        re.findall(r"\| `([^`]+)` \|.*\| `([A-Za-z0-9+/=]{64})` \|", (STATIC_FILES / "README.md").read_text())
    )
    found = {
        path.name: base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
        for path in STATIC_FILES.iterdir()
        if path.name not in {"README.md", "start.js", "worked_queries.js", "page.css", "icon.svg"}
    }
    assert listed == found
