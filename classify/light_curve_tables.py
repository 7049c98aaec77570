"""Light curves from tables, one row per detection, for `arrayan classify file --light-curves`."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from classify.classifier import Need, Subject
from classify.gathering import TOO_FEW
from domain.band import Band
from domain.classification import Deferral, Failure
from domain.errors import ArrayanError
from domain.growth import FIRST_DETECTIONS
from domain.light_curve import LightCurve, StoredDetection
from domain.survey import SurveyName

REQUIRED = ("name", "mjd", "band", "magnitude", "magnitude_error")
DEFAULTS: Mapping[str, Any] = {
    "candid": 0,
    "ra": float("nan"),
    "dec": float("nan"),
    "is_positive": True,
    "corrected": False,
    "dubious": False,
    "has_stamps": False,
}
"""Of the columns that a table may leave out; the others are unknown then."""
TRUE, FALSE = {"true", "t", "1"}, {"false", "f", "0"}


class BadTable(ArrayanError):
    """A table that holds no light curves; the message says which column or row is wrong."""


class GatheredTables:
    """Light curves by name, in the order of their first rows."""

    def __init__(self, survey: SurveyName) -> None:
        self._survey = survey
        self._rows: dict[str, list[StoredDetection]] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, path: Path) -> None:
        """Read a table, CSV or Parquet. Raises BadTable."""
        for number, values in enumerate(_read(path), start=1):
            name, row = _detection(path, number, values)
            if name not in self._rows:
                self._rows[name] = []
                self._names.append(name)
            self._rows[name].append(row)

    def subjects(self, needs: Need) -> Iterator[Subject | Failure | Deferral]:
        """The light curves as subjects; a classifier that needs stamps is given none."""
        for object_id, (name, given) in enumerate(self._rows.items()):  # numbered as _names are
            rows = [
                row._replace(object_id=object_id) for row in sorted(given, key=lambda row: (row.mjd, row.candid))
            ]
            if Need.LIGHT_CURVE not in needs or Need.STAMPS in needs:
                yield Failure(object_id, "a light curve has no stamps and no alert")
            elif max(sum(row.band == band for row in rows) for band in Band) < FIRST_DETECTIONS:
                yield Deferral(object_id, TOO_FEW)
            else:
                yield Subject(object_id, self._survey, name, rows[-1].candid, None, LightCurve(rows, [], []))

    def name_of(self, object_id: int) -> tuple[str, str]:
        """Survey and name of a light curve."""
        return self._survey.value, self._names[object_id]


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            _require(path, reader.fieldnames or ())
            yield from reader
        return
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        table = ParquetFile(path)
        _require(path, table.schema_arrow.names)
        for batch in table.iter_batches():
            yield from batch.to_pylist()
    except ArrowException as error:
        raise BadTable(f"{path} is neither .csv nor Parquet: {error}") from error


def _require(path: Path, columns: Iterable[str]) -> None:
    if missing := [name for name in REQUIRED if name not in columns]:
        raise BadTable(f"{path} has no column {missing[0]!r}: light curves need {', '.join(REQUIRED)}")


def _detection(path: Path, number: int, values: Mapping[str, Any]) -> tuple[str, StoredDetection]:
    try:
        row = StoredDetection(
            **{
                field: _value(field, values.get(field)) for field in StoredDetection._fields if field != "object_id"
            },
            object_id=0,
        )
    except ValueError as error:
        raise BadTable(f"{path}, row {number}: {error}") from error
    return str(values["name"]), row


_KINDS = get_type_hints(StoredDetection)


def _value(field: str, value: Any) -> Any:
    """A column's value as a row holds it; an empty one is its default."""
    if value is None or value == "":
        if field in REQUIRED and field not in ("magnitude", "magnitude_error"):
            raise ValueError(f"{field} is empty")
        return DEFAULTS.get(field)
    try:
        if field == "band":
            return Band(value)
        if _KINDS[field] is bool:
            return _truth(value)
        return int(value) if _KINDS[field] is int else float(value)
    except ValueError as error:
        raise ValueError(f"{field} cannot be {value!r}") from error


def _truth(value: Any) -> bool:
    text = str(value).lower()
    if text not in TRUE | FALSE:
        raise ValueError(text)
    return text in TRUE
