"""Which posts come again."""

import sqlalchemy as sa
from alembic import op

revision = "0017_repeats"
down_revision = "0016_approvals"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "repeats",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("every", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("time", sa.String(), nullable=True),
        sa.Column("first", sa.String(), nullable=True),
        sa.Column("turn", sa.String(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_repeats_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_repeats_workspace_id"),
        sa.PrimaryKeyConstraint("post_id", name="pk_repeats"),
    )
