"""A post item as the queue hands it out, and what became of one try of it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from bot.domain.calls import Call
from bot.domain.content import Media, Reference
from bot.domain.gates import Learned
from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkerId, WorkspaceId
from bot.domain.publication import Event, State
from bot.domain.record import record


class ErrorClass(StrEnum):
    """Why an item is not published, in the words of the API's `error.class`."""

    ACCOUNT = "account"
    """The network no longer lets us in; reconnect."""
    PERMISSION = "permission"
    """It lets us in, but not do this; reconnect with the permission."""
    CONTENT = "content"
    """It refused the text, the link or a setting."""
    MEDIA = "media"
    """It refused a file."""
    DUPLICATE = "duplicate"
    """It says it has this already, and we cannot find it."""
    RATE_LIMITED = "rate_limited"
    """It asked us to wait; Herald goes on by itself."""
    UNAVAILABLE = "unavailable"
    """It could not be reached, or is out of order; Herald goes on by itself."""
    NO_ANSWER = "no_answer"
    """The call was made and its result is not known."""
    TOKEN = "token"  # noqa: S105  # a word, not a secret
    """The access token had run out and was renewed; Herald goes on by itself."""
    LATE = "late"
    """Its time passed by more than the grace."""
    PARENT = "parent"
    """The part of the thread before it did not go out."""
    INTERNAL = "internal"
    """Herald made a mistake and stopped before sending."""


@record
class QueuedItem:
    """Everything one item needs to be published or looked for. Instants are aware UTC."""

    id: ItemId
    workspace_id: WorkspaceId
    brand_id: BrandId
    post_id: PostId
    account_id: AccountId
    platform: str
    post_type: str
    part: int
    state: State
    version: int
    key: str
    key_at: datetime
    due_at: datetime
    missed_after: datetime
    attempt: int
    tries: int
    text: str
    link: str | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    media: tuple[tuple[Media, str], ...] = ()
    """Files with their alt text, in order."""
    parent: Reference | None = None
    root: Reference | None = None
    prepared: Mapping[str, object] | None = None
    handle: Mapping[str, object] | None = None
    error_class: str | None = None
    first_armed_at: datetime | None = None
    armed_at: datetime | None = None
    worker_id: WorkerId | None = None
    """Who holds it."""
    claimed_at: datetime | None = None
    looks: int = 0
    scheduled_at: datetime | None = None
    """The second it was planned for, whatever tries came since."""
    calls: tuple[Call, ...] = ()
    """The requests that making it ready took."""
    may_be_there: bool = True
    """Whether some try before may have made something: of each that was armed it is not known that it made nothing."""

    @property
    def is_asked_for_anew(self) -> bool:
        """Whether somebody wants it out later than it was planned, and nothing was sent since.

        Of what was made ready for the planned second the connector then says what is still good: addresses that Herald
        signed have ended, and networks let go of what nobody used.
        """
        return self.first_armed_at is None and self.due_at > self.key_at


@record
class Live:
    """Where a published item is."""

    platform_post_id: str
    permalink: str | None
    extra: Mapping[str, object] = field(default_factory=dict[str, object])


@record
class Trouble:
    """Why a step did not work: the class, a sentence for people, and facts for the journal."""

    kind: ErrorClass
    message: str
    cause: str = ""
    """The error's name and code, for the journal."""
    http_status: int | None = None
    request_id: str | None = None


@record
class Outcome:
    """What one step did to an item, ready to be written down.

    `attempt` fences it: it counts only while that attempt is the item's last. What is None is left as it was.
    """

    item: QueuedItem
    attempt: int
    event: Event
    at: datetime
    live: Live | None = None
    trouble: Trouble | None = None
    due_at: datetime | None = None
    """With NOT_SENT or RELEASE: when to try again; None keeps the planned second."""
    claim_at: datetime | None = None
    """With RELEASE: when somebody may take it again; None for at once, or at `due_at` if that is given."""
    counts_as_try: bool = False
    """Whether backoff grows."""
    handle: Mapping[str, object] | None = None
    check_at: datetime | None = None
    """With LOOK_FOR_IT: when to look or poll."""
    ask_human: bool = False
    """Looking could not tell in time."""
    looks: int = 0
    evidence: str = ""
    """What was seen, for the journal."""
    decision: str = ""
    """What Herald does about it, for the journal; instants in ISO format."""
    calls: tuple[Call, ...] = ()
    """The requests it took, for the journal."""
    learned: Learned | None = None
    """What it showed of the way to the network."""
    prepared: Mapping[str, object] | None = None
    """With RELEASE: what was prepared, kept so that nothing is uploaded twice."""
