"""Catalogues: tables of sources that others published, kept here to be searched and matched with objects."""

import re
from datetime import datetime
from typing import NamedTuple

from domain.errors import ArrayanError

CATALOG_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,62}")
DEFAULT_RADIUS_ARCSEC = 2.0
MAX_DEFAULT_RADIUS_ARCSEC = 600.0


class UnknownCatalog(ArrayanError):
    """A name that no catalogue has."""


class InvalidCatalog(ArrayanError):
    """A name or a radius that no catalogue can have."""


class CatalogColumn(NamedTuple):
    """A column of a catalogue beside identifier and position. The unit is None where nobody said one."""

    name: str
    unit: str | None = None
    description: str | None = None


class CatalogDescription(NamedTuple):
    """What a person says of a catalogue: `default_radius_arcsec` is how near a source must be to belong to an
    object, `at_ingest` whether objects are matched with it as they come in."""

    name: str
    description: str
    default_radius_arcsec: float
    at_ingest: bool
    columns: tuple[CatalogColumn, ...]


class Catalog(NamedTuple):
    """A catalogue that is loaded. Its key changes when it is loaded again."""

    catalog_id: int
    name: str
    description: str
    default_radius_arcsec: float
    at_ingest: bool
    is_matched: bool
    """Whether the matches of every object are stored; they are only for catalogues with `at_ingest`."""
    cell_order: int
    """HEALPix order of the cells that its sources are gathered in."""
    row_count: int
    skipped_count: int
    """Rows of the files that had no usable position."""
    loaded_at: datetime
    columns: tuple[CatalogColumn, ...]


class CatalogSource(NamedTuple):
    """A row of a catalogue, degrees ICRS; `values` are in the order of the catalogue's columns, as text."""

    catalog_id: int
    source_id: str
    ra: float
    dec: float
    values: tuple[str | None, ...]


class CatalogMatch(NamedTuple):
    """A source at some distance from a place."""

    source: CatalogSource
    separation_arcsec: float


def checked_name(name: str) -> str:
    """A name that a catalogue can have. Raises InvalidCatalog."""
    if not CATALOG_NAME.fullmatch(name):
        raise InvalidCatalog(
            f"{name[:80]!r} cannot be the name of a catalogue: use up to 63 letters, digits and _ . + -, and begin "
            "with a letter or digit"
        )
    return name


def checked_radius(radius_arcsec: float) -> float:
    """A default radius that a catalogue can have. Raises InvalidCatalog."""
    if not 0 < radius_arcsec <= MAX_DEFAULT_RADIUS_ARCSEC:
        raise InvalidCatalog(
            f"the default radius must be greater than 0 and at most {MAX_DEFAULT_RADIUS_ARCSEC:g} arcsec, got "
            f"{radius_arcsec:g}"
        )
    return radius_arcsec


def unknown_catalog(name: str, known: list[str]) -> UnknownCatalog:
    """The error for a name that no catalogue has, with the names that there are."""
    there_are = f"there are {', '.join(sorted(known))}" if known else "there is none yet"
    return UnknownCatalog(f"no catalogue is named {name[:80]!r}; {there_are}")
