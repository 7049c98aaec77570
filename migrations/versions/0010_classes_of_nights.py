"""What classifiers answered, by night and class.

Revision 0010, after 0009. The new table is filled from the answers that there are, which takes some seconds for a
million of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A night begins at 0 h UTC for ZTF and at 12 h UTC for LSST (domain.night).
FILL = """
INSERT INTO night_class (survey, night, classifier, class, answers)
SELECT o.survey,
       date '1858-11-17' + floor(h.mjd - CASE o.survey WHEN 'LSST' THEN 0.5 ELSE 0 END)::int,
       c.name, t.leaves[best.place], count(*)
FROM classification h
JOIN object o USING (object_id)
JOIN classifier c USING (classifier_id)
JOIN taxonomy t USING (taxonomy_id)
CROSS JOIN LATERAL (
    SELECT place FROM unnest(h.probabilities) WITH ORDINALITY AS one(probability, place)
    ORDER BY probability DESC, place LIMIT 1
) best
GROUP BY 1, 2, 3, 4
"""


def upgrade() -> None:
    op.create_table(
        "night_class",
        sa.Column("survey", sa.Text(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("classifier", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("survey", "night", "classifier", "class", name=op.f("pk_night_class")),
        postgresql_with={"fillfactor": "50"},
    )
    op.execute(FILL)


def downgrade() -> None:
    op.drop_table("night_class")
