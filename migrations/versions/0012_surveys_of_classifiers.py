"""Classifiers are given no work of surveys that they cannot answer for.

Revision 0012, after 0011. The early classifier answers for one survey; the work of others, which had failed or
would, is forgotten. A worker that starts writes down of which surveys its classifiers answer.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FORGET = """
DELETE FROM classification_work work USING object o
WHERE work.classifier = 'early' AND o.object_id = work.object_id AND o.survey <> 'ZTF'
"""


def upgrade() -> None:
    op.add_column("classifier", sa.Column("surveys", postgresql.ARRAY(sa.Text())))
    op.execute("UPDATE classifier SET surveys = '{ZTF}' WHERE name = 'early'")
    op.execute(FORGET)


def downgrade() -> None:
    op.drop_column("classifier", "surveys")
