"""Ask an Arrayán alert broker.

    from arrayan_client import Arrayan

    arrayan = Arrayan()                                   # ARRAYAN_URL, or http://127.0.0.1:8000
    for found in arrayan.cone_search("17:57:56 +09:11:44", radius=60):
        print(found.name, found.separation, found.detection_count)

`AsyncArrayan` has the same verbs, to be awaited.
"""

from arrayan_client.async_client import AsyncArrayan
from arrayan_client.client import Arrayan
from arrayan_client.errors import (
    ArrayanError,
    BadQuestion,
    EventExpired,
    EventUnknown,
    IncompatibleServer,
    IncompleteDownload,
    InvalidInput,
    LimitExceeded,
    MissingPackage,
    NotArrayan,
    ObjectNotFound,
    QueryTimeout,
    RateLimited,
    ServerError,
    ServerFault,
    ServerUnreachable,
    StampUnreadable,
    Unauthenticated,
    Unavailable,
)
from arrayan_client.records import (
    BandStatistics,
    CatalogSource,
    Classification,
    ClassificationEvent,
    ClassifiedObject,
    CrossmatchRow,
    Detection,
    DetectionEvent,
    DetectionOfObject,
    Download,
    Feature,
    ForcedPhotometry,
    FoundObject,
    LightCurve,
    LightCurvePoint,
    NonDetection,
    Packet,
    PlacedObject,
    Probability,
    Skymap,
    SkyObject,
    Stamp,
    Stamps,
    TaxonClass,
)
from arrayan_client.retry import NO_RETRY, Retry
from arrayan_client.rows import Rows
from arrayan_client.subscription import AsyncSubscription, Subscription
from arrayan_client.version import __version__

__all__ = [
    "NO_RETRY",
    "Arrayan",
    "ArrayanError",
    "AsyncArrayan",
    "AsyncSubscription",
    "BadQuestion",
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
    "EventExpired",
    "EventUnknown",
    "Feature",
    "ForcedPhotometry",
    "FoundObject",
    "IncompatibleServer",
    "IncompleteDownload",
    "InvalidInput",
    "LightCurve",
    "LightCurvePoint",
    "LimitExceeded",
    "MissingPackage",
    "NonDetection",
    "NotArrayan",
    "ObjectNotFound",
    "Packet",
    "PlacedObject",
    "Probability",
    "QueryTimeout",
    "RateLimited",
    "Retry",
    "Rows",
    "ServerError",
    "ServerFault",
    "ServerUnreachable",
    "SkyObject",
    "Skymap",
    "Stamp",
    "StampUnreadable",
    "Stamps",
    "Subscription",
    "TaxonClass",
    "Unauthenticated",
    "Unavailable",
    "__version__",
]
