"""Which columns of a table are identifier, right ascension and declination: as told, else by UCD, else by name."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from catalogs.table import Column, TableFile, UnclearColumn, told_names

RA_UCDS = ("pos.eq.ra;meta.main", "pos_eq_ra_main", "pos.eq.ra", "pos_eq_ra")
DEC_UCDS = ("pos.eq.dec;meta.main", "pos_eq_dec_main", "pos.eq.dec", "pos_eq_dec")
ID_UCDS = ("meta.id;meta.main", "id_main")
RA_NAMES = (
    *("ra", "radeg", "raj2000", "raicrs", "rightascension", "ramean", "meanra", "alpha", "alphaj2000"),
    *("coordra", "raj2000deg", "racat", "targetra", "rad", "raepoch2000"),
)
DEC_NAMES = (
    *("dec", "decdeg", "dej2000", "deicrs", "declination", "decmean", "meandec", "delta", "deltaj2000"),
    *("coorddec", "decj2000", "decicrs", "dedeg", "de", "decl", "deccat", "targetdec", "decd", "decepoch2000"),
)
ID_NAMES = (
    *("sourceid", "id", "objid", "objectid", "oid", "name", "designation", "identifier", "mainid"),
    *("objname", "objectname", "target", "targetname", "catid", "objidps1", "allwise", "2mass", "gaia"),
)
OTHER_FRAMES = re.compile(r"(glon|gal.?lon|elon|ecl.?lon|l|lii)", re.IGNORECASE)


class Named(NamedTuple):
    """Names of columns that a person gave; None leaves one to be found."""

    id: str | None = None
    ra: str | None = None
    dec: str | None = None


class Roles(NamedTuple):
    """The columns of identifier and position. Without an identifier, rows are called by their number."""

    id: Column | None
    ra: Column
    dec: Column
    guessed: tuple[str, ...]
    """What nobody told: in words, with the reason."""


def find_roles(table: TableFile, named: Named) -> Roles:
    """The columns of a table that say what and where its rows are. Raises UnreadableTable for a name that no column
    has, UnclearColumn when it cannot tell."""
    guessed: list[str] = []
    ra = _found(table, "right ascension", "--ra", named.ra, RA_UCDS, RA_NAMES, guessed)
    dec = _found(table, "declination", "--dec", named.dec, DEC_UCDS, DEC_NAMES, guessed)
    if ra is None or dec is None:
        missing, option = ("right ascension", "ra") if ra is None else ("declination", "dec")
        raise UnclearColumn(option, _no_position(table, missing, option))
    if ra.name == dec.name:
        raise UnclearColumn("dec", f"{table.name}: {ra.name!r} cannot be both right ascension and declination")
    identifier = _found(table, "identifier", "--id", named.id, ID_UCDS, ID_NAMES, guessed)
    if identifier is None:
        guessed.append("identifiers are the numbers of the rows, since no column looks like one")
    return Roles(identifier, ra, dec, tuple(guessed))


def _found(
    table: TableFile,
    role: str,
    option: str,
    named: str | None,
    ucds: Sequence[str],
    names: Sequence[str],
    guessed: list[str],
) -> Column | None:
    del option
    if named is not None:
        return table.column(named)
    for column, why in _candidates(table.columns, ucds, names):
        guessed.append(f"{role} is {column.name!r}, by its {why}")
        return column
    return None


def _candidates(columns: Sequence[Column], ucds: Sequence[str], names: Sequence[str]) -> "list[tuple[Column, str]]":
    by_ucd = [
        (column, f"UCD {column.ucd}")
        for ucd in ucds
        for column in columns
        if column.ucd is not None and _plain_ucd(column.ucd) == ucd
    ]
    by_name = [(column, "name") for name in names for column in columns if _plain_name(column.name) == name]
    return by_ucd + by_name


def _plain_ucd(ucd: str) -> str:
    return ucd.lower().replace(" ", "")


def _plain_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _no_position(table: TableFile, missing: str, option: str) -> str:
    there_are = f"there are {told_names(table.columns)}"
    if any(OTHER_FRAMES.fullmatch(column.name) for column in table.columns):
        there_are += "; galactic or ecliptic coordinates are not read: give ICRS"
    return f"{table.name}: no column looks like the {missing}; name it as {option!r}. {there_are}"
