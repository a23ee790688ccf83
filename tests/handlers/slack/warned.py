"""Warnings made by hand: an access that ends in six days, a post that will fail, a month's accounts."""

from datetime import date, timedelta

from handlers.slack.account_table import Checked
from handlers.slack.facts import AccountFacts
from handlers.slack.warnings import AccessFacts, Hit, PreflightFacts
from tests.handlers.slack.making import JUNIPER, NAMES, NOW, AccountId, Brand, item, post

ACCESS = AccessFacts(
    key="expiry:acct_1:2026-11-27T13:10:00+00:00:7",
    brand=Brand(),
    names=NAMES,
    account_id=AccountId("acct_1"),
    platform="linkedin",
    handle="Juniper Coffee",
    ends_at=NOW + timedelta(days=6, hours=4, minutes=10),
    hits=[
        Hit(at=NOW + timedelta(days=7, hours=number), zone="Europe/Berlin", text=f"Advent, day {number + 1}")
        for number in range(5)
    ],
    count=7,
    may_snooze=True,
)
RECONNECT = {"what": "reconnect"}
QUOTA = {"what": "quota", "until": (NOW + timedelta(days=2)).isoformat(), "late": False}
LINK = {"what": "link", "status": 404, "url": "https://example.com/menu"}
NO_SITE = {"what": "link", "status": 0, "url": "https://juniper.exmaple/menu"}
MEDIA = {"what": "media", "file": "cup.jpg"}
CONTENT = {"what": "content", "said": "X: 294 of 280 characters, 14 too many. Shorten it or give X its own text."}
FLIGHT = PreflightFacts(
    key="preflight:item_1:3:day",
    post=post(item(1), scheduled_at=NOW + timedelta(days=1)),
    brand=Brand(),
    names=NAMES,
    account_id=AccountId("account_1"),
    platform="x",
    handle="junipercoffee",
    at=NOW + timedelta(days=1),
    troubles=(RECONNECT, MEDIA),
)


def account(number: int, state: str = "fine", **changes: object) -> AccountFacts:
    """One of many."""
    given: dict[str, object] = {
        "id": AccountId(f"acct_{number}"),
        "brand_id": JUNIPER,
        "platform": ("linkedin", "x", "bsky")[number % 3],
        "handle": f"juniper{number}",
        "state": state,
        "until": NOW + timedelta(days=number) if number % 2 else None,
        "renews": number % 4 == 1,
        "waiting": number,
        **changes,
    }
    return AccountFacts(**given)  # pyright: ignore[reportArgumentType]  # a test's own concern


CHECKED = Checked(
    month=date(2026, 12, 1),
    accounts=[account(1), account(2, "ended"), account(3, "ends soon"), account(4, "failing"), account(5)],
    brands={JUNIPER: Brand()},
    names=NAMES,
)
