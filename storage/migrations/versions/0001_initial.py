"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_initial"
down_revision = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
SECONDS: sa.Double[float] = sa.Double()
JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "app_registrations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("service_url", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_app_registrations"),
        sa.UniqueConstraint(
            "platform", "service_url", "redirect_uri", name="uq_app_registrations_platform_service_url_redirect_uri"
        ),
    )
    op.create_table(
        "budgets",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("resets_at", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_budgets"),
    )
    op.create_table(
        "ticks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("last_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_ticks"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.String(), nullable=True),
        sa.Column("team_id", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("team_id", name="uq_workspaces_team_id"),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("detail", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_audit_events_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_item_id", "audit_events", ["item_id"])
    op.create_index("ix_audit_events_workspace_id_at", "audit_events", ["workspace_id", "at"])
    op.create_table(
        "brands",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("grace_s", sa.Integer(), nullable=False),
        sa.Column("held_since", INSTANT, nullable=True),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_brands_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_brands"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_brands_workspace_id_name"),
    )
    op.create_table(
        "media",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=True),
        sa.Column("height_px", sa.Integer(), nullable=True),
        sa.Column("duration_s", SECONDS, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_media_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
        sa.UniqueConstraint("workspace_id", "sha256", name="uq_media_workspace_id_sha256"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("platform_account_id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("service_url", sa.String(), nullable=False),
        sa.Column("limits", JSON_VALUE, nullable=False),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("health_detail", sa.String(), nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("connected_at", INSTANT, nullable=False),
        sa.Column("disconnected_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_accounts_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_accounts_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint(
            "brand_id",
            "platform",
            "service_url",
            "platform_account_id",
            name="uq_accounts_brand_id_platform_service_url_platform_account_id",
        ),
    )
    op.create_index("ix_accounts_workspace_id", "accounts", ["workspace_id"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=True),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("scopes", JSON_VALUE, nullable=False),
        sa.Column("rate_limit_per_minute", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_api_keys_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_api_keys_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_index("ix_api_keys_workspace_id", "api_keys", ["workspace_id"])
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("payload", JSON_VALUE, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deliver_at", INSTANT, nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_notices_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_notices_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("dedupe_key", name="uq_notices_dedupe_key"),
    )
    op.create_index(
        "ix_notices_due",
        "notices",
        ["deliver_at"],
        postgresql_where=sa.text("delivered_at IS NULL"),
        sqlite_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "oauth_states",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("service_url", sa.String(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("sealed_verifier", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_oauth_states_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_oauth_states_workspace_id"),
        sa.PrimaryKeyConstraint("state_hash", name="pk_oauth_states"),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("scheduled_at", INSTANT, nullable=True),
        sa.Column("wall_time", sa.String(), nullable=True),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("options", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_posts_brand_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_posts_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
    )
    op.create_index("ix_posts_brand_id", "posts", ["brand_id"])
    op.create_index("ix_posts_workspace_id_created_at", "posts", ["workspace_id", "created_at"])
    op.create_table(
        "credentials",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("access_expires_at", INSTANT, nullable=True),
        sa.Column("refresh_claimed_until", INSTANT, nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_credentials_account_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_credentials_workspace_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_credentials"),
    )
    op.create_index("ix_credentials_access_expires_at", "credentials", ["access_expires_at"])
    op.create_table(
        "post_items",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("post_type", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("key_at", INSTANT, nullable=False),
        sa.Column("scheduled_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("claim_at", INSTANT, nullable=True),
        sa.Column("missed_after", INSTANT, nullable=True),
        sa.Column("lead_s", SECONDS, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("first_armed_at", INSTANT, nullable=True),
        sa.Column("armed_at", INSTANT, nullable=True),
        sa.Column("check_at", INSTANT, nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("platform_post_id", sa.String(), nullable=True),
        sa.Column("permalink", sa.String(), nullable=True),
        sa.Column("error_class", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_post_items_account_id"),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_post_items_brand_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_items_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_post_items_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_post_items"),
        sa.UniqueConstraint("post_id", "account_id", "part", name="uq_post_items_post_id_account_id_part"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("ix_post_items_account_id", "post_items", ["account_id"])
    op.create_index(
        "ix_post_items_check",
        "post_items",
        ["check_at"],
        postgresql_where=sa.text("state IN ('confirming', 'unconfirmed')"),
        sqlite_where=sa.text("state IN ('confirming', 'unconfirmed')"),
    )
    op.create_index(
        "ix_post_items_claim",
        "post_items",
        ["claim_at", "id"],
        postgresql_where=sa.text("state = 'scheduled'"),
        sqlite_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "ix_post_items_held",
        "post_items",
        ["worker_id"],
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
        sqlite_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_post_items_missed",
        "post_items",
        ["missed_after"],
        postgresql_where=sa.text("state = 'scheduled'"),
        sqlite_where=sa.text("state = 'scheduled'"),
    )
    op.create_table(
        "post_media",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("media_id", sa.String(), nullable=False),
        sa.Column("alt_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_post_media_media_id"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_media_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_post_media_workspace_id"),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_post_media"),
    )
    op.create_table(
        "post_parts",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_parts_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_post_parts_workspace_id"),
        sa.PrimaryKeyConstraint("post_id", "part", name="pk_post_parts"),
    )
    op.create_table(
        "post_variants",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_post_variants_post_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_post_variants_workspace_id"),
        sa.PrimaryKeyConstraint("post_id", "platform", name="pk_post_variants"),
    )
    op.create_table(
        "attempts",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("armed_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("error_class", sa.String(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["post_items.id"], name="fk_attempts_item_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_attempts_workspace_id"),
        sa.PrimaryKeyConstraint("item_id", "attempt", name="pk_attempts"),
    )
    op.create_table(
        "item_material",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("prepared", JSON_VALUE, nullable=True),
        sa.Column("handle", JSON_VALUE, nullable=True),
        sa.Column("extra", JSON_VALUE, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["post_items.id"], name="fk_item_material_item_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_item_material_workspace_id"),
        sa.PrimaryKeyConstraint("item_id", name="pk_item_material"),
    )
