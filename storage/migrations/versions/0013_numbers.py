"""Numbers of posts and accounts, warnings and digests, and what the HTTP API keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_numbers"
down_revision = "0012_ends_of_workers"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the tables, and the columns and indexes they need beside them. Accounts connected before are asked about."""
    _numbers()
    _begin()
    _warnings()
    _http_api()
    _beside()


def _numbers() -> None:
    op.create_table(
        "item_snapshots",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("saves", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("video_views", sa.BigInteger(), nullable=True),
        sa.Column("reach", sa.BigInteger(), nullable=True),
        sa.Column("quotes", sa.BigInteger(), nullable=True),
        sa.Column("raw", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_item_snapshots_account_id"),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_item_snapshots_brand_id"),
        sa.ForeignKeyConstraint(["item_id"], ["post_items.id"], name="fk_item_snapshots_item_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_item_snapshots_workspace_id"),
        sa.PrimaryKeyConstraint("item_id", "day", name="pk_item_snapshots"),
    )
    op.create_index("ix_item_snapshots_brand_id_day", "item_snapshots", ["brand_id", "day", "item_id"])
    op.create_table(
        "item_polls",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_item_polls_account_id"),
        sa.ForeignKeyConstraint(["item_id"], ["post_items.id"], name="fk_item_polls_item_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_item_polls_workspace_id"),
        sa.PrimaryKeyConstraint("item_id", name="pk_item_polls"),
    )
    op.create_index("ix_item_polls_due", "item_polls", ["account_id", "due_at"])
    op.create_table(
        "account_snapshots",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("following", sa.BigInteger(), nullable=True),
        sa.Column("posts", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("raw", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_snapshots_account_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_account_snapshots_workspace_id"),
        sa.PrimaryKeyConstraint("account_id", "fetched_at", name="pk_account_snapshots"),
    )
    op.create_table(
        "account_days",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("reach", sa.BigInteger(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("saves", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("video_views", sa.BigInteger(), nullable=True),
        sa.Column("raw", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_days_account_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_account_days_workspace_id"),
        sa.PrimaryKeyConstraint("account_id", "day", name="pk_account_days"),
    )
    op.create_table(
        "account_polls",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("own_due_at", INSTANT, nullable=False),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("enrolled_until", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("history_from", sa.String(), nullable=True),
        sa.Column("history", JSON_VALUE, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_polls_account_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_account_polls_workspace_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_polls"),
    )
    op.create_index("ix_account_polls_due_at", "account_polls", ["due_at"])


def _begin() -> None:
    """Each was connected at `connected_at`: that is when asking about it is due, so all of them are at once."""
    op.execute(
        "INSERT INTO account_polls (account_id, workspace_id, due_at, own_due_at, tries)"
        " SELECT id, workspace_id, connected_at, connected_at, 0 FROM accounts WHERE disconnected_at IS NULL"
    )


def _warnings() -> None:
    op.create_table(
        "alerts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("facts", JSON_VALUE, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_alerts_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_alerts_workspace_id"),
        sa.PrimaryKeyConstraint("key", name="pk_alerts"),
    )
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["brand_id", "kind"],
        postgresql_where=sa.text("resolved_at IS NULL"),
        sqlite_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "preflights",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["post_items.id"], name="fk_preflights_item_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_preflights_workspace_id"),
        sa.PrimaryKeyConstraint("item_id", "step", name="pk_preflights"),
    )
    op.create_table(
        "brand_digests",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("last_day", sa.String(), nullable=True),
        sa.Column("quiet_since", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_brand_digests_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_brand_digests_workspace_id"),
        sa.PrimaryKeyConstraint("brand_id", name="pk_brand_digests"),
    )
    op.create_index("ix_brand_digests_next_at", "brand_digests", ["next_at"])


def _http_api() -> None:
    op.create_table(
        "api_windows",
        sa.Column("api_key_id", sa.String(), nullable=False),
        sa.Column("begin_s", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_api_windows_api_key_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_api_windows_workspace_id"),
        sa.PrimaryKeyConstraint("api_key_id", "begin_s", name="pk_api_windows"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("api_key_id", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name="fk_idempotency_keys_api_key_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_idempotency_keys_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "api_key_id", "route", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "missions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("objectives", JSON_VALUE, nullable=False),
        sa.Column("platforms", JSON_VALUE, nullable=False),
        sa.Column("constraints", JSON_VALUE, nullable=False),
        sa.Column("kpis", JSON_VALUE, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("publishing_enabled", sa.Boolean(), nullable=False),
        sa.Column("duration_days", sa.Integer(), nullable=True),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_missions_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_missions_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_missions"),
    )
    op.create_index("ix_missions_workspace_id_created_at", "missions", ["workspace_id", "created_at"])
    op.create_table(
        "calendar_entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("scheduled_date", sa.String(), nullable=False),
        sa.Column("scheduled_time", sa.String(), nullable=True),
        sa.Column("platforms", JSON_VALUE, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_calendar_entries_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_entries"),
    )
    op.create_index("ix_calendar_entries_workspace_id_date", "calendar_entries", ["workspace_id", "scheduled_date"])
    op.create_table(
        "ical_feeds",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_ical_feeds_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_ical_feeds_workspace_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_ical_feeds"),
    )
    op.create_index("ix_ical_feeds_brand_id", "ical_feeds", ["brand_id"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", JSON_VALUE, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("busy_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_webhooks_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_workspace_id", "webhooks", ["workspace_id"])
    op.create_table(
        "webhook_causes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("items", JSON_VALUE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_webhook_causes_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_causes"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhook_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_webhook_deliveries_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("about", name="uq_webhook_deliveries_about"),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id", "created_at"])


def _beside() -> None:
    op.add_column("api_keys", sa.Column("name", sa.String(), nullable=True))
    op.add_column("api_keys", sa.Column("expires_at", INSTANT, nullable=True))
    op.create_index(
        "ix_post_items_account_id_published_at",
        "post_items",
        ["account_id", "published_at"],
        postgresql_where=sa.text("published_at IS NOT NULL"),
        sqlite_where=sa.text("published_at IS NOT NULL"),
    )
    op.add_column("posts", sa.Column("mission_id", sa.String(), nullable=True))
    op.add_column("posts", sa.Column("review", JSON_VALUE, nullable=True))
    op.add_column("posts", sa.Column("media_for", JSON_VALUE, nullable=True))
    op.add_column("posts", sa.Column("deleted_at", INSTANT, nullable=True))
    op.create_table(
        "unplaced_items",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("options", JSON_VALUE, nullable=False),
        sa.Column("media", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_unplaced_items_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_unplaced_items_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unplaced_items"),
    )
    op.create_index("ix_unplaced_items_post_id", "unplaced_items", ["post_id"])
    op.create_index(
        "ix_posts_mission_id",
        "posts",
        ["mission_id"],
        postgresql_where=sa.text("mission_id IS NOT NULL"),
        sqlite_where=sa.text("mission_id IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_events_connected",
        "audit_events",
        ["account_id", "at"],
        postgresql_where=sa.text("event = 'account_connected'"),
        sqlite_where=sa.text("event = 'account_connected'"),
    )
