"""The requests of each try, where each worker ran, and a short way to all that was noted of a post."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007_whole_story"
down_revision = "0006_waiting"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add them; what is there keeps its meaning."""
    op.add_column("attempts", sa.Column("calls", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True))
    op.create_table(
        "worker_log",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker_log"),
    )
    op.create_index(
        "ix_audit_events_post_id",
        "audit_events",
        ["post_id"],
        postgresql_where=sa.text("post_id IS NOT NULL"),
        sqlite_where=sa.text("post_id IS NOT NULL"),
    )
