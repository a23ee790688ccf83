"""What keeps a million waiting posts cheap: a brand's newest, an account's due items.

On PostgreSQL the queue's tables are vacuumed after a hundredth of their rows has changed, not a fifth: while a million
wait, a fifth is weeks of work whose dead rows would be read at each look.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_waiting"
down_revision = "0005_moves"

SCHEDULED = "state = 'scheduled'"
HOT = ("post_items", "attempts", "item_material", "notices", "cards")


def upgrade() -> None:
    """Make the indexes; have the hot tables vacuumed sooner."""
    op.create_index("ix_posts_brand_id_created_at", "posts", ["brand_id", "created_at"])
    op.drop_index("ix_posts_brand_id", "posts")
    op.create_index(
        "ix_post_items_account_id_claim_at",
        "post_items",
        ["account_id", "claim_at"],
        postgresql_where=sa.text(SCHEDULED),
        sqlite_where=sa.text(SCHEDULED),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in HOT:
            op.execute(
                f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,"
                " autovacuum_analyze_scale_factor = 0.02)"
            )
