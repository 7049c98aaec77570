"""Features of light curves, and the late classifier's answers from them, in processor time of one core.

Also alone, without a database: python -m benchmarks.features
"""

from time import process_time

import numpy as np

from benchmarks.figure import Figure, Section
from benchmarks.plan import Plan
from benchmarks.progress import say
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


def run(plan: Plan) -> Section:
    """As a section of the report."""
    return measured(plan.rounds)


def measured(rounds: int) -> Section:
    """Every round works through the same light curves, after one that warms up."""
    rows = [_rows(seed) for seed in range(LIGHT_CURVES)]
    light_curves = [sorted_photometry(points, [], is_apparent=True) for points in rows]
    model = load_hierarchy(MODEL, LATE)
    place = {name: column for column, name in enumerate(FEATURE_NAMES)}
    columns = [place[name] for name in model.features]
    vectors = np.array([feature_vector(light_curve) for light_curve in light_curves])[:, columns]
    model.probabilities(vectors)
    features, periods, answers = [], [], []
    for number in range(rounds):
        say(f"features: round {number + 1} of {rounds}")
        begin = process_time()
        for points in rows:
            named_features(feature_vector(sorted_photometry(points, [], is_apparent=True)))
        features.append(LIGHT_CURVES / (process_time() - begin))
        begin = process_time()
        for light_curve in light_curves:
            _search(light_curve)
        periods.append((process_time() - begin) / LIGHT_CURVES * 1e3)
        begin = process_time()
        model.probabilities(vectors)
        answers.append((process_time() - begin) / LIGHT_CURVES * 1e3)
    return Section(
        name="features",
        figures=[
            Figure(name="light curves with all features, one core", unit="1/s", ours=features),
            Figure(name="of that, the period search", unit="ms", ours=periods),
            Figure(name="the late model, per object of a batch", unit="ms", ours=answers),
        ],
        notes=[
            f"{LIGHT_CURVES} light curves of {2 * POINTS_PER_BAND} points in g and r over {SPAN_DAYS:.0f} d, "
            "periods of 0.1 to 100 d, processor time of one thread. Goals: 500 light curves/s, 0.1 ms per object."
        ],
    )


def _search(light_curve: Photometry) -> None:
    search_period(light_curve.time, light_curve.magnitude, light_curve.error, light_curve.start)


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


if __name__ == "__main__":
    from benchmarks.report import print_report

    print_report([measured(5)], {})
