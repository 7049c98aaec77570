"""Stamps over HTTP: right bytes, lasting caches, and errors that say what to change."""

import gzip
import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest
from anyio import Event, create_task_group
from astropy.io import fits as astropy_fits
from PIL import Image
from starlette.applications import Starlette

from api import stamp_routes as stamp_routes_module
from api.stamp_png import Stretch, render_png
from api.stamp_routes import stamp_routes
from domain.stamp import Stamp, StampKind, decode_stamp

CANDID = 2461121123415015007
"""Larger than 2**53: it must survive untouched."""


def fits_file() -> bytes:
    out = io.BytesIO()
    astropy_fits.PrimaryHDU(np.arange(12, dtype=np.float32).reshape(3, 4)).writeto(out)
    return out.getvalue()


FITS = fits_file()
STORED = {
    ("ZTF", CANDID, StampKind.SCIENCE): gzip.compress(FITS),
    ("LSST", 7, StampKind.TEMPLATE): FITS,
    ("ZTF", 13, StampKind.DIFFERENCE): b"\xff\xd8\xff\xe0JFIF",
}


async def load(survey: str, candid: int, kind: StampKind) -> bytes | None:
    return STORED.get((survey, candid, kind))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=stamp_routes(load)))
    async with httpx.AsyncClient(transport=transport, base_url="http://arrayan.test") as session:
        yield session


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["science", "SCIENCE"])
async def test_fits_file_comes_unzipped_with_a_name_and_a_lasting_cache(
    client: httpx.AsyncClient, kind: str
) -> None:
    answer = await client.get(f"/stamps/ZTF/{CANDID}/{kind}.fits")
    assert answer.status_code == 200
    assert answer.content == FITS
    assert answer.headers["Content-Type"] == "application/fits"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="ZTF_{CANDID}_science.fits"'
    assert answer.headers["ETag"] == f'"{hashlib.sha256(FITS).hexdigest()}"'
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(("query", "scale"), [("", 4), ("?scale=1", 1), ("?scale=16", 16)])
async def test_picture_is_enlarged_as_asked(client: httpx.AsyncClient, query: str, scale: int) -> None:
    answer = await client.get(f"/stamps/LSST/7/template.png{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content == render_png(decode_stamp(StampKind.TEMPLATE, FITS), scale=scale)
    assert Image.open(io.BytesIO(answer.content)).size == (4 * scale, 3 * scale)


@pytest.mark.parametrize("stretch", list(Stretch))
async def test_picture_is_stretched_as_asked(client: httpx.AsyncClient, stretch: Stretch) -> None:
    answer = await client.get(f"/stamps/LSST/7/template.png?stretch={stretch.upper()}")
    assert answer.content == render_png(decode_stamp(StampKind.TEMPLATE, FITS), stretch=stretch)


async def test_north_is_up_in_a_survey_with_a_rule(client: httpx.AsyncClient) -> None:
    """Which ZTF's stamps have as they are sent."""
    path = f"/stamps/ZTF/{CANDID}/science.png"
    assert (await client.get(f"{path}?north=up")).content == (await client.get(path)).content


@pytest.mark.parametrize(
    ("path", "status", "code", "message"),
    [
        ("ZTF/1/science.fits", 404, "NOT_FOUND", "no science stamp of ZTF candid 1"),
        ("LSST/7/science.png", 404, "NOT_FOUND", "no science stamp of LSST candid 7"),
        ("OGLE/7/science.png", 404, "NOT_FOUND", "no science stamp of OGLE candid 7"),
        ("ZTF/7/weight.png", 400, "BAD_USER_INPUT", "kind must be science, template or difference"),
        ("ZTF/seven/science.png", 400, "BAD_USER_INPUT", "candid must be a whole number"),
        ("ZTF/-7/science.png", 400, "BAD_USER_INPUT", "candid must be a whole number"),
        ("ZTF/٧/science.png", 400, "BAD_USER_INPUT", "candid must be a whole number"),
        (f"ZTF/{2**63}/science.png", 400, "BAD_USER_INPUT", "at most 63 bits"),
        ("LSST/7/template.png?scale=0", 400, "BAD_USER_INPUT", "from 1 to 16"),
        ("LSST/7/template.png?scale=17", 400, "BAD_USER_INPUT", "from 1 to 16"),
        ("LSST/7/template.png?scale=2.5", 400, "BAD_USER_INPUT", "from 1 to 16"),
        ("LSST/7/template.png?scale=", 400, "BAD_USER_INPUT", "from 1 to 16"),
        ("LSST/7/template.png?stretch=sqrt", 400, "BAD_USER_INPUT", "asinh, linear, log, percentile"),
        ("LSST/7/template.png?north=down", 400, "BAD_USER_INPUT", "`up` or left out"),
        ("LSST/7/template.png?north=up", 400, "BAD_USER_INPUT", "leave `north` out"),
        ("ZTF/13/difference.fits", 422, "STAMP_UNREADABLE", "JPEG"),
        ("ZTF/13/difference.png", 422, "STAMP_UNREADABLE", "JPEG"),
    ],
)
async def test_errors_have_a_code_and_a_plain_message(
    client: httpx.AsyncClient, path: str, status: int, code: str, message: str
) -> None:
    answer = await client.get(f"/stamps/{path}")
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == code
    assert message in error["message"]
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("form", ["fits", "png"])
async def test_a_client_that_has_it_gets_no_body(client: httpx.AsyncClient, form: str) -> None:
    path = f"/stamps/LSST/7/template.{form}"
    etag = (await client.get(path)).headers["ETag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize("form", ["fits", "png"])
async def test_head_gives_the_headers_of_get(client: httpx.AsyncClient, form: str) -> None:
    path = f"/stamps/LSST/7/template.{form}"
    head, get = await client.head(path), await client.get(path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == get.headers
    assert int(head.headers["Content-Length"]) == len(get.content)


async def test_the_event_loop_runs_on_while_a_picture_is_drawn(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drawing waits for something that only the loop can do; it would wait for ever on the loop."""
    from anyio import from_thread

    loop_ran = Event()

    def patient_render(stamp: Stamp, **asked: Any) -> bytes:
        from_thread.run(loop_ran.wait)
        return render_png(stamp, **asked)

    monkeypatch.setattr(stamp_routes_module, "render_png", patient_render)
    async with create_task_group() as tasks:
        tasks.start_soon(client.get, "/stamps/LSST/7/template.png")
        loop_ran.set()
