"""One loader per question: many keys, one statement. Made anew for every request."""

from typing import NamedTuple

from strawberry.dataloader import DataLoader

from domain.light_curve import StoredDetection, StoredForcedPhotometry, StoredNonDetection
from domain.sky_object import SkyObject
from domain.statistics import BandStatistics
from domain.survey import SurveyName
from domain.taxonomy import TaxonClass
from graphql_schema.loaders.band_statistics import band_statistics_loader, median_loader
from graphql_schema.loaders.classifications import (
    HistoryKey,
    classification_history_loader,
    classification_loader,
    feature_loader,
    taxonomy_loader,
)
from graphql_schema.loaders.light_curves import (
    LightCurveKey,
    detection_loader,
    forced_photometry_loader,
    non_detection_loader,
)
from graphql_schema.loaders.neighbors import NeighborKey, neighbor_loader
from graphql_schema.loaders.objects import object_by_name_loader, object_loader
from graphql_schema.loaders.packets import PacketKey, packet_loader
from graphql_schema.loaders.stamps import StampsKey, stamps_loader
from storage.band_statistics import Medians
from storage.classifications import StoredClassification
from storage.features import StoredFeature
from storage.objects import Placed
from storage.packets import AlertPacket
from storage.reader import Reader
from storage.stamps import AlertStamps


class Loaders(NamedTuple):
    """The loaders of one request."""

    objects: DataLoader[int, SkyObject | None]
    objects_by_name: DataLoader[tuple[SurveyName, str], SkyObject | None]
    detections: DataLoader[LightCurveKey, list[StoredDetection]]
    non_detections: DataLoader[LightCurveKey, list[StoredNonDetection]]
    forced_photometry: DataLoader[LightCurveKey, list[StoredForcedPhotometry]]
    band_statistics: DataLoader[int, list[BandStatistics]]
    medians: DataLoader[tuple[int, str], Medians | None]
    stamps: DataLoader[StampsKey, AlertStamps | None]
    packets: DataLoader[PacketKey, AlertPacket | None]
    neighbors: DataLoader[NeighborKey, list[Placed]]
    classifications: DataLoader[int, list[StoredClassification]]
    classification_history: DataLoader[HistoryKey, list[StoredClassification]]
    features: DataLoader[int, list[StoredFeature]]
    taxonomies: DataLoader[int, list[TaxonClass]]


def make_loaders(reader: Reader) -> Loaders:
    """Loaders that read through a reader."""
    return Loaders(
        object_loader(reader),
        object_by_name_loader(reader),
        detection_loader(reader),
        non_detection_loader(reader),
        forced_photometry_loader(reader),
        band_statistics_loader(reader),
        median_loader(reader),
        stamps_loader(reader),
        packet_loader(reader),
        neighbor_loader(reader),
        classification_loader(reader),
        classification_history_loader(reader),
        feature_loader(reader),
        taxonomy_loader(reader),
    )
