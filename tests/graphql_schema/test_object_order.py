"""Lists of objects: every order, page by page, with nothing twice and nothing left out."""

import base64
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from domain.sky_object import SkyObject
from storage.packet_archive import PacketArchive
from tests.support.endpoint import Endpoint, endpoint
from tests.support.scattered_objects import (
    ScatteredObjects,
    insert_objects,
    object_row,
    scattered_objects,
)

PAGE = """
query($orderBy: [ObjectOrder!], $first: Int, $after: String, $where: ObjectFilter) {
  objects(orderBy: $orderBy, first: $first, after: $after, where: $where) {
    edges { cursor node { name } }
    nodes { name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

KEYS = {
    "FIRST_MJD": lambda row: row.first_mjd,
    "LAST_MJD": lambda row: row.last_mjd,
    "DETECTION_COUNT": lambda row: row.detection_count,
    "RA": lambda row: row.ra,
    "DEC": lambda row: row.dec,
    "NAME": lambda row: row.name,
    "DURATION": lambda row: row.last_mjd - row.first_mjd,
}

Order = list[dict[str, str]]

SINGLE_ORDERS: list[Order] = [
    [{"field": field, "direction": direction}] for field in KEYS for direction in ("ASC", "DESC")
]
MIXED_ORDERS: list[Order] = [
    [{"field": "DETECTION_COUNT", "direction": "DESC"}, {"field": "FIRST_MJD", "direction": "ASC"}],
    [{"field": "FIRST_MJD", "direction": "ASC"}, {"field": "DURATION", "direction": "DESC"}],
    [{"field": "LAST_MJD", "direction": "ASC"}, {"field": "DETECTION_COUNT", "direction": "ASC"}],
    [
        {"field": "DETECTION_COUNT", "direction": "ASC"},
        {"field": "LAST_MJD", "direction": "DESC"},
        {"field": "NAME", "direction": "ASC"},
    ],
    [{"field": "FIRST_MJD", "direction": "ASC"}, {"field": "FIRST_MJD", "direction": "DESC"}],
]


def order_id(order: Order) -> str:
    return "-".join(f"{key['field']}_{key['direction']}" for key in order)


def sorted_names(rows: Sequence[SkyObject], order: Order) -> list[str]:
    """Sorted by the last key first; ties by the object's key, in the direction of the last key."""
    ordered = sorted(rows, key=lambda row: row.object_id, reverse=order[-1]["direction"] == "DESC")
    for key in reversed(order):
        ordered.sort(key=KEYS[key["field"]], reverse=key["direction"] == "DESC")
    return [row.name for row in ordered]


def pages(asked: Endpoint, order: Order | None, size: int, **variables: Any) -> Iterator[dict[str, Any]]:
    """All pages, forward."""
    after = None
    while True:
        page: dict[str, Any] = asked.ask(PAGE, orderBy=order, first=size, after=after, **variables)["objects"]
        yield page
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def names_on(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["name"] for edge in page["edges"]]


@pytest.mark.parametrize("order", SINGLE_ORDERS + MIXED_ORDERS, ids=order_id)
def test_walking_all_pages_gives_every_object_once_in_order(scattered: ScatteredObjects, order: Order) -> None:
    walked = [name for page in pages(scattered.endpoint, order, 37) for name in names_on(page)]
    assert walked == sorted_names(scattered.rows, order)


def test_newest_last_detection_comes_first_unless_told_otherwise(scattered: ScatteredObjects) -> None:
    expected = sorted_names(scattered.rows, [{"field": "LAST_MJD", "direction": "DESC"}])
    for order in (None, [], [{"field": "LAST_MJD"}]):
        assert names_on(next(pages(scattered.endpoint, order, 50))) == expected[:50]


def test_pages_tell_where_they_lie(scattered: ScatteredObjects) -> None:
    count = len(scattered.rows)
    seen = list(pages(scattered.endpoint, SINGLE_ORDERS[0], count // 2))
    sizes = [len(page["edges"]) for page in seen]
    assert sizes == [count // 2] * (count // (count // 2)) + [count % (count // 2)] * bool(count % (count // 2))
    for index, page in enumerate(seen):
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert page["pageInfo"] == {
            "hasNextPage": index < len(seen) - 1,
            "hasPreviousPage": index > 0,
            "startCursor": cursors[0],
            "endCursor": cursors[-1],
        }
        assert page["nodes"] == [edge["node"] for edge in page["edges"]]


def test_a_page_that_ends_with_the_list_has_no_next(scattered: ScatteredObjects) -> None:
    names = {"names": [row.name for row in scattered.rows[:10]]}
    (page,) = pages(scattered.endpoint, None, 10, where=names)
    assert (len(page["edges"]), page["pageInfo"]["hasNextPage"]) == (10, False)


@pytest.mark.parametrize("where", [{"names": []}, {"names": ["nobody"]}])
def test_an_empty_page_has_no_cursors(scattered: ScatteredObjects, where: dict[str, Any]) -> None:
    (page,) = pages(scattered.endpoint, None, 10, where=where)
    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


def test_zero_rows_can_be_asked_for(scattered: ScatteredObjects) -> None:
    answer = scattered.endpoint.ask(PAGE, first=0)["objects"]
    assert answer["edges"] == []
    assert answer["pageInfo"]["endCursor"] is None


def test_any_edge_is_a_place_to_go_on_from(scattered: ScatteredObjects) -> None:
    order = MIXED_ORDERS[0]
    expected = sorted_names(scattered.rows, order)
    (page,) = itertools.islice(pages(scattered.endpoint, order, 60), 1)
    for index in (0, 17, 59):
        after = page["edges"][index]["cursor"]
        answer = scattered.endpoint.ask(PAGE, orderBy=order, first=5, after=after)["objects"]
        assert names_on(answer) == expected[index + 1 : index + 6]


@pytest.mark.parametrize("order", [SINGLE_ORDERS[0], SINGLE_ORDERS[1], MIXED_ORDERS[0]], ids=order_id)
def test_objects_that_come_between_pages_move_no_other(
    database_url: str, archive: PacketArchive, order: Order
) -> None:
    rows = scattered_objects()[:120]
    insert_objects(database_url, rows)
    expected = sorted_names(rows, order)
    walked: list[str] = []
    with endpoint(database_url, archive) as asked:
        for index, page in enumerate(pages(asked, order, 11)):
            walked += names_on(page)
            near = rows[index]
            insert_objects(
                database_url,
                [
                    object_row(
                        index * 3 + shift,
                        name=f"new{index}.{shift}",
                        detection_count=near.detection_count,
                        first_mjd=near.first_mjd + shift - 1,
                        last_mjd=near.last_mjd,
                    )
                    for shift in range(3)
                ],
            )
    assert [name for name in walked if not name.startswith("new")] == expected
    assert len(walked) == len(set(walked))


@pytest.fixture
def archive(tmp_path_factory: pytest.TempPathFactory) -> PacketArchive:
    return PacketArchive(str(tmp_path_factory.mktemp("packets")))


def cursor_of(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "no cursor",
        "é",
        "Zm9v",
        cursor_of([]),
        cursor_of({}),
        cursor_of(None),
        cursor_of([61000.0]),
        cursor_of([61000.0, 1, 2]),
        cursor_of(["61000", 1]),
        cursor_of([61000.0, "1"]),
        cursor_of([61000.0, 1.5]),
        cursor_of([None, 1]),
        cursor_of([True, 1]),
        cursor_of([61000.0, True]),
        cursor_of([61000.0, 2**63]),
        cursor_of([61000.0, -(2**63) - 1]),
        cursor_of([10**400, 1]),
        "W05hTiwgMV0",  # [NaN, 1]
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(scattered: ScatteredObjects, cursor: str) -> None:
    order = [{"field": "LAST_MJD"}]
    assert scattered.endpoint.refusal(PAGE, orderBy=order, after=cursor).code == "BAD_CURSOR"


@pytest.mark.parametrize("field", ["NAME", "DETECTION_COUNT"])
def test_a_cursor_of_another_order_is_refused(scattered: ScatteredObjects, field: str) -> None:
    after = next(pages(scattered.endpoint, [{"field": "RA"}], 1))["pageInfo"]["endCursor"]
    refusal = scattered.endpoint.refusal(PAGE, orderBy=[{"field": field}], after=after)
    assert refusal == ("BAD_CURSOR", "the cursor belongs to a list with another order")


@pytest.mark.parametrize(
    ("field", "value"),
    [("NAME", "\x00"), ("NAME", "\ud800"), ("DETECTION_COUNT", 2**31), ("DETECTION_COUNT", 2**70)],
)
def test_a_cursor_with_a_value_that_no_row_can_have_is_answered_or_refused(
    scattered: ScatteredObjects, field: str, value: object
) -> None:
    result = scattered.endpoint.execute(
        PAGE, orderBy=[{"field": field}], after=cursor_of([f"{field} DESC", value, 1])
    )
    for error in result.errors or []:
        assert (error.extensions or {})["code"] == "BAD_CURSOR"


def test_first_has_limits(scattered: ScatteredObjects) -> None:
    assert len(scattered.endpoint.ask(PAGE, first=None)["objects"]["edges"]) == 20
    assert len(scattered.endpoint.ask("{ objects { nodes { name } } }")["objects"]["nodes"]) == 20
    assert scattered.endpoint.ask(PAGE, first=500)["objects"]["edges"]
    assert scattered.endpoint.refusal(PAGE, first=-1) == ("BAD_USER_INPUT", "first must not be negative, got -1")
    assert scattered.endpoint.refusal(PAGE, first=501) == (
        "LIMIT_EXCEEDED",
        "first must be at most 500 here, got 501: take the next page with after",
    )
    assert scattered.endpoint.refusal(PAGE, first=2**31 - 1).code == "LIMIT_EXCEEDED"


def test_total_is_counted_up_to_a_cap(scattered: ScatteredObjects) -> None:
    count = len(scattered.rows)
    query = """query($where: ObjectFilter, $cap: Int) {
      objects(where: $where, first: 0) { totalCount(cap: $cap) { value exact } }
    }"""

    def total(**variables: Any) -> tuple[int, bool]:
        found = scattered.endpoint.ask(query, **variables)["objects"]["totalCount"]
        return found["value"], found["exact"]

    assert total() == (count, True)
    assert total(cap=None) == (count, True)
    assert total(cap=count) == (count, True)
    assert total(cap=count - 1) == (count - 1, False)
    assert total(cap=0) == (0, False)
    assert total(cap=0, where={"names": []}) == (0, True)
    assert total(cap=1_000_000, where={"names": ["nobody", scattered.rows[0].name]}) == (1, True)
    assert scattered.endpoint.refusal(query, cap=-1).code == "BAD_USER_INPUT"
    beyond = scattered.endpoint.refusal(query, cap=1_000_001)
    assert beyond == ("LIMIT_EXCEEDED", "cap must be at most 1000000, got 1000001")
    assert scattered.endpoint.refusal(query, cap=1_000_001).code == "LIMIT_EXCEEDED"
