"""The first tables: objects, their light curves and statistics, packets, dead letters, nights, ingest runs.

Revision 0001, after nothing. Light curves become hypertables where the server has TimescaleDB.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.timescale import has_timescale, make_hypertable

HYPERTABLES = ("detection", "non_detection", "forced_photometry")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("archive_file", sa.Text(collation="C"), nullable=False),
        sa.Column("packet_offset", sa.BigInteger(), nullable=False),
        sa.Column("packet_length", sa.Integer(), nullable=False),
        sa.Column("stamp_spans", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column(
            "ingested_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("object_id", "candid", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_archive_file"), "alert", ["archive_file"], unique=False)
    op.create_index(op.f("ix_alert_candid"), "alert", ["candid"], unique=False)
    op.create_index(op.f("ix_alert_ingested_at"), "alert", ["ingested_at"], unique=False)
    op.create_table(
        "band_statistics",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("detection_count", sa.Integer(), nullable=False),
        sa.Column("dubious_count", sa.Integer(), nullable=False),
        sa.Column("first_mjd", sa.Double(), nullable=False),
        sa.Column("last_mjd", sa.Double(), nullable=False),
        sa.Column("magnitude_mean", sa.Double(), nullable=True),
        sa.Column("magnitude_min", sa.Double(), nullable=True),
        sa.Column("magnitude_max", sa.Double(), nullable=True),
        sa.Column("magnitude_sigma", sa.Double(), nullable=True),
        sa.Column("magnitude_first", sa.Double(), nullable=True),
        sa.Column("magnitude_last", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude_mean", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude_min", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude_max", sa.Double(), nullable=True),
        sa.Column("rise_rate", sa.Double(), nullable=True),
        sa.Column("saturation_rate", sa.Double(), nullable=True),
        sa.Column("corrected_count", sa.Integer(), nullable=False),
        sa.Column("saturated_count", sa.Integer(), nullable=False),
        sa.Column("first_magnitude_error", sa.Double(), nullable=True),
        sa.Column("first_corrected", sa.Boolean(), nullable=False),
        sa.Column("magnitude_count", sa.Integer(), nullable=False),
        sa.Column("magnitude_total", sa.BigInteger(), nullable=False),
        sa.Column("magnitude_square_total", sa.Numeric(), nullable=False),
        sa.Column("apparent_magnitude_count", sa.Integer(), nullable=False),
        sa.Column("apparent_magnitude_total", sa.BigInteger(), nullable=False),
        sa.Column("apparent_magnitude_square_total", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "band", name=op.f("pk_band_statistics")),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("survey", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "first_seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("times_seen", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("resolved_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("night", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint("payload_sha256", name=op.f("uq_dead_letter_payload_sha256")),
    )
    op.create_index(
        "ix_dead_letter_unresolved",
        "dead_letter",
        ["id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "ix_dead_letter_unresolved_night",
        "dead_letter",
        ["night", "survey"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "detection",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("candid", sa.BigInteger(), nullable=False),
        sa.Column("parent_candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        sa.Column("hpx", sa.BigInteger(), nullable=False),
        sa.Column("apparent_magnitude", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude_error", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude_error_extended", sa.Double(), nullable=True),
        sa.Column("flux", sa.Double(), nullable=True),
        sa.Column("flux_error", sa.Double(), nullable=True),
        sa.Column("magnitude", sa.REAL(), nullable=True),
        sa.Column("magnitude_error", sa.REAL(), nullable=True),
        sa.Column("limiting_magnitude", sa.REAL(), nullable=True),
        sa.Column("real_bogus", sa.REAL(), nullable=True),
        sa.Column("deep_real_bogus", sa.REAL(), nullable=True),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("is_positive", sa.Boolean(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("dubious", sa.Boolean(), nullable=False),
        sa.Column("stellar", sa.Boolean(), nullable=True),
        sa.Column("has_stamps", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "ts", "candid", name=op.f("pk_detection")),
    )
    op.create_index(op.f("ix_detection_hpx"), "detection", ["hpx"], unique=False)
    op.create_table(
        "forced_photometry",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("measurement_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("flux", sa.Double(), nullable=True),
        sa.Column("flux_error", sa.Double(), nullable=True),
        sa.Column("magnitude", sa.Double(), nullable=True),
        sa.Column("magnitude_error", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude", sa.Double(), nullable=True),
        sa.Column("apparent_magnitude_error", sa.Double(), nullable=True),
        sa.Column("limiting_magnitude", sa.REAL(), nullable=True),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("is_positive", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("object_id", "ts", "measurement_id", name=op.f("pk_forced_photometry")),
    )
    op.create_table(
        "ingest_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column(
            "started_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stored", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("dead_letters", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("read = stored + duplicates + dead_letters", name=op.f("ck_ingest_run_adds_up")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_run")),
    )
    op.create_index(op.f("ix_ingest_run_fingerprint"), "ingest_run", ["fingerprint"], unique=False)
    op.create_table(
        "night",
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("latency", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("survey", "night", name=op.f("pk_night")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "non_detection",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("measurement_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("limiting_magnitude", sa.REAL(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "ts", "measurement_id", name=op.f("pk_non_detection")),
    )
    op.create_table(
        "object",
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        sa.Column("hpx", sa.BigInteger(), nullable=False),
        sa.Column("detection_count", sa.Integer(), nullable=False),
        sa.Column("non_detection_count", sa.Integer(), nullable=False),
        sa.Column("first_mjd", sa.Double(), nullable=False),
        sa.Column("last_mjd", sa.Double(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("stellar", sa.Boolean(), nullable=True),
        sa.Column("mean_color", sa.Double(), nullable=True),
        sa.Column("mean_apparent_color", sa.Double(), nullable=True),
        sa.Column("direction_x", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("direction_y", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("direction_z", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_candid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("kept_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_object")),
        sa.UniqueConstraint("name", "survey", name=op.f("uq_object_name_survey")),
    )
    op.create_index(op.f("ix_object_dec_object_id"), "object", ["dec", "object_id"], unique=False)
    op.create_index(
        op.f("ix_object_detection_count_object_id"), "object", ["detection_count", "object_id"], unique=False
    )
    op.create_index(
        "ix_object_duration",
        "object",
        [sa.literal_column("(last_mjd - first_mjd)"), "object_id"],
        unique=False,
    )
    op.create_index(op.f("ix_object_first_mjd_object_id"), "object", ["first_mjd", "object_id"], unique=False)
    op.create_index(op.f("ix_object_hpx"), "object", ["hpx"], unique=False)
    op.create_index(op.f("ix_object_last_mjd_object_id"), "object", ["last_mjd", "object_id"], unique=False)
    op.create_index(op.f("ix_object_ra_object_id"), "object", ["ra", "object_id"], unique=False)
    op.create_table(
        "past_tally",
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tally", postgresql.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_past_tally")),
    )
    op.create_table(
        "unused_file",
        sa.Column("archive_file", sa.Text(collation="C"), nullable=False),
        sa.Column("found_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("archive_file", name=op.f("pk_unused_file")),
    )
    if has_timescale():
        for table in HYPERTABLES:
            make_hypertable(table)


def downgrade() -> None:
    op.drop_table("unused_file")
    op.drop_table("past_tally")
    op.drop_index(op.f("ix_object_ra_object_id"), table_name="object")
    op.drop_index(op.f("ix_object_last_mjd_object_id"), table_name="object")
    op.drop_index(op.f("ix_object_hpx"), table_name="object")
    op.drop_index(op.f("ix_object_first_mjd_object_id"), table_name="object")
    op.drop_index("ix_object_duration", table_name="object")
    op.drop_index(op.f("ix_object_detection_count_object_id"), table_name="object")
    op.drop_index(op.f("ix_object_dec_object_id"), table_name="object")
    op.drop_table("object")
    op.drop_table("non_detection")
    op.drop_table("night")
    op.drop_index(op.f("ix_ingest_run_fingerprint"), table_name="ingest_run")
    op.drop_table("ingest_run")
    op.drop_table("forced_photometry")
    op.drop_index(op.f("ix_detection_hpx"), table_name="detection")
    op.drop_table("detection")
    op.drop_index(
        "ix_dead_letter_unresolved_night", table_name="dead_letter", postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.drop_index(
        "ix_dead_letter_unresolved", table_name="dead_letter", postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.drop_table("dead_letter")
    op.drop_table("band_statistics")
    op.drop_index(op.f("ix_alert_ingested_at"), table_name="alert")
    op.drop_index(op.f("ix_alert_candid"), table_name="alert")
    op.drop_index(op.f("ix_alert_archive_file"), table_name="alert")
    op.drop_table("alert")
