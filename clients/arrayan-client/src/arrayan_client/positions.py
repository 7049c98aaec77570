"""Places on the sky and angles, as astronomers have them at hand.

astropy is never imported here: whoever gives a SkyCoord or a Quantity has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from arrayan_client.errors import InvalidInput

PositionLike = Any
"""A SkyCoord; two numbers (degrees ICRS) or Quantities; or text: `150.1 -2.2`, `10:00:24 -02:12:00`."""
AngleLike = Any
"""Arcseconds, or a Quantity or Angle of any unit."""

RA_NAMES = ("ra", "raj2000", "ra_icrs", "ra_deg", "radeg", "_ra", "meanra", "right_ascension", "alpha")
DEC_NAMES = ("dec", "dej2000", "decj2000", "de_icrs", "dec_deg", "decdeg", "_de", "meandec", "declination", "delta")
NAME_NAMES = ("name", "id", "oid", "object", "object_id", "target", "source_id", "designation", "main_id")


class Place(NamedTuple):
    """A position as the server takes it: degrees ICRS, or text."""

    ra: float | None
    dec: float | None
    position: str | None = None
    name: str | None = None

    def as_variables(self) -> dict[str, Any]:
        """Without what is not there."""
        return {key: value for key, value in self._asdict().items() if value is not None}


def place_of(position: PositionLike = None, ra: Any = None, dec: Any = None) -> Place:
    """One place. Raises InvalidInput."""
    if position is None:
        if ra is None or dec is None:
            raise InvalidInput(
                "a position is needed",
                hint='Give a SkyCoord, (ra, dec) in degrees, a text such as "10:00:24 -02:12:00", or ra= and dec=.',
            )
        return Place(degrees(ra, "ra"), degrees(dec, "dec"))
    if ra is not None or dec is not None:
        raise InvalidInput("give a position or ra= and dec=, not both")
    return _place(position)


def degrees(value: Any, name: str) -> float:
    """A number of degrees, or a Quantity of any angle. Raises InvalidInput."""
    return _angle(value, "deg", name, "degrees")


def arcseconds(value: AngleLike, name: str = "radius") -> float:
    """A number of arcseconds, or a Quantity of any angle. Raises InvalidInput."""
    return _angle(value, "arcsec", name, "arcseconds")


def places_of(table: Any, ra: str | None = None, dec: str | None = None, name: str | None = None) -> list[Place]:
    """The places of a table: an array SkyCoord; an astropy Table, a data frame of pandas or polars, or a mapping of
    columns; or a list of places, pairs, triples `(name, ra, dec)` or mappings.

    `ra`, `dec` and `name` name columns; without them, those that are usual are looked for. Raises InvalidInput,
    with the number of the row from 0."""
    if isinstance(table, str):
        raise InvalidInput("a table of positions is needed, not one text", hint="Give a list of texts.")
    if hasattr(table, "icrs"):
        if getattr(table, "isscalar", False):
            return [_place(table)]
        return _numbered(list(table.icrs.ra.deg.flat), list(table.icrs.dec.deg.flat), None)
    names = _column_names(table)
    if names is not None:
        return _of_columns(table, names, ra, dec, name)
    if not isinstance(table, Iterable):
        raise InvalidInput(f"a table of positions is needed, got {type(table).__name__}")
    return [_row(index, row, ra or "ra", dec or "dec", name or "name") for index, row in enumerate(table)]


def _place(position: Any) -> Place:
    if isinstance(position, Place):
        return position
    if isinstance(position, str):
        if not position.strip():
            raise InvalidInput("a position may not be empty")
        return Place(None, None, position)
    if hasattr(position, "icrs"):
        if not position.isscalar:
            raise InvalidInput(
                f"one position is needed, got a SkyCoord of {position.size}", hint="For many, use crossmatch()."
            )
        return Place(float(position.icrs.ra.deg), float(position.icrs.dec.deg))
    if isinstance(position, Sequence) or hasattr(position, "__len__"):
        if len(position) != 2:
            raise InvalidInput(f"a position has two numbers, ra and dec, got {len(position)}")
        return Place(degrees(position[0], "ra"), degrees(position[1], "dec"))
    raise InvalidInput(
        f"a position cannot be {type(position).__name__}",
        hint='Give a SkyCoord, a pair (ra, dec) in degrees, or a text such as "10:00:24 -02:12:00".',
    )


def _angle(value: Any, unit: str, name: str, words: str) -> float:
    if hasattr(value, "to_value"):
        try:
            value = value.to_value(unit)
        except Exception as error:
            raise InvalidInput(f"{name} must be an angle: {error}") from error
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{name} must be a number of {words} or a Quantity, got {value!r}",
        ) from error
    if not isfinite(number):
        raise InvalidInput(f"{name} must be finite, got {number}")
    return number


def _column_names(table: Any) -> list[str] | None:
    if isinstance(table, Mapping):
        return list(table)
    names = getattr(table, "colnames", None)
    if names is None:
        names = getattr(table, "columns", None)
    return None if names is None else list(map(str, names))


def _of_columns(table: Any, names: list[str], ra: str | None, dec: str | None, name: str | None) -> list[Place]:
    ra_name, dec_name = _found(names, ra, RA_NAMES, "ra"), _found(names, dec, DEC_NAMES, "dec")
    label = name if name is not None else _first(names, NAME_NAMES)
    if label is not None and label not in names:
        raise _no_column(label, names)
    labels = None if label is None else [None if text is None else str(text) for text in table[label]]
    return _numbered(list(_values(table[ra_name])), list(_values(table[dec_name])), labels)


def _values(column: Any) -> Iterable[Any]:
    """In degrees where the column has a unit; a column of text is given as it is."""
    unit = getattr(column, "unit", None)
    if unit is None or str(unit) == "deg":
        return column  # type: ignore[no-any-return]
    return column.quantity.to_value("deg") if hasattr(column, "quantity") else column.to_value("deg")  # type: ignore[no-any-return]


def _found(names: list[str], wanted: str | None, usual: Sequence[str], what: str) -> str:
    if wanted is not None:
        if wanted not in names:
            raise _no_column(wanted, names)
        return wanted
    found = _first(names, usual)
    if found is None:
        raise InvalidInput(
            f"there is no column of {what}: the table has {', '.join(names) or 'none'}",
            hint=f"Name it: {what}=...",
        )
    return found


def _first(names: list[str], usual: Sequence[str]) -> str | None:
    by_small = {name.lower(): name for name in reversed(names)}
    return next((by_small[name] for name in usual if name in by_small), None)


def _no_column(wanted: str, names: list[str]) -> InvalidInput:
    return InvalidInput(f"there is no column {wanted!r}: the table has {', '.join(names) or 'none'}")


def _numbered(ras: list[Any], decs: list[Any], labels: list[str | None] | None) -> list[Place]:
    names = labels if labels is not None else [None] * len(ras)
    if not len(ras) == len(decs) == len(names):
        raise InvalidInput(f"columns must be of one length, got {len(ras)}, {len(decs)} and {len(names)}")
    return [_at(index, ras[index], decs[index], names[index]) for index in range(len(ras))]


def _row(index: int, row: Any, ra: str, dec: str, name: str) -> Place:
    try:
        if isinstance(row, Mapping):
            if ra not in row or dec not in row:
                raise InvalidInput(f"there is no {ra!r} and {dec!r} in {dict(row)!r}")
            label = row.get(name)
            return _at(index, row[ra], row[dec], None if label is None else str(label))
        if not isinstance(row, (str, Place)) and not hasattr(row, "icrs") and len(row) == 3:
            return _at(index, row[1], row[2], str(row[0]))
        return _place(row)
    except InvalidInput as error:
        raise _in_row(index, error) from error
    except TypeError as error:
        raise _in_row(index, InvalidInput(f"a position cannot be {type(row).__name__}")) from error


def _at(index: int, ra: Any, dec: Any, label: str | None) -> Place:
    try:
        if isinstance(ra, str) and isinstance(dec, str):
            return Place(None, None, f"{ra.strip()} {dec.strip()}", label)
        return Place(degrees(ra, "ra"), degrees(dec, "dec"), None, label)
    except InvalidInput as error:
        raise _in_row(index, error) from error


def _in_row(index: int, error: InvalidInput) -> InvalidInput:
    if error.message.startswith("row "):
        return error
    return InvalidInput(f"row {index}: {error.message}", hint=error.hint)
