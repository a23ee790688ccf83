"""Whom of a brand's approvers the author of a post wants to be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0018_asked_approver"
down_revision = "0017_repeats"


def upgrade() -> None:
    """Add the column, empty: everybody is asked."""
    op.add_column("posts", sa.Column("approver", sa.String(), nullable=True))
