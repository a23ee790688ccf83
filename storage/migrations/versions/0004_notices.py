"""What earlier notices of a kind are found through, about a post or about none."""

from alembic import op

revision = "0004_notices"
down_revision = "0003_post_lists"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_notices_workspace_id_kind_post_id", "notices", ["workspace_id", "kind", "post_id"])
