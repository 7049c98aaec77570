"""Sources near a place by its cell, in SQL: those of the cell, and those that reach into it (domain.sky_cells)."""

from domain.sky import HEALPIX_ORDER
from storage.regions import haversine_expression

STORED_MARGIN_ARCSEC = 1.0
"""Matches are stored a little further than the default radius: the mean position of an object moves with its
detections."""


def sources_by_cell(catalog_id: str, cell_order: str, row: str) -> str:
    """A query of (hpx, ra, dec) of everything that can be within the default radius, and the margin, of `row`.

    The texts are SQL: columns, parameters or numbers.
    """
    shift = f"(2 * ({HEALPIX_ORDER} - {cell_order}))"
    cell = f"({row}.hpx >> {shift})"
    return (
        f"SELECT s.hpx, s.ra, s.dec FROM catalog_source s WHERE s.catalog_id = {catalog_id} "  # noqa: S608
        f"AND s.hpx BETWEEN ({cell} << {shift}) AND (({cell} + 1) << {shift}) - 1 UNION ALL "
        f"SELECT p.hpx, p.ra, p.dec FROM catalog_overlap p WHERE p.catalog_id = {catalog_id} AND p.cell = {cell}"
    )


def within(radius_arcsec: str, source: str, row: str) -> str:
    """Whether `source` lies within a radius of `row`, exactly; the radius is SQL."""
    return f"{haversine_expression(source, f'{row}.ra', f'{row}.dec')} <= sind({radius_arcsec} / 7200.0) ^ 2"
