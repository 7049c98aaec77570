"""python -m benchmarks late: processor time of features of light curves, and of the late classifier's trees, on one
core. Needs no database.
"""

from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np

from classify.classifiers.late import MODEL
from classify.features.extraction import FEATURE_NAMES, feature_vector, named_features
from classify.features.period import search_period
from classify.features.photometry import Measurement, Photometry, sorted_photometry
from classify.hierarchy import load_hierarchy
from classify.taxonomies.late import LATE
from domain.band import Band

LIGHT_CURVES = 400
POINTS_PER_BAND = 50
SPAN_DAYS = 700.0
GOAL_PER_SECOND, GOAL_MS = 500, 0.1


def measure(rounds: int) -> None:
    """Print the medians over the rounds, each of which works through the same light curves."""
    rows = [_rows(seed) for seed in range(LIGHT_CURVES)]
    light_curves = [sorted_photometry(points, [], is_apparent=True) for points in rows]
    model = load_hierarchy(MODEL, LATE)
    place = {name: column for column, name in enumerate(FEATURE_NAMES)}
    vectors = np.array([feature_vector(light_curve) for light_curve in light_curves])
    vectors = vectors[:, [place[name] for name in model.features]]
    features = _seconds(lambda: [_features(points) for points in rows], rounds)
    periods = _seconds(lambda: [_search(light_curve) for light_curve in light_curves], rounds)
    answers = _seconds(lambda: model.probabilities(vectors), rounds)
    count = len(named_features(feature_vector(light_curves[0])))
    print(
        f"late: {LIGHT_CURVES / features:.0f} light curves/s with {count} features (goal >= {GOAL_PER_SECOND}); "
        f"{2 * POINTS_PER_BAND} points in g and r over {SPAN_DAYS:.0f} d, periods of 0.1 to 100 d"
    )
    print(f"  of it the period search: {periods / LIGHT_CURVES * 1e3:.2f} ms a light curve")
    print(f"  the trees, in a batch of {LIGHT_CURVES}: {answers / LIGHT_CURVES * 1e3:.3f} ms (goal <= {GOAL_MS})")


def _seconds(work: Callable[[], object], rounds: int) -> float:
    work()
    spent = []
    for _ in range(rounds):
        start = process_time()
        work()
        spent.append(process_time() - start)
    return median(spent)


def _features(points: list[Measurement]) -> object:
    return named_features(feature_vector(sorted_photometry(points, [], is_apparent=True)))


def _search(light_curve: Photometry) -> object:
    return search_period(light_curve.time, light_curve.magnitude, light_curve.error, light_curve.start)


def _rows(seed: int) -> list[Measurement]:
    rng = np.random.default_rng(seed)
    period = float(10 ** rng.uniform(-1, 2))
    amplitude = float(rng.uniform(0.05, 0.5))
    points = []
    for band, mean in ((Band.g, 18.3), (Band.r, 18.0)):
        nights = np.sort(np.round(rng.uniform(0, SPAN_DAYS, POINTS_PER_BAND)))
        for mjd in (60000 + nights + rng.uniform(0.15, 0.45, POINTS_PER_BAND)).tolist():
            magnitude = mean + amplitude * np.sin(2 * np.pi * mjd / period) + rng.normal(0, 0.04)
            points.append(Measurement(mjd, band, float(magnitude), 0.04, 0))
    return points
