"""What is true of each alert: one row per packet, kept beside the packets and never inside them."""

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from simulate.classes import EARLY_CLASS
from simulate.population import SimulatedObject

TRUTH_SUFFIX = ".truth.csv"


class Truth(NamedTuple):
    """The columns of the truth table, described in docs/simulator.md; NaN (an empty cell) means not applicable."""

    objectId: str  # noqa: N815
    candid: int
    early_class: str
    subclass: str
    kind: str
    ra: float
    dec: float
    mjd: float
    fid: int
    true_difference_magnitude: float
    difference_sign: int
    template_magnitude: float
    redshift: float
    period_days: float
    first_light_mjd: float
    peak_mjd: float
    host_offset_arcsec: float
    mean_magnitude: float
    amplitude_mag: float
    tau_days: float
    sigma_mag: float
    stretch: float
    colour: float
    peak_absolute_magnitude: float
    speed_arcsec_min: float


COLUMNS = tuple("class" if name == "early_class" else name for name in Truth._fields)


def truth_of(drawn: SimulatedObject, exposure: int, candid: int) -> Truth:
    source, exposures = drawn.source, drawn.exposures
    difference = float(drawn.true_difference[exposure])
    zero_point = float(exposures.zero_point[exposure])
    template = float(drawn.template_magnitude[exposures.fid[exposure]])
    known = source.parameters
    return Truth(
        objectId=drawn.object_id,
        candid=candid,
        early_class=EARLY_CLASS[drawn.subclass],
        subclass=drawn.subclass,
        kind=source.kind,
        ra=drawn.position.ra,
        dec=drawn.position.dec,
        mjd=float(exposures.mjd[exposure]),
        fid=int(exposures.fid[exposure]),
        true_difference_magnitude=zero_point - 2.5 * float(np.log10(max(abs(difference), 1e-6))),
        difference_sign=1 if difference > 0 else -1,
        template_magnitude=template if np.isfinite(template) else np.nan,
        redshift=source.redshift,
        period_days=source.period_days,
        first_light_mjd=source.first_light_mjd,
        peak_mjd=source.peak_mjd,
        host_offset_arcsec=source.host.offset if source.host is not None else np.nan,
        mean_magnitude=known.get("mean_magnitude", np.nan),
        amplitude_mag=known.get("amplitude_mag", np.nan),
        tau_days=known.get("tau_days", np.nan),
        sigma_mag=known.get("sigma_mag", np.nan),
        stretch=known.get("stretch", np.nan),
        colour=known.get("colour", np.nan),
        peak_absolute_magnitude=known.get("peak_absolute_magnitude", np.nan),
        speed_arcsec_min=known.get("speed_arcsec_min", np.nan),
    )


_DECIMALS = {"ra": 7, "dec": 7, "mjd": 7}


def _cell(name: str, entry: object) -> str:
    if not isinstance(entry, float):
        return str(entry)
    return "" if np.isnan(entry) else f"{entry:.{_DECIMALS.get(name, 5)}f}"


def truth_csv(rows: Iterable[Truth]) -> str:
    """Comma-separated text with a header line; numbers are rounded, angles and times to seven decimals."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, entry) for name, entry in zip(row._fields, row, strict=True)])
    return text.getvalue()
