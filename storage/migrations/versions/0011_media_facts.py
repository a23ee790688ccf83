"""What is known of a film, and when the bytes of a file may go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_media_facts"
down_revision = "0010_choices"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns, empty for files there are, and the indexes by which unneeded files are found."""
    op.add_column("media", sa.Column("facts", JSON_VALUE, nullable=True))
    op.add_column("media", sa.Column("used_at", INSTANT, nullable=True))
    op.add_column("media", sa.Column("leaves_at", INSTANT, nullable=True))
    op.add_column("media", sa.Column("purged_at", INSTANT, nullable=True))
    there = sa.text("purged_at IS NULL")
    leaving = sa.text("leaves_at IS NOT NULL AND purged_at IS NULL")
    op.create_index("ix_media_sha256", "media", ["sha256"])
    op.create_index("ix_media_created_at", "media", ["created_at"], postgresql_where=there, sqlite_where=there)
    op.create_index("ix_media_leaves_at", "media", ["leaves_at"], postgresql_where=leaving, sqlite_where=leaving)
    op.create_index("ix_post_media_media_id", "post_media", ["media_id"])
