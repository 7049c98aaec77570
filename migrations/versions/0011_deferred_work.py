"""Work for classifiers that waits for more detections is no failure.

Revision 0011, after 0010. What the late classifier had too few detections for, kept as failures until now, is put
right.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DEFER = """
UPDATE classification_work SET deferred_at = failed_at, failed_at = NULL
WHERE classifier = 'late' AND failed_at IS NOT NULL AND reason LIKE '% usable detections in g and %'
"""
INDEX, TABLE = "ix_classification_work_waiting", "classification_work"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("deferred_at", sa.TIMESTAMP(timezone=True)))
    op.execute(DEFER)
    op.drop_index(INDEX, TABLE)
    op.create_index(
        INDEX,
        TABLE,
        ["classifier", "queued_at"],
        postgresql_where=sa.text("failed_at IS NULL AND deferred_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("UPDATE classification_work SET failed_at = deferred_at WHERE failed_at IS NULL")
    op.drop_index(INDEX, TABLE)
    op.drop_column(TABLE, "deferred_at")
    op.create_index(INDEX, TABLE, ["classifier", "queued_at"], postgresql_where=sa.text("failed_at IS NULL"))
