"""What a packet says of the sources of a reference catalogue beside the alert."""

from collections.abc import Mapping
from typing import NamedTuple

MOST_SOURCES = 3
NO_VALUE = -999.0
GALAXY_BELOW = 0.5


class ReferenceSource(NamedTuple):
    """A source of Pan-STARRS 1 near an alert: distance in arcsec, star-galaxy score (1 is a star) and r magnitude,
    None where the packet has none."""

    identifier: str
    distance_arcsec: float
    star_score: float | None
    r_magnitude: float | None

    @property
    def looks_like_a_galaxy(self) -> bool:
        """Whether it may be a host: its score says that it is extended rather than a star."""
        return self.star_score is not None and self.star_score < GALAXY_BELOW


def nearest_sources(fields: Mapping[str, str | None]) -> list[ReferenceSource]:
    """The sources that a packet names, the nearest first; none for surveys that name none."""
    found = []
    for place in range(1, MOST_SOURCES + 1):
        distance = _known(fields.get(f"candidate.distpsnr{place}"))
        if distance is None:
            continue
        found.append(
            ReferenceSource(
                identifier=fields.get(f"candidate.objectidps{place}") or "",
                distance_arcsec=distance,
                star_score=_known(fields.get(f"candidate.sgscore{place}")),
                r_magnitude=_known(fields.get(f"candidate.srmag{place}")),
            )
        )
    return found


def _known(text: str | None) -> float | None:
    """The survey writes -999 for what it does not know."""
    value = NO_VALUE if text is None else float(text)
    return value if value > NO_VALUE else None  # which NaN is not
