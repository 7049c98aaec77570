"""What features are: their units and descriptions, as their classifiers give them.

Revision 0003, after 0002. A table that begins empty: a classifier writes its part when it is registered.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feature_definition",
        sa.Column("classifier_id", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("classifier_id", "name", name=op.f("pk_feature_definition")),
    )


def downgrade() -> None:
    op.drop_table("feature_definition")
