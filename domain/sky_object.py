"""An object of a survey, as it is stored."""

from typing import NamedTuple

from domain.survey import SurveyName


class SkyObject(NamedTuple):
    """All detections of one place (or one moving body) by one survey, summarised.

    Position: degrees ICRS, the mean direction of the detections. `hpx`: nested HEALPix pixel of order 29.
    Times: MJD (UTC). Colours: mean g - mean r of difference and of apparent magnitudes; None unless both
    bands were detected.
    """

    object_id: int
    survey: SurveyName
    name: str
    ra: float
    dec: float
    hpx: int
    detection_count: int
    non_detection_count: int
    first_mjd: float
    last_mjd: float
    corrected: bool
    stellar: bool | None
    mean_color: float | None
    mean_apparent_color: float | None
