"""Columns of identifier and position are found by UCD before name, and said aloud."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from catalogs.roles import Named, find_roles
from catalogs.table import Column, Piece, TableFile, UnreadableTable


class Header(TableFile):
    """A table of which only the columns are known."""

    format = "CSV"

    def __init__(self, *columns: Column) -> None:
        self.path = Path("header.csv")
        self.columns = columns

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        raise NotImplementedError


def named(*names: str) -> Header:
    return Header(*map(Column, names))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("source_id", "ra", "dec", "mag"), ("source_id", "ra", "dec")),
        (("RAJ2000", "DEJ2000", "Name"), ("Name", "RAJ2000", "DEJ2000")),
        (("objID", "raMean", "decMean"), ("objID", "raMean", "decMean")),
        (("RA_ICRS", "DE_ICRS"), (None, "RA_ICRS", "DE_ICRS")),
        (("coord_ra", "coord_dec", "objectId"), ("objectId", "coord_ra", "coord_dec")),
        (("ra_error", "RAdeg", "DEdeg"), (None, "RAdeg", "DEdeg")),
    ],
)
def test_usual_names_are_known(names: tuple[str, ...], found: tuple[str | None, str, str]) -> None:
    roles = find_roles(named(*names), Named())
    assert (roles.id and roles.id.name, roles.ra.name, roles.dec.name) == found
    assert len(roles.guessed) == 3


def test_a_ucd_says_more_than_a_name() -> None:
    table = Header(
        Column("ra", ucd="pos.eq.ra"),
        Column("dec", ucd="pos.eq.dec"),
        Column("best_ra", ucd="pos.eq.ra;meta.main"),
        Column("best_dec", ucd="POS_EQ_DEC_MAIN"),
        Column("key", ucd="meta.id;meta.main"),
    )
    roles = find_roles(table, Named())
    assert (roles.id and roles.id.name, roles.ra.name, roles.dec.name) == ("key", "best_ra", "best_dec")
    assert "by its UCD pos.eq.ra;meta.main" in roles.guessed[0]


def test_what_is_told_is_not_guessed() -> None:
    roles = find_roles(named("ra", "dec", "RA2", "de2", "k"), Named("k", "ra2", "de2"))
    assert (roles.id and roles.id.name, roles.ra.name, roles.dec.name) == ("k", "RA2", "de2")
    assert roles.guessed == ()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnreadableTable, match="has no column 'x'; there are ra, dec"):
        find_roles(named("ra", "dec"), Named(ra="x"))
    with pytest.raises(UnreadableTable, match="cannot be both"):
        find_roles(named("ra", "dec"), Named(dec="ra"))
