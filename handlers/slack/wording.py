"""The copy: what Herald says, in one place. Names and times come in ready (inert); nothing here makes blocks."""

from collections.abc import Sequence

from bot.domain.approvals import Asking, Rule
from bot.domain.holds import Hold
from bot.domain.items import ErrorClass
from bot.domain.pacing import GAP
from bot.domain.publication import State
from bot.domain.waits import Wait, sentence
from handlers.slack import times
from handlers.slack.blocks import Dialog, inert

# --- Marks and states ---------------------------------------------------------------------------------------------

MARKS = {
    State.DRAFT: "✏️",
    State.AWAITING_APPROVAL: "👀",
    State.SCHEDULED: "🕘",
    State.CLAIMED: "🕘",
    State.SENDING: "📤",
    State.CONFIRMING: "⏳",
    State.UNCONFIRMED: "❓",
    State.PUBLISHED: "✅",
    State.FAILED: "❌",
    State.MISSED: "⏰",
    State.CANCELLED: "🚫",
}
STATES = {
    State.DRAFT: "Draft",
    State.AWAITING_APPROVAL: "Waiting for approval",
    State.SCHEDULED: "Scheduled",
    State.CLAIMED: "Scheduled",
    State.SENDING: "Sending",
    State.CONFIRMING: "Network is processing it",
    State.UNCONFIRMED: "Not sure yet",
    State.PUBLISHED: "Published",
    State.FAILED: "Failed",
    State.MISSED: "Missed",
    State.CANCELLED: "Cancelled",
}
ASKING = "Not sure it is live"
HELD_MARK, HELD = "⏸️", "On hold"
ACCOUNT_STATES = {
    "fine": ("✅", "fine"),
    "ends soon": ("⚠️", "ends soon"),
    "ended": ("❌", "access ended, reconnect"),
    "withdrawn": ("❌", "access was withdrawn, reconnect"),
    "failing": ("⚠️", "could not be asked lately"),
}

# --- Buttons ------------------------------------------------------------------------------------------------------

EDIT, MOVE, POST_NOW, RETRY, DROP = "Edit", "Move", "Post now", "Retry", "Drop"
RETRY_FAILED = "Retry the failed ones"
IS_LIVE, BY_HAND, SEND_AGAIN = "It is live (paste link)", "I posted it by hand", "Send again"
SCHEDULE, DELETE, OPEN, DUPLICATE, WHY = "Schedule", "Delete", "Open", "Duplicate", "Why"
HOLD, RELEASE, NEXT_SLOT = "Put on hold", "Release", "Next slot"
POST_ALL, NEXT_SLOTS, DROP_ALL = "Post all now (paced)", "Next slots", "Drop all"
CANCEL, CANCEL_REST, CHANGE = "Cancel post", "Cancel the rest", "Change"
APPROVE, ASK_CHANGES, REJECT, REVIEW = "Approve", "Ask for changes", "Reject", "Review"
RECONNECT, CONNECT_AGAIN, CONNECT_ACCOUNT = "Reconnect", "Connect again", "Connect an account"
REMIND, KEEP_AS_IS, DOWNLOAD_CSV = "Remind me tomorrow", "Keep as is", "Download CSV"
NEW_POST, OPEN_HOME, REFRESH, TRY_AGAIN = "New post", "Open Home", "Refresh", "Try again"

# --- Dialogs ------------------------------------------------------------------------------------------------------


def fit_offer(files: Sequence[str]) -> str:
    """At the box to tick, when fitting would change what was refused."""
    said = files[0] if len(files) == 1 else f"{len(files)} pictures"
    return f"Herald can make {said} fit. Tick this and submit again."


def ask_cancel(when: str, *, repeats: bool = False) -> Dialog:
    """Before a planned post is cancelled."""
    again = " Nor does it come again after that." if repeats else ""
    text = f"It will not go out on {when}.{again} You can duplicate it later."
    return Dialog(title="Cancel this post?", text=text, yes="Cancel post", no="Keep it")


def ask_cancel_rest(titles: Sequence[str]) -> Dialog:
    """Before what is left of a partly published post is cancelled."""
    text = f"{after_cancel(titles)} That stays; the rest will not go out."
    return Dialog(title="Cancel the rest?", text=text, yes=CANCEL_REST, no="Keep it")


def after_cancel(titles: Sequence[str], unsure: Sequence[str] = ()) -> str:
    """What became of a post that was cancelled; the networks on which it was published before, or may have been."""
    said = [f"{joined(titles)} {'was' if len(titles) == 1 else 'were'} already published."] if titles else []
    if unsure:
        said.append(f"It may be live on {joined(unsure)}; Herald looks no more.")
    return " ".join(said) or "Nothing was sent."


def ask_reject(author: str | None) -> Dialog:
    """Before a post is refused for good; `author` is inert."""
    text = f"It will not go out. You say why next, and {author or 'its author'} is told. It can be duplicated."
    return Dialog(title="Reject this post?", text=text, yes="Reject", no="Keep it")


def ask_delete() -> Dialog:
    """Before a draft is thrown away."""
    text = "The draft and its text are gone from your list. You can duplicate it from its history."
    return Dialog(title="Delete this draft?", text=text, yes="Delete", no="Keep it")


def ask_drop() -> Dialog:
    """Before a post that did not go out is given up."""
    text = "It stays in Herald as cancelled and is not sent."
    return Dialog(title="Drop this post?", text=text, yes="Drop", no="Keep")


def ask_give_up(handle: str) -> Dialog:
    """Before a post that may be live is given up."""
    text = f"Herald looks for it no more and does not send it again. If it is live after all, it stays on {handle}."
    return Dialog(title="Drop this post?", text=text, yes="Drop", no="Keep")


def ask_send_again(handle: str) -> Dialog:
    """Before the creating call is made a second time."""
    text = f"If the first one is live after all, {handle} will show the post twice."
    return Dialog(title="Send it a second time?", text=text, yes="Send again", no="Keep looking")


def ask_post_now(networks: str, when: str) -> Dialog:
    """Before a planned post goes out at once."""
    text = f"It goes to {networks} at once instead of {when}."
    return Dialog(title="Publish now?", text=text, yes="Publish now", no="Keep the time", danger=False)


def ask_post_all(posts: str) -> Dialog:
    """Before missed posts go out together; `posts` is such as `14 posts`."""
    gap = f"{GAP.total_seconds():g} s"
    text = f"They go out one after another, at least {gap} apart on each account, although their times are over."
    return Dialog(title=f"Publish {posts} now?", text=text, yes="Publish them", no="Not now", danger=False)


def ask_drop_all(posts: str) -> Dialog:
    """Before missed posts are given up together."""
    text = "They stay in Herald as cancelled and are not sent."
    return Dialog(title=f"Drop {posts}?", text=text, yes="Drop all", no="Keep them")


def held_by(hold: Hold, who: str | None, zone: str) -> str:
    """` by Maya since 10:02: “outage”`; `who` is inert."""
    until = f" until {times.happened(hold.until, zone)}" if hold.until is not None else ""
    reason = f": “{inert(hold.reason, 200)}”" if hold.reason else ""
    return f"{f' by {who}' if who else ''} since {times.happened(hold.since, zone)}{until}{reason}"


def after_release(*, going: bool, late: bool, still: bool) -> str:
    """What becomes of a post whose own hold is over."""
    if still:
        return "It still waits: its brand is on hold."
    if late:
        return "It came too late: Herald asks what to do."
    return "It goes out now." if going else "It keeps its time."


def already_done(who: str | None, at: str | None) -> str:
    """To who pressed a button second; `who` and `at` are inert."""
    return f"{who or 'Somebody'} already did this{f' at {at}' if at else ''}."


def decided_before(state: Asking, who: str | None, at: str | None) -> str:
    """To an approver who came second, who may have pressed the opposite; `who` and `at` are inert."""
    did = {Asking.APPROVED: "approved it", Asking.CHANGES: "asked for changes", Asking.REJECTED: "rejected it"}
    if state not in did:
        return "Nobody has to approve this any more."
    return f"{who or 'Somebody'} {did[state]} already{f', {at}' if at else ''}."


def ask_disconnect(waiting: int) -> Dialog:
    """Before an account is taken out."""
    posts = "1 planned post" if waiting == 1 else f"{waiting:,} planned posts"
    lost = f"{posts} will be cancelled. Numbers are kept." if waiting else "No planned post uses it. Numbers are kept."
    return Dialog(title="Disconnect this account?", text=lost, yes="Disconnect", no="Keep it")


# --- Why a post did not go out ------------------------------------------------------------------------------------


def failure(kind: str, *, network: str, handle: str, said: str, code: str) -> str:  # noqa: PLR0911  # a table
    """The sentence on a failed item's line: who, what, and that nothing was posted."""
    refused = said if network.casefold() in said.casefold() else f"{network}: {said}"
    match kind:
        case ErrorClass.ACCOUNT | ErrorClass.TOKEN:
            return f"{network} no longer lets Herald in for {handle}. Not posted."
        case ErrorClass.PERMISSION:
            return (
                f"{network} lets Herald in but not post for {handle}; the permission to post is missing. Not posted."
                " Reconnect and leave every box ticked."
            )
        case ErrorClass.DUPLICATE:
            return (
                f"{network} says the same text is already there, but Herald cannot find it. Not posted a second time."
            )
        case ErrorClass.PARENT:
            return "The part of the thread before it did not go out. Not posted."
        case ErrorClass.INTERNAL:
            return f"Herald made a mistake and stopped before sending. Reference {code}."
        case ErrorClass.CONTENT | ErrorClass.MEDIA:
            return f"{_sentence(refused)} Not posted."
        case _:
            return f"{_sentence(refused)} Surely not posted."


NEEDS_RECONNECTING = frozenset({ErrorClass.ACCOUNT, ErrorClass.TOKEN, ErrorClass.PERMISSION})


def next_by_itself(kind: str) -> str:
    """What Herald does about it without anybody."""
    if kind in {ErrorClass.CONTENT, ErrorClass.MEDIA}:
        return "Herald does not try again: the same would get the same answer."
    return "Herald does not try again by itself."


def reconnected(by: str | None, at: str) -> str:
    """On the line of an item whose account works again."""
    return f"reconnected{f' by {by}' if by else ''} {at}. This post still waits for you."


def disconnected(network: str, handle: str, at: str) -> str:
    """On the line of an item whose account is gone."""
    return f"{network} · {handle} was disconnected {at}. Not posted."


def looking(network: str, again: str | None, until: str | None = None) -> str:
    """While Herald looks by itself."""
    when = (f", next {again}" if again else "") + (f", until {until}, and then asks" if until else "")
    return (
        f"{network} took the post but never answered. Herald looks for it{when}. It will not be sent again meanwhile."
    )


def asking(network: str, handle: str, looks: int) -> str:
    """When looking did not tell."""
    how_often = {0: "could not look", 1: "looked once"}.get(looks, f"looked {looks} times")
    return f"Herald {how_often} on {network} and cannot tell. Please look at {handle}."


def waiting(why: str | None, network: str, handle: str, again: str | None) -> str:
    """Above a post that goes out by itself later."""
    if why == ErrorClass.RATE_LIMITED:
        until = f" until {again}" if again else " for now"
        return f"{network} takes no more posts from {handle}{until}. Herald goes on by itself."
    next_ = f", next {again}" if again else ""
    return f"{network} does not answer. Herald tries again by itself{next_}."


def account_waits(wait: Wait, zone: str) -> str:
    """On the line of an account that takes no posts for now."""
    return f"{sentence(wait, lambda at: times.happened(at, zone))}. Herald goes on by itself."


NOT_SENT = "It was not sent."
NOT_RUNNING = "Herald was not running."
CONFIRMING = "{network} has it and works on it, usually 1–5 min"  # noqa: RUF001  # a range

# --- Composer -----------------------------------------------------------------------------------------------------

WRITE_ONCE = "Write once; adapt per network below"
WHERE_IT_GOES = "Where it goes"
SAME_AS_MAIN = "Same as the main text"
PER_NETWORK = "Text per network"
MORE_OPTIONS = "More options"
OWN_TEXT_KEPT = "Own text here is not touched when you change the main text."
UPLOAD_HINT = "Up to 10 MB each. Bigger: upload it to Slack, then ⋯ › Schedule as post."  # noqa: RUF001  # a path
NO_FILES_RIGHT = "To add media here, an admin must let Herald read files."
FIT = "Make pictures fit"
FIT_WHEN = "If a network refuses a picture"
FIT_MEANS = "Smaller or in another format, never cropped. You see them first."
NO_UPLOAD_RIGHT = "To show the pictures here too, an admin must let Herald write files: add Herald again."
ANYWAY, CHECK = "Schedule anyway", "Please check"
DESCRIBE = "Describe it for people who cannot see it"
LOADING = "Loading…"
NOT_LOADED = "Herald could not get this ready. Please close it; what went wrong stands in a message to you."
ASK_FOR_APPROVAL = "Ask for approval"
SUBMITS = {"at": "Schedule", "slot": "Add to queue", "best": "Schedule", "now": "Publish now", "draft": "Save draft"}


def no_accounts(brand: str) -> str:
    """In place of the composer."""
    return f"{brand} has no accounts yet. Connect one and come back; what you typed is kept as a draft."


# --- First contact ------------------------------------------------------------------------------------------------


def hello(name: str | None) -> str:
    """The first message, to who installed Herald."""
    return (
        f"Hello{f' {name}' if name else ''}. Herald publishes your team's social posts from Slack, tells you here how"
        " they went, and warns you before something fails."
    )


NO_BRAND = "A brand comes first: it has its own accounts, its channel and its time zone."
ONLY_YOU = "Only you got this message. Home shows the same steps."
FIRST_TITLE = "Social posts, from Slack"
FIRST_TEXT = "Herald publishes your team's posts and tells you here how they did. Three steps:"
FIRST_CALM = "Nothing is published until you say so. Type `/social help` anywhere."


def no_public_address(platform: str, brand: str) -> str:
    """When no link can be opened in a browser."""
    return (
        "Herald cannot be reached from a browser here."
        f" Run `herald accounts connect {platform} --brand {brand}` where it runs."
    )


# --- Lists --------------------------------------------------------------------------------------------------------

HELP = (
    '*Write* `/post` · `/post "Hello" to all tomorrow 9am`',
    "*See* `/social queue` what goes out next · `/social why 8F2K1Z` what happened to a post",
    "*Numbers* `/social report last week` · `/social digest now`, `on`, `off` or `at 08:30`",
    "*Decide* `/social approve` what waits for your word",
    "*Stop* `/social cancel 8F2K1Z` one post · `/social hold` everything now · `/social release`",
    "*Set up* `/social accounts` · `/social accounts check` · `/social brand` · `/social settings`",
)
COMMANDS = (
    "help",
    "new",
    "queue",
    "approve",
    "accounts",
    "cancel",
    "hold",
    "release",
    "why",
    "brand",
    "settings",
    "report",
    "digest",
)
HOME_CALM = "Nothing is planned and nothing needs you."
HOME_GUEST = "You can read here. Posts are written by members of {brand}."
HOME_BROKEN = "Home could not be loaded. Your posts are not affected."
NO_ACCOUNTS = "No accounts yet."


def not_fine(ill: int, many: int) -> str:
    """`1 of 6 accounts needs you`."""
    accounts = "account" if many == 1 else "accounts"
    return f"{ill:,} of {many:,} {accounts} {'needs' if ill == 1 else 'need'} you"


def rule(of: Rule, whom: Sequence[str]) -> str:
    """At a brand: whose word its posts need; the names are inert."""
    if of is Rule.NONE:
        return "nobody has to approve its posts"
    if len(whom) == 1:
        return f"{whom[0]} approves its posts"
    return f"{either(whom)} approve its posts" if of is Rule.ONE else f"{joined(whom)} all approve its posts"


def unknown_command(typed: str, meant: str | None) -> str:
    """Above the help."""
    hint = f" Did you mean `/social {meant}`?" if meant else ""
    return f"No command ‘{typed}’.{hint}"  # noqa: RUF001  # quotation marks


def either(words: Sequence[str], *, most: int = 4) -> str:
    """`LinkedIn, X or Bluesky`."""
    shown, more = list(words[:most]), len(words) - most
    if more > 0:
        return f"{', '.join(shown)} or {more} more"
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def joined(words: Sequence[str], *, most: int = 4) -> str:
    """`LinkedIn, X and Bluesky`; beyond `most`, a count."""
    shown = list(words[:most])
    if len(words) > most:
        return f"{', '.join(shown)} and {len(words) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if stripped.rstrip("”\"'")[-1:] in ".!?…" else f"{stripped}."
