"""Arrays that the endpoint reads are those that the driver reads."""

import numpy as np
import orjson
import psycopg
import pytest

from storage.reader import Reader
from tests.support.reading import ask

ARRAYS = [
    "ARRAY[1.5, -0.0, 'NaN', 'Infinity', 1e308]::float8[]",
    "ARRAY[1.1, -2.5, 3e38]::float4[]",
    "ARRAY[9223372036854775807, -1, 0]::int8[]",
    "ARRAY[true, false, true]",
    "ARRAY[1.5, NULL, 2.5]::float8[]",
    "ARRAY[NULL, NULL]::float4[]",
    "ARRAY[NULL, 7]::int8[]",
    "ARRAY[NULL, true]",
    "'{}'::float8[]",
    "'{}'::int8[]",
    "NULL::float8[]",
    "ARRAY[[1, 2], [3, 4]]::float8[]",
    "'[3:4]={1,2}'::int8[]",
    "ARRAY[1, 2]::int4[]",
    "ARRAY['a', NULL]",
]


def test_arrays_of_all_kinds(database_url: str) -> None:
    statement = f"SELECT {', '.join(ARRAYS)}"
    with psycopg.connect(database_url) as connection, connection.cursor(binary=True) as cursor:
        expected = cursor.execute(statement.encode()).fetchall()

    async def question(reader: Reader) -> list[tuple[object, ...]]:
        return await reader.rows(statement)

    assert repr(ask(database_url, question)) == repr(expected)


@pytest.mark.parametrize("number", [1, 500])
def test_they_are_lists_of_plain_numbers(database_url: str, number: int) -> None:
    statement = (
        "SELECT array_agg(n::float8 / 3), array_agg((n / 3.0)::float4), array_agg(n), array_agg(n > 2) "
        f"FROM generate_series(1, {number}::bigint) n"
    )
    (row,) = ask(database_url, lambda reader: reader.rows(statement))
    assert [len(values) for values in row] == [number] * 4
    assert [{type(value) for value in values} for values in row] == [{float}, {float}, {int}, {bool}]


def test_arrays_of_floats_may_stay_arrays(database_url: str) -> None:
    statement = f"SELECT {', '.join(ARRAYS)}"
    lists = ask(database_url, lambda reader: reader.rows(statement))
    arrays = ask(database_url, lambda reader: reader.rows(statement, arrays=True))
    assert [isinstance(values, np.ndarray) for values in arrays[0]] == [True, True] + [False] * (len(ARRAYS) - 2)
    told = [[values.tolist() if isinstance(values, np.ndarray) else values for values in row] for row in arrays]
    assert repr(told) == repr(list(map(list, lists)))
    assert orjson.dumps(arrays[0][:2], option=orjson.OPT_SERIALIZE_NUMPY) == orjson.dumps(lists[0][:2])
