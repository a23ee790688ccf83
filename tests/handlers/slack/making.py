"""Facts for faces: a few made by hand, and strategies that make any."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.composition import Fold, Form, FormFile, When
from bot.domain.holds import Hold
from bot.domain.ids import AccountId, BrandId, ItemId, MediaId, PostId, WorkspaceId
from bot.domain.items import ErrorClass
from bot.domain.posts import FileView, ItemView, PostView
from bot.domain.publication import State
from handlers.slack.facts import AccountFacts, CardFacts, ItemFacts, Names
from handlers.slack.views.composer import Choice, ComposerFacts

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NAMES = Names(
    titles={"linkedin": "LinkedIn", "x": "X", "bsky": "Bluesky", "reddit": "Reddit"},
    people={"slack:U1": "Maya", "slack:U2": "Omar"},
    guides={name: f"https://herald.example/guides/{name}#when-it-breaks" for name in ("linkedin", "x", "bsky")},
    comments=frozenset({"linkedin"}),
)
PLATFORMS = tuple(NAMES.titles)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "UTC", "America/Argentina/Ushuaia")
NASTY = (
    "<!channel> <@U123> <!here> @here <#C1|x> <https://x.example|click>",
    "*bold* _it_ ~s~ `code` ```block``` :tada: &amp; & < >",
    "مرحبا بالعالم \u202eabc\u202c",
    "👩‍👩‍👧‍👦" * 400,
    "🏳️‍🌈e\u0301" * 900,
    "&" * 3000,
    "a" * 3001,
    "\x00\x07\u2028\n\n\n",
    " ",
    "",
    "👍🏽" * 1600,
)


JUNIPER = BrandId("brand_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    id: BrandId = JUNIPER
    name: str = "Juniper"
    timezone: str = "Europe/Berlin"
    channel: str | None = "C0JUNIPER"


def item(number: int = 0, status: State = State.SCHEDULED, **changes: object) -> ItemView:
    given: dict[str, object] = {
        "item_id": ItemId(f"item_{number}"),
        "platform": PLATFORMS[number % len(PLATFORMS)],
        "account_id": AccountId(f"account_{number}"),
        "handle": ("Juniper Coffee", "junipercoffee", "juniper.example", "juniper")[number % 4],
        "post_type": "post",
        "part": 0,
        "status": status,
        "scheduled_at": NOW + timedelta(days=6),
        "published_at": None,
        "platform_post_id": None,
        "permalink": None,
        "attempts": 0,
        "error": None,
        **changes,
    }
    return ItemView(**given)  # pyright: ignore[reportArgumentType]  # a test's own concern


def post(*items: ItemView, **changes: object) -> PostView:
    given: dict[str, object] = {
        "post_id": PostId("post_1"),
        "workspace_id": WorkspaceId("workspace_1"),
        "brand_id": BrandId("brand_1"),
        "code": "8F2K1Z",
        "version": 3,
        "text": "New beans are in.",
        "created_by": "slack:U1",
        "created_at": NOW - timedelta(hours=1),
        "edited_by": None,
        "edited_at": None,
        "scheduled_at": NOW + timedelta(days=6),
        "wall_time": "2026-11-27T10:00",
        "zone": "Europe/Berlin",
        "items": items,
        **changes,
    }
    return PostView(**given)  # pyright: ignore[reportArgumentType]  # a test's own concern


def facts(*items: ItemView, **changes: object) -> CardFacts:
    own = {name: changes.pop(name) for name in list(changes) if name in CardFacts.__dataclass_fields__}
    alone = changes.pop("post_hold", None)
    if alone is not None:  # whoever gathers the facts puts the post's own hold first
        own |= {"hold": alone}
    made = post(*items, hold=alone, **changes)
    given: dict[str, object] = {"post": made, "brand": Brand(), "names": NAMES, **own}
    return CardFacts(**given)  # pyright: ignore[reportArgumentType]  # a test's own concern


# --- Anything -----------------------------------------------------------------------------------------------------

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=200),
    st.builds(lambda one, other: one + other, st.sampled_from(NASTY), st.sampled_from(NASTY)),
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # made aware at once
urls = st.one_of(st.none(), texts, st.just("https://x.example/a?b=1&c=<2>|3"), st.just("https://" + "a" * 3000))
maybe = st.one_of(st.none(), moments)


holds = st.builds(
    Hold,
    since=maybe.map(lambda at: at or NOW),
    until=maybe,
    by=st.sampled_from([None, "slack:U1", "slack:U9", "cli", "<!channel>"]),
    reason=st.none() | texts,
    everything=st.booleans(),
)


@st.composite
def items(draw: st.DrawFn, number: int) -> ItemView:
    kind = st.tuples(st.sampled_from([*ErrorClass, ""]).map(str), texts)
    return item(
        number,
        draw(st.sampled_from(State)),
        platform=draw(st.sampled_from([*PLATFORMS, "odd_one"])),
        account_id=AccountId(f"account_{number // 2 if draw(st.booleans()) else number}"),
        handle=draw(texts),
        part=draw(st.integers(0, 3)),
        published_at=draw(maybe),
        permalink=draw(urls),
        error=draw(st.one_of(st.none(), kind)),
    )


item_facts = st.builds(
    ItemFacts,
    next_at=maybe,
    looks_until=maybe,
    waits_for=st.sampled_from([None, "rate_limited", "unavailable", "token"]),
    asking=st.booleans(),
    looks=st.integers(0, 99),
    ended_at=maybe,
    reconnected_at=maybe,
    reconnected_by=st.sampled_from([None, "slack:U1", "slack:U9", "cli"]),
    disconnected_at=maybe,
    confirmed_by=st.sampled_from([None, "slack:U1", "slack:U9"]),
)
brands = st.builds(
    Brand,
    id=st.integers(0, 400).map(lambda number: BrandId(f"brand_{number}")),
    name=texts,
    timezone=st.sampled_from(ZONES),
    channel=st.sampled_from([None, "C1", "<!channel>"]),
)


@st.composite
def cards(draw: st.DrawFn, most: int = 12) -> CardFacts:
    many = draw(st.sampled_from([0, 1, 1, 2, 3, 9, most]))
    made = [draw(items(number)) for number in range(many)]
    file = st.builds(
        FileView,
        media_id=st.just(MediaId("media_1")),
        kind=st.sampled_from(["image", "video"]),
        mime_type=st.just("image/png"),
        file_name=texts,
        size_bytes=st.just(1),
        width_px=st.none(),
        height_px=st.none(),
        alt_text=texts,
    )
    view = post(
        *made,
        text=draw(texts),
        code=draw(st.sampled_from(["8F2K1Z", "<!x>"])),
        created_by=draw(st.sampled_from(["slack:U1", "slack:U9", "cli", "<!channel>", "slack:<!channel>"])),
        scheduled_at=draw(maybe),
        hold=draw(st.none() | holds),
        zone=draw(st.sampled_from([None, *ZONES])),
        parts=tuple(draw(st.lists(texts, max_size=2))),
        variants=draw(st.dictionaries(st.sampled_from(PLATFORMS), texts)),
        files=tuple(draw(st.lists(file, max_size=3))),
    )
    return CardFacts(
        post=view,
        brand=draw(brands),
        names=NAMES,
        items={one.item_id: draw(item_facts) for one in made},
        ended_by=draw(st.sampled_from([None, "slack:U1", "slack:U9"])),
        ended_at=draw(maybe),
        missed_because=draw(st.one_of(st.none(), texts)),
        hold=draw(st.none() | holds),
        reader_zone=draw(st.sampled_from([None, *ZONES])),
    )


many_cards = st.builds(
    lambda one, number: [one] * number, cards(3), st.sampled_from([0, 1, 9, 11, 80, 300])
) | st.lists(cards(2), max_size=5)

account_facts = st.builds(
    AccountFacts,
    id=st.just(AccountId("account_1")),
    brand_id=st.just(BrandId("brand_1")),
    platform=st.sampled_from(PLATFORMS),
    handle=texts,
    state=st.sampled_from(["fine", "ends soon", "ended", "withdrawn", "failing"]),
    until=maybe,
    renews=st.booleans(),
    waiting=st.integers(0, 10**7),
)

many_accounts = st.builds(
    lambda one, number: [one] * number, account_facts, st.sampled_from([0, 1, 12, 500])
) | st.lists(account_facts, max_size=15)


@st.composite
def choices(draw: st.DrawFn) -> list[Choice]:
    many = draw(st.sampled_from([0, 1, 3, 99, 100, 101, 500]))
    handles = draw(st.lists(texts, min_size=1, max_size=3))
    return [Choice(id=f"account_{n}", platform=PLATFORMS[n % 4], handle=handles[n % len(handles)]) for n in range(many)]


@st.composite
def forms(draw: st.DrawFn, accounts: list[Choice] | None = None) -> Form:
    known = [account.id for account in accounts or ()]
    chosen = draw(st.lists(st.sampled_from(known), unique=True, max_size=100)) if known else []
    file = st.builds(FormFile, media_id=st.text("abc", min_size=1, max_size=3), file_name=texts, alt_text=texts)
    return Form(
        brand_id="brand_1",
        account_ids=tuple(chosen),
        text=draw(texts),
        variants=draw(st.dictionaries(st.sampled_from(PLATFORMS), texts.filter(str.strip))),
        files=tuple(draw(st.lists(file, max_size=12))),
        when=draw(st.sampled_from(When)),
        date=draw(st.sampled_from([None, "2026-11-27", "2026-10-25", "2027-03-28", "9999-12-31"])),
        time=draw(st.sampled_from([None, "09:00", "02:30", "09:00:20", "23:59"])),
        zone=draw(st.sampled_from(ZONES)),
        fold=draw(st.sampled_from([None, *Fold])),
        fit=draw(st.booleans()),
    )


def composer_facts(accounts: list[Choice] | tuple[Choice, ...] = (), **changes: object) -> ComposerFacts:
    given: dict[str, object] = {
        "composition_id": "composition_1",
        "brand": Brand(),
        "brands": [Brand()],
        "accounts": accounts,
        "names": NAMES,
        "now": NOW,
        "reader_zone": "America/New_York",
        **changes,
    }
    return ComposerFacts(**given)  # pyright: ignore[reportArgumentType]  # a test's own concern
