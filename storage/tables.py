"""The schema, the same on SQLite and PostgreSQL. tests/storage prove that the migrations lead exactly here.

Hot rows are lean: while a post waits and goes out only `post_items` and `attempts` are written; its text, media and
prepared material stand in rows of their own that do not move.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Interval,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Span(TypeDecorator[timedelta]):
    """A length of time to add to a UtcDateTime within a statement: an interval, or microseconds on SQLite."""

    impl = Interval
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The kind of number that UtcDateTime is made of there."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Interval())

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> Any:  # noqa: ANN401  # the driver's own type
        """To the driver."""
        return value // _MICROSECOND if value is not None and dialect.name == "sqlite" else value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant, to the microsecond: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.

    A naive datetime is refused, never guessed at.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Integers where the engine has no instants, so that they sort and compare exactly."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:  # noqa: ANN401  # SQLAlchemy's signature
        """What stands beside an instant in an expression: another instant, or a length of time."""
        return Span() if isinstance(value, timedelta) else super().coerce_compared_value(op, value)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401  # the driver's own type
        """To the driver. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive datetime reached storage"
            raise ValueError(message)
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ANN401  # a callable or None
        """Nothing to do on PostgreSQL: its driver gives aware UTC.

        Source: https://magicstack.github.io/asyncpg/current/usage.html#type-conversion, 2026-11-21.
        """
        return None if dialect.driver == "asyncpg" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002  # see above
        """From the driver, always aware UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else _EPOCH + value * _MICROSECOND


JsonValue = JSON().with_variant(JSONB(), "postgresql")
SparseJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Where None is no value at all, and takes no room."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can speak of them on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # read once by SQLAlchemy
        str: String(),
        datetime: UtcDateTime(),
        dict[str, Any]: JsonValue,
        list[str]: JsonValue,
        bytes: LargeBinary(),
    }


# --- Tenants ---------------------------------------------------------------------------------------------------------


class WorkspaceRow(Base):
    """A tenant: one Slack workspace, or one without Slack."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    enterprise_id: Mapped[str | None]
    team_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    held_since: Mapped[datetime | None]
    """While set, nothing of any of its brands is sent."""
    hold_reason: Mapped[str | None]
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None]


class BrandRow(Base):
    """A partition of a workspace."""

    __tablename__ = "brands"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    timezone: Mapped[str]
    channel: Mapped[str | None]
    """Where its cards go: a Slack channel's id."""
    grace_s: Mapped[int]
    held_since: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None]
    """When the hold ends by itself."""
    approval_rule: Mapped[str] = mapped_column(default="none", server_default="none")
    """Whose word its posts need: bot/domain/approvals.py."""


class BrandSlotRow(Base):
    """A time of the week at which the brand likes to post."""

    __tablename__ = "brand_slots"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    """0 is Monday."""
    minute: Mapped[int] = mapped_column(primary_key=True)
    """Minutes after midnight, as clocks in the brand's zone show."""
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))


class BrandManagerRow(Base):
    """Somebody who may manage a brand without being an administrator of the workspace."""

    __tablename__ = "brand_managers"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    named_by: Mapped[str]
    named_at: Mapped[datetime]


class BrandApproverRow(Base):
    """Somebody whose word the brand's posts may need."""

    __tablename__ = "brand_approvers"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    named_by: Mapped[str]
    named_at: Mapped[datetime]


class SlackInstallationRow(Base):
    """Herald in one Slack workspace: its bot and the bot's token, sealed. Gone when Herald is removed there."""

    __tablename__ = "slack_installations"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    enterprise_id: Mapped[str | None]
    team_id: Mapped[str] = mapped_column(unique=True)
    app_id: Mapped[str | None]
    bot_id: Mapped[str]
    bot_user_id: Mapped[str]
    scopes: Mapped[list[str]]
    installed_by: Mapped[str | None]
    sealed: Mapped[bytes]
    key_id: Mapped[str]
    installed_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    """When Slack refused the token; the next installation clears it."""


class ApiKeyRow(Base):
    """A key to the HTTP API; only its hash is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("brands.id"))
    prefix: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    rate_limit_per_minute: Mapped[int | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    name: Mapped[str | None]
    expires_at: Mapped[datetime | None]


class AuditEventRow(Base):
    """What somebody or something did, for good: the journal behind `posts why` together with `attempts`."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_item_id", "item_id"),
        Index(
            "ix_audit_events_post_id",
            "post_id",
            postgresql_where=text("post_id IS NOT NULL"),
            sqlite_where=text("post_id IS NOT NULL"),
        ),
        Index("ix_audit_events_workspace_id_at", "workspace_id", "at"),
        Index(
            "ix_audit_events_connected",
            "account_id",
            "at",
            postgresql_where=text("event = 'account_connected'"),
            sqlite_where=text("event = 'account_connected'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    event: Mapped[str]
    post_id: Mapped[str | None]
    item_id: Mapped[str | None]
    account_id: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


# --- Accounts --------------------------------------------------------------------------------------------------------


class AccountRow(Base):
    """One connected profile, page or channel. Its tokens stand in `credentials`."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("brand_id", "platform", "service_url", "platform_account_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    platform: Mapped[str]
    platform_account_id: Mapped[str]
    handle: Mapped[str]
    display_name: Mapped[str]
    service_url: Mapped[str]
    limits: Mapped[dict[str, Any]]
    health: Mapped[str]
    health_detail: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    connected_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """When its tokens are of no use any more unless they are renewed before; told by whoever stored them."""
    renews: Mapped[bool] = mapped_column(default=False, server_default=false())


class CredentialRow(Base):
    """An account's tokens, sealed. `version` counts the pairs stored; a refresh is claimed before it is made."""

    __tablename__ = "credentials"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    sealed: Mapped[bytes]
    key_id: Mapped[str]
    version: Mapped[int]
    access_expires_at: Mapped[datetime | None] = mapped_column(index=True)
    refresh_claimed_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class AppRegistrationRow(Base):
    """Herald as an OAuth client at one server (Mastodon registers at each instance). Shared by all workspaces."""

    __tablename__ = "app_registrations"
    __table_args__ = (UniqueConstraint("platform", "service_url", "redirect_uri"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    service_url: Mapped[str]
    redirect_uri: Mapped[str]
    client_id: Mapped[str]
    sealed_secret: Mapped[bytes]
    key_id: Mapped[str]
    created_at: Mapped[datetime]


class OAuthStateRow(Base):
    """A consent under way: single use, short-lived, bound to who asked. Only a hash of `state` is kept."""

    __tablename__ = "oauth_states"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    asked_by: Mapped[str]
    platform: Mapped[str]
    service_url: Mapped[str]
    redirect_uri: Mapped[str]
    sealed_verifier: Mapped[bytes]
    key_id: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    account_id: Mapped[str | None]
    outcome: Mapped[str | None]
    link_hash: Mapped[str | None]
    """The connect link it was begun from; None for one begun at the command line."""
    sealed_choices: Mapped[bytes | None]
    """What the person may pick from, with its tokens, until they have; sealed."""
    choices_key_id: Mapped[str | None]


class ConnectLinkRow(Base):
    """A one-time page of ours for connecting an account, made for one person. Only a hash of its token is kept."""

    __tablename__ = "connect_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    platform: Mapped[str]
    account_id: Mapped[str | None]
    """The account to reconnect, if it is not a new one."""
    asked_by: Mapped[str]
    asked_by_name: Mapped[str | None]
    """What they are called, for the page to say."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


# --- Posts -----------------------------------------------------------------------------------------------------------


class MediaRow(Base):
    """One stored file; its bytes lie in the media store under `sha256`, until `purged_at`."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("workspace_id", "sha256"),
        Index("ix_media_sha256", "sha256"),
        Index(
            "ix_media_created_at",
            "created_at",
            postgresql_where=text("purged_at IS NULL"),
            sqlite_where=text("purged_at IS NULL"),
        ),
        Index(
            "ix_media_leaves_at",
            "leaves_at",
            postgresql_where=text("leaves_at IS NOT NULL AND purged_at IS NULL"),
            sqlite_where=text("leaves_at IS NOT NULL AND purged_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    kind: Mapped[str]
    mime_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    file_name: Mapped[str]
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]
    duration_s: Mapped[float | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(SparseJson)
    """What else is known of it: storage/media/rows.py."""
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When a post last took it; None: when it was made."""
    leaves_at: Mapped[datetime | None]
    """When its bytes go unless a post takes it before; nothing needed them when this was set."""
    purged_at: Mapped[datetime | None]


class PostRow(Base):
    """What a person wrote, apart from its texts."""

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_posts_workspace_id_code", "workspace_id", "code"),
        Index("ix_posts_workspace_id_scheduled_at", "workspace_id", "scheduled_at"),
        Index("ix_posts_brand_id_scheduled_at", "brand_id", "scheduled_at"),
        Index("ix_posts_brand_id_created_at", "brand_id", "created_at"),
        Index(
            "ix_posts_mission_id",
            "mission_id",
            postgresql_where=text("mission_id IS NOT NULL"),
            sqlite_where=text("mission_id IS NOT NULL"),
        ),
        Index(
            "ix_posts_held",
            "workspace_id",
            "scheduled_at",
            postgresql_where=text("held_since IS NOT NULL"),
            sqlite_where=text("held_since IS NOT NULL"),
        ),
        Index(
            "ix_posts_held_until",
            "held_until",
            postgresql_where=text("held_until IS NOT NULL"),
            sqlite_where=text("held_until IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    code: Mapped[str]
    """What people call it: the end of its id, in capitals."""
    version: Mapped[int]
    """Grows with every edit, so that two people editing at once notice."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    edited_by: Mapped[str | None]
    edited_at: Mapped[datetime | None]
    scheduled_at: Mapped[datetime | None]
    wall_time: Mapped[str | None]
    """The local time the person chose, ISO without offset; None when they gave an instant."""
    zone: Mapped[str | None]
    link: Mapped[str | None]
    mission_id: Mapped[str | None]
    approver: Mapped[str | None]
    """The user id of the one approver who is asked; None: all of them are."""
    review: Mapped[dict[str, Any] | None] = mapped_column(SparseJson)
    """What somebody said of a draft over the HTTP API: approved or rejected, by whom, when, with which words."""
    options: Mapped[dict[str, Any]]
    """Settings by variant, as the texts of `PostVariantRow`: {"mastodon": {"visibility": "unlisted"}}."""
    media_for: Mapped[dict[str, Any] | None] = mapped_column(SparseJson)
    """Which of its files a variant gets, in order, where not all go there: {"x": [], "instagram": ["med_…"]}."""
    deleted_at: Mapped[datetime | None]
    """When a program deleted it: for programs it is not there any more."""
    held_since: Mapped[datetime | None]
    """Set: this post alone is on hold. What waits of it has no `claim_at` then: storage/post_holds.py."""
    hold_reason: Mapped[str | None]
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None]


class PostPartRow(Base):
    """The base text of one part; a post that is no thread has part 0 alone."""

    __tablename__ = "post_parts"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    text: Mapped[str] = mapped_column(Text)


class PostVariantRow(Base):
    """The text of part 0 for one platform, where it has its own.

    Where the post goes to a platform as several kinds, each of these may have its own: `platform` is the kind's name.
    """

    __tablename__ = "post_variants"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    text: Mapped[str] = mapped_column(Text)


class PostMediaRow(Base):
    """A file at its place in a post, with its description."""

    __tablename__ = "post_media"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"), index=True)
    alt_text: Mapped[str] = mapped_column(Text)


class UnplacedItemRow(Base):
    """A part of a draft for a platform of which the brand has no account yet: later an item, with the same id."""

    __tablename__ = "unplaced_items"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), index=True)
    platform: Mapped[str]
    kind: Mapped[str]
    """The kind of post as programs call it, such as `instagram-reel`."""
    text: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]]
    media: Mapped[list[str]]
    """Ids of its files, in order."""


class CompositionRow(Base):
    """A composer somebody has open: what was typed so far, beside what Slack keeps itself. Dropped after two days."""

    __tablename__ = "compositions"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    user_id: Mapped[str]
    post_id: Mapped[str | None]
    """The post being edited, if it is not a new one."""
    post_version: Mapped[int | None]
    form: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class RepeatRow(Base):
    """A post that comes again: of each series the latest. Days and times are ISO; those of the zone."""

    __tablename__ = "repeats"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    every: Mapped[str]
    until: Mapped[str]
    """The last day."""
    zone: Mapped[str | None]
    time: Mapped[str | None]
    first: Mapped[str | None]
    """The day from which days are counted."""
    turn: Mapped[str | None]
    """The day whose turn the latest is, wherever it was moved to."""
    problem: Mapped[str | None] = mapped_column(Text)
    """Why the next one cannot be planned, as it was told; None: nothing is in its way."""


class ApprovalRow(Base):
    """What people are asked, or were asked last, to agree to of a post, and what they agreed to last."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index(
            "ix_approvals_open",
            "workspace_id",
            "brand_id",
            postgresql_where=text("state IN ('waiting', 'late')"),
            sqlite_where=text("state IN ('waiting', 'late')"),
        ),
        Index(
            "ix_approvals_ends_at",
            "ends_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    version: Mapped[int]
    """The post's version that is asked about."""
    state: Mapped[str]
    digest: Mapped[str]
    """Of the content of that version."""
    asked_by: Mapped[str]
    """Who wrote that content: they cannot agree to it."""
    asked_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """When it is too late to agree to something of it."""
    agreed: Mapped[dict[str, Any] | None] = mapped_column(SparseJson)
    """The content that was agreed to last: storage/approvals.py."""
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)


class ApprovalVoteRow(Base):
    """Somebody agreed to this version of a post."""

    __tablename__ = "approval_votes"

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    at: Mapped[datetime]


class PostItemRow(Base):
    """One post on one account: the row of the queue. Its states and moves are bot/domain/publication.py's.

    `claim_at` is when a worker may take it (its second less the time preparing needs; None while a thread's parent is
    not published or its post is on hold), `due_at` the instant to send, `missed_after` when it is too late, `check_at`
    when somebody looks after a `confirming` or `unconfirmed` one.
    """

    __tablename__ = "post_items"
    __table_args__ = (
        UniqueConstraint("post_id", "account_id", "part", "kind"),
        Index(
            "ix_post_items_claim",
            "claim_at",
            "id",
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
        Index(
            "ix_post_items_account_id_claim_at",
            "account_id",
            "claim_at",
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
        Index(
            "ix_post_items_missed",
            "missed_after",
            postgresql_where=text("state = 'scheduled'"),
            sqlite_where=text("state = 'scheduled'"),
        ),
        Index(
            "ix_post_items_held",
            "worker_id",
            postgresql_where=text("state IN ('claimed', 'sending')"),
            sqlite_where=text("state IN ('claimed', 'sending')"),
        ),
        Index(
            "ix_post_items_check",
            "check_at",
            postgresql_where=text("state IN ('confirming', 'unconfirmed')"),
            sqlite_where=text("state IN ('confirming', 'unconfirmed')"),
        ),
        Index(
            "ix_post_items_troubled",
            "workspace_id",
            "scheduled_at",
            postgresql_where=text("state IN ('failed', 'missed', 'unconfirmed')"),
            sqlite_where=text("state IN ('failed', 'missed', 'unconfirmed')"),
        ),
        Index(
            "ix_post_items_permalink",
            "permalink",
            postgresql_where=text("permalink IS NOT NULL"),
            sqlite_where=text("permalink IS NOT NULL"),
        ),
        Index("ix_post_items_account_id_state", "account_id", "state", "workspace_id"),
        Index(
            "ix_post_items_account_id_published_at",
            "account_id",
            "published_at",
            postgresql_where=text("published_at IS NOT NULL"),
            sqlite_where=text("published_at IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    platform: Mapped[str]
    post_type: Mapped[str]
    part: Mapped[int]
    state: Mapped[str]
    version: Mapped[int]
    """Grows with every edit; arming names the version that was prepared."""
    key: Mapped[str]
    """Idempotency material, made with the row; a new one with each edit."""
    key_at: Mapped[datetime]
    scheduled_at: Mapped[datetime | None]
    """The planned second, as shown."""
    due_at: Mapped[datetime | None]
    claim_at: Mapped[datetime | None]
    missed_after: Mapped[datetime | None]
    lead_s: Mapped[float]
    """How long before `due_at` preparing begins."""
    held_missed_after: Mapped[datetime | None]
    """What `missed_after` is to be again once its post is released."""
    kind: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """As which kind of post it was asked for (`instagram-story`), where its post goes to its platform as several."""
    attempt: Mapped[int]
    tries: Mapped[int]
    """Tries in a row that ended without an answer from the platform: what backoff grows with."""
    worker_id: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    first_armed_at: Mapped[datetime | None]
    armed_at: Mapped[datetime | None]
    check_at: Mapped[datetime | None]
    looks: Mapped[int]
    """Looks in a row that found nothing."""
    asked_at: Mapped[datetime | None]
    """When a human was asked, because looking could not tell."""
    published_at: Mapped[datetime | None]
    platform_post_id: Mapped[str | None]
    permalink: Mapped[str | None]
    error_class: Mapped[str | None]
    error_message: Mapped[str | None]
    created_at: Mapped[datetime]


class ItemMaterialRow(Base):
    """What belongs to an item's publishing but must not travel with every change of its state."""

    __tablename__ = "item_material"

    item_id: Mapped[str] = mapped_column(ForeignKey("post_items.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    version: Mapped[int]
    prepared: Mapped[dict[str, Any] | None]
    """What `prepare` made for this version, stored before anything was sent."""
    handle: Mapped[dict[str, Any] | None]
    """What `poll` needs while the platform works on it."""
    extra: Mapped[dict[str, Any] | None]
    """What a reply to the published post needs."""


class AttemptRow(Base):
    """The journal of one try: written with arming, before the first byte, and closed by settling."""

    __tablename__ = "attempts"

    item_id: Mapped[str] = mapped_column(ForeignKey("post_items.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    worker_id: Mapped[str]
    claimed_at: Mapped[datetime | None]
    armed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    """The event that settled it."""
    error_class: Mapped[str | None]
    http_status: Mapped[int | None]
    request_id: Mapped[str | None]
    detail: Mapped[str | None] = mapped_column(Text)
    calls: Mapped[list[Any] | None] = mapped_column(SparseJson)
    """The requests it took: storage/journal.py."""


class NoticeRow(Base):
    """A message owed to people, kept until delivered. `dedupe_key` makes saying it twice impossible."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "ix_notices_due",
            "deliver_at",
            postgresql_where=text("delivered_at IS NULL"),
            sqlite_where=text("delivered_at IS NULL"),
        ),
        Index("ix_notices_workspace_id_kind_post_id", "workspace_id", "kind", "post_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("brands.id"))
    item_id: Mapped[str | None]
    kind: Mapped[str]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    deliver_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    tries: Mapped[int]
    last_error: Mapped[str | None]
    post_id: Mapped[str | None]
    place: Mapped[dict[str, Any] | None]
    """Where it stands once delivered, so that it can be changed there: `{"channel": …, "ts": …}`."""


class CardRow(Base):
    """A post's one card in its brand's channel. `wanted` grows with each change; `shown` is the last one on display."""

    __tablename__ = "cards"
    __table_args__ = (
        Index(
            "ix_cards_due",
            "due_at",
            postgresql_where=text("shown < wanted"),
            sqlite_where=text("shown < wanted"),
        ),
    )

    post_id: Mapped[str] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    channel: Mapped[str | None]
    ts: Mapped[str | None]
    wanted: Mapped[int]
    shown: Mapped[int]
    due_at: Mapped[datetime]
    tries: Mapped[int]
    last_error: Mapped[str | None]
    posted_at: Mapped[datetime | None]


# --- Numbers ---------------------------------------------------------------------------------------------------------


class ItemSnapshotRow(Base):
    """The numbers of one published item on one day (UTC), as its network gave them. NULL is unknown, never 0."""

    __tablename__ = "item_snapshots"
    __table_args__ = (Index("ix_item_snapshots_brand_id_day", "brand_id", "day", "item_id"),)

    item_id: Mapped[str] = mapped_column(ForeignKey("post_items.id"), primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    """ISO date."""
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    fetched_at: Mapped[datetime]
    views: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    video_views: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)
    quotes: Mapped[int | None] = mapped_column(BigInteger)
    raw: Mapped[dict[str, Any]]


class ItemPollRow(Base):
    """A published item whose numbers are asked for: when next, and until when. Gone when its ninety days are over."""

    __tablename__ = "item_polls"
    __table_args__ = (Index("ix_item_polls_due", "account_id", "due_at"),)

    item_id: Mapped[str] = mapped_column(ForeignKey("post_items.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    due_at: Mapped[datetime]
    until: Mapped[datetime]
    """The end of the last instant at which it is asked for."""
    tries: Mapped[int]
    """Polls in a row that failed."""
    last_error: Mapped[str | None]


class AccountSnapshotRow(Base):
    """An account's numbers at one time. NULL is unknown."""

    __tablename__ = "account_snapshots"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    fetched_at: Mapped[datetime] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    followers: Mapped[int | None] = mapped_column(BigInteger)
    following: Mapped[int | None] = mapped_column(BigInteger)
    posts: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    raw: Mapped[dict[str, Any]]


class AccountDayRow(Base):
    """What an account's own history says of one of its days (the network's own day). NULL is unknown."""

    __tablename__ = "account_days"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    fetched_at: Mapped[datetime]
    followers: Mapped[int | None] = mapped_column(BigInteger)
    views: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    saves: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    video_views: Mapped[int | None] = mapped_column(BigInteger)
    raw: Mapped[dict[str, Any]]


class AccountPollRow(Base):
    """When an account is asked for its numbers next; whoever moves `claimed_until` does it."""

    __tablename__ = "account_polls"
    __table_args__ = (Index("ix_account_polls_due_at", "due_at"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    due_at: Mapped[datetime]
    """When anything of this account is to be asked for: its own numbers, or those of its items."""
    own_due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    enrolled_until: Mapped[datetime | None]
    """Items published before then are enrolled in `item_polls`."""
    tries: Mapped[int]
    last_error: Mapped[str | None]
    history_from: Mapped[str | None]
    """The day from which its history was filled back."""
    history: Mapped[dict[str, Any] | None] = mapped_column(SparseJson)
    """How far filling back has come, and where that is told."""
    history_asked: Mapped[str | None]
    """The earliest day that anybody asked for."""


# --- Warnings and digests --------------------------------------------------------------------------------------------


class AlertRow(Base):
    """Something that will go wrong unless somebody mends it: told, and told again when it was mended."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "ix_alerts_open",
            "brand_id",
            "kind",
            postgresql_where=text("resolved_at IS NULL"),
            sqlite_where=text("resolved_at IS NULL"),
        ),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    """What it is about, so that nothing is told twice: `expiry:ACCOUNT:DATE:7`, `preflight:ITEM:VERSION:day`."""
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    kind: Mapped[str]
    account_id: Mapped[str | None]
    item_id: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    snoozed_until: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]


class PreflightRow(Base):
    """A waiting item that was looked at ahead of its second."""

    __tablename__ = "preflights"

    item_id: Mapped[str] = mapped_column(ForeignKey("post_items.id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    """`day` or `soon`."""
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    version: Mapped[int]
    at: Mapped[datetime]
    """When somebody began to look."""
    done: Mapped[bool]
    """Whether what was found is written down; who began and vanished is replaced."""


class BrandDigestRow(Base):
    """When a brand is told of its day. Brands without a row have the digest on, at the usual time."""

    __tablename__ = "brand_digests"
    __table_args__ = (Index("ix_brand_digests_next_at", "next_at"),)

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    enabled: Mapped[bool]
    minute: Mapped[int]
    """Minutes after midnight, as clocks in the brand's zone show."""
    next_at: Mapped[datetime | None]
    last_day: Mapped[str | None]
    """The brand's own day of which it was told last."""
    quiet_since: Mapped[str | None]
    """The first of the days on which there was nothing to say."""


# --- The HTTP API ----------------------------------------------------------------------------------------------------


class ApiWindowRow(Base):
    """How many calls a key made in a minute. Dropped after a day."""

    __tablename__ = "api_windows"

    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    begin_s: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """Unix seconds."""
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    calls: Mapped[int]


class IdempotencyRow(Base):
    """A creating call by the name its caller gave it, and its answer, so that a repetition does nothing. A day."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    status: Mapped[int | None]
    """None while the first call still runs."""
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime]
    """When whoever works on it began; a repetition takes over from one that was cut off."""


class MissionRow(Base):
    """A campaign that groups posts."""

    __tablename__ = "missions"
    __table_args__ = (Index("ix_missions_workspace_id_created_at", "workspace_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("brands.id"))
    name: Mapped[str]
    description: Mapped[str | None] = mapped_column(Text)
    objectives: Mapped[list[str]]
    platforms: Mapped[list[str]]
    constraints: Mapped[dict[str, Any]]
    kpis: Mapped[list[Any]] = mapped_column(JsonValue)
    status: Mapped[str]
    publishing_enabled: Mapped[bool]
    duration_days: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CalendarEntryRow(Base):
    """A plan on the calendar; it publishes nothing by itself."""

    __tablename__ = "calendar_entries"
    __table_args__ = (Index("ix_calendar_entries_workspace_id_date", "workspace_id", "scheduled_date"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    title: Mapped[str]
    description: Mapped[str | None] = mapped_column(Text)
    scheduled_date: Mapped[str]
    scheduled_time: Mapped[str | None]
    platforms: Mapped[list[str]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class IcalFeedRow(Base):
    """A brand's calendar for other programs, at an address nobody can guess. Only a hash of it is kept."""

    __tablename__ = "ical_feeds"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class WebhookRow(Base):
    """Where a workspace is told of what happens. Its secret is sealed."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    url: Mapped[str]
    events: Mapped[list[str]]
    sealed_secret: Mapped[bytes]
    key_id: Mapped[str]
    enabled: Mapped[bool]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    """While somebody delivers to it, one event at a time, or it rests; then when it was let go last."""


class WebhookCauseRow(Base):
    """Something that happened, written with it, from which the deliveries that tell of it are made; gone then."""

    __tablename__ = "webhook_causes"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    what: Mapped[str]
    """An event of content or of a mission, without its beginning: `published`, `created`, `paused` …"""
    about: Mapped[str]
    """A post's id, or a mission's."""
    items: Mapped[list[str]]
    """Which items of the post; empty for all of it."""
    at: Mapped[datetime]


class WebhookDeliveryRow(Base):
    """One event owed to one webhook, until it was taken or given up. Its id is the receiver's to tell repeats by."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_due",
            "next_at",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_webhook_deliveries_webhook_id", "webhook_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id"))
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    event: Mapped[str]
    about: Mapped[str] = mapped_column(unique=True)
    """What it tells, so that nothing is owed twice."""
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    tries: Mapped[int]
    ended_at: Mapped[datetime | None]
    """When it was taken or given up."""
    given_up: Mapped[bool]
    last_error: Mapped[str | None]


# --- Machinery: shared by all workspaces -----------------------------------------------------------------------------


class WorkerRow(Base):
    """A running worker and how long its lease lasts. Gone or lapsed: everything it held is somebody else's."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]


class WorkerLogRow(Base):
    """Every worker that ever joined, so that the journal can say where it ran; `workers` has the living alone."""

    __tablename__ = "worker_log"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it left, or its lease ran out; empty while it is there."""


class TickRow(Base):
    """The last run of a periodic task, so that whoever runs it, it runs once."""

    __tablename__ = "ticks"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    last_by: Mapped[str | None]


class BudgetRow(Base):
    """A shared allowance at a platform: an account's, or an app's."""

    __tablename__ = "budgets"

    key: Mapped[str] = mapped_column(primary_key=True)
    not_before: Mapped[datetime | None]
    remaining: Mapped[int | None]
    resets_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class GateRow(Base):
    """What is known of the way to an account, an app or a host: whether it is closed, and what was spent there.

    `key` is one of bot/domain/gates.py's names. A row comes into being when there is something to know.
    """

    __tablename__ = "gates"
    __table_args__ = (
        Index(
            "ix_gates_closed_until",
            "closed_until",
            postgresql_where=text("closed_until IS NOT NULL"),
            sqlite_where=text("closed_until IS NOT NULL"),
        ),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    closed_until: Mapped[datetime | None]
    reason: Mapped[str | None]
    since: Mapped[datetime | None]
    """When it was closed; None for a host that answers."""
    openings: Mapped[int]
    recent: Mapped[str]
    """How a host's latest calls went, since one went wrong."""
    probe_item_id: Mapped[str | None]
    probe_until: Mapped[datetime | None]
    ledgers: Mapped[dict[str, Any]]
    """What was spent of each budget, by its name."""
    updated_at: Mapped[datetime]


class OutageRow(Base):
    """A gate that keeps a brand's posts waiting, so that the beginning and the end are each told once."""

    __tablename__ = "outages"
    __table_args__ = (
        Index(
            "ix_outages_open",
            "gate_key",
            postgresql_where=text("over_at IS NULL"),
            sqlite_where=text("over_at IS NULL"),
        ),
    )

    gate_key: Mapped[str] = mapped_column(primary_key=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    opened_at: Mapped[datetime | None]
    """When it was open again; what waited goes out from then on."""
    over_at: Mapped[datetime | None] = mapped_column(index=True)
    """When nothing of it waited any more."""


class SeenRequestRow(Base):
    """A request from Slack that was taken up, so that its repetition is not. Dropped after a day."""

    __tablename__ = "seen_requests"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class MoveRow(Base):
    """Where everything went: an installation with such a row lives in another database and does nothing here."""

    __tablename__ = "moves"

    target: Mapped[str] = mapped_column(primary_key=True)
    """Host and name of the other database; no user, no password."""
    at: Mapped[datetime]
