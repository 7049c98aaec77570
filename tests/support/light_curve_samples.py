"""Light curves of which the truth is known, as the features get them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from classify.features.arrays import Floats, Integers
from simulate.cadence import build_schedule
from simulate.light_curves.registry import FAMILIES
from simulate.source import Sightline


class PeriodicSample(NamedTuple):
    """Magnitudes of a periodic star in g and r at the times of a simulated field."""

    label: str
    period: float
    time: Floats
    magnitude: Floats
    error: Floats
    start: Integers


PERIODIC = ("RRL", "CEP", "E", "DSCT", "LPV", "Periodic-Other")


def periodic_samples(count: int, seed: int, nights: int = 700) -> Iterator[PeriodicSample]:
    """Stars with periods of 0.05 to 500 d, 30 to 75 points in each of g and r, errors of 0.015 mag and more."""
    rng = np.random.default_rng(seed)
    schedule = build_schedule(seed, 61350, nights)
    fields = np.unique(schedule.exposures.field)
    found = 0
    while found < count:
        exposures = schedule.of_field(int(rng.choice(fields)))
        g, r = (np.flatnonzero(exposures.fid == fid) for fid in (1, 2))
        sizes = rng.integers(30, 75, 2)
        if len(g) < sizes[0] or len(r) < sizes[1]:
            continue
        label = PERIODIC[found % len(PERIODIC)]
        visit = exposures.mjd[-1:], exposures.fid[-1:]
        source = FAMILIES[label].draw(
            rng,
            Sightline(
                galactic_latitude=30.0,
                ecliptic_latitude=30.0,
                visit_mjd=visit[0],
                visit_fid=visit[1],
                survey_mjd=exposures.mjd,
            ),
        )
        if not 0.05 <= source.period_days <= 500:
            continue
        kept = np.concatenate(
            [np.sort(rng.choice(band, size, replace=False)) for band, size in zip((g, r), sizes, strict=True)]
        )
        true = -2.5 * np.log10(source.light_curve.flux(exposures.mjd[kept], exposures.fid[kept], rng))
        error = np.clip(0.02 * 10 ** (0.3 * (true - 18)), 0.015, 0.2)
        yield PeriodicSample(
            label,
            source.period_days,
            exposures.mjd[kept] - exposures.mjd[kept].min(),
            true + rng.normal(0, 1, len(true)) * error,
            error,
            np.array([0, sizes[0], sizes.sum()]),
        )
        found += 1
