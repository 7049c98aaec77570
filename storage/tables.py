"""The tables, as Alembic compares them and as queries name them.

Angles are degrees ICRS, `mjd` is UTC days, magnitudes AB, fluxes nJy. `ts` is the instant of `mjd`, rounded to
the microsecond: hypertables are cut along it, since a float cannot be. `hpx` is the nested HEALPix pixel of
order 29. What is float4 came as 32-bit floats from the survey.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, REAL, TIMESTAMP

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INSTANT = TIMESTAMP(timezone=True)


sky_object = Table(
    "object",
    metadata,
    Column("object_id", BigInteger, primary_key=True, autoincrement=False),
    Column("survey", Text, nullable=False),
    Column("name", Text(collation="C"), nullable=False),
    Column("ra", Double, nullable=False),
    Column("dec", Double, nullable=False),
    Column("hpx", BigInteger, nullable=False),
    Column("detection_count", Integer, nullable=False),
    Column("non_detection_count", Integer, nullable=False),
    Column("first_mjd", Double, nullable=False),
    Column("last_mjd", Double, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("stellar", Boolean),
    Column("mean_color", Double),
    Column("mean_apparent_color", Double),
    # The tally from which the summary follows (domain.tally).
    Column("direction_x", BigInteger, nullable=False, server_default=text("0")),
    Column("direction_y", BigInteger, nullable=False, server_default=text("0")),
    Column("direction_z", BigInteger, nullable=False, server_default=text("0")),
    Column("last_candid", BigInteger, nullable=False, server_default=text("0")),
    # What lies before was dropped by maintenance, and counts through past_tally; null where nothing was.
    Column("kept_since", INSTANT),
    # The name first, so that one index serves names, prefixes of names, and the order by name.
    UniqueConstraint("name", "survey"),
    Index(None, "hpx"),
    Index(None, "ra", "object_id"),
    Index(None, "dec", "object_id"),
    Index(None, "first_mjd", "object_id"),
    Index(None, "last_mjd", "object_id"),
    Index(None, "detection_count", "object_id"),
    Index("ix_object_duration", text("(last_mjd - first_mjd)"), "object_id"),
)

detection = Table(
    "detection",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("ts", INSTANT, nullable=False),
    Column("candid", BigInteger, nullable=False),
    Column("parent_candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("ra", Double, nullable=False),
    Column("dec", Double, nullable=False),
    Column("hpx", BigInteger, nullable=False),
    Column("apparent_magnitude", Double),
    Column("apparent_magnitude_error", Double),
    Column("apparent_magnitude_error_extended", Double),
    Column("flux", Double),
    Column("flux_error", Double),
    Column("magnitude", REAL),
    Column("magnitude_error", REAL),
    Column("limiting_magnitude", REAL),
    Column("real_bogus", REAL),
    Column("deep_real_bogus", REAL),
    Column("band", Text, nullable=False),
    Column("is_positive", Boolean, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("dubious", Boolean, nullable=False),
    Column("stellar", Boolean),
    Column("has_stamps", Boolean, nullable=False),
    PrimaryKeyConstraint("object_id", "ts", "candid"),
    Index(None, "hpx"),
)

non_detection = Table(
    "non_detection",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("ts", INSTANT, nullable=False),
    Column("measurement_id", BigInteger, nullable=False),
    Column("parent_candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("limiting_magnitude", REAL, nullable=False),
    Column("band", Text, nullable=False),
    PrimaryKeyConstraint("object_id", "ts", "measurement_id"),
)

forced_photometry = Table(
    "forced_photometry",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("ts", INSTANT, nullable=False),
    Column("measurement_id", BigInteger, nullable=False),
    Column("parent_candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("flux", Double),
    Column("flux_error", Double),
    Column("magnitude", Double),
    Column("magnitude_error", Double),
    Column("apparent_magnitude", Double),
    Column("apparent_magnitude_error", Double),
    Column("limiting_magnitude", REAL),
    Column("band", Text, nullable=False),
    Column("is_positive", Boolean),
    PrimaryKeyConstraint("object_id", "ts", "measurement_id"),
)

band_statistics = Table(
    "band_statistics",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("band", Text, nullable=False),
    Column("detection_count", Integer, nullable=False),
    Column("dubious_count", Integer, nullable=False),
    Column("first_mjd", Double, nullable=False),
    Column("last_mjd", Double, nullable=False),
    Column("magnitude_mean", Double),
    Column("magnitude_min", Double),
    Column("magnitude_max", Double),
    Column("magnitude_sigma", Double),
    Column("magnitude_first", Double),
    Column("magnitude_last", Double),
    Column("apparent_magnitude_mean", Double),
    Column("apparent_magnitude_min", Double),
    Column("apparent_magnitude_max", Double),
    Column("rise_rate", Double),
    Column("saturation_rate", Double),
    # The tally from which the statistics follow (domain.tally).
    Column("corrected_count", Integer, nullable=False),
    Column("saturated_count", Integer, nullable=False),
    Column("first_magnitude_error", Double),
    Column("first_corrected", Boolean, nullable=False),
    Column("magnitude_count", Integer, nullable=False),
    Column("magnitude_total", BigInteger, nullable=False),
    Column("magnitude_square_total", Numeric, nullable=False),
    Column("apparent_magnitude_count", Integer, nullable=False),
    Column("apparent_magnitude_total", BigInteger, nullable=False),
    Column("apparent_magnitude_square_total", Numeric, nullable=False),
    PrimaryKeyConstraint("object_id", "band"),
    # Rewritten with every alert, and no index names what changes: room on the page keeps updates in place.
    postgresql_with={"fillfactor": "85"},
)

past_tally = Table(
    "past_tally",
    metadata,
    Column("object_id", BigInteger, primary_key=True, autoincrement=False),
    # The tally (domain.tally) of everything before object.kept_since.
    Column("tally", JSON, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("band", Text, nullable=False),
    Column("archive_file", Text(collation="C"), nullable=False),
    Column("packet_offset", BigInteger, nullable=False),
    Column("packet_length", Integer, nullable=False),
    # Offset from the packet and length of the science, template and difference stamp; null without stamps.
    Column("stamp_spans", ARRAY(Integer)),
    Column("ingested_at", INSTANT, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("object_id", "candid"),
    Index(None, "candid"),
    Index(None, "ingested_at"),
    # For maintenance. All packets of a batch share one value, so that it takes next to no room.
    Index(None, "archive_file"),
)

unused_file = Table(
    "unused_file",
    metadata,
    # A file of the packet archive that no alert names any more.
    Column("archive_file", Text(collation="C"), primary_key=True),
    Column("found_at", INSTANT, nullable=False, server_default=func.now()),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("survey", Text),
    Column("source", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    # The time that the broker keeps with the message; null for files.
    Column("sent_at", INSTANT),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("payload_sha256", LargeBinary, nullable=False),
    Column("first_seen_at", INSTANT, nullable=False, server_default=func.now()),
    Column("last_seen_at", INSTANT, nullable=False, server_default=func.now()),
    Column("times_seen", Integer, nullable=False, server_default=text("1")),
    Column("resolved_at", INSTANT),
    # The observing night of the alert if that is known, else of the day it came; null without a survey.
    Column("night", Date),
    UniqueConstraint("payload_sha256"),
    Index("ix_dead_letter_unresolved", "id", postgresql_where=text("resolved_at IS NULL")),
    Index("ix_dead_letter_unresolved_night", "night", "survey", postgresql_where=text("resolved_at IS NULL")),
)

night = Table(
    "night",
    metadata,
    Column("survey", Text, nullable=False),
    Column("night", Date, nullable=False),
    Column("stored", BigInteger, nullable=False),
    # Stored alerts by the time from observation to commit, in the buckets of domain.latency.
    Column("latency", ARRAY(Integer), nullable=False),
    # Answers of classifiers that alerts of the night caused.
    Column("classified", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("survey", "night"),
    # One row takes every batch of a night: room on its page keeps updates in place.
    postgresql_with={"fillfactor": "50"},
)

night_class = Table(
    "night_class",
    metadata,
    # Answers of a classifier, of whatever version, that alerts of a night caused, by their most probable class.
    Column("survey", Text, nullable=False),
    Column("night", Date, nullable=False),
    Column("classifier", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("answers", BigInteger, nullable=False),
    PrimaryKeyConstraint("survey", "night", "classifier", "class"),
    postgresql_with={"fillfactor": "50"},
)

ingest_run = Table(
    "ingest_run",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("started_at", INSTANT, nullable=False, server_default=func.now()),
    Column("finished_at", INSTANT),
    Column("read", BigInteger, nullable=False, server_default=text("0")),
    Column("stored", BigInteger, nullable=False, server_default=text("0")),
    Column("duplicates", BigInteger, nullable=False, server_default=text("0")),
    Column("dead_letters", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("read = stored + duplicates + dead_letters", name="adds_up"),
    Index(None, "fingerprint"),
)

skymap = Table(
    "skymap",
    metadata,
    # Of the pixels and their probabilities: a map that is sent again is the same.
    Column("skymap_id", Text(collation="C"), primary_key=True),
    # What the file said; null where it did not.
    Column("event", Text),
    Column("observed_at", INSTANT),
    Column("instruments", Text),
    Column("distance_mpc", Double),
    Column("distance_error_mpc", Double),
    Column("pixel_count", Integer, nullable=False),
    # Of the credible regions of 50 and 90 %, square degrees.
    Column("area_50", Double, nullable=False),
    Column("area_90", Double, nullable=False),
    Column("uploaded_at", INSTANT, nullable=False, server_default=func.now()),
    Column("expires_at", INSTANT, nullable=False),
    # domain.skymap.skymap_bytes.
    Column("pixels", LargeBinary, nullable=False),
)

passing_file = Table(
    "passing_file",
    metadata,
    # Chance: who has not been told it cannot find the file.
    Column("file_id", Text(collation="C"), primary_key=True),
    # The file that this one was made of, and goes with.
    Column("made_of", Text(collation="C"), index=True),
    # What its writer says of it; null while it is written.
    Column("head", JSON),
    Column("size", BigInteger, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    ForeignKeyConstraint(["made_of"], ["passing_file.file_id"], ondelete="CASCADE", name="fk_passing_file_made_of"),
    prefixes=["UNLOGGED"],
)

passing_file_part = Table(
    "passing_file_part",
    metadata,
    Column("file_id", Text(collation="C"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("file_id", "number"),
    ForeignKeyConstraint(
        ["file_id"], ["passing_file.file_id"], ondelete="CASCADE", name="fk_passing_file_part_file_id"
    ),
    prefixes=["UNLOGGED"],
)

taxonomy = Table(
    "taxonomy",
    metadata,
    Column("taxonomy_id", SmallInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    # Classes that get probabilities, in the order of every array of them.
    Column("leaves", ARRAY(Text), nullable=False),
    UniqueConstraint("name", "version"),
)

taxon = Table(
    "taxon",
    metadata,
    Column("taxonomy_id", SmallInteger, nullable=False),
    Column("place", SmallInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("parent", Text),
    PrimaryKeyConstraint("taxonomy_id", "name"),
)

classifier = Table(
    "classifier",
    metadata,
    Column("classifier_id", SmallInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("description", Text, nullable=False),
    # What makes work for it: domain.classification.Kind.
    Column("kind", Text, nullable=False),
    Column("taxonomy_id", SmallInteger, nullable=False),
    # Whose objects it can answer for; null for all surveys.
    Column("surveys", ARRAY(Text)),
    # Of the versions of one name, the one that runs; none when the classifier is retired.
    Column("is_current", Boolean, nullable=False),
    Column("registered_at", INSTANT, nullable=False, server_default=func.now()),
    # Whether the objects that were there before the classifier have been queued.
    Column("has_queued_existing", Boolean, nullable=False, server_default=text("false")),
    # Names of its features, in the order of feature.values; it only grows.
    Column("feature_names", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    UniqueConstraint("name", "version"),
    Index("ix_classifier_current", "name", unique=True, postgresql_where=text("is_current")),
)

classification = Table(
    "classification",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    # When the answer was stored; nothing is overwritten.
    Column("ts", INSTANT, nullable=False),
    # The alert that caused it, and the time of its observation.
    Column("candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("classifier_id", SmallInteger, nullable=False),
    # Of the leaves of the classifier's taxonomy, in its order.
    Column("probabilities", ARRAY(REAL), nullable=False),
    PrimaryKeyConstraint("object_id", "ts", "classifier_id"),
)

latest_classification = Table(
    "latest_classification",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("ts", INSTANT, nullable=False),
    Column("classifier_id", SmallInteger, nullable=False),
    # The most probable class and the one behind it; null where a taxonomy has but one class.
    Column("probability", REAL, nullable=False),
    Column("second_probability", REAL),
    Column("classifier", Text(collation="C"), nullable=False),
    Column("class", Text(collation="C"), nullable=False),
    Column("second_class", Text(collation="C")),
    Column("probabilities", ARRAY(REAL), nullable=False),
    PrimaryKeyConstraint("object_id", "classifier"),
    Index("ix_latest_classification_class", "classifier", "class", "probability", "object_id"),
    Index("ix_latest_classification_second", "classifier", "second_class", "second_probability", "object_id"),
)

feature = Table(
    "feature",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("classifier_id", SmallInteger, nullable=False),
    # By the place of the name in classifier.feature_names; NaN cannot be told, null was not asked.
    Column("values", ARRAY(Double), nullable=False),
    PrimaryKeyConstraint("object_id", "classifier_id"),
)

feature_definition = Table(
    "feature_definition",
    metadata,
    Column("classifier_id", SmallInteger, nullable=False),
    # Without the band.
    Column("name", Text, nullable=False),
    Column("unit", Text),
    Column("description", Text, nullable=False),
    PrimaryKeyConstraint("classifier_id", "name"),
)

classification_work = Table(
    "classification_work",
    metadata,
    Column("object_id", BigInteger, nullable=False),
    Column("candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    Column("queued_at", INSTANT, nullable=False, server_default=func.now()),
    # Who works on it, and until when that is believed.
    Column("claim", BigInteger),
    Column("claimed_until", INSTANT),
    # Grows when the object is queued again, so that a worker sees that its answer is of yesterday.
    Column("round", Integer, nullable=False, server_default=text("0")),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("classifier", Text(collation="C"), nullable=False),
    # Set when it cannot be classified as it is; it waits for the object to change.
    Column("failed_at", INSTANT),
    # Set when there is too little of it to be classified; it waits for the light curve to grow.
    Column("deferred_at", INSTANT),
    # Of the failure or the deferral.
    Column("reason", Text),
    PrimaryKeyConstraint("classifier", "object_id"),
    Index(
        "ix_classification_work_waiting",
        "classifier",
        "queued_at",
        postgresql_where=text("failed_at IS NULL AND deferred_at IS NULL"),
    ),
    # Rows come, are claimed and go: room on the page keeps claims in place, and the vacuum comes early.
    postgresql_with={"fillfactor": "50", "autovacuum_vacuum_scale_factor": "0.05"},
)

publisher = Table(
    "publisher",
    metadata,
    # How far events are sent on under a name: the last of them, as its id (domain.event).
    Column("name", Text, primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("mark", BigInteger, nullable=False),
    Column("updated_at", INSTANT, nullable=False, server_default=func.now()),
)

event = Table(
    "event",
    metadata,
    # The order in which events became visible: whoever writes some holds a lock to his commit (storage.events).
    Column("serial", BigInteger, Identity(always=True), primary_key=True),
    # When the transaction began; of a classification, the key of the answer together with object and classifier.
    Column("ts", INSTANT, nullable=False, server_default=func.now()),
    Column("object_id", BigInteger, nullable=False),
    # The alert: the new one, or the cause of the answer.
    Column("candid", BigInteger, nullable=False),
    Column("mjd", Double, nullable=False),
    # Null, with all that follows, where an alert was stored.
    Column("classifier_id", SmallInteger),
    Column("probability", REAL),
    Column("class", Text),
    # The most probable class of the classifier's answer before; null when there was none.
    Column("previous_class", Text),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    # SHA-256 of the secret, which is chance alone: no salt is needed.
    Column("secret_hash", LargeBinary, nullable=False),
    # Points that may be spent in a minute (docs/limits.md).
    Column("cost_per_minute", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=func.now()),
    # Null for a token that lasts.
    Column("expires_at", INSTANT),
    Column("revoked_at", INSTANT),
    UniqueConstraint("name"),
    UniqueConstraint("secret_hash"),
)

catalog = Table(
    "catalog",
    metadata,
    # Names its partitions; new with each load.
    Column("catalog_id", Integer, Identity(), primary_key=True),
    Column("cell_order", SmallInteger, nullable=False),
    Column("at_ingest", Boolean, nullable=False),
    # Whether catalog_match has the matches of every object.
    Column("is_matched", Boolean, nullable=False, server_default=text("false")),
    Column("default_radius_arcsec", Double, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("skipped_count", BigInteger, nullable=False),
    Column("loaded_at", INSTANT, nullable=False, server_default=func.now()),
    Column("name", Text(collation="C"), nullable=False),
    Column("description", Text, nullable=False),
    # A list of {name, unit, description}, in the order of the values of every source.
    Column("columns", JSON, nullable=False),
    UniqueConstraint("name"),
)

# One partition per catalogue in each of the three that follow: loaded apart, then attached whole.
BY_CATALOG = "LIST (catalog_id)"

catalog_source = Table(
    "catalog_source",
    metadata,
    Column("hpx", BigInteger, nullable=False),
    Column("ra", Double, nullable=False),
    Column("dec", Double, nullable=False),
    Column("catalog_id", Integer, nullable=False),
    Column("source_id", Text(collation="C"), nullable=False),
    # A JSON array, in the order of catalog.columns.
    Column("values", Text, nullable=False),
    Index(None, "hpx"),
    postgresql_partition_by=BY_CATALOG,
)

catalog_overlap = Table(
    "catalog_overlap",
    metadata,
    # A cell (pixel of catalog.cell_order) that a source lies beside, near enough for objects in it to match.
    Column("cell", BigInteger, nullable=False),
    Column("hpx", BigInteger, nullable=False),
    Column("ra", Double, nullable=False),
    Column("dec", Double, nullable=False),
    Column("catalog_id", Integer, nullable=False),
    Index(None, "cell"),
    postgresql_partition_by=BY_CATALOG,
)

catalog_match = Table(
    "catalog_match",
    metadata,
    # A source near an object when that came in, a little further than the default radius included.
    Column("object_id", BigInteger, nullable=False),
    Column("hpx", BigInteger, nullable=False),
    Column("ra", Double, nullable=False),
    Column("dec", Double, nullable=False),
    Column("catalog_id", Integer, nullable=False),
    PrimaryKeyConstraint("catalog_id", "object_id", "hpx"),
    postgresql_partition_by=BY_CATALOG,
)
