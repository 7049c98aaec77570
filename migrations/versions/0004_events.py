"""Events: what subscribers are told of.

Revision 0004, after 0003. A new table; nothing else is touched.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("serial", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ts", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("candid", sa.BigInteger(), nullable=False),
        sa.Column("mjd", sa.Double(), nullable=False),
        sa.Column("classifier_id", sa.SmallInteger(), nullable=True),
        sa.Column("probability", sa.REAL(), nullable=True),
        sa.Column("class", sa.Text(), nullable=True),
        sa.Column("previous_class", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_event")),
    )


def downgrade() -> None:
    op.drop_table("event")
