"""What closes the way to a network for everybody, and the outages that brands were told of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_gates"
down_revision = "0007_whole_story"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "gates",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("closed_until", INSTANT, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("recent", sa.String(), nullable=False),
        sa.Column("probe_item_id", sa.String(), nullable=True),
        sa.Column("probe_until", INSTANT, nullable=True),
        sa.Column("ledgers", JSON_VALUE, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_gates"),
    )
    op.create_index(
        "ix_gates_closed_until",
        "gates",
        ["closed_until"],
        postgresql_where=sa.text("closed_until IS NOT NULL"),
        sqlite_where=sa.text("closed_until IS NOT NULL"),
    )
    op.create_table(
        "outages",
        sa.Column("gate_key", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("over_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_outages_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_outages_workspace_id"),
        sa.PrimaryKeyConstraint("gate_key", "brand_id", "since", name="pk_outages"),
    )
    op.create_index(
        "ix_outages_open",
        "outages",
        ["gate_key"],
        postgresql_where=sa.text("over_at IS NULL"),
        sqlite_where=sa.text("over_at IS NULL"),
    )
    op.create_index("ix_outages_over_at", "outages", ["over_at"])
