"""Objects and detections in the credible regions of sky maps, compared with astropy-healpix."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from domain.object_filter import ObjectFilter
from domain.skymap import skymap_level
from storage.objects import object_ids_passing
from storage.packet_archive import PacketArchive
from tests.graphql_schema.test_paging import walked
from tests.support.endpoint import Endpoint, endpoint
from tests.support.kept_skymaps import keep
from tests.support.reading import ask
from tests.support.sample_night import StoredNight
from tests.support.scattered_objects import insert_objects, object_row, scattered_objects
from tests.support.skymaps import two_arcs

MAP = two_arcs(ra=180.0, dec=2.0, width=20.0, fine=5)

LIST = """
query($where: ObjectFilter, $order: [ObjectOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  objects(where: $where, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { name } skymap { probabilityDensity credibleLevel } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount { value }
  }
}
"""
BY_PROBABILITY = [{"field": "SKYMAP_PROBABILITY"}]


class Followed(NamedTuple):
    """Objects, and a map of where an event was."""

    asked: Endpoint
    skymap_id: str
    names: list[str]
    index: Any
    """Pixel of MAP for each."""

    def region(self, level: float) -> dict[str, Any]:
        return {"skymap": {"id": self.skymap_id, "credibleLevel": level}}

    def inside(self, level: float) -> list[str]:
        chosen = MAP.inside(level)[self.index]
        return [name for name, is_inside in zip(self.names, chosen, strict=True) if is_inside]


@pytest.fixture(scope="module")
def followed(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    rows = scattered_objects()
    random = np.random.default_rng(8)
    rows += [
        object_row(n, name=f"near{n}", ra=float(ra % 360), dec=float(dec), last_mjd=61000.0 + n)
        for n, (ra, dec) in enumerate(
            zip(180 + random.normal(0, 25, 150), np.clip(2 + random.normal(0, 25, 150), -90, 90), strict=True)
        )
    ]
    insert_objects(module_database_url, rows)
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
    with endpoint(module_database_url, archive) as asked:
        index = MAP.index_of(np.array([row.ra for row in rows]), np.array([row.dec for row in rows]))
        yield Followed(asked, keep(module_database_url, MAP), [row.name for row in rows], index)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9, 0.999, 1.0])
def test_objects_of_a_credible_region(followed: Followed, level: float) -> None:
    where = {"region": followed.region(level)}
    found = walked(followed.asked, LIST, 200, backwards=False, where=where)
    assert sorted(found) == sorted(followed.inside(level)) != []
    (answer,) = followed.asked.ask(LIST, where=where, first=0).values()
    assert answer["totalCount"]["value"] == len(found)


def test_the_level_is_90_percent_unless_told_otherwise(followed: Followed) -> None:
    where = {"region": {"skymap": {"id": followed.skymap_id}}}
    found = walked(followed.asked, LIST, 500, backwards=False, where=where)
    assert sorted(found) == sorted(followed.inside(0.9))


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_objects_are_ranked_by_probability(followed: Followed, level: float) -> None:
    where = {"region": followed.region(level)}
    (answer,) = followed.asked.ask(LIST, where=where, order=BY_PROBABILITY, first=500).values()
    ranked = [edge["node"]["name"] for edge in answer["edges"]]
    assert sorted(ranked) == sorted(followed.inside(level))
    pixels = dict(zip(followed.names, followed.index, strict=True))
    densities, levels = MAP.density, MAP.credible_levels()
    found = [edge["skymap"] for edge in answer["edges"]]
    assert [one["probabilityDensity"] for one in found] == pytest.approx([densities[pixels[n]] for n in ranked])
    # Pixels that are alike but for rounding may change places.
    alike = float(2 * MAP.probability.max())
    assert [one["credibleLevel"] for one in found] == pytest.approx([levels[pixels[n]] for n in ranked], abs=alike)
    values = [one["probabilityDensity"] for one in found]
    assert values == sorted(values, reverse=True)
    for backwards in (False, True):
        assert walked(followed.asked, LIST, 17, backwards=backwards, where=where, order=BY_PROBABILITY) == ranked


def test_regions_of_a_map_hold_in_any_place_of_a_filter(followed: Followed) -> None:
    region = {"region": followed.region(0.9)}
    inside = set(followed.inside(0.9))
    late = {"lastMjd": {"gte": 61050.0}}
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"not": region}, set(followed.names) - inside),
        ({"and": [region, {"region": followed.region(0.5)}]}, set(followed.inside(0.5))),
        ({"or": [region, {"names": ["near1", "near2"]}]}, inside | {"near1", "near2"}),
        ({**region, "not": {"region": followed.region(0.5)}}, inside - set(followed.inside(0.5))),
        (
            {**region, **late, "nameLike": "near*"},
            {name for name in inside if name.startswith("near") and int(name[4:]) >= 50},
        ),
    ]
    for where, expected in cases:
        assert set(walked(followed.asked, LIST, 500, backwards=False, where=where)) == expected != set()


def test_objects_that_something_happened_to_are_told_apart(followed: Followed, module_database_url: str) -> None:
    where = ObjectFilter(region=skymap_level(followed.skymap_id, 0.5))
    passing = ask(module_database_url, lambda reader: object_ids_passing(reader, range(150), where))
    assert {f"near{number}" for number in passing} == {n for n in followed.inside(0.5) if n.startswith("near")}


def test_objects_have_no_place_in_a_map_that_nobody_named(followed: Followed) -> None:
    (answer,) = followed.asked.ask(LIST, first=3).values()
    assert [edge["skymap"] for edge in answer["edges"]] == [None] * 3


def test_a_map_counts_in_cones_and_crossmatches(followed: Followed) -> None:
    query = """query($where: ObjectFilter) {
      coneSearch(ra: 180, dec: 0, radius: 36000, first: 500, where: $where) { edges { node { name } } }
      crossmatch(positions: [{ra: 180, dec: 0}], radius: 600, nearest: 50, where: $where) {
        matches { object { name } }
      }
    }"""
    for level in (0.001, 0.9):
        answer = followed.asked.ask(query, where={"region": followed.region(level)})
        everything = followed.asked.ask(query)
        inside = set(followed.inside(level))
        names = [edge["node"]["name"] for edge in everything["coneSearch"]["edges"]]
        assert [edge["node"]["name"] for edge in answer["coneSearch"]["edges"]] == [n for n in names if n in inside]
        matches = [match["object"]["name"] for match in everything["crossmatch"][0]["matches"]]
        found = [match["object"]["name"] for match in answer["crossmatch"][0]["matches"]]
        assert found == [name for name in matches if name in inside]


def test_detections_of_a_region_and_a_time(stored_night: StoredNight) -> None:
    rows = stored_night.rows("SELECT candid, ra, dec, mjd FROM detection ORDER BY mjd, object_id, candid")
    middle = rows[len(rows) // 2]
    item = two_arcs(ra=middle["ra"], dec=middle["dec"], width=15.0)
    skymap_id = keep(stored_night.url, item)
    index = item.index_of(np.array([row["ra"] for row in rows]), np.array([row["dec"] for row in rows]))
    wanted = [
        str(row["candid"])
        for row, inside in zip(rows, item.inside(0.9)[index], strict=True)
        if inside and row["mjd"] >= middle["mjd"]
    ]
    query = """query($region: RegionInput!, $after: Float!) {
      detections(region: $region, afterMjd: $after, beforeMjd: 100000, first: 5000) { edges { node { candid } } }
    }"""
    region = {"skymap": {"id": skymap_id, "credibleLevel": 0.9}}
    answer = stored_night.endpoint.ask(query, region=region, after=middle["mjd"])
    assert [edge["node"]["candid"] for edge in answer["detections"]["edges"]] == wanted != []


@pytest.mark.parametrize(
    ("region", "code", "message"),
    [
        ({"id": "0" * 32}, "BAD_USER_INPUT", "no sky map has the id '000"),
        ({"id": "\x00"}, "BAD_USER_INPUT", "without NUL"),
        ({"id": "x", "credibleLevel": 0.0}, "BAD_USER_INPUT", "credibleLevel must be greater than 0"),
        ({"id": "x", "credibleLevel": 90.0}, "BAD_USER_INPUT", "at most 1, got 90"),
    ],
)
def test_a_region_that_cannot_be_is_refused(
    followed: Followed, region: dict[str, Any], code: str, message: str
) -> None:
    refusal = followed.asked.refusal(LIST, where={"region": {"skymap": region}})
    assert refusal.code == code
    assert message in refusal.message


def test_to_sort_by_probability_a_map_must_be_named(followed: Followed) -> None:
    refusal = followed.asked.refusal(LIST, order=BY_PROBABILITY)
    assert refusal.code == "BAD_USER_INPUT"
    assert "say of which sky map" in refusal.message


def test_a_cursor_of_one_map_is_none_of_another(followed: Followed, module_database_url: str) -> None:
    other = keep(module_database_url, two_arcs(ra=170.0, dec=0.0, width=30.0))
    where = {"region": followed.region(0.9)}
    (answer,) = followed.asked.ask(LIST, where=where, order=BY_PROBABILITY, first=1).values()
    after = answer["pageInfo"]["endCursor"]
    refusal = followed.asked.refusal(
        LIST, where={"region": {"skymap": {"id": other}}}, order=BY_PROBABILITY, after=after
    )
    assert refusal.code == "BAD_CURSOR"
