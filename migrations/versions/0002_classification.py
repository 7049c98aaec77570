"""Classifiers and their taxonomies, what they say of objects, and the work that waits for them.

Revision 0002, after 0001. The history becomes a hypertable where the server has TimescaleDB. A column with a
constant default is added to `night`, which rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.timescale import has_timescale, make_hypertable

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "classification",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("ts", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("classifier_id", sa.SmallInteger(), nullable=False),
        sa.Column("probabilities", postgresql.ARRAY(sa.REAL()), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "ts", "classifier_id", name=op.f("pk_classification")),
    )
    op.create_table(
        "classification_work",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column(
            "queued_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("claim", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("round", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("classifier", sa.Text(collation="C"), nullable=False),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("classifier", "object_id", name=op.f("pk_classification_work")),
        postgresql_with={"fillfactor": "50", "autovacuum_vacuum_scale_factor": "0.05"},
    )
    op.create_index(
        "ix_classification_work_waiting",
        "classification_work",
        ["classifier", "queued_at"],
        unique=False,
        postgresql_where=sa.text("failed_at IS NULL"),
    )
    op.create_table(
        "classifier",
        sa.Column("classifier_id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("taxonomy_id", sa.SmallInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column(
            "registered_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("has_queued_existing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("feature_names", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("classifier_id", name=op.f("pk_classifier")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_classifier_name_version")),
    )
    op.create_index(
        "ix_classifier_current", "classifier", ["name"], unique=True, postgresql_where=sa.text("is_current")
    )
    op.create_table(
        "feature",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("classifier_id", sa.SmallInteger(), nullable=False),
        sa.Column("values", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "classifier_id", name=op.f("pk_feature")),
    )
    op.create_table(
        "latest_classification",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("ts", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("classifier_id", sa.SmallInteger(), nullable=False),
        sa.Column("probability", sa.REAL(), nullable=False),
        sa.Column("second_probability", sa.REAL(), nullable=True),
        sa.Column("classifier", sa.Text(collation="C"), nullable=False),
        sa.Column("class", sa.Text(collation="C"), nullable=False),
        sa.Column("second_class", sa.Text(collation="C"), nullable=True),
        sa.Column("probabilities", postgresql.ARRAY(sa.REAL()), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "classifier", name=op.f("pk_latest_classification")),
    )
    op.create_index(
        "ix_latest_classification_class",
        "latest_classification",
        ["classifier", "class", "probability", "object_id"],
        unique=False,
    )
    op.create_index(
        "ix_latest_classification_second",
        "latest_classification",
        ["classifier", "second_class", "second_probability", "object_id"],
        unique=False,
    )
    op.create_table(
        "taxon",
        sa.Column("taxonomy_id", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("taxonomy_id", "name", name=op.f("pk_taxon")),
    )
    op.create_table(
        "taxonomy",
        sa.Column("taxonomy_id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("leaves", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("taxonomy_id", name=op.f("pk_taxonomy")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_taxonomy_name_version")),
    )
    op.add_column("night", sa.Column("classified", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    if has_timescale():
        make_hypertable("classification")


def downgrade() -> None:
    op.drop_column("night", "classified")
    op.drop_table("taxonomy")
    op.drop_table("taxon")
    op.drop_index("ix_latest_classification_second", table_name="latest_classification")
    op.drop_index("ix_latest_classification_class", table_name="latest_classification")
    op.drop_table("latest_classification")
    op.drop_table("feature")
    op.drop_index("ix_classifier_current", table_name="classifier", postgresql_where=sa.text("is_current"))
    op.drop_table("classifier")
    op.drop_index(
        "ix_classification_work_waiting",
        table_name="classification_work",
        postgresql_where=sa.text("failed_at IS NULL"),
    )
    op.drop_table("classification_work")
    op.drop_table("classification")
