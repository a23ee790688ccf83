"""When each worker ended: what came due while none was there is told from what was only late."""

import sqlalchemy as sa
from alembic import op

revision = "0012_ends_of_workers"
down_revision = "0011_media_facts"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the column, empty for workers that ended before."""
    op.add_column("worker_log", sa.Column("ended_at", INSTANT, nullable=True))
