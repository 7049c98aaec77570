"""Places as people have them: SkyCoord, Quantity, text, tables; at the seam and the poles of the sky."""

from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
import polars as pl
import pytest
from astropy.coordinates import Angle, SkyCoord
from astropy.table import QTable, Table

from arrayan_client import Arrayan, InvalidInput, LimitExceeded
from arrayan_client.positions import Place, arcseconds, place_of, places_of

from .conftest import Ask

RA, DEC = 269.48521537666, 9.1955275


@pytest.mark.parametrize(
    "position",
    [
        SkyCoord(RA, DEC, unit="deg"),
        SkyCoord(RA, DEC, unit="deg").galactic,
        (RA, DEC),
        [RA * u.deg, Angle(DEC, "deg")],
        np.array([RA, DEC]),
        (RA / 15 * u.hourangle, DEC * 60 * u.arcmin),
    ],
    ids=["icrs", "galactic", "pair", "quantities", "array", "other units"],
)
def test_a_place_is_the_same_in_every_form(position: Any) -> None:
    place = place_of(position)
    assert place.ra == pytest.approx(RA, abs=1e-10)
    assert place.dec == pytest.approx(DEC, abs=1e-10)


def test_text_is_left_to_the_server() -> None:
    assert place_of("10:00:24 -02:12:00").as_variables() == {"position": "10:00:24 -02:12:00"}
    assert place_of(ra=1, dec=2 * u.deg) == Place(1.0, 2.0)


@pytest.mark.parametrize(
    ("angle", "arcsec"), [(2, 2.0), (1 * u.arcmin, 60.0), (Angle("0.001d"), 3.6), (np.float32(3), 3.0)]
)
def test_angles_have_units_or_are_arcseconds(angle: Any, arcsec: float) -> None:
    assert arcseconds(angle) == pytest.approx(arcsec)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"position": (1, 2, 3)}, "two numbers"),
        ({"position": SkyCoord([1, 2], [3, 4], unit="deg")}, "crossmatch"),
        ({"position": 5}, "cannot be int"),
        ({"position": ""}, "empty"),
        ({"position": (float("nan"), 1)}, "ra must be finite"),
        ({"position": (1, None)}, "dec must be a number"),
        ({"position": (1, 2 * u.s)}, "dec must be an angle"),
        ({"ra": 1}, "position is needed"),
        ({"position": (1, 2), "ra": 3}, "not both"),
    ],
)
def test_what_is_no_place_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        place_of(**given)


TABLES = [
    SkyCoord([RA, 0.0], [DEC, -90.0], unit="deg"),
    [SkyCoord(RA, DEC, unit="deg"), (0.0, -90.0)],
    [{"ra": RA, "dec": DEC}, {"ra": 0, "dec": -90}],
    {"RA": [RA, 0.0], "Dec": [DEC, -90.0]},
    pd.DataFrame({"RAJ2000": [RA, 0.0], "DEJ2000": [DEC, -90.0]}),
    pl.DataFrame({"meanra": [RA, 0.0], "meandec": [DEC, -90.0]}),
    Table({"ra": [RA, 0.0], "dec": [DEC, -90.0]}),
    Table({"ra": [RA * 60, 0.0] * u.arcmin, "dec": [DEC, -90.0]}),
    QTable({"ra": [RA / 15, 0.0] * u.hourangle, "dec": [DEC, -90.0] * u.deg}),
    np.array([[RA, DEC], [0.0, -90.0]]),
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: type(table).__name__)
def test_a_table_is_the_same_in_every_form(table: Any) -> None:
    first, second = places_of(table)
    assert (first.ra, first.dec) == (pytest.approx(RA, abs=1e-9), pytest.approx(DEC, abs=1e-9))
    assert (second.ra, second.dec) == (0.0, -90.0)


def test_names_go_with_places() -> None:
    assert [place.name for place in places_of([("a", 1, 2), ("b", 3, 4)])] == ["a", "b"]
    frame = pd.DataFrame({"x": [1], "y": [2], "oid": [77]})
    assert places_of(frame, ra="x", dec="y") == [Place(1.0, 2.0, None, "77")]
    assert places_of(frame, ra="x", dec="y", name="x") == [Place(1.0, 2.0, None, "1")]
    text = {"ra": ["10:00:24"], "dec": ["-02:12:00"]}
    assert places_of(text) == [Place(None, None, "10:00:24 -02:12:00")]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"x": [1], "dec": [2]}, "no column of ra: the table has x, dec"),
        ({"ra": [1, 2], "dec": [2]}, "of one length, got 2, 1 and 2"),
        ({"ra": [1, float("inf")], "dec": [2, 3]}, "row 1: ra must be finite"),
        ([(1, 2), (1, 2, 3, 4)], "row 1: a position has two numbers"),
        ([5], "row 0: a position cannot be int"),
        ([{"ra": 1}], "row 0: there is no 'ra' and 'dec'"),
        ("1 2", "not one text"),
        (5, "got int"),
    ],
)
def test_what_is_no_table_is_refused_with_its_row(table: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        places_of(table)
    with pytest.raises(InvalidInput, match="no column 'alpha'"):
        places_of({"ra": [1], "dec": [2]}, ra="alpha")


@pytest.mark.parametrize(
    ("ra", "dec"),
    [(0.0, 0.0), (359.9999999, 10.0), (360.0, -5.0), (-0.5, 0.0), (0.0, 90.0), (123.0, -90.0), (12.0, 89.99)],
)
def test_the_seam_and_the_poles_are_places_like_any_other(ask: Ask, ra: float, dec: float) -> None:
    wide = ask("cone_search", (ra, dec), 10 * u.deg, limit=None)
    centre = SkyCoord(ra, dec, unit="deg")
    for each in wide:
        assert centre.separation(SkyCoord(each.ra, each.dec, unit="deg")).arcsec == pytest.approx(
            each.separation, abs=1e-6
        )
    assert wide["separation"] == sorted(wide["separation"])
    rows = ask("crossmatch", [(ra, dec)], 600 * u.arcsec, nearest=50)
    near = [each.name for each in wide if each.separation <= 600]
    assert [row.object.name for row in rows if row.object] == near[:50]
    assert rows[0].target_ra == pytest.approx(ra % 360)


def test_ten_thousand_positions_and_more_come_back_in_their_order(
    ask: Ask, everything: list[dict[str, Any]], arrayan: Arrayan
) -> None:
    """Every object many times, a little beside its place, among places with nothing."""
    random = np.random.default_rng(5)
    count = 10_007
    chosen = random.integers(0, len(everything), count)
    is_empty = random.random(count) < 0.3
    ra = np.array([everything[index]["ra"] for index in chosen])
    dec = np.where(is_empty, -89.9, [everything[index]["dec"] + 0.2 / 3600 for index in chosen])
    told: list[int] = []
    names = [f"t{number}" for number in range(count)]
    rows = ask(
        "crossmatch", {"name": names, "ra": ra, "dec": dec}, 1.0, progress=lambda done, total: told.append(done)
    )
    assert told == [10_000, count]
    assert rows["row"] == list(range(count))
    assert rows["target"] == names
    for row, index, empty in zip(rows, chosen, is_empty, strict=True):
        assert (row.object is None) is bool(empty)
        if row.object is not None:
            assert row.separation is not None
            assert row.separation <= 0.2 + 1e-6
            if row.separation > 0.19:
                assert row.object.name == everything[index]["name"]
    frame = rows.to_pandas()
    assert frame["separation"].isna().sum() == is_empty.sum()
    assert rows.to_table()["separation"].unit == u.arcsec


def test_dear_tables_go_in_smaller_parts(ask: Ask) -> None:
    """600 positions with up to fifty objects each cost more than a request may."""
    told: list[int] = []
    rows = ask("crossmatch", [(1.0, -89.0)] * 600, 1.0, nearest=50, progress=lambda done, _: told.append(done))
    assert len(rows) == told[-1] == 600
    assert len(told) >= 2


def test_a_bad_position_is_named_by_its_row_in_the_whole_table(ask: Ask) -> None:
    table = [(1.0, 2.0)] * 10_002 + [(1.0, 91.0)]
    with pytest.raises(InvalidInput, match=r"^row 10002: dec must lie between"):
        ask("crossmatch", table)
    with pytest.raises(InvalidInput, match="at most 100,000 positions, got 100,001"):
        ask("crossmatch", [(1.0, 2.0)] * 100_001)
    for nearest in (0, -1, 1.5, True):
        with pytest.raises(InvalidInput, match="nearest must be"):
            ask("crossmatch", [(1.0, 2.0)], nearest=nearest)
    with pytest.raises(LimitExceeded, match="at most 600, got 601"):
        ask("crossmatch", [(1.0, 2.0)], 601)


def test_alerce_words_make_the_same_cone(ask: Ask, busiest: str) -> None:
    target = ask("query_object", busiest)
    by_words = ask("query_objects", ra=target.ra, dec=target.dec, radius=30)
    by_coordinate = ask(
        "query_objects", position=SkyCoord(target.ra, target.dec, unit="deg"), radius=0.5 * u.arcmin
    )
    assert busiest in by_words["name"]
    assert by_words["name"] == by_coordinate["name"]
    with pytest.raises(InvalidInput, match="radius needs a position"):
        ask("query_objects", radius=3)
    with pytest.raises(InvalidInput, match="not both"):
        ask("query_objects", ra=1, dec=2, region={"box": {}})
