"""Every condition of ObjectFilter, compared with the same question asked in Python."""

import fnmatch
from collections.abc import Callable
from math import degrees, radians
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import angular_separation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.moc import parse_moc
from domain.polygon import polygon
from domain.sky import position
from domain.sky_object import SkyObject
from tests.support.points import Points, in_polygon
from tests.support.sample_night import StoredNight
from tests.support.scattered_objects import CROWDED_PLACES, ScatteredObjects, bands_of

Filter = dict[str, Any]

LIST = """query($where: ObjectFilter, $after: String) {
  objects(where: $where, orderBy: [{field: NAME, direction: ASC}], first: 500, after: $after) {
    nodes { name }
    pageInfo { hasNextPage endCursor }
    totalCount { value exact }
  }
}"""

NUMBERS: dict[str, Callable[[SkyObject], float | None]] = {
    "detectionCount": lambda row: row.detection_count,
    "firstMjd": lambda row: row.first_mjd,
    "lastMjd": lambda row: row.last_mjd,
    "durationDays": lambda row: row.last_mjd - row.first_mjd,
    "meanColor": lambda row: row.mean_color,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "gte": lambda value, limit: value >= limit,
    "lte": lambda value, limit: value <= limit,
    "gt": lambda value, limit: value > limit,
    "lt": lambda value, limit: value < limit,
}


def passes(row: SkyObject, where: Filter) -> bool:
    """Whether an object should be found; what is null in the filter asks nothing."""
    return all(condition_holds(row, name, value) for name, value in where.items() if value is not None)


def condition_holds(row: SkyObject, name: str, value: Any) -> bool:
    if name in NUMBERS:
        return within(NUMBERS[name](row), value)
    conditions: dict[str, Callable[[], bool]] = {
        "survey": lambda: row.survey == value,
        "names": lambda: row.name in value,
        "nameLike": lambda: fnmatch.fnmatchcase(row.name, value),
        "stellar": lambda: row.stellar is value,
        "corrected": lambda: row.corrected is value,
        "region": lambda: in_region(row, value),
        "band": lambda: in_band(row, value),
        "and": lambda: all(passes(row, part) for part in value),
        "or": lambda: any(passes(row, part) for part in value),
        "not": lambda: not passes(row, value),
    }
    return conditions[name]()


def in_band(row: SkyObject, where: Filter) -> bool:
    statistics = bands_of(row).get(where["band"])
    columns = {
        "magnitudeMean": "magnitude_mean",
        "magnitudeMin": "magnitude_min",
        "magnitudeLast": "magnitude_last",
        "apparentMagnitudeMean": "apparent_magnitude_mean",
        "riseRate": "rise_rate",
        "detectionCount": "detection_count",
    }
    limits = {name: value for name, value in where.items() if name != "band" and value is not None}
    return statistics is not None and all(
        within(statistics[columns[name]], value) for name, value in limits.items()
    )


def within(number: float | None, value: Filter) -> bool:
    limits = {COMPARISONS[comparison]: limit for comparison, limit in value.items() if limit is not None}
    return all(number is not None and holds(number, limit) for holds, limit in limits.items())


def in_region(row: SkyObject, region: Filter) -> bool:
    place = Points(np.array([row.ra]), np.array([row.dec]))
    if "polygon" in region:
        return bool(in_polygon(place, polygon([position(v["ra"], v["dec"]) for v in region["polygon"]]))[0])
    if "moc" in region:
        ranges = parse_moc(region["moc"]).ranges
        return any(first <= row.hpx <= last for first, last in zip(*ranges, strict=True))
    if "cone" in region:
        cone = region["cone"]
        angle = angular_separation(*map(radians, (cone["ra"], cone["dec"], row.ra, row.dec)))
        return bool(degrees(angle) * 3600 <= cone["radius"])
    box = region["box"]
    if box["raMin"] <= box["raMax"]:
        in_ra = box["raMin"] <= row.ra <= box["raMax"]
    else:
        in_ra = row.ra >= box["raMin"] or row.ra <= box["raMax"]
    return bool(in_ra and box["decMin"] <= row.dec <= box["decMax"])


def found(scattered: ScatteredObjects, where: Filter | None) -> list[str]:
    """Names of all objects that pass, and a check that the count agrees."""
    names: list[str] = []
    after = None
    while True:
        page = scattered.endpoint.ask(LIST, where=where, after=after)["objects"]
        names += [node["name"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == {"value": len(names), "exact": True}
            return names
        after = page["pageInfo"]["endCursor"]


def expected(scattered: ScatteredObjects, where: Filter) -> list[str]:
    return sorted(row.name for row in scattered.rows if passes(row, where))


CASES: dict[str, Filter] = {
    "everything": {},
    "nothing asked": {
        "survey": None,
        "detectionCount": {},
        "stellar": None,
        "region": None,
        "and": None,
        "or": None,
    },
    "survey ZTF": {"survey": "ZTF"},
    "survey LSST": {"survey": "LSST"},
    "no name": {"names": []},
    "any letters": {"nameLike": "*aaa?b*"},
    "one letter": {"nameLike": "ZTF26aaaaaa?"},
    "whole name": {"nameLike": "ZTF26aaaaaab"},
    "empty pattern": {"nameLike": ""},
    "a single detection": {"detectionCount": {"lte": 1}},
    "between counts": {"detectionCount": {"gt": 2, "lt": 5}},
    "impossible count": {"detectionCount": {"gt": 5, "lt": 2}},
    "first time": {"firstMjd": {"gte": 61001.0, "lt": 61002.25}},
    "last time": {"lastMjd": {"gt": 61003.0, "lte": 61004.5}},
    "seen once": {"durationDays": {"lte": 0}},
    "long": {"durationDays": {"gte": 3.5}},
    "colour": {"meanColor": {"gte": 0.25, "lte": 0.5}},
    "any colour": {"meanColor": {"gte": -1e308}},
    "no limit of colour": {"meanColor": {}},
    "without a known colour": {"not": {"meanColor": {"gte": -1e308}}},
    "stellar": {"stellar": True},
    "not stellar": {"stellar": False},
    "stellar or unknown": {"not": {"stellar": False}},
    "corrected": {"corrected": True},
    "uncorrected": {"corrected": False},
    "or of nothing": {"or": []},
    "and of nothing": {"and": []},
    "or": {"or": [{"stellar": True}, {"detectionCount": {"gte": 6}}]},
    "and": {"and": [{"stellar": True}, {"detectionCount": {"gte": 3}}, {"corrected": True}]},
    "not everything": {"not": {}},
    "not both": {"not": {"stellar": True, "corrected": True}},
    "not not": {"not": {"not": {"stellar": True}}},
    "all together": {
        "survey": "ZTF",
        "detectionCount": {"gte": 2},
        "or": [{"meanColor": {"gt": 0}}, {"not": {"stellar": True}}],
        "not": {"region": {"cone": {"ra": 0.0, "dec": 90.0, "radius": 3600.0}}},
    },
    "two regions": {
        "region": {"box": {"raMin": 170.0, "raMax": 230.0, "decMin": -40.0, "decMax": 10.0}},
        "not": {"region": {"cone": {"ra": 180.0, "dec": 0.0, "radius": 20.0}}},
    },
    "seen in g": {"band": {"band": "g"}},
    "not seen in r": {"not": {"band": {"band": "r"}}},
    "never in u": {"band": {"band": "u"}},
    "bright in both bands": {
        "band": {"band": "g", "magnitudeMean": {"lte": 17.5}},
        "and": [{"band": {"band": "r", "magnitudeMean": {"lte": 17.5}}}],
    },
    "all of a band": {
        "band": {
            "band": "g",
            "magnitudeMin": {"gte": 15},
            "magnitudeLast": {"lt": 19},
            "riseRate": {"gt": 15},
            "apparentMagnitudeMean": {"gte": 15.5},
            "detectionCount": {"gte": 2},
        }
    },
    "round the south pole": {
        "region": {"polygon": [{"ra": ra, "dec": -89.0} for ra in (0.0, 120.0, 240.0)]},
        "stellar": True,
    },
    "across RA 0": {
        "region": {
            "polygon": [{"ra": ra, "dec": dec} for ra, dec in ((359, -1), (0.3, -0.7), (1, 1.1), (359.2, 1))]
        }
    },
    "a MOC": {"region": {"moc": "2/0-90,100 3/700"}, "detectionCount": {"gte": 3}},
    "one of two cones": {
        "or": [
            {"region": {"cone": {"ra": 0.0, "dec": 0.0, "radius": 25.0}}},
            {"region": {"cone": {"ra": 77.0, "dec": -90.0, "radius": 25.0}}},
        ]
    },
}


@pytest.mark.parametrize("where", CASES.values(), ids=CASES.keys())
def test_filter_finds_what_python_finds(scattered: ScatteredObjects, where: Filter) -> None:
    assert found(scattered, where) == expected(scattered, where)


def test_names_find_those_that_are_there(scattered: ScatteredObjects) -> None:
    names = [row.name for row in scattered.rows[::7]]
    assert found(scattered, {"names": [*names, names[0], "nobody"]}) == sorted(names)


@pytest.mark.parametrize(
    ("pattern", "same"), [("ZTF26%", "ZTF26*"), ("%a_b", "*a?b"), ("ZTF26_aaaaab", "ZTF26?aaaaab"), ("%", "*")]
)
def test_signs_of_sql_patterns_mean_the_same(scattered: ScatteredObjects, pattern: str, same: str) -> None:
    assert found(scattered, {"nameLike": pattern}) == expected(scattered, {"nameLike": same}) != []


@pytest.mark.parametrize("pattern", ["ZTF26aaaaaa\\", "\\", "ZTF26\\*", "ZTF26aaaaaa[ab]", "ztf26*", "TF26*"])
def test_other_signs_and_capitals_are_taken_as_they_are(scattered: ScatteredObjects, pattern: str) -> None:
    assert found(scattered, {"nameLike": pattern}) == []


@pytest.mark.parametrize(("ra", "dec"), CROWDED_PLACES)
@pytest.mark.parametrize("radius", [0.4, 20.0, 2000.0, 36_000.0])
def test_cone_finds_what_astropy_finds(scattered: ScatteredObjects, ra: float, dec: float, radius: float) -> None:
    where = {"region": {"cone": {"ra": ra, "dec": dec, "radius": radius}}}
    assert found(scattered, where) == expected(scattered, where) != []


@pytest.mark.parametrize(
    "box",
    [
        (0.0, 360.0, -90.0, 90.0),
        (350.0, 10.0, -5.0, 5.0),
        (359.9, 0.1, -0.1, 0.1),
        (0.0, 0.0, -10.0, 10.0),
        (0.0, 360.0, 89.0, 90.0),
        (0.0, 180.0, -90.0, -89.5),
        (123.0, 124.0, 0.0, 0.0),
        (217.0, 218.0, -34.0, -33.0),
    ],
)
def test_box_finds_what_lies_between_its_edges(
    scattered: ScatteredObjects, box: tuple[float, float, float, float]
) -> None:
    where = {"region": {"box": dict(zip(("raMin", "raMax", "decMin", "decMax"), box, strict=True))}}
    assert found(scattered, where) == expected(scattered, where) != []


def ranges(values: st.SearchStrategy[float]) -> st.SearchStrategy[Filter]:
    return st.dictionaries(st.sampled_from(sorted(COMPARISONS)), values, max_size=2)


CONES = st.builds(
    lambda place, radius: {"cone": {"ra": place[0], "dec": place[1], "radius": radius}},
    st.sampled_from(CROWDED_PLACES),
    st.sampled_from((0.4, 20.0, 2000.0, 360_000.0)),
)
SHAPES = st.sampled_from(
    [
        {"polygon": [{"ra": ra, "dec": dec} for ra, dec in ((170, -3), (190, -4), (185, 20), (175, 2))]},
        {"polygon": [{"ra": ra, "dec": 88.7} for ra in (10, 130, 250)]},
        {"moc": "1/0-12 4/900,2000-2300"},
    ]
)
BANDS = st.fixed_dictionaries(
    {"band": st.sampled_from(["g", "r", "z"])},
    optional={
        "magnitudeMean": ranges(st.integers(30, 40).map(lambda step: step / 2)),
        "detectionCount": ranges(st.integers(1, 5)),
        "riseRate": ranges(st.integers(15, 19)),
    },
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "survey": st.sampled_from(["ZTF", "LSST", None]),
        "nameLike": st.text("ZTF26a*?", max_size=6).map(lambda text: f"{text}*"),
        "detectionCount": ranges(st.integers(0, 7)),
        "firstMjd": ranges(st.integers(0, 12).map(lambda step: 61000 + step / 4)),
        "lastMjd": ranges(st.integers(0, 30).map(lambda step: 61000 + step / 4)),
        "durationDays": ranges(st.integers(0, 8).map(lambda step: step / 2)),
        "meanColor": ranges(st.integers(-4, 9).map(lambda step: step / 8)),
        "stellar": st.sampled_from([True, False, None]),
        "corrected": st.booleans(),
        "region": st.one_of(CONES, SHAPES),
        "band": BANDS,
    },
)


def combined(parts: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(parts, max_size=3)
    return st.fixed_dictionaries({}, optional={"and": several, "or": several, "not": parts})


@given(where=st.recursive(CONDITIONS, combined, max_leaves=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_combination_finds_what_python_finds(scattered: ScatteredObjects, where: Filter) -> None:
    assert found(scattered, where) == expected(scattered, where)


@pytest.mark.parametrize(
    ("where", "code", "message"),
    [
        ({"names": ["a"] * 1001}, "LIMIT_EXCEEDED", "names may hold at most 1000 names, got 1001"),
        ({"region": {}}, "BAD_USER_INPUT", "xactly one"),
        ({"region": {"cone": None}}, "BAD_USER_INPUT", "non-null"),
        (
            {"region": {"cone": {"ra": 1.0, "dec": 1.0, "radius": 1.0}, "box": None}},
            "BAD_USER_INPUT",
            "exactly one",
        ),
        ({"region": {"cone": {"ra": 1.0, "radius": 1.0}}}, "BAD_USER_INPUT", "either as ra and dec"),
        ({"region": {"cone": {"radius": 1.0}}}, "BAD_USER_INPUT", "either as ra and dec"),
        (
            {"region": {"cone": {"ra": 1.0, "dec": 1.0, "position": "1 1", "radius": 1.0}}},
            "BAD_USER_INPUT",
            "either as ra and dec",
        ),
        ({"region": {"cone": {"ra": 1.0, "dec": 91.0, "radius": 1.0}}}, "BAD_USER_INPUT", "between -90 and 90"),
        ({"region": {"cone": {"ra": 1.0, "dec": 1.0, "radius": 0.0}}}, "BAD_USER_INPUT", "greater than 0"),
        ({"region": {"cone": {"ra": 1.0, "dec": 1.0, "radius": 648_001.0}}}, "BAD_USER_INPUT", "648000"),
        ({"region": {"cone": {"position": "north", "radius": 1.0}}}, "BAD_USER_INPUT", "cannot read 'north'"),
        (
            {"region": {"box": {"raMin": -1.0, "raMax": 1.0, "decMin": 0.0, "decMax": 1.0}}},
            "BAD_USER_INPUT",
            "between 0 and 360",
        ),
        (
            {"region": {"box": {"raMin": 0.0, "raMax": 1.0, "decMin": 1.0, "decMax": 0.0}}},
            "BAD_USER_INPUT",
            "decMin <= decMax",
        ),
        ({"region": {"polygon": []}}, "BAD_USER_INPUT", "a polygon has 3 to 500 different vertices, got 0"),
        (
            {"region": {"polygon": [{"ra": 0.0, "dec": 0.0}] * 502}},
            "LIMIT_EXCEEDED",
            "polygon may have at most 500 vertices, got 502",
        ),
        (
            {"region": {"polygon": [{"ra": 0.0, "dec": 0.0}, {"ra": 1.0}]}},
            "BAD_USER_INPUT",
            "polygon[1]: give a place either as ra and dec",
        ),
        (
            {"region": {"polygon": [{"position": text} for text in ("0 0", "10 10", "10 0", "0 10")]}},
            "BAD_USER_INPUT",
            "the outline of the polygon crosses itself",
        ),
        ({"region": {"moc": "3/9999"}}, "BAD_USER_INPUT", "word 1 of the MOC, '3/9999': order 3 has the pixels"),
        ({"and": [{"or": [{"not": {"names": ["a"] * 1001}}]}]}, "LIMIT_EXCEEDED", "at most 1000"),
    ],
)
def test_filter_that_cannot_be_is_refused(
    scattered: ScatteredObjects, where: Filter, code: str, message: str
) -> None:
    refusal = scattered.endpoint.refusal(LIST, where=where)
    assert refusal.code == code
    assert message in refusal.message


@pytest.mark.parametrize("edge", ["1e400", "-1e400", "1" + "0" * 400])
@pytest.mark.parametrize("name", ["raMin", "raMax", "decMin", "decMax"])
def test_an_edge_of_a_box_that_is_no_finite_number_is_named(
    scattered: ScatteredObjects, name: str, edge: str
) -> None:
    edges = {"raMin": "0", "raMax": "1", "decMin": "0", "decMax": "1", name: edge}
    box = ", ".join(f"{side}: {text}" for side, text in edges.items())
    refusal = scattered.endpoint.refusal(
        f"{{ objects(where: {{region: {{box: {{{box}}}}}}}) {{ nodes {{ id }} }} }}"
    )
    assert refusal.code == "BAD_USER_INPUT"
    assert f"{name} must be a finite number of degrees" in refusal.message


def test_filter_finds_objects_of_a_real_night(stored_night: StoredNight) -> None:
    rows = [
        SkyObject(**row)
        for row in stored_night.rows(f"SELECT {', '.join(SkyObject._fields)} FROM object ORDER BY name")
    ]
    night = ScatteredObjects(rows, stored_night.endpoint)
    for where in (
        {"detectionCount": {"gte": 3}, "corrected": True},
        {"stellar": True, "meanColor": {"gt": 0.1}},
        {"durationDays": {"gt": 5, "lt": 25}, "not": {"stellar": True}},
        {"region": {"box": {"raMin": 300.0, "raMax": 60.0, "decMin": -30.0, "decMax": 30.0}}},
        {"region": {"cone": {"ra": rows[0].ra, "dec": rows[0].dec, "radius": 180_000.0}}},
    ):
        assert found(night, where) == expected(night, where) != []
