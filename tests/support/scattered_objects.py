"""Objects without light curves, where lists and searches go wrong: equal keys, nulls, poles, RA 0, the equator."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from domain.sky_object import SkyObject
from domain.survey import SurveyName
from storage.packet_archive import PacketArchive
from tests.support.databases import Backend, TestDatabases
from tests.support.endpoint import Endpoint, endpoint

CROWDED_PLACES = ((0.0, 0.0), (180.0, 0.0), (0.0, 45.0), (123.4, 0.0), (0.0, 90.0), (77.0, -90.0), (217.3, -33.3))
RADII_ARCSEC = (0.5, 20.0, 1800.0, 18_000.0)
PER_RADIUS = 12
ALL_OVER = 80
HEALPIX_29 = HEALPix(2**29, order="nested", frame="icrs")


class ScatteredObjects(NamedTuple):
    """Some objects in a database. Tests must not write there."""

    rows: Sequence[SkyObject]
    endpoint: Endpoint


@pytest.fixture(scope="session")
def scattered(
    backend: Backend, databases: TestDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScatteredObjects]:
    """The scattered objects in a database of every server in turn."""
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
    rows = scattered_objects()
    with databases.fresh(backend) as url:
        insert_objects(url, rows)
        insert_bands(url, rows)
        with endpoint(url, archive) as asked:
            yield ScatteredObjects(rows, asked)


def scattered_objects(seed: int = 20260701, first_id: int = -(2**62)) -> list[SkyObject]:
    """Always the same for a seed. Few different values per column, so that most sort keys are shared."""
    random = np.random.default_rng(seed)
    positions = list(_positions(random))
    names = random.permutation(len(positions))
    rows = []
    for index, (ra, dec) in enumerate(positions):
        first_mjd = 61000 + float(random.integers(0, 12)) / 4
        color = None if random.random() < 0.4 else float(random.integers(-4, 9)) / 8
        rows.append(
            object_row(
                first_id + index,
                name=f"ZTF26{_letters(int(names[index]))}",
                survey=SurveyName.LSST if random.random() < 0.2 else SurveyName.ZTF,
                ra=ra,
                dec=dec,
                detection_count=int(random.integers(1, 7)),
                first_mjd=first_mjd,
                last_mjd=first_mjd + float(random.integers(0, 8)) / 2,
                corrected=bool(random.random() < 0.5),
                stellar=(True, False, None)[int(random.integers(0, 3))],
                mean_color=color,
            )
        )
    return rows


def object_row(
    object_id: int,
    *,
    name: str,
    survey: SurveyName = SurveyName.ZTF,
    ra: float = 150.0,
    dec: float = 2.0,
    detection_count: int = 2,
    first_mjd: float = 61000.0,
    last_mjd: float = 61001.0,
    corrected: bool = True,
    stellar: bool | None = None,
    mean_color: float | None = None,
) -> SkyObject:
    """An object whose pixel is computed by astropy-healpix."""
    pixel = int(HEALPIX_29.skycoord_to_healpix(SkyCoord(ra, dec, unit="deg")))
    return SkyObject(
        object_id,
        survey,
        name,
        ra,
        dec,
        pixel,
        detection_count,
        0,
        first_mjd,
        last_mjd,
        corrected,
        stellar,
        mean_color,
        None,
    )


def insert_objects(url: str, rows: Iterable[SkyObject]) -> None:
    """Write rows of the table `object`."""
    columns, places = ", ".join(SkyObject._fields), ", ".join(["%s"] * len(SkyObject._fields))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO object ({columns}) VALUES ({places})", list(rows))


def bands_of(row: SkyObject) -> dict[str, dict[str, float | None]]:
    """Columns of `band_statistics` by band: always the same for an object; some null, none in some bands."""
    random = np.random.default_rng(abs(row.object_id))
    statistics: dict[str, dict[str, float | None]] = {}
    for band in ("g", "r"):
        if random.random() < 0.3:
            continue
        values = [None if random.random() < 0.2 else 15 + float(random.integers(0, 9)) / 2 for _ in range(5)]
        names = ("magnitude_mean", "magnitude_min", "magnitude_last", "apparent_magnitude_mean", "rise_rate")
        statistics[band] = {"detection_count": int(random.integers(1, 5)), **dict(zip(names, values, strict=True))}
    return statistics


def insert_bands(url: str, rows: Iterable[SkyObject]) -> None:
    """Write the rows of `band_statistics` of some objects; what no filter asks for is 0."""
    unasked = (
        *("dubious_count", "corrected_count", "saturated_count", "magnitude_count", "magnitude_total"),
        *("magnitude_square_total", "apparent_magnitude_count", "apparent_magnitude_total"),
        "apparent_magnitude_square_total",
    )
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for row in rows:
            for band, asked in bands_of(row).items():
                values = {
                    "object_id": row.object_id,
                    "band": band,
                    "first_corrected": False,
                    "first_mjd": row.first_mjd,
                    "last_mjd": row.last_mjd,
                    **dict.fromkeys(unasked, 0),
                    **asked,
                }
                cursor.execute(
                    f"INSERT INTO band_statistics ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",
                    list(values.values()),
                )


def _positions(random: np.random.Generator) -> Iterator[tuple[float, float]]:
    for ra, dec in CROWDED_PLACES:
        center = SkyCoord(ra, dec, unit="deg")
        yield ra, dec
        for radius in RADII_ARCSEC:
            around = center.directional_offset_by(
                random.uniform(0, 360, PER_RADIUS) * u.deg, radius * random.uniform(0, 1.5, PER_RADIUS) * u.arcsec
            )
            yield from zip((around.ra.deg % 360).tolist(), around.dec.deg.tolist(), strict=True)
    sines = random.uniform(-1, 1, ALL_OVER)
    yield from zip(random.uniform(0, 360, ALL_OVER).tolist(), np.degrees(np.arcsin(sines)).tolist(), strict=True)


def _letters(number: int) -> str:
    text = ""
    for _ in range(7):
        number, rest = divmod(number, 26)
        text = chr(ord("a") + rest) + text
    return text
