"""As which kinds a post goes to an account."""

import sqlalchemy as sa
from alembic import op

revision = "0019_kinds"
down_revision = "0018_asked_approver"


def upgrade() -> None:
    """Add the column, empty: each post goes to an account once. Nothing but the kind tells two items there apart."""
    with op.batch_alter_table("post_items") as items:
        items.add_column(sa.Column("kind", sa.String(), nullable=False, server_default=""))
        items.drop_constraint("uq_post_items_post_id_account_id_part", type_="unique")
        items.create_unique_constraint(
            "uq_post_items_post_id_account_id_part_kind", ["post_id", "account_id", "part", "kind"]
        )
