"""A post as it is written down and as it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.holds import Hold
from bot.domain.ids import AccountId, BrandId, ItemId, MediaId, MissionId, PostId, WorkspaceId
from bot.domain.publication import State, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item goes. No two items of a post, a thread's parts aside, go to one place."""

    account_id: AccountId
    kind: str = ""
    """As which kind of post (`instagram-story`), where its post goes to that network as several; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """One part of a post on one account, about to enter the queue. Instants are aware UTC; None means "waits"."""

    account_id: AccountId
    platform: str
    post_type: str
    part: int
    state: State
    scheduled_at: datetime | None
    due_at: datetime | None
    claim_at: datetime | None
    missed_after: datetime | None
    lead_s: float
    key: str
    key_at: datetime
    item_id: ItemId | None = None
    """Its id, where it has one already; None: a new one."""
    kind: str = ""
    """As `Place` has it."""

    @property
    def place(self) -> Place:
        """Where it goes."""
        return Place(account_id=self.account_id, kind=self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """What a person wrote, checked and about to be stored."""

    workspace_id: WorkspaceId
    brand_id: BrandId
    created_by: str
    created_at: datetime
    scheduled_at: datetime | None
    wall_time: str | None
    zone: str | None
    link: str | None
    options: Mapping[str, Mapping[str, str]]
    """By variant, then by name: see `ItemView.variant`."""
    parts: tuple[str, ...]
    variants: Mapping[str, str]
    media: tuple[tuple[MediaId, str], ...]
    """Stored files with their descriptions, in order."""
    items: tuple[NewItem, ...]
    mission_id: MissionId | None = None
    """The campaign it belongs to, if it is a new one that does."""
    media_for: Mapping[str, tuple[MediaId, ...]] = field(default_factory=dict[str, tuple[MediaId, ...]])
    """Which of the files a variant gets, in order, where not all go there."""
    approver: str | None = None
    """The user id of the one approver who is to be asked; None: all."""
    post_id: PostId | None = None
    """Its id, where it has one already; None: a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item as people see it. `error` is its class and a sentence."""

    item_id: ItemId
    platform: str
    account_id: AccountId
    handle: str
    post_type: str
    part: int
    status: State
    scheduled_at: datetime | None
    published_at: datetime | None
    platform_post_id: str | None
    permalink: str | None
    attempts: int
    error: tuple[str, str] | None
    kind: str = ""
    """As `Place` has it."""

    @property
    def place(self) -> Place:
        """Where it goes."""
        return Place(account_id=self.account_id, kind=self.kind)

    @property
    def variant(self) -> str:
        """Whose text, files and settings it has: its platform's, or its kind's where the post goes there as several."""
        return self.kind or self.platform


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file at its place in a post."""

    media_id: MediaId
    kind: str
    mime_type: str
    file_name: str
    size_bytes: int
    width_px: int | None
    height_px: int | None
    alt_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A post as people see it. `items` are ordered by account and part; a draft may have none yet."""

    post_id: PostId
    workspace_id: WorkspaceId
    brand_id: BrandId
    code: str
    """What people call it: `8F2K1Z`."""
    version: int
    text: str
    created_by: str
    """Who wrote it: `slack:U…`, or the name of a door such as the command line."""
    created_at: datetime
    edited_by: str | None
    edited_at: datetime | None
    scheduled_at: datetime | None
    wall_time: str | None
    zone: str | None
    items: tuple[ItemView, ...]
    parts: tuple[str, ...] = ()
    """The texts of a thread's further parts."""
    variants: Mapping[str, str] = field(default_factory=dict[str, str])
    """Own texts by variant: by platform, or by kind of post where it goes to a platform as several."""
    files: tuple[FileView, ...] = ()
    link: str | None = None
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    media_for: Mapping[str, tuple[MediaId, ...]] = field(default_factory=dict[str, tuple[MediaId, ...]])
    """Which of the files a variant gets, in order, where not all go there."""
    approver: str | None = None
    """The user id of the one approver who is asked about it; None: all are."""
    mission: tuple[MissionId, str] | None = None
    """The campaign it belongs to: its id and its name."""
    deleted: bool = False
    """For programs it is not there any more."""
    hold: Hold | None = None
    """Somebody holds this post alone."""

    @property
    def status(self) -> State:
        """The state of the item that needs attention most."""
        return summary(item.status for item in self.items) if self.items else State.DRAFT

    @property
    def goes_as_several(self) -> bool:
        """Whether it goes to some network as several kinds of post."""
        return any(item.kind for item in self.items)

    def text_of(self, item: ItemView) -> str:
        """What this item says."""
        return self.parts[item.part - 1] if item.part else self.variants.get(item.variant, self.text)

    def files_of(self, item: ItemView) -> tuple[FileView, ...]:
        """The files this item has, in order."""
        if item.part:
            return ()
        chosen = self.media_for.get(item.variant)
        if chosen is None:
            return self.files
        by_id = {file.media_id: file for file in self.files}
        return tuple(by_id[media_id] for media_id in chosen if media_id in by_id)

    @property
    def live_on(self) -> list[str]:
        """The variants of it of which something is published: the platforms, or the kinds of post."""
        return list(dict.fromkeys(item.variant for item in self.items if item.status is State.PUBLISHED))


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """Something that happened to a post, for `posts why`."""

    at: datetime
    event: str
    detail: str
    actor: str = "herald"
    """Who did it: `slack:U…`, a door, or Herald itself."""
    item_id: ItemId | None = None
