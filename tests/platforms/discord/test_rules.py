"""What Discord's answers mean, which addresses are webhooks, and what is wrong with settings."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.accounts import Secret
from bot.domain.capabilities import check
from bot.domain.errors import InvalidContent
from bot.domain.gates import Allowance
from platforms.base import Answer, Prepared, Published
from platforms.discord import CONNECTOR
from platforms.discord.calls import webhook_at
from platforms.discord.spec import read_budget, read_reset
from platforms.errors import (
    ContentRefused,
    LimitScope,
    MaterialGone,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Reconnect,
    ScopeMissing,
)
from platforms.http import HttpWire
from tests.platforms.discord.material import AT, BASE, CONNECTED, DRAFT, IMAGE, KEY, NOWHERE, TOKEN, WEBHOOK
from tests.platforms.stage import Script, Step

PREPARED = Prepared(data={"payload": {"content": "Good morning"}, "files": [], "thread": None})


def wire(*steps: Step) -> HttpWire:
    """A wire to a Discord that follows a script."""
    return HttpWire(CONNECTOR.spec, Script(steps, refusals={}))


async def refused(status: int, body: object) -> PlatformError:
    """What this answer to the creating call becomes."""
    step = Step(method="POST", url=WEBHOOK, status=status, answer=body)
    with pytest.raises(PlatformError) as raised:
        await CONNECTOR.publish(wire(step), CONNECTED, PREPARED, KEY)
    assert TOKEN not in f"{raised.value!r} {raised.value.safe}"
    return raised.value


def form(field: str, said: str) -> dict[str, object]:
    """An invalid form."""
    errors = {field: {"0": {"description": {"_errors": [{"code": "X", "message": said}]}}}}
    return {"message": "Invalid Form Body", "code": 50035, "errors": errors}


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (404, {"message": "Unknown Webhook", "code": 10015}, Reconnect),
        (401, {"message": "Invalid Webhook Token", "code": 50027}, Reconnect),
        (403, {"message": "Missing Access", "code": 50001}, ScopeMissing),
        (400, {"message": "Thread is locked", "code": 160005}, ScopeMissing),
        (404, {"message": "Unknown Channel", "code": 10003}, ScopeMissing),
        (404, {"message": "Unknown Message", "code": 10008}, ContentRefused),
        (400, form("embeds", "Must be 256 or fewer in length."), ContentRefused),
        (400, form("attachments", "Must be 1024 or fewer in length."), MediaRefused),
        (400, {"message": "Cannot send an empty message", "code": 50006}, ContentRefused),
        (400, {"message": "Webhooks posted to forum channels must have…", "code": 220001}, ContentRefused),
        (400, {"message": "Message was blocked by automatic moderation", "code": 200000}, ContentRefused),
        (400, {"message": "Explicit content cannot be sent", "code": 20009}, MediaRefused),
        (413, {"message": "Request entity too large", "code": 40005}, MediaRefused),
        (413, b"<html>too large</html>", MediaRefused),
        (429, {"message": "This channel is in slowmode", "code": 20016, "retry_after": 3}, RateLimited),
        (429, b"<html>banned</html>", RateLimited),
        (502, b"<html>bad gateway</html>", OutcomeUnknown),
        (503, {"message": "503: Service Unavailable", "code": 0}, OutcomeUnknown),
        (204, None, OutcomeUnknown),
        (200, {"id": "9"}, OutcomeUnknown),
    ],
)
async def test_an_answer_means_what_discord_says_it_means(
    status: int, body: object, becomes: type[PlatformError]
) -> None:
    assert type(await refused(status, body)) is becomes


@pytest.mark.parametrize(
    ("body", "scope"),
    [
        ({"message": "You are being rate limited.", "retry_after": 1, "global": False}, LimitScope.ACCOUNT),
        ({"message": "You are being rate limited.", "retry_after": 1, "global": True}, LimitScope.APP),
        (b"<html>banned</html>", LimitScope.APP),
    ],
)
async def test_a_limit_of_the_machine_stops_every_webhook(body: object, scope: LimitScope) -> None:
    error = await refused(429, body)
    assert isinstance(error, RateLimited)
    assert error.scope is scope


async def test_what_is_wrong_with_a_form_is_told() -> None:
    error = await refused(400, form("embeds", "Must be 256 or fewer in length."))
    assert "(embeds: Must be 256 or fewer in length.)" in error.safe


def test_a_limits_end_is_in_the_body_or_a_header_or_ten_minutes_off() -> None:
    def reset(body: bytes, **headers: str) -> timedelta | None:
        at = read_reset(Answer(status=429, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=body), AT)
        return None if at is None else at - AT

    assert reset(b'{"retry_after": 0.65, "global": false}') == timedelta(seconds=0.65)
    assert reset(b"{}", x_ratelimit_reset_after="1.5") == timedelta(seconds=1.5)
    assert reset(b"<html>", retry_after="7") == timedelta(seconds=7)
    assert reset(b"<html>") == timedelta(minutes=10)
    assert reset(b"") is None


def test_headers_tell_of_the_webhooks_budget() -> None:
    headers = {"x-ratelimit-limit": "5", "x-ratelimit-remaining": "3", "x-ratelimit-reset-after": "1.25"}
    heard = read_budget(Answer(status=200, headers=headers, body=b""), AT)
    assert heard == Allowance(budget="messages", limit=5, remaining=3, resets_at=AT + timedelta(seconds=1.25))
    assert read_budget(Answer(status=200, headers={}, body=b""), AT) is None


@pytest.mark.parametrize(
    "address",
    [
        f"https://discord.com/api/webhooks/12/{TOKEN}",
        f"https://discordapp.com/api/v10/webhooks/12/{TOKEN}/",
        f" https://ptb.discord.com/api/webhooks/12/{TOKEN}?wait=true\n",
        f"https://canary.discord.com/api/v9/webhooks/12/{TOKEN}",
    ],
)
def test_a_webhooks_address_is_known_on_each_of_discords_hosts(address: str) -> None:
    webhook = webhook_at(address, BASE)
    assert (webhook.base_url, webhook.id, webhook.token) == (BASE, "12", Secret(TOKEN))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://discord.com/channels/1/2",
        "https://discord.com/api/webhooks/12",
        f"https://evil.test/api/webhooks/12/{TOKEN}",
        f"https://discord.com.evil.test/api/webhooks/12/{TOKEN}",
        f"https://discord.com@evil.test/api/webhooks/12/{TOKEN}",
        f"discord.com/api/webhooks/12/{TOKEN}",
    ],
)
def test_any_other_address_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(InvalidContent) as refusal:
        webhook_at(address, BASE)
    assert TOKEN not in str(refusal.value)


async def test_a_webhook_that_follows_a_channel_takes_no_posts() -> None:
    who = {"id": "1203", "type": 2, "name": "News", "channel_id": "88", "guild_id": "77"}
    with pytest.raises(InvalidContent, match="only follows another channel"):
        await CONNECTOR.identify(wire(Step(method="GET", url=WEBHOOK, answer=who)), CONNECTED)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"username": "Discord news"}, "contains 'discord', which Discord does not allow"),
        ({"thread": "general"}, "it takes the number that “Copy ID” gives"),
        ({"thread": "1", "forum_title": "x"}, "thread and forum_title exclude each other"),
        ({"forum_tags": "1"}, "forum_tags is given without forum_title"),
        ({"forum_title": "x", "forum_tags": "1,x"}, "it takes numbers, separated by commas"),
        ({"forum_title": " "}, "is empty"),
        ({"embed_url": "https://a.test"}, "an embed needs embed_title or embed_text"),
        ({"embed_title": "x", "embed_color": "red"}, "it takes six hex digits"),
        ({"avatar_url": "picture.png"}, "it takes an address with https://"),
        ({"mentions": "all"}, "it takes one of none, users, roles, everyone"),
        ({"poll": "a||b"}, "has an empty choice"),
        ({"poll": "a|a"}, "names a choice twice"),
        ({"poll": "a|b", "poll_hours": "x"}, "it takes a number of hours"),
        ({"poll_hours": "3"}, "poll_hours is given without a poll"),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(options: dict[str, str], says: str) -> None:
    problems = check(replace(DRAFT, options=options), CONNECTOR.spec.capabilities)
    assert says in problems[0].message


async def test_a_file_that_is_elsewhere_is_written_down_anew() -> None:
    gone = replace(IMAGE, path=Path("/nowhere/at/all"))
    prepared = await CONNECTOR.prepare(wire(), NOWHERE, CONNECTED, replace(DRAFT, attachments=(gone,)), KEY, None)
    with pytest.raises(MaterialGone):
        await CONNECTOR.publish(wire(), CONNECTED, prepared, KEY)


async def test_without_a_known_server_there_is_no_permalink() -> None:
    nowhere = replace(CONNECTED, account=replace(CONNECTED.account, limits={}))
    step = Step(method="POST", url=WEBHOOK, answer={"id": "9", "channel_id": "88"})
    assert await CONNECTOR.publish(wire(step), nowhere, PREPARED, KEY) == Published(
        platform_post_id="9", permalink=None
    )
