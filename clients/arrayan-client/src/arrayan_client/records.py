"""What questions give, record by record.

`SkyObject`, `Detection`, `NonDetection`, `ForcedPhotometry`, `BandStatistics`, `Classification`, `Feature`,
`CatalogSource` and the events are generated from the schema, where every field is described. What is here joins
them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arrayan_client.columns import LIGHT_CURVE_COLUMNS
from arrayan_client.generated import fragments
from arrayan_client.generated.crossmatch import CrossmatchCrossmatchMatchesObject
from arrayan_client.generated.fragments import (
    BandStatistics,
    CatalogSource,
    Classification,
    Detection,
    Feature,
    ForcedPhotometry,
    NonDetection,
    SkyObject,
)
from arrayan_client.generated.fragments import ClassificationEvent as ClassificationEventFields
from arrayan_client.generated.fragments import DetectionEvent as DetectionEventFields
from arrayan_client.rows import Rows
from arrayan_client.stamps import Stamp, Stamps

__all__ = [
    "BandStatistics",
    "CatalogSource",
    "Classification",
    "ClassificationEvent",
    "ClassifiedObject",
    "CrossmatchRow",
    "Detection",
    "DetectionEvent",
    "DetectionOfObject",
    "Download",
    "Feature",
    "ForcedPhotometry",
    "FoundObject",
    "LightCurve",
    "LightCurvePoint",
    "NonDetection",
    "Packet",
    "PlacedObject",
    "Probability",
    "SkyObject",
    "Skymap",
    "Stamp",
    "Stamps",
    "TaxonClass",
]


class FoundObject(SkyObject):
    """An object at a distance."""

    separation: float
    """Angle to the centre, arcsec."""


class PlacedObject(SkyObject):
    """An object with its place in a sky map."""

    probability_density: float
    """Probability per square degree at its mean position; 0 off the map."""
    credible_level: float
    """It lies in the credible regions of this level and above, 0 to 1."""


class ClassifiedObject(SkyObject):
    """An object with the latest answer of a classifier."""

    classification: Classification | None

    @property
    def classifier(self) -> str | None:
        """Name of the classifier; None without an answer."""
        return self.classification.classifier if self.classification else None

    @property
    def class_name(self) -> str | None:
        """Its most probable class; None without an answer."""
        return self.classification.class_ if self.classification else None

    @property
    def probability(self) -> float | None:
        """Probability of that class, 0 to 1; None without an answer."""
        return self.classification.probability if self.classification else None


class DetectionOfObject(Detection):
    """A detection with the name of its object."""

    object_survey: str
    object_name: str


class ClassificationEvent(ClassificationEventFields):
    """A classifier has answered for an object."""

    @property
    def object(self) -> SkyObject:
        """The object, as it was when the event was sent."""
        return self.object_


class DetectionEvent(DetectionEventFields):
    """A new alert is stored."""

    @property
    def object(self) -> SkyObject:
        """The object, as it was when the event was sent."""
        return self.object_


for _event in (ClassificationEvent, DetectionEvent):
    _event.model_rebuild(_types_namespace=vars(fragments))


@dataclass(frozen=True)
class Probability:
    """What an answer of a classifier says of one class."""

    classifier: str
    version: str
    class_name: str
    probability: float
    """0 to 1; those of all classes of an answer sum to 1."""
    ranking: int
    """1 for the most probable class."""
    candid: str | None
    """The alert that caused the answer; None when none did."""
    mjd: float
    """Time of the observation that caused it, MJD (UTC)."""
    classified_at: datetime
    """When the answer was stored, UTC."""


@dataclass(frozen=True)
class TaxonClass:
    """A class that a classifier may give."""

    classifier: str
    version: str
    name: str
    description: str
    parent: str | None
    """The class that it is a part of; None at the top."""
    children: tuple[str, ...]
    """The classes that it consists of."""


@dataclass(frozen=True)
class CrossmatchRow:
    """A position of your table, and one object near it; a position without any has one row, without an object."""

    row: int
    """Number of the position in your table, from 0."""
    target: str | None
    """Your name of it."""
    target_ra: float
    """Degrees ICRS, in [0, 360)."""
    target_dec: float
    """Degrees ICRS."""
    separation: float | None
    """Angle to the object, arcsec."""
    object: CrossmatchCrossmatchMatchesObject | None

    @property
    def is_match(self) -> bool:
        """Whether there is an object."""
        return self.object is not None


@dataclass(frozen=True)
class LightCurvePoint:
    """A row of the table of everything: what its kind does not have is None."""

    kind: str
    """detection, non_detection or forced_photometry."""
    point: Detection | NonDetection | ForcedPhotometry

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "point":
            raise AttributeError(name)
        return getattr(self.point, name, None)


@dataclass(frozen=True)
class LightCurve:
    """All that was measured of an object, in three tables, each sorted by time."""

    object: SkyObject
    detections: Rows[Detection]
    non_detections: Rows[NonDetection]
    forced_photometry: Rows[ForcedPhotometry]

    @property
    def points(self) -> Rows[LightCurvePoint]:
        """All three as one, sorted by time, with their `kind`."""
        points = [LightCurvePoint("detection", point) for point in self.detections]
        points += [LightCurvePoint("non_detection", point) for point in self.non_detections]
        points += [LightCurvePoint("forced_photometry", point) for point in self.forced_photometry]
        return Rows(
            sorted(points, key=lambda point: (point.point.mjd, point.kind)),
            LIGHT_CURVE_COLUMNS,
            query=self.detections.query,
        )

    def to_table(self) -> Any:
        """Everything as one astropy Table. Raises MissingPackage."""
        return self.points.to_table()

    def to_pandas(self) -> Any:
        """Everything as one data frame of pandas. Raises MissingPackage."""
        return self.points.to_pandas()

    def to_polars(self) -> Any:
        """Everything as one data frame of polars. Raises MissingPackage."""
        return self.points.to_polars()

    def plot(self, **options: Any) -> Any:
        """Draw it; see `Arrayan.plot_lightcurve`. Raises MissingPackage."""
        from arrayan_client.plots import plot_light_curve

        return plot_light_curve(self, **options)


@dataclass(frozen=True)
class Packet:
    """Everything that a survey sent with an alert."""

    candid: str
    mjd: float
    """Time of the alert's exposure, MJD (UTC)."""
    band: str
    fields: Mapping[str, str | None]
    """By their names in the survey's schema, as text, in the unit of the survey's schema."""


@dataclass(frozen=True)
class Skymap:
    """A probability map of the sky that the server keeps."""

    id: str
    event: str | None
    observed_at: datetime | None
    instruments: Any
    distance: float | None
    """Mpc."""
    distance_error: float | None
    """Mpc."""
    pixels: int
    area50: float
    """Area of the 50 % credible region, square degrees."""
    area90: float
    """The same for 90 %."""
    uploaded_at: datetime
    expires_at: datetime
    """The server forgets it then, unless it is sent again."""


@dataclass(frozen=True)
class Download:
    """A file that was taken out."""

    path: Any
    """Where it is (pathlib.Path)."""
    rows: int | None
    """Number of its rows, as the server says."""
    complete: bool
    """False when a limit left rows out."""
