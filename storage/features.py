"""Features: the named numbers that the latest answer of a classifier follows from, one array per object."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, nan

from psycopg import Connection

from storage.classifiers import Registered
from storage.copying import Staging, upsert
from storage.reader import Columns, Reader
from storage.tables import feature

FEATURE_ROWS = Staging(feature, ("object_id", "classifier_id", "values"))


def store_features(connection: Connection, by: Registered, features: Mapping[int, Mapping[str, float]]) -> None:
    """Replace the features of objects; names that are new get a place behind all others."""
    if not features:
        return
    places = _places(connection, by, features.values())
    rows = []
    for object_id, values in features.items():
        at = [places[name] for name in values]
        array: list[float | None] = [None] * (1 + max(at, default=-1))
        for place, value in zip(at, values.values(), strict=True):
            array[place] = float(value) if isfinite(value) else nan
        rows.append((object_id, by.classifier_id, array))
    FEATURE_ROWS.copy(connection, rows)
    upsert(connection, FEATURE_ROWS, ("object_id", "classifier_id"))


def _places(connection: Connection, by: Registered, features: Iterable[Mapping[str, float]]) -> dict[str, int]:
    """Where each name's value is in an array."""
    wanted = dict.fromkeys(name for values in features for name in values)
    places = {name: place for place, name in enumerate(_known_names(connection, by))}
    if unknown := [name for name in wanted if name not in places]:
        connection.execute("SELECT FROM classifier WHERE classifier_id = %s FOR UPDATE", (by.classifier_id,))
        known = set(_known_names(connection, by))
        connection.execute(
            "UPDATE classifier SET feature_names = feature_names || %s::text[] WHERE classifier_id = %s",
            ([name for name in unknown if name not in known], by.classifier_id),
        )
        places = {name: place for place, name in enumerate(_known_names(connection, by))}
    return places


def _known_names(connection: Connection, by: Registered) -> list[str]:
    row = connection.execute(
        "SELECT feature_names FROM classifier WHERE classifier_id = %s", (by.classifier_id,)
    ).fetchone()
    assert row is not None
    return list(row[0])


_COLUMNS = {"name": "one.name", "value": "nullif(value, 'NaN')", "version": "version"}
_OF_DEFINITION = {"unit": "d.unit", "description": "d.description"}


async def features_of(reader: Reader, object_ids: Sequence[int], *, described: bool = True) -> dict[int, Columns]:
    """Features of the latest answers for each object, by classifier and in its own order; objects without any are
    missing. The columns are `name`, `value` (None where it could not be told), `version` (of the classifier), and
    of those that are `described`, `unit` and `description` (None where the classifier does not give them)."""
    rows = await reader.rows(_DESCRIBED if described else _PLAIN, (list(object_ids),))
    names = (*_COLUMNS, *_OF_DEFINITION) if described else tuple(_COLUMNS)
    return {object_id: dict(zip(names, arrays, strict=True)) for object_id, *arrays in rows}


def _statement(*, described: bool) -> str:
    columns = [*_COLUMNS.values(), *(_OF_DEFINITION.values() if described else ())]
    definition = (
        "LEFT JOIN feature_definition d ON d.classifier_id = f.classifier_id "
        "AND d.name = regexp_replace(one.name, '_[ugrizy]$', '') "
    )
    return (
        f"SELECT f.object_id, {', '.join(f'array_agg({column} ORDER BY c.name, place)' for column in columns)} "  # noqa: S608
        "FROM feature f JOIN latest_classification USING (object_id, classifier_id) "
        "JOIN classifier c USING (classifier_id) "
        "CROSS JOIN LATERAL unnest(feature_names, values) WITH ORDINALITY AS one(name, value, place) "
        f"{definition if described else ''}"
        "WHERE f.object_id = ANY(%s) AND value IS NOT NULL GROUP BY f.object_id"
    )


_DESCRIBED, _PLAIN = _statement(described=True), _statement(described=False)
