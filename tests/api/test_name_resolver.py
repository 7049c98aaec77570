"""Names of the sky, by a service that speaks as Sesame does."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from api.name_resolver import NameNotResolved, NameResolver
from domain.sky import Position
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight
from tests.support.sesame import SESAME


@pytest.fixture(scope="module")
def resolver() -> Iterator[NameResolver]:
    with serving(SESAME) as url:
        yield NameResolver(f"{url}/sesame?{{name}}")


def test_a_known_name_is_a_position(resolver: NameResolver) -> None:
    assert asyncio.run(resolver.resolve("M 31")) == pytest.approx(Position(10.68470833, 41.26875))


@pytest.mark.parametrize("name", ["nothing there", "x" * 101, "a\nb"])
def test_an_unknown_name_is_said_to_be_one(resolver: NameResolver, name: str) -> None:
    with pytest.raises(NameNotResolved):
        asyncio.run(resolver.resolve(name))


def test_a_service_that_is_away_is_said_to_be() -> None:
    with pytest.raises(NameNotResolved, match="does not answer"):
        asyncio.run(NameResolver("http://127.0.0.1:9/{name}").resolve("M 31"))


def test_the_explorer_puts_the_position_in_place_of_the_name(
    resolver: NameResolver, stored_night: StoredNight
) -> None:
    reader = Reader(stored_night.url, connections=2, statement_timeout_seconds=30)
    with (
        serving(create_app(reader, stored_night.archive, name_resolver=resolver)) as url,
        httpx.Client(base_url=url, follow_redirects=True) as client,
    ):
        found = client.get("/explorer", params={"position": "M 31", "radius": "60", "resolve": "1"})
        assert found.status_code == 200
        assert found.url.params["position"] == "10.684708 +41.268750"
        assert found.url.params["radius"] == "60"
        wrong = client.get("/explorer", params={"position": "no such star", "resolve": "1"})
        assert wrong.status_code == 400
        assert "knows no" in wrong.text
        assert 'value="no such star"' in wrong.text
