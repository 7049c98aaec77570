"""Pages in either direction are the list, whatever its order and the size of the pages, also while rows come in."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.packet_archive import PacketArchive
from tests.graphql_schema.test_object_order import KEYS, Order, names_on, sorted_names
from tests.support.endpoint import Endpoint, endpoint
from tests.support.sample_night import StoredNight
from tests.support.scattered_objects import ScatteredObjects, insert_objects, object_row, scattered_objects

PAGE = """
query($order: [ObjectOrder!], $where: ObjectFilter, $first: Int, $after: String, $last: Int, $before: String) {
  objects(orderBy: $order, where: $where, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
CONE = PAGE.replace("$order: [ObjectOrder!]", "$ra: Float!, $dec: Float!, $radius: Float!").replace(
    "objects(orderBy: $order", "coneSearch(ra: $ra, dec: $dec, radius: $radius"
)
DETECTIONS = """
query($first: Int, $after: String, $last: Int, $before: String) {
  detections(
    region: {box: {raMin: 0, raMax: 360, decMin: -90, decMax: 90}}, afterMjd: 0, beforeMjd: 100000,
    first: $first, after: $after, last: $last, before: $before
  ) {
    edges { cursor node { name: candid } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

ORDERS = st.lists(
    st.fixed_dictionaries({"field": st.sampled_from(sorted(KEYS)), "direction": st.sampled_from(["ASC", "DESC"])}),
    min_size=1,
    max_size=3,
)
QUIETLY = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def walk(asked: Endpoint, query: str, size: int, *, backwards: bool, **variables: Any) -> Iterator[dict[str, Any]]:
    """All pages, one after the other from the beginning or from the end."""
    count, mark = ("last", "before") if backwards else ("first", "after")
    on, cursor = ("hasPreviousPage", "startCursor") if backwards else ("hasNextPage", "endCursor")
    here = None
    while True:
        (page,) = asked.ask(query, **{count: size, mark: here}, **variables).values()
        yield page
        if not page["pageInfo"][on]:
            return
        here = page["pageInfo"][cursor]


def walked(asked: Endpoint, query: str, size: int, *, backwards: bool, **variables: Any) -> list[str]:
    """The names on all pages, in the order of the list."""
    pages = [names_on(page) for page in walk(asked, query, size, backwards=backwards, **variables)]
    return [name for page in (pages[::-1] if backwards else pages) for name in page]


@given(order=ORDERS, size=st.integers(20, 450), backwards=st.booleans())
@QUIETLY
def test_pages_are_the_whole_list(scattered: ScatteredObjects, order: Order, size: int, backwards: bool) -> None:
    found = walked(scattered.endpoint, PAGE, size, backwards=backwards, order=order)
    assert found == sorted_names(scattered.rows, order)


@pytest.fixture
def growing(any_database_url: str, tmp_path: Any) -> Iterator[tuple[str, Endpoint]]:
    """Some objects, and room for others."""
    insert_objects(any_database_url, scattered_objects()[:60])
    with endpoint(any_database_url, PacketArchive(str(tmp_path))) as asked:
        yield any_database_url, asked


@given(order=ORDERS, size=st.integers(5, 30), backwards=st.booleans(), shift=st.integers(-1, 1))
@QUIETLY
def test_rows_that_come_in_between_move_no_other(
    growing: tuple[str, Endpoint], order: Order, size: int, backwards: bool, shift: int
) -> None:
    url, asked = growing
    rows = scattered_objects()[:60]
    pages: list[list[str]] = []
    for number, page in enumerate(walk(asked, PAGE, size, backwards=backwards, order=order)):
        pages.append(names_on(page))
        near = rows[(7 * number) % len(rows)]
        new = object_row(
            number + 1,
            name=f"new{number}",
            ra=near.ra,
            detection_count=near.detection_count,
            first_mjd=near.first_mjd + shift,
            last_mjd=near.last_mjd,
        )
        insert_objects(url, [new])
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM object WHERE name LIKE 'new%'")
    names = [name for page in (pages[::-1] if backwards else pages) for name in page]
    assert len(names) == len(set(names))
    assert [name for name in names if not name.startswith("new")] == sorted_names(rows, order)


@pytest.mark.parametrize("size", [7, 40, 500])
def test_a_cone_is_read_from_its_rim(scattered: ScatteredObjects, size: int) -> None:
    cone: dict[str, Any] = {"ra": 0.0, "dec": 0.0, "radius": 36_000.0}
    forward = walked(scattered.endpoint, CONE, 500, backwards=False, **cone)
    assert walked(scattered.endpoint, CONE, size, backwards=True, **cone) == forward
    assert len(forward) > 40


def test_detections_are_read_from_the_latest(stored_night: StoredNight) -> None:
    forward = walked(stored_night.endpoint, DETECTIONS, 5000, backwards=False)
    assert walked(stored_night.endpoint, DETECTIONS, 611, backwards=True) == forward
    assert len(forward) > 1000


def test_pages_tell_where_they_lie(scattered: ScatteredObjects) -> None:
    order = [{"field": "NAME", "direction": "ASC"}]
    count = len(scattered.rows)
    pages = list(walk(scattered.endpoint, PAGE, count // 2, backwards=True, order=order))
    assert [len(page["edges"]) for page in pages[:2]] == [count // 2, count // 2]
    for number, page in enumerate(pages):
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert page["pageInfo"] == {
            "hasNextPage": number > 0,
            "hasPreviousPage": number < len(pages) - 1,
            "startCursor": cursors[0],
            "endCursor": cursors[-1],
        }


@pytest.mark.parametrize("backwards", [False, True])
def test_what_lies_between_two_cursors(scattered: ScatteredObjects, backwards: bool) -> None:
    order = [{"field": "DETECTION_COUNT", "direction": "DESC"}, {"field": "RA", "direction": "ASC"}]
    names = sorted_names(scattered.rows, order)
    (page,) = scattered.endpoint.ask(PAGE, order=order, first=100).values()
    after, before = page["edges"][10]["cursor"], page["edges"][50]["cursor"]
    count = "last" if backwards else "first"
    (part,) = scattered.endpoint.ask(PAGE, order=order, after=after, before=before, **{count: 15}).values()
    assert names_on(part) == (names[35:50] if backwards else names[11:26])
    (whole,) = scattered.endpoint.ask(PAGE, order=order, after=after, before=before, **{count: 100}).values()
    assert names_on(whole) == names[11:50]
    assert (whole["pageInfo"]["hasPreviousPage"], whole["pageInfo"]["hasNextPage"]) == (True, True)


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_of_another_order_is_refused(scattered: ScatteredObjects, name: str) -> None:
    (page,) = scattered.endpoint.ask(PAGE, order=[{"field": "RA", "direction": "ASC"}], first=1).values()
    cursor = page["pageInfo"]["endCursor"]
    for other in ("RA", "DEC", "LAST_MJD"):
        order = [{"field": other, "direction": "DESC" if other == "RA" else "ASC"}]
        refusal = scattered.endpoint.refusal(PAGE, order=order, **{name: cursor})
        assert refusal.code == "BAD_CURSOR"
        assert "the cursor belongs to a list with another order" in refusal.message


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"first": 10, "last": 10}, "BAD_USER_INPUT", "give either first or last, got first: 10 and last: 10"),
        ({"last": -1}, "BAD_USER_INPUT", "last must not be negative, got -1"),
        (
            {"last": 501},
            "LIMIT_EXCEEDED",
            "last must be at most 500 here, got 501: take the page before with before",
        ),
        ({"last": 1, "before": "x"}, "BAD_CURSOR", "is not a cursor"),
    ],
)
def test_a_page_that_cannot_be_is_refused(
    scattered: ScatteredObjects, arguments: dict[str, Any], code: str, message: str
) -> None:
    refusal = scattered.endpoint.refusal(PAGE, **arguments)
    assert refusal.code == code
    assert message in refusal.message


def test_no_rows_from_the_end(scattered: ScatteredObjects) -> None:
    (page,) = scattered.endpoint.ask(PAGE, last=0).values()
    assert page["edges"] == []
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }
