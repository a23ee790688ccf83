"""Who holds a single post, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0015_post_holds"
down_revision = "0014_asked_days"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the columns, all of them empty at first, and the ways to what is on hold and to the holds that end."""
    for name, kind in (
        ("held_since", INSTANT),
        ("hold_reason", sa.String()),
        ("held_by", sa.String()),
        ("held_until", INSTANT),
    ):
        op.add_column("posts", sa.Column(name, kind, nullable=True))
    op.add_column("post_items", sa.Column("held_missed_after", INSTANT, nullable=True))
    held = sa.text("held_since IS NOT NULL")
    columns = ["workspace_id", "scheduled_at"]
    op.create_index("ix_posts_held", "posts", columns, postgresql_where=held, sqlite_where=held)
    ends = sa.text("held_until IS NOT NULL")
    op.create_index("ix_posts_held_until", "posts", ["held_until"], postgresql_where=ends, sqlite_where=ends)
