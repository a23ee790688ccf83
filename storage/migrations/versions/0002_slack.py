"""What a chat needs: installations, managers, connect links, composers, cards, codes and versions of posts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_slack"
down_revision = "0001_initial"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables, and give every post its code and version."""
    _tenants()
    _posts()
    _messages()
    op.create_table(
        "seen_requests",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_seen_requests"),
    )
    op.create_index("ix_seen_requests_at", "seen_requests", ["at"])


def _tenants() -> None:
    op.create_table(
        "brand_managers",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("named_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_brand_managers_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_brand_managers_workspace_id"),
        sa.PrimaryKeyConstraint("brand_id", "user_id", name="pk_brand_managers"),
    )
    op.create_table(
        "slack_installations",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.String(), nullable=True),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=True),
        sa.Column("bot_id", sa.String(), nullable=False),
        sa.Column("bot_user_id", sa.String(), nullable=False),
        sa.Column("scopes", JSON_VALUE, nullable=False),
        sa.Column("installed_by", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("installed_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_slack_installations_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_slack_installations"),
        sa.UniqueConstraint("team_id", name="uq_slack_installations_team_id"),
    )
    op.create_table(
        "connect_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_connect_links_workspace_id"),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_connect_links_brand_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_connect_links"),
    )


def _posts() -> None:
    with op.batch_alter_table("posts") as posts:
        posts.add_column(sa.Column("code", sa.String(), nullable=True))
        posts.add_column(sa.Column("version", sa.Integer(), nullable=True))
        posts.add_column(sa.Column("edited_by", sa.String(), nullable=True))
        posts.add_column(sa.Column("edited_at", INSTANT, nullable=True))
    end = "right(id, 6)" if op.get_bind().dialect.name == "postgresql" else "substr(id, -6)"
    op.execute(f"UPDATE posts SET version = 1, code = upper({end})")  # noqa: S608  # nothing of it comes from outside
    with op.batch_alter_table("posts") as posts:
        posts.alter_column("code", existing_type=sa.String(), nullable=False)
        posts.alter_column("version", existing_type=sa.Integer(), nullable=False)
    op.create_index("ix_posts_workspace_id_code", "posts", ["workspace_id", "code"])
    op.create_table(
        "compositions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=True),
        sa.Column("post_version", sa.Integer(), nullable=True),
        sa.Column("form", JSON_VALUE, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_compositions_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_compositions"),
    )
    op.create_index("ix_compositions_updated_at", "compositions", ["updated_at"])


def _messages() -> None:
    op.add_column("notices", sa.Column("post_id", sa.String(), nullable=True))
    op.add_column("notices", sa.Column("place", JSON_VALUE, nullable=True))
    op.create_table(
        "cards",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("posted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_cards_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_cards_workspace_id"),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_cards_brand_id"),
        sa.PrimaryKeyConstraint("post_id", name="pk_cards"),
    )
    op.create_index(
        "ix_cards_due",
        "cards",
        ["due_at"],
        postgresql_where=sa.text("shown < wanted"),
        sqlite_where=sa.text("shown < wanted"),
    )
