"""Whose word a brand's posts need, what was asked, and who agreed to what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_approvals"
down_revision = "0015_post_holds"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the rule, none at first so that nothing changes, and the tables of approvers, requests and votes."""
    op.add_column("brands", sa.Column("approval_rule", sa.String(), nullable=False, server_default="none"))
    op.create_table(
        "brand_approvers",
        sa.Column("brand_id", sa.String(), sa.ForeignKey("brands.id", name="fk_brand_approvers_brand_id_brands")),
        sa.Column("user_id", sa.String()),
        _workspace("brand_approvers"),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("named_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "user_id", name="pk_brand_approvers"),
    )
    op.create_table(
        "approvals",
        sa.Column("post_id", sa.String(), sa.ForeignKey("posts.id", name="fk_approvals_post_id_posts")),
        _workspace("approvals"),
        sa.Column(
            "brand_id",
            sa.String(),
            sa.ForeignKey("brands.id", name="fk_approvals_brand_id_brands"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("agreed", JSON, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("post_id", name="pk_approvals"),
    )
    waiting = sa.text("state IN ('waiting', 'late')")
    columns = ["workspace_id", "brand_id"]
    op.create_index("ix_approvals_open", "approvals", columns, postgresql_where=waiting, sqlite_where=waiting)
    ends = sa.text("state = 'waiting'")
    op.create_index("ix_approvals_ends_at", "approvals", ["ends_at"], postgresql_where=ends, sqlite_where=ends)
    op.create_table(
        "approval_votes",
        sa.Column("post_id", sa.String(), sa.ForeignKey("posts.id", name="fk_approval_votes_post_id_posts")),
        sa.Column("version", sa.Integer()),
        sa.Column("user_id", sa.String()),
        _workspace("approval_votes"),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "version", "user_id", name="pk_approval_votes"),
    )


def _workspace(table: str) -> sa.Column[str]:
    there = sa.ForeignKey("workspaces.id", name=f"fk_{table}_workspace_id_workspaces")
    return sa.Column("workspace_id", sa.String(), there, nullable=False)
