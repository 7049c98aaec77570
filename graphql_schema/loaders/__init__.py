"""One loader per question: many keys, one statement. Made anew for every request."""

from collections.abc import Callable, Mapping
from typing import Any

from strawberry.dataloader import DataLoader

from domain.catalog import Catalog
from domain.sky_object import SkyObject
from domain.skymap import Skymap
from domain.statistics import BandStatistics
from domain.survey import SurveyName
from domain.taxonomy import TaxonClass
from graphql_schema.loaders.band_statistics import band_statistics_loader, median_loader
from graphql_schema.loaders.catalogs import CrossmatchKey, catalog_loader, crossmatch_loader
from graphql_schema.loaders.classifications import (
    FeaturesKey,
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
from graphql_schema.loaders.nights import night_class_loader
from graphql_schema.loaders.objects import object_by_name_loader, object_loader
from graphql_schema.loaders.packets import PacketKey, packet_loader
from graphql_schema.loaders.skymaps import skymap_loader
from graphql_schema.loaders.stamps import StampsKey, stamps_loader
from graphql_schema.loaders.work import state_loader, work_loader
from storage.band_statistics import Medians
from storage.catalogs import FoundSource
from storage.classification_state import ObjectState
from storage.classification_work import Waiting
from storage.classifications import StoredClassification
from storage.nights import NightClass, NightKey
from storage.objects import Placed
from storage.packets import AlertPacket
from storage.reader import Columns, Reader
from storage.stamps import AlertStamps


class Loaders:
    """The loaders of one request, each made when it is asked for: few questions need more than two."""

    objects: DataLoader[int, SkyObject | None]
    objects_by_name: DataLoader[tuple[SurveyName, str], SkyObject | None]
    detections: DataLoader[LightCurveKey, Columns]
    non_detections: DataLoader[LightCurveKey, Columns]
    forced_photometry: DataLoader[LightCurveKey, Columns]
    band_statistics: DataLoader[int, list[BandStatistics]]
    medians: DataLoader[tuple[int, str], Medians | None]
    stamps: DataLoader[StampsKey, AlertStamps | None]
    packets: DataLoader[PacketKey, AlertPacket | None]
    neighbors: DataLoader[NeighborKey, list[Placed]]
    classifications: DataLoader[int, list[StoredClassification]]
    classification_history: DataLoader[HistoryKey, list[StoredClassification]]
    features: DataLoader[FeaturesKey, Columns]
    taxonomies: DataLoader[int, list[TaxonClass]]
    skymaps: DataLoader[str, Skymap]
    catalogs: DataLoader[str, Catalog]
    crossmatches: DataLoader[CrossmatchKey, list[FoundSource]]
    night_classes: DataLoader[NightKey, list[NightClass]]
    work: DataLoader[str, Waiting]
    answer_states: DataLoader[int, list[ObjectState]]

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        if name not in _MAKERS:
            raise AttributeError(name)
        loader = _MAKERS[name](self._reader)
        setattr(self, name, loader)
        return loader

    def forget(self) -> None:
        """Read everything anew from now on."""
        for name in _MAKERS:
            self.__dict__.pop(name, None)


_MAKERS: Mapping[str, Callable[[Reader], Any]] = {
    "objects": object_loader,
    "objects_by_name": object_by_name_loader,
    "detections": detection_loader,
    "non_detections": non_detection_loader,
    "forced_photometry": forced_photometry_loader,
    "band_statistics": band_statistics_loader,
    "medians": median_loader,
    "stamps": stamps_loader,
    "packets": packet_loader,
    "neighbors": neighbor_loader,
    "classifications": classification_loader,
    "classification_history": classification_history_loader,
    "features": feature_loader,
    "taxonomies": taxonomy_loader,
    "skymaps": skymap_loader,
    "catalogs": catalog_loader,
    "crossmatches": crossmatch_loader,
    "night_classes": night_class_loader,
    "work": work_loader,
    "answer_states": state_loader,
}
