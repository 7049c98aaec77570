"""python -m classify.features: compiles the features, so that the first light curve need not wait for it."""

from time import perf_counter

from classify.features.compiled import kept_in
from classify.features.extraction import feature_vector
from classify.features.photometry import Measurement, sorted_photometry
from domain.band import Band


def main() -> None:
    """Compile what is not compiled yet, and say how long that took."""
    start = perf_counter()
    points = [Measurement(60000.0 + day, Band.g, 18.0 + 0.1 * (day % 3), 0.05, 1) for day in range(12)]
    feature_vector(sorted_photometry(points, [], is_apparent=False))
    print(f"compiled in {perf_counter() - start:.1f} s, kept in {kept_in()}")  # noqa: T201


if __name__ == "__main__":
    main()
