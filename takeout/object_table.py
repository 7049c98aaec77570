"""The table of objects, column by column as domain.sky_object has them."""

from takeout.column import Column, Kind, Table

OBJECT_COLUMNS = (
    Column(
        "object_id",
        Kind.INT64,
        "Key of the object in all tables of this broker.",
        ucd="meta.record",
    ),
    Column("survey", Kind.TEXT, "The survey that detects it.", ucd="meta.id;instr.tel"),
    Column("name", Kind.TEXT, "The survey's own identifier of the object.", ucd="meta.id;meta.main"),
    Column("ra", Kind.FLOAT64, "Mean right ascension of the detections, ICRS.", "deg", "pos.eq.ra;meta.main"),
    Column("dec", Kind.FLOAT64, "Mean declination of the detections, ICRS.", "deg", "pos.eq.dec;meta.main"),
    Column(
        "detection_count", Kind.INT32, "Number of detections, of alerts and of their histories.", ucd="meta.number"
    ),
    Column("non_detection_count", Kind.INT32, "Number of epochs with a limit only.", ucd="meta.number"),
    Column("first_mjd", Kind.FLOAT64, "Time of the first detection, MJD (UTC).", "d", "time.epoch;stat.min"),
    Column("last_mjd", Kind.FLOAT64, "Time of the last detection, MJD (UTC).", "d", "time.epoch;stat.max"),
    Column(
        "corrected",
        Kind.BOOLEAN,
        "Whether the photometry can be corrected with a reference source, at the first detection.",
        ucd="meta.code",
    ),
    Column(
        "stellar",
        Kind.BOOLEAN,
        "Whether the reference source looks like a star, at the first detection that can tell.",
        ucd="src.class.starGalaxy",
        nullable=True,
    ),
    Column(
        "mean_color",
        Kind.FLOAT64,
        "Mean g - mean r of the difference magnitudes; only where both bands were seen.",
        "mag",
        "phot.color;stat.mean",
        nullable=True,
    ),
    Column(
        "mean_apparent_color",
        Kind.FLOAT64,
        "Mean g - mean r of the apparent magnitudes; only where both bands have some.",
        "mag",
        "phot.color;stat.mean",
        nullable=True,
    ),
)

SEPARATION = Column("separation", Kind.FLOAT64, "Angle to the centre of the cone.", "arcsec", "pos.angDistance")

OBJECT_TABLE = Table(
    "objects",
    "Objects: places on the sky, or moving bodies, that one survey detected, with all their detections together.",
    OBJECT_COLUMNS,
)
