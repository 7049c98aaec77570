"""What a client may ask at once and over time, by its address or by a token."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from api.app import create_app
from api.client_turns import COSTS, OTHER_COST
from api.clients import ClientLimits
from domain.api_token import new_secret
from storage.api_tokens import add_token, revoke_token
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.databases import REPOSITORY
from tests.support.http_server import serving

PRICE = r"([\d,]+)(?: points)? for a [a-z ]+\s\(`(/\w+/?)`\)"
SMALL = "{ objects(first: 10) { nodes { name } } }"
LARGE = "{ objects(first: 400) { nodes { name } } }"


@contextmanager
def served(url: str, folder: Path, limits: ClientLimits) -> Iterator[httpx.Client]:
    reader = Reader(url, connections=4, statement_timeout_seconds=30)
    app = create_app(reader, PacketArchive(str(folder)), limits=limits)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def ask(client: httpx.Client, query: str, secret: str | None = None) -> httpx.Response:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return client.post("/graphql", json={"query": query}, headers=headers)


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


def test_answers_say_what_is_left_until_nothing_is(any_database_url: str, tmp_path: Path) -> None:
    with served(any_database_url, tmp_path, ClientLimits(cost_per_minute=1000)) as client:
        first = ask(client, LARGE)
        cost = first.json()["extensions"]["cost"]["requested"]
        assert first.headers["RateLimit-Policy"] == '"cost";q=1000;w=60'
        left, seconds = (int(part.partition("=")[2]) for part in first.headers["RateLimit"].split(";")[1:])
        assert 1000 - cost <= left < 1000 - cost + 100
        assert 0 < seconds <= 60 * cost / 1000 + 1
        ask(client, LARGE)
        refused = ask(client, LARGE)
        assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert "data" not in refused.json()
        assert ask(client, SMALL).status_code == 200


def test_documents_that_are_refused_are_paid_for(any_database_url: str, tmp_path: Path) -> None:
    bad = "{ nothing } #" + "x" * 500
    with served(any_database_url, tmp_path, ClientLimits(cost_per_minute=200)) as client:
        assert code(ask(client, bad)) == "GRAPHQL_VALIDATION_FAILED"
        assert code(ask(client, bad)) == "GRAPHQL_VALIDATION_FAILED"
        refused = ask(client, bad)
        assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")


def test_a_token_has_points_of_its_own(any_database_url: str, tmp_path: Path) -> None:
    valid, late, ended = new_secret(), new_secret(), new_secret()
    with psycopg.connect(any_database_url, autocommit=True) as connection:
        add_token(connection, valid, name="valid", cost_per_minute=5000, expires_at=None)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        add_token(connection, late, name="late", cost_per_minute=5000, expires_at=yesterday)
        add_token(connection, ended, name="ended", cost_per_minute=5000, expires_at=None)
        assert revoke_token(connection, "ended")
        stored = connection.execute("SELECT string_agg(api_token::text, ' ') FROM api_token").fetchone()
        assert stored is not None
        assert all(secret not in stored[0] for secret in (valid, late, ended))
    with served(any_database_url, tmp_path, ClientLimits(cost_per_minute=500)) as client:
        answers = [ask(client, LARGE, valid) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert answers[0].headers["RateLimit-Policy"] == '"cost";q=5000;w=60'
        assert ask(client, LARGE).headers["RateLimit-Policy"] == '"cost";q=500;w=60'
        for secret in (late, ended, "arrayan_unknown", "x" * 3000):
            refused = ask(client, SMALL, secret)
            assert (refused.status_code, code(refused)) == (401, "UNAUTHENTICATED")
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        basic = client.post("/graphql", json={"query": SMALL}, headers={"Authorization": "Basic YTpi"})
        assert basic.status_code == 401


def test_a_client_asks_so_much_at_once_and_some_more_wait(any_database_url: str, tmp_path: Path) -> None:
    with (
        psycopg.connect(any_database_url) as blocking,
        served(any_database_url, tmp_path, ClientLimits(concurrency=2, queue=3)) as client,
        ThreadPoolExecutor(12) as threads,
    ):
        blocking.execute("LOCK TABLE object IN ACCESS EXCLUSIVE MODE")
        refused = threading.Semaphore(0)

        def one() -> int:
            answer = ask(client, SMALL)
            if answer.status_code == 429:
                assert answer.headers["Retry-After"] == "1"
                assert code(answer) == "RATE_LIMITED"
                refused.release()
            return answer.status_code

        asked = [threads.submit(one) for _ in range(12)]
        for _ in range(7):  # all but those that run or wait
            assert refused.acquire(timeout=20)
        blocking.rollback()
        assert sorted(answer.result() for answer in asked) == [200] * 5 + [429] * 7
        assert ask(client, SMALL).status_code == 200


def test_without_limits_nothing_is_told(any_database_url: str, tmp_path: Path) -> None:
    with served(any_database_url, tmp_path, ClientLimits()) as client:
        answer = ask(client, SMALL)
        assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]


def test_what_is_no_graphql_is_paid_for_too(any_database_url: str, tmp_path: Path) -> None:
    with served(any_database_url, tmp_path, ClientLimits(cost_per_minute=100)) as client:
        assert client.get("/stamps/ZTF/1/science.png").status_code == 404
        assert client.get("/nights").status_code == 200
        refused = client.get("/nights")
        assert (refused.status_code, code(refused)) == (429, "RATE_LIMITED")
        assert int(refused.headers["Retry-After"]) >= 1
        assert client.get("/static/graphiql/page.css").status_code == 200
        unknown = client.get("/nights", headers={"Authorization": "Bearer unknown"})
        assert unknown.status_code == 401


def test_the_page_of_limits_has_the_prices_of_paths() -> None:
    page = (REPOSITORY / "docs" / "limits.md").read_text(encoding="utf-8")
    told = {path: int(points.replace(",", "")) for points, path in re.findall(PRICE, page)}
    assert told == dict(COSTS)
    assert f"A page costs {OTHER_COST} points" in page


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_health_is_asked_without_a_token(any_database_url: str, tmp_path: Path, path: str) -> None:
    with served(any_database_url, tmp_path, ClientLimits(cost_per_minute=1)) as client:
        ask(client, LARGE)
        assert client.get(path).status_code == 200
