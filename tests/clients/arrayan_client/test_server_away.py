"""Servers that are busy, away, strict, or none."""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from arrayan_client import (
    NO_RETRY,
    Arrayan,
    AsyncArrayan,
    IncompleteDownload,
    InvalidInput,
    LimitExceeded,
    NotArrayan,
    RateLimited,
    Retry,
    ServerUnreachable,
    Unauthenticated,
    Unavailable,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.app import create_app
from api.clients import ClientLimits
from storage.reader import Reader
from tests.clients.arrayan_client.conftest import QUICK, Ask, RestartedServer
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

PAGE = 13


def app_over(night: StoredNight, **options: Any) -> Any:
    return create_app(Reader(night.url, connections=4, statement_timeout_seconds=30), night.archive, **options)


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "awaiting"])
def test_paging_goes_on_when_the_server_comes_back(
    classified_night: StoredNight, is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arrayan_client.verbs.objects.PAGE", PAGE)
    names = [row["name"] for row in classified_night.rows("SELECT name FROM object ORDER BY name")]
    server = RestartedServer(lambda: app_over(classified_night))
    arrayan = Arrayan(server.url, retry=QUICK)
    order = {"order_by": "name", "order_mode": "ASC"}

    def read_on(objects: Any, count: int) -> list[str]:
        return [next(objects).name for _ in range(count)]

    async def read() -> list[str]:
        async with AsyncArrayan(server.url, retry=QUICK) as awaiting:
            objects = awaiting.iterate_objects(**order)  # type: ignore[arg-type]
            with server.running():
                seen = [(await anext(objects)).name for _ in range(PAGE + 2)]
            with later(server):
                return seen + [each.name async for each in objects]

    if is_async:
        assert asyncio.run(read()) == names
    else:
        objects = arrayan.iterate_objects(**order)  # type: ignore[arg-type]
        with server.running():
            seen = read_on(objects, PAGE + 2)
        with later(server):
            assert seen + read_on(objects, len(names) - len(seen)) == names
            assert next(objects, None) is None
    assert server.starts == 2
    arrayan.close()


class later:  # noqa: N801 - reads as a word
    """A server that is started a little later, in a thread."""

    def __init__(self, server: RestartedServer) -> None:
        self._server, self._done = server, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self._done.wait(0.3)
        with self._server.running():
            self._done.wait(60)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(60)


def test_nothing_at_the_address_is_said_soon(unused_url: str) -> None:
    with Arrayan(unused_url) as arrayan, pytest.raises(ServerUnreachable) as error:
        arrayan.query_surveys()
    assert str(error.value).startswith(f"{unused_url} does not answer (tried 2 times): ")
    assert "ARRAYAN_URL" in str(error.value)
    with pytest.raises(ServerUnreachable):
        next(Arrayan(unused_url).subscribe())


@pytest.fixture
def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "no address"])
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="must begin with http"):
        Arrayan(url)


def test_address_and_token_come_from_the_environment(night_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARRAYAN_URL", f"{night_url}/graphql")
    monkeypatch.setenv("ARRAYAN_TOKEN", "arrayan_unknown")
    with Arrayan() as arrayan, pytest.raises(Unauthenticated, match="token") as error:
        arrayan.query_surveys()
    assert arrayan.url == night_url
    assert error.value.code == "UNAUTHENTICATED"
    with Arrayan(night_url, token="") as other, pytest.raises(Unauthenticated):
        other.query_surveys()
    monkeypatch.delenv("ARRAYAN_TOKEN")
    with Arrayan() as arrayan:
        assert arrayan.query_surveys()[0].object_count > 0


def test_a_client_that_asked_too_much_waits_as_long_as_it_is_told(classified_night: StoredNight) -> None:
    waited: list[float] = []

    class Noted(Retry):
        def pause(self, attempt: int, retry_after: float | None = None) -> float:
            waited.append(retry_after or 0)
            return 0.01

    with (
        serving(app_over(classified_night, limits=ClientLimits(cost_per_minute=600))) as url,
        Arrayan(url, retry=Noted(attempts=3)) as arrayan,
    ):
        assert len(arrayan.query_objects(limit=400)) > 100
        with pytest.raises(RateLimited) as error:
            arrayan.query_objects(limit=400)
    assert len(waited) == 2
    assert all(0 < seconds <= 60 for seconds in (*waited, error.value.retry_after or 0))
    assert "ARRAYAN_TOKEN" in str(error.value)


def test_a_longer_wait_than_wanted_is_an_error(classified_night: StoredNight) -> None:
    with (
        serving(app_over(classified_night, limits=ClientLimits(cost_per_minute=600))) as url,
        Arrayan(url, retry=Retry(longest_retry_after=0.5)) as arrayan,
    ):
        arrayan.query_objects(limit=400)
        with pytest.raises(RateLimited):
            arrayan.query_objects(limit=400)


def test_too_much_at_once_says_so(ask: Ask) -> None:
    many = [{"detectionCount": {"gte": number}} for number in range(1500)]
    with pytest.raises(LimitExceeded) as error:
        ask("query_objects", where={"or": many})
    assert error.value.code == "LIMIT_EXCEEDED"
    assert "Ask for less" in str(error.value)


def stub(response: Response) -> Starlette:
    """What may sit at an address in place of our server: a proxy, a page."""

    async def answer(request: Request) -> Response:
        return response

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def test_a_page_of_somebody_else_is_no_arrayan() -> None:
    with serving(stub(PlainTextResponse("<html>hello</html>", media_type="text/html"))) as url:
        for verb, arguments in (("query_surveys", ()), ("get_skymap", ("0" * 32,)), ("upload_skymap", (b"x",))):
            with Arrayan(url) as arrayan, pytest.raises(NotArrayan, match=r"text/html.*<html>hello"):
                getattr(arrayan, verb)(*arguments)
        with Arrayan(url) as arrayan, pytest.raises(NotArrayan):
            next(arrayan.subscribe())


def test_a_proxy_without_a_server_is_waited_for() -> None:
    retry = Retry(attempts=3, first_seconds=0.01)
    with serving(stub(PlainTextResponse("Bad Gateway", 502))) as url, Arrayan(url, retry=retry) as arrayan:
        with pytest.raises(Unavailable, match="status 502"):
            arrayan.query_surveys()
        with pytest.raises(Unavailable, match="status 502"):
            next(arrayan.subscribe(retry=retry))


def test_a_download_is_there_whole_or_not_at_all(ask: Ask, tmp_path: Path, night_url: str) -> None:
    done = ask("download", tmp_path / "objects.csv", {"detectionCount": {"gte": 2}}, order_by="name")
    direct = httpx.post(
        f"{night_url}/objects.csv",
        json={"where": {"detectionCount": {"gte": 2}}, "orderBy": [{"field": "NAME", "direction": "DESC"}]},
    )
    assert (tmp_path / "objects.csv").read_bytes() == direct.content
    assert done.rows == int(direct.headers["Arrayan-Rows"]) == direct.text.count("\n") - 1
    assert done.complete
    assert not ask("download", tmp_path / "few.csv", limit=2).complete
    with pytest.raises(InvalidInput, match="no format 'txt'"):
        ask("download", tmp_path / "objects.txt")
    with pytest.raises(InvalidInput, match="no folder"):
        ask("download", tmp_path / "nowhere" / "objects.csv")
    with pytest.raises(InvalidInput, match="foo"):
        ask("download", tmp_path / "bad.csv", {"foo": 1})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.csv", "objects.csv"]


def test_a_transfer_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    async def broken(request: Request) -> Response:
        return Response(b"name\n", headers={"Content-Length": "1000"})

    app = Starlette(routes=[Route("/objects.csv", broken, methods=["POST"])])
    with serving(app) as url, Arrayan(url, retry=NO_RETRY) as arrayan:
        arrayan._session.has_answered = True
        with pytest.raises(IncompleteDownload, match="could not be had whole"):
            arrayan.download(tmp_path / "objects.csv")
    assert list(tmp_path.iterdir()) == []
