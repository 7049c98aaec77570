"""Cursors keep sort values exactly, and whatever else is refused."""

import base64
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.cursor import InvalidCursor, decode_cursor, encode_cursor

VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
)


@given(st.lists(VALUES, max_size=4))
def test_values_come_back_exactly(values: list[Any]) -> None:
    kinds = [type(value) for value in values]
    back = decode_cursor(encode_cursor(values), kinds)
    assert back == values
    assert list(map(type, back)) == kinds


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_cursors_are_safe_in_addresses(values: list[Any]) -> None:
    assert set(encode_cursor(values)) <= set(string.ascii_letters + string.digits + "-_")


@given(st.one_of(st.text(), st.text(string.ascii_letters + string.digits + "-_")))
def test_any_text_is_refused_or_read(text: str) -> None:
    try:
        values = decode_cursor(text, [float, int])
    except InvalidCursor:
        return
    assert list(map(type, values)) == [float, int]


@given(st.lists(VALUES, max_size=3), st.lists(st.sampled_from([float, int, str]), max_size=3))
def test_cursors_of_other_lists_are_refused(values: list[Any], kinds: list[type]) -> None:
    cursor = encode_cursor(values)
    fits = len(values) == len(kinds) and all(
        type(value) is kind or (kind is float and type(value) is int)
        for value, kind in zip(values, kinds, strict=True)
    )
    if fits:
        decode_cursor(cursor, kinds)
    else:
        with pytest.raises(InvalidCursor):
            decode_cursor(cursor, kinds)


def test_a_cursor_of_one_order_is_none_of_another() -> None:
    cursor = encode_cursor([1.5, 7], "RA ASC")
    assert decode_cursor(cursor, [float, int], "RA ASC") == [1.5, 7]
    for kinds, order in (([float, int], "DEC ASC"), ([int, int], "RA ASC"), ([float, int], None)):
        with pytest.raises(InvalidCursor):
            decode_cursor(cursor, kinds, order)


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, -(2**63) - 1, 2**70])
def test_numbers_that_no_row_has_are_refused(number: int) -> None:
    cursor = base64.urlsafe_b64encode(f"[{number}]".encode()).decode().rstrip("=")
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, [int])


@pytest.mark.parametrize("values", [[True], [None], [[1]], [{}]])
def test_values_of_no_list_are_refused(values: list[Any]) -> None:
    for kind in (int, float, str):
        with pytest.raises(InvalidCursor):
            decode_cursor(encode_cursor(values), [kind])
