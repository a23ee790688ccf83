"""When an account's access ends and whether it renews itself; what a person may pick from after a consent."""

import sqlalchemy as sa
from alembic import op

revision = "0010_choices"
down_revision = "0009_holds"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the columns. Of accounts connected before nothing is known until their tokens are stored again."""
    op.add_column("accounts", sa.Column("ends_at", INSTANT, nullable=True))
    op.add_column("accounts", sa.Column("renews", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("oauth_states", sa.Column("sealed_choices", sa.LargeBinary(), nullable=True))
    op.add_column("oauth_states", sa.Column("choices_key_id", sa.String(), nullable=True))
