"""Sky maps: probability maps that clients send, kept for a while.

Revision 0007, after 0006. A new table; nothing else is touched.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skymap",
        sa.Column("skymap_id", sa.Text(collation="C"), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("observed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("instruments", sa.Text(), nullable=True),
        sa.Column("distance_mpc", sa.Double(), nullable=True),
        sa.Column("distance_error_mpc", sa.Double(), nullable=True),
        sa.Column("pixel_count", sa.Integer(), nullable=False),
        sa.Column("area_50", sa.Double(), nullable=False),
        sa.Column("area_90", sa.Double(), nullable=False),
        sa.Column(
            "uploaded_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("pixels", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("skymap_id", name=op.f("pk_skymap")),
    )


def downgrade() -> None:
    op.drop_table("skymap")
