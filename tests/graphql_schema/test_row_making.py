"""Rows from columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.row_making import rows_of

names = st.text("abc_", min_size=1, max_size=3)


@given(st.lists(names, min_size=1, max_size=70, unique=True), st.integers(0, 5))
def test_rows_are_those_of_a_dictionary_for_each(keys: list[str], count: int) -> None:
    columns = [[f"{key}{row}" for row in range(count)] for key in keys]
    assert rows_of(keys, columns) == [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        rows_of(("a", "b"), [[1, 2], [3]])
