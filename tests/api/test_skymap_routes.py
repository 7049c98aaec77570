"""Sky maps sent by HTTP, kept in the database, and asked about."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from api.app import create_app
from api.clients import ClientLimits
from storage import skymaps
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from storage.skymaps import SkymapStore
from tests.support.http_server import serving
from tests.support.skymaps import SQUARE_DEGREES, flat_fits, flattened, gzipped, multi_order_fits, two_arcs

MAP = two_arcs(coarse=2, fine=4)
FACTS = {
    "OBJECT": "S251126a",
    "DATE-OBS": "2025-11-26T03:04:05",
    "INSTRUME": "H1,L1",
    "DISTMEAN": 141.5,
    "DISTSTD": 39.25,
}


class Served(NamedTuple):
    """A server that takes maps in, and its database."""

    client: httpx.Client
    database_url: str


@pytest.fixture(scope="module")
def served(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    reader = Reader(module_database_url, connections=2, statement_timeout_seconds=30.0)
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
    app = create_app(reader, archive, skymaps=SkymapStore(module_database_url))
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield Served(client, module_database_url)


def send(served: Served, data: bytes) -> httpx.Response:
    return served.client.post("/skymaps", content=data, headers={"Content-Type": "application/fits"})


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["message"]


def test_a_map_is_kept_with_its_facts(served: Served) -> None:
    sent = send(served, gzipped(multi_order_fits(MAP, **FACTS)))
    assert sent.status_code == 201
    facts = sent.json()
    area = SQUARE_DEGREES / (12 * 4.0**MAP.order)
    assert facts["area90"] == pytest.approx(area[MAP.inside(0.9)].sum())
    assert facts["area50"] == pytest.approx(area[MAP.inside(0.5)].sum())
    assert facts["pixels"] == len(MAP.pixel)
    assert (facts["event"], facts["instruments"]) == ("S251126a", "H1,L1")
    assert (facts["distance"], facts["distanceError"]) == (141.5, 39.25)
    assert facts["observedAt"] == "2025-11-26T03:04:05+00:00"
    assert facts["uploadedAt"] < facts["expiresAt"]
    assert sent.headers["location"] == f"/skymaps/{facts['id']}"
    asked = served.client.get(sent.headers["location"])
    assert (asked.status_code, asked.json()) == (200, facts)


def test_the_same_pixels_are_the_same_map_and_kept_longer(served: Served) -> None:
    other = two_arcs(ra=200, coarse=2, fine=4)
    first = send(served, multi_order_fits(other))
    again = send(served, gzipped(multi_order_fits(other)))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["expiresAt"] > first.json()["expiresAt"]
    assert again.json()["uploadedAt"] == first.json()["uploadedAt"]


def test_a_flat_map_is_taken_too(served: Served) -> None:
    sent = send(served, flat_fits(flattened(two_arcs(ra=77, coarse=2, fine=4), 4), row=1024))
    assert sent.status_code == 201


@pytest.mark.parametrize(
    ("data", "status", "code", "message"),
    [
        (b"", 400, "BAD_USER_INPUT", "the body is empty"),
        (b"hello", 422, "BAD_USER_INPUT", "this is no FITS file"),
        (flat_fits(flattened(MAP, 4) / 3), 422, "BAD_USER_INPUT", "sum to 0.33"),
        (b"SIMPLE" + bytes(32_000_000), 413, "LIMIT_EXCEEDED", "at most 32000000 bytes"),
    ],
    ids=["empty", "no FITS", "a third", "too large"],
)
def test_what_is_no_map_is_refused(served: Served, data: bytes, status: int, code: str, message: str) -> None:
    found = refusal(send(served, data))
    assert found[:2] == (status, code)
    assert message in found[2]


def test_a_form_is_refused_with_advice(served: Served) -> None:
    sent = served.client.post("/skymaps", files={"file": multi_order_fits(MAP)})
    assert refusal(sent)[:2] == (415, "BAD_USER_INPUT")
    assert "--data-binary" in sent.text


@pytest.mark.parametrize("name", ["x", "0" * 32, "%00"])
def test_a_map_that_is_not_there(served: Served, name: str) -> None:
    asked = served.client.get(f"/skymaps/{name}")
    assert refusal(asked)[:2] == (404, "NOT_FOUND")


def test_an_expired_map_is_gone_and_makes_room(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    old = send(served, multi_order_fits(two_arcs(ra=300, coarse=2, fine=4))).json()["id"]
    with psycopg.connect(served.database_url) as connection:
        connection.execute("UPDATE skymap SET expires_at = now() - interval '1 s' WHERE skymap_id = %s", (old,))
        row = connection.execute("SELECT count(*) FROM skymap WHERE expires_at > now()").fetchone()
    assert row is not None
    assert served.client.get(f"/skymaps/{old}").status_code == 404
    monkeypatch.setattr(skymaps, "MOST_SKYMAPS", row[0] + 1)
    assert send(served, multi_order_fits(two_arcs(ra=301, coarse=2, fine=4))).status_code == 201
    full = send(served, multi_order_fits(two_arcs(ra=302, coarse=2, fine=4)))
    assert refusal(full)[:2] == (503, "LIMIT_EXCEEDED")
    assert send(served, multi_order_fits(two_arcs(ra=301, coarse=2, fine=4))).status_code == 200


def test_maps_are_paid_for(any_database_url: str, tmp_path: Any) -> None:
    reader = Reader(any_database_url, connections=1, statement_timeout_seconds=30.0)
    app = create_app(
        *(reader, PacketArchive(str(tmp_path))),
        skymaps=SkymapStore(any_database_url),
        limits=ClientLimits(cost_per_minute=1500),
    )
    with serving(app) as url:
        data = multi_order_fits(MAP)
        answers = [httpx.post(f"{url}/skymaps", content=data) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert refusal(answers[2])[1] == "RATE_LIMITED"
    assert int(answers[2].headers["Retry-After"]) > 0


def test_a_server_without_a_store_says_so(any_database_url: str, tmp_path: Any) -> None:
    reader = Reader(any_database_url, connections=1, statement_timeout_seconds=30.0)
    with serving(create_app(reader, PacketArchive(str(tmp_path)))) as url:
        assert refusal(httpx.post(f"{url}/skymaps", content=b"x"))[:2] == (503, "UNAVAILABLE")
