from ..open_enum import OpenEnum


class Band(OpenEnum):
    u = "u"
    g = "g"
    r = "r"
    i = "i"
    z = "z"
    y = "y"


class Direction(OpenEnum):
    ASC = "ASC"
    DESC = "DESC"


class LightCurveTable(OpenEnum):
    DETECTIONS = "DETECTIONS"
    NON_DETECTIONS = "NON_DETECTIONS"
    FORCED_PHOTOMETRY = "FORCED_PHOTOMETRY"


class ObjectOrderField(OpenEnum):
    FIRST_MJD = "FIRST_MJD"
    LAST_MJD = "LAST_MJD"
    DETECTION_COUNT = "DETECTION_COUNT"
    RA = "RA"
    DEC = "DEC"
    NAME = "NAME"
    DURATION = "DURATION"
    PROBABILITY = "PROBABILITY"
    SKYMAP_PROBABILITY = "SKYMAP_PROBABILITY"


class StampKind(OpenEnum):
    SCIENCE = "SCIENCE"
    TEMPLATE = "TEMPLATE"
    DIFFERENCE = "DIFFERENCE"


class Survey(OpenEnum):
    ZTF = "ZTF"
    LSST = "LSST"


class TableFormat(OpenEnum):
    CSV = "CSV"
    VOTABLE = "VOTABLE"
    FITS = "FITS"
    PARQUET = "PARQUET"


class WhyUnanswered(OpenEnum):
    WAITING = "WAITING"
    DEFERRED = "DEFERRED"
    FAILED = "FAILED"
    NOT_DUE = "NOT_DUE"
    OTHER_SURVEY = "OTHER_SURVEY"
