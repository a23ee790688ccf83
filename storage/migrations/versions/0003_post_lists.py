"""What lists of posts are read through: those to come, those that need somebody, and the one behind a link.

And how many posts wait for an account, which is counted in the index alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_post_lists"
down_revision = "0002_slack"

TROUBLED = "state IN ('failed', 'missed', 'unconfirmed')"
LIVE = "permalink IS NOT NULL"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_posts_workspace_id_scheduled_at", "posts", ["workspace_id", "scheduled_at"])
    op.create_index("ix_posts_brand_id_scheduled_at", "posts", ["brand_id", "scheduled_at"])
    op.create_index(
        "ix_post_items_troubled",
        "post_items",
        ["workspace_id", "scheduled_at"],
        postgresql_where=sa.text(TROUBLED),
        sqlite_where=sa.text(TROUBLED),
    )
    op.create_index(
        "ix_post_items_permalink",
        "post_items",
        ["permalink"],
        postgresql_where=sa.text(LIVE),
        sqlite_where=sa.text(LIVE),
    )
    op.create_index("ix_post_items_account_id_state", "post_items", ["account_id", "state", "workspace_id"])
    op.drop_index("ix_post_items_account_id", "post_items")
