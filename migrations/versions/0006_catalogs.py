"""Catalogues: what they are, their sources, and which of these are near objects.

Revision 0006, after 0005. Three tables are partitioned by catalogue and begin without a partition: loading a
catalogue makes them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BY_CATALOG = "LIST (catalog_id)"


def upgrade() -> None:
    op.create_table(
        "catalog",
        sa.Column("catalog_id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("cell_order", sa.SmallInteger(), nullable=False),
        sa.Column("at_ingest", sa.Boolean(), nullable=False),
        sa.Column("is_matched", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("default_radius_arcsec", sa.Double(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("skipped_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "loaded_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("catalog_id", name=op.f("pk_catalog")),
        sa.UniqueConstraint("name", name=op.f("uq_catalog_name")),
    )
    op.create_table(
        "catalog_source",
        sa.Column("hpx", sa.BigInteger(), nullable=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        sa.Column("catalog_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        postgresql_partition_by=BY_CATALOG,
    )
    op.create_index(op.f("ix_catalog_source_hpx"), "catalog_source", ["hpx"], unique=False)
    op.create_table(
        "catalog_overlap",
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("hpx", sa.BigInteger(), nullable=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        sa.Column("catalog_id", sa.Integer(), nullable=False),
        postgresql_partition_by=BY_CATALOG,
    )
    op.create_index(op.f("ix_catalog_overlap_cell"), "catalog_overlap", ["cell"], unique=False)
    op.create_table(
        "catalog_match",
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("hpx", sa.BigInteger(), nullable=False),
        sa.Column("ra", sa.Double(), nullable=False),
        sa.Column("dec", sa.Double(), nullable=False),
        sa.Column("catalog_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("catalog_id", "object_id", "hpx", name=op.f("pk_catalog_match")),
        postgresql_partition_by=BY_CATALOG,
    )


def downgrade() -> None:
    op.drop_table("catalog_match")
    op.drop_index(op.f("ix_catalog_overlap_cell"), table_name="catalog_overlap")
    op.drop_table("catalog_overlap")
    op.drop_index(op.f("ix_catalog_source_hpx"), table_name="catalog_source")
    op.drop_table("catalog_source")
    op.drop_table("catalog")
