"""Files that are kept for some hours: tables that people sent to be matched, and what came of them.

Revision 0009, after 0008. New tables; nothing else is touched. They are unlogged: a crash of the server empties
them, and no replica or backup of its log ever has what people sent.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passing_file",
        sa.Column("file_id", sa.Text(collation="C"), nullable=False),
        sa.Column("made_of", sa.Text(collation="C"), nullable=True),
        sa.Column("head", postgresql.JSON(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_passing_file")),
        sa.ForeignKeyConstraint(
            ["made_of"], ["passing_file.file_id"], ondelete="CASCADE", name="fk_passing_file_made_of"
        ),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_passing_file_made_of"), "passing_file", ["made_of"])
    op.create_table(
        "passing_file_part",
        sa.Column("file_id", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_passing_file_part")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["passing_file.file_id"], ondelete="CASCADE", name="fk_passing_file_part_file_id"
        ),
        prefixes=["UNLOGGED"],
    )
    # What comes is packed already, or is not worth it for some hours.
    op.execute("ALTER TABLE passing_file_part ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("passing_file_part")
    op.drop_table("passing_file")
