"""GraphiQL shows what happens as it happens."""

from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.support.browser import chromium, visit
from tests.support.live_broker import LiveBroker, light_curve

CHANGES = "subscription Changes { classified(where: {changedOnly: true}) { eventId object { name } } }"


def test_a_subscription_shows_a_new_classification(address: str, broker: LiveBroker) -> None:
    with chromium() as browser, visit(browser, address, f"/graphiql#{urlencode({'query': CHANGES})}") as seen:
        page = seen.page
        expect(page.locator(".graphiql-query-editor .CodeMirror")).to_contain_text("classified(")
        page.locator(".graphiql-execute-button").click()
        expect(page.get_by_label("Stop query")).to_be_visible()
        broker.store(*light_curve("ZTF20bbbbbbb", 6))
        broker.classify()
        expect(page.locator(".graphiql-response .result-window")).to_contain_text("ZTF20bbbbbbb")
        assert seen.outside_requests == []
        assert seen.errors == []
