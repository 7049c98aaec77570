"""One object of the night: drawn, placed on the sky, followed through the exposures, and detected or not."""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import FIDS
from simulate.cadence import Schedule
from simulate.detector import EDGE_MARGIN, HEIGHT, WIDTH, DetectorPosition, SkyPosition, sky_position
from simulate.exposures import Exposures
from simulate.fields import all_fields
from simulate.identity import object_id
from simulate.light_curves.registry import FAMILIES, Family
from simulate.photometry_noise import Photometry, measure, to_counts
from simulate.random_stream import random_stream
from simulate.sky import ecliptic_latitude, galactic_latitude
from simulate.source import Sightline, Source

REFERENCE_FRAMES = 15
"""Exposures in a reference image: the number of nearly all real ones."""
REFERENCE_MJD = (58200.0, 58400.0)
"""When they were taken: the references of real packets are of 2018."""
_BRIGHTEST_MAGNITUDE = 12.3
"""Saturation: a source that is brighter makes no good alert."""


@dataclass(frozen=True, kw_only=True)
class SimulatedObject:
    """An object and all that the survey measured of it; arrays are parallel to `exposures`."""

    key: tuple[int, ...]
    """Key of its random streams."""
    object_id: str
    subclass: str
    source: Source
    position: SkyPosition
    place: DetectorPosition
    field_number: int
    exposures: Exposures
    true_difference: FloatArray
    """DN."""
    reference_flux: FloatArray
    """Of the changing source in the reference, at the exposure's zero point [DN]."""
    template_magnitude: FloatArray
    """Of the changing source in the reference, by `fid`; infinite where it is dark."""
    photometry: Photometry
    alerts: IntArray
    """Exposures of the last night that make an alert."""

    @property
    def latitude(self) -> float:
        return float(galactic_latitude(*self.position))


def draw_alerting_object(seed: int, slot: int, subclass: str, schedule: Schedule) -> SimulatedObject:
    """The object of one slot: objects are drawn until one makes an alert in the schedule's last night.

    Raises RuntimeError when 2,000 draws in a row stay below the threshold.
    """
    for attempt in range(2000):
        drawn = draw_object(seed, slot, attempt, subclass, schedule)
        if drawn is not None and len(drawn.alerts):
            return drawn
    raise RuntimeError(f"no object of class {subclass} makes an alert in the night {schedule.last_night}")


def draw_object(seed: int, slot: int, attempt: int, subclass: str, schedule: Schedule) -> SimulatedObject | None:
    """One object with its photometry, whether it is detected or not; None where its kind does not live."""
    key = (seed, 3, slot, attempt)
    rng = random_stream(*key)
    family = FAMILIES[subclass]
    field, place, position = _draw_position(rng, family, schedule)
    if field < 0:
        return None
    exposures = schedule.of_field(field)
    tonight = np.flatnonzero(exposures.night == schedule.last_night)
    sightline = Sightline(
        galactic_latitude=float(galactic_latitude(*position)),
        ecliptic_latitude=float(ecliptic_latitude(*position)),
        visit_mjd=exposures.mjd[tonight],
        visit_fid=exposures.fid[tonight],
        survey_mjd=exposures.mjd,
    )
    source = family.draw(rng, sightline)
    flux, template = _fluxes(rng, source, exposures)
    reference = to_counts(template[exposures.fid], exposures.zero_point)
    difference = to_counts(flux, exposures.zero_point) - reference
    surroundings = _light_below(source)[exposures.fid]
    photometry = measure(rng, exposures, difference, reference + to_counts(surroundings, exposures.zero_point))
    with np.errstate(divide="ignore"):
        template_magnitude = -2.5 * np.log10(template)
        too_bright = -2.5 * np.log10(np.maximum(flux, 1e-30)) < _BRIGHTEST_MAGNITUDE
    return SimulatedObject(
        key=key,
        object_id=object_id(seed, slot),
        subclass=subclass,
        source=source,
        position=position,
        place=place,
        field_number=int(all_fields().number[field]),
        exposures=exposures,
        true_difference=difference,
        reference_flux=reference,
        template_magnitude=template_magnitude,
        photometry=photometry,
        alerts=tonight[photometry.detected[tonight] & ~too_bright[tonight]],
    )


def _draw_position(
    rng: np.random.Generator, family: Family, schedule: Schedule
) -> tuple[int, DetectorPosition, SkyPosition]:
    """A place within tonight's fields, by the density of the family; field -1 after 200 refusals."""
    fields, tonight = all_fields(), schedule.fields_of_last_night()
    for _ in range(200):
        field = int(rng.choice(tonight))
        place = DetectorPosition(
            int(rng.integers(64)),
            float(rng.uniform(EDGE_MARGIN, WIDTH - EDGE_MARGIN)),
            float(rng.uniform(EDGE_MARGIN, HEIGHT - EDGE_MARGIN)),
        )
        position = sky_position(float(fields.ra[field]), float(fields.dec[field]), place)
        density = family.density(float(galactic_latitude(*position)), float(ecliptic_latitude(*position)))
        if rng.random() < density:
            return field, place, position
    return -1, place, position


def _fluxes(rng: np.random.Generator, source: Source, exposures: Exposures) -> tuple[FloatArray, FloatArray]:
    """True flux at each exposure, and mean flux in the reference by `fid`, from one realisation [maggies]."""
    frames = np.sort(rng.uniform(*REFERENCE_MJD, REFERENCE_FRAMES))
    mjd = np.concatenate([np.repeat(frames, len(FIDS)), exposures.mjd])
    fid = np.concatenate([np.tile(np.array(FIDS), REFERENCE_FRAMES), exposures.fid])
    flux = source.light_curve.flux(mjd, fid, rng)
    past = flux[: len(FIDS) * REFERENCE_FRAMES].reshape(REFERENCE_FRAMES, len(FIDS))
    return flux[past.size :], np.concatenate([[np.nan], past.mean(axis=0)])


def _light_below(source: Source) -> FloatArray:
    """Flux of the host under the source within the PSF, by `fid` [maggies]: it adds noise."""
    if source.host is None:
        return np.zeros(4)
    host = source.host
    share = (
        0.25 * np.exp(-1.68 * host.offset / host.half_light_radius) * min(1.0, (2.0 / host.half_light_radius) ** 2)
    )
    return np.asarray(share * 10 ** (-0.4 * host.magnitudes.by_fid()))
