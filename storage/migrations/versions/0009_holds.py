"""Who holds a brand or a whole workspace, and until when; and the weekly slots of a brand."""

import sqlalchemy as sa
from alembic import op

revision = "0009_holds"
down_revision = "0008_gates"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the columns, all of them empty at first, and the table."""
    op.add_column("brands", sa.Column("held_by", sa.String(), nullable=True))
    op.add_column("brands", sa.Column("held_until", INSTANT, nullable=True))
    for name, kind in (
        ("held_since", INSTANT),
        ("hold_reason", sa.String()),
        ("held_by", sa.String()),
        ("held_until", INSTANT),
    ):
        op.add_column("workspaces", sa.Column(name, kind, nullable=True))
    op.create_table(
        "brand_slots",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_brand_slots_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_brand_slots_workspace_id"),
        sa.PrimaryKeyConstraint("brand_id", "weekday", "minute", name="pk_brand_slots"),
    )
