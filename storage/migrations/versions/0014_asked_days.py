"""The earliest day of an account's history that anybody asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0014_asked_days"
down_revision = "0013_numbers"


def upgrade() -> None:
    """Add the column, empty: nobody asked."""
    op.add_column("account_polls", sa.Column("history_asked", sa.String(), nullable=True))
