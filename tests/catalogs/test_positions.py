"""Degrees, hours, radians and sexagesimal text give degrees; what is none of them gives a reason."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Angle as AstropyAngle
from hypothesis import given
from hypothesis import strategies as st

from catalogs.positions import (
    Angle,
    angle_by_cells,
    angle_by_unit,
    declinations,
    right_ascension_by_unit,
    right_ascensions,
)
from catalogs.table import Column, UnreadableTable


@given(st.floats(0, 359.99), st.floats(-90, 90), st.sampled_from([":", " ", "letters"]))
def test_sexagesimal_text_as_astropy_writes_it(ra: float, dec: float, separator: str) -> None:
    sep = separator if separator != "letters" else None
    east = AstropyAngle(ra, u.deg).to_string(u.hour, precision=6, **({"sep": sep} if sep else {}))
    north = AstropyAngle(dec, u.deg).to_string(u.deg, precision=5, alwayssign=True, **({"sep": sep} if sep else {}))
    assert angle_by_cells([east]) is Angle.SEXAGESIMAL
    values, problems = right_ascensions([east], Angle.SEXAGESIMAL, "ra")
    assert not problems
    assert values[0] == pytest.approx(AstropyAngle(east, u.hour).deg % 360, abs=1e-9)
    values, problems = declinations([north], Angle.SEXAGESIMAL, "dec")
    assert not problems
    assert values[0] == pytest.approx(AstropyAngle(north, u.deg).deg, abs=1e-9)


def test_minus_zero_degrees_keep_their_sign() -> None:
    values, _ = declinations(["-00:30:00", "+00:30:00", "-0 0 36"], Angle.SEXAGESIMAL, "dec")
    assert values.tolist() == pytest.approx([-0.5, 0.5, -0.01])


@pytest.mark.parametrize("cell", ["12d34m56.7s", "12°34'56.7\"", "12d 34m 56.7s"])
def test_right_ascensions_marked_as_degrees_are_degrees(cell: str) -> None:
    values, problems = right_ascensions([cell, "12h34m56.7s"], Angle.SEXAGESIMAL, "ra")
    assert not problems
    assert values.tolist() == pytest.approx([12 + 34 / 60 + 56.7 / 3600, 15 * (12 + 34 / 60 + 56.7 / 3600)])


def test_a_declination_in_hours_is_refused() -> None:
    _, (problem,) = declinations(["12h34m56.7s"], Angle.SEXAGESIMAL, "dec")
    assert "is in hours" in problem.why


@pytest.mark.parametrize(("written", "cell"), [(Angle.HOURS, 12.0), (Angle.RADIANS, np.pi), (Angle.DEGREES, "180")])
def test_other_units(written: Angle, cell: object) -> None:
    values, problems = right_ascensions([cell], written, "ra")
    assert (values.tolist(), problems) == ([pytest.approx(180.0)], [])


def test_right_ascension_is_wrapped() -> None:
    values, problems = right_ascensions([-10.0, 360.0, 359.5], Angle.DEGREES, "ra")
    assert (values.tolist(), problems) == ([350.0, 0.0, 359.5], [])


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (None, "it is empty"),
        ("  ", "it is empty"),
        ("abc", "'abc' is no number"),
        ("1_2.5", "'1_2.5' is no number"),
        ("10:00:00", "say that it is sexagesimal"),
        (float("nan"), "no finite number"),
        (1234.5, "is no right ascension"),
    ],
)
def test_a_cell_that_is_no_position_has_a_reason(cell: object, why: str) -> None:
    values, (problem,) = right_ascensions([10.0, cell, 20.0], Angle.DEGREES, "RAJ2000")
    assert (problem.place, problem.column) == (1, "RAJ2000")
    assert why in problem.why
    assert values[[0, 2]].tolist() == [10.0, 20.0]


@pytest.mark.parametrize(
    ("cell", "why"), [("91", "between -90 and 90"), ("10:61:00", "more than 60"), ("x", "not written")]
)
def test_a_declination_that_is_none(cell: str, why: str) -> None:
    written = Angle.DEGREES if cell == "91" else Angle.SEXAGESIMAL
    _, (problem,) = declinations([cell], written, "dec")
    assert why in problem.why


def test_units_say_how_angles_are_written() -> None:
    assert angle_by_unit(Column("ra")) is None
    assert angle_by_unit(Column("ra", "deg")) is Angle.DEGREES
    assert angle_by_unit(Column("ra", "hourangle")) is Angle.HOURS
    assert angle_by_unit(Column("ra", '"h:m:s"')) is Angle.SEXAGESIMAL
    assert angle_by_unit(Column("ra", "15deg")) is Angle.HOURS
    with pytest.raises(UnreadableTable, match="positions are read in deg"):
        angle_by_unit(Column("ra", "mas"))


def test_right_ascensions_in_sexagesimal_degrees_are_refused_and_not_taken_for_hours() -> None:
    assert right_ascension_by_unit(Column("RAJ2000", '"h:m:s"')) is Angle.SEXAGESIMAL
    assert right_ascension_by_unit(Column("RAJ2000", "deg")) is Angle.DEGREES
    assert right_ascension_by_unit(Column("RAJ2000")) is None
    for unit in ('"d:m:s"', "dd:mm:ss", "dms"):
        with pytest.raises(UnreadableTable, match="are read in hours"):
            right_ascension_by_unit(Column("RAJ2000", unit))
