"""The mark of an installation that lives in another database now."""

import sqlalchemy as sa
from alembic import op

revision = "0005_moves"
down_revision = "0004_notices"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Make the table; it stays empty until the installation moves away."""
    op.create_table(
        "moves",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("target", name="pk_moves"),
    )
