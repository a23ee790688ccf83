"""Metricool as data.

It publishes by itself at the second a post is planned for, and no sooner than minutes after it was handed over: so
posts are handed over shortly before (`hands_over_s`), and are published when Metricool says so with an address.
Source: https://app.metricool.com/resources/apidocs (swagger 2.0.0), read 2026-11-21.
"""

import re
from dataclasses import replace
from datetime import date, datetime

from bot.domain.capabilities import Capabilities, OptionRule, TextRules, one_of
from bot.domain.content import Draft, MediaKind
from bot.domain.gates import Budget, Scope
from bot.domain.media_rules import MediaRules
from platforms.answers import object_of, text
from platforms.base import Answer, FindRules, JsonObject, LoginField, Repeat, Spec
from platforms.errors import (
    ContentRefused,
    ErrorRule,
    MaterialGone,
    MediaRefused,
    RateLimited,
    Reconnect,
    ScopeMissing,
)
from platforms.metricool.networks import NETWORKS, Network
from platforms.text import graphemes

READ = date(2026, 11, 21)
_DOCS = "https://app.metricool.com/resources/apidocs"
_HELP = "https://help.metricool.com/regenerate-your-api-connection-token-d6cdf"
HANDS_OVER_S = 240.0
"""Before its second: enough to find out whether a lost call arrived, and to take back what did."""
SOONEST_S = 180.0
"""Metricool takes no date nearer than about two minutes."""
_MB = 1_000_000


def capabilities(network: Network) -> Capabilities:
    """What one network takes through Metricool."""
    return Capabilities(
        name=f"Metricool ({network.title})",
        text=TextRules(limit=network.characters, unit="characters", count=_count, source=_DOCS, read=READ),
        media=_media(network),
        max_attachments=max(network.images, network.videos),
        options=_options(network),
        extra_checks=(_needs_file,) if network.needs_file else (),
    )


def _count(draft: Draft) -> int:
    return graphemes(draft.text)


def _media(network: Network) -> dict[MediaKind, MediaRules]:
    image = MediaRules(
        max_count=network.images,
        mime_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        max_bytes=20 * _MB,
        alt_text_limit=1_000,
        source=_DOCS,
        read=READ,
    )
    video = MediaRules(
        max_count=network.videos,
        mime_types=frozenset({"video/mp4", "video/quicktime"}),
        max_bytes=500 * _MB,
        source=_DOCS,
        read=READ,
    )
    kinds = {MediaKind.IMAGE: (image, network.images), MediaKind.VIDEO: (video, network.videos)}
    return {kind: rules for kind, (rules, most) in kinds.items() if most}


def _options(network: Network) -> tuple[OptionRule, ...]:
    found = [
        OptionRule(
            name="first_comment",
            meaning="a comment that Metricool writes below the post",
            problem=_short,
            first_part_only=True,
        )
    ]
    if network.types:
        words = ", ".join(network.types)
        found.append(OptionRule(name="type", meaning=f"what it becomes: {words}", problem=one_of(*network.types)))
    found += [
        OptionRule(name=name, meaning=f"{network.title}'s {name}", problem=_short) for name in sorted(network.settings)
    ]
    return tuple(found)


def _short(value: str) -> str | None:
    return None if 0 < len(value) <= _LONGEST_SETTING else f"has {len(value):,} characters; it takes 1 to 2,200"


_LONGEST_SETTING = 2_200


def _needs_file(draft: Draft) -> str | None:
    return None if draft.attachments else "this network takes no post without a picture or a video. Add one."


def adapt(base: Capabilities, limits: JsonObject) -> Capabilities:
    """The capabilities of the network that an account stands for."""
    network = NETWORKS.get(text(limits, "network") or "")
    return base if network is None else capabilities(network)


def read_error(answer: Answer) -> tuple[str | None, str | None]:
    """`{"status": "FORBIDDEN", "code": "403", "detail": "…"}`; the code is a text."""
    body = object_of(answer)
    return text(body, "status"), text(body, "detail") or text(body, "title") or text(body, "message")


def read_reset(answer: Answer, now: datetime) -> datetime | None:  # noqa: ARG001  # nothing but Retry-After is known
    """Metricool documents no header."""
    return None


REQUESTS = Budget(name="requests", scope=Scope.ACCOUNT, amount=30, per_s=60.0, source=_DOCS, read=READ)
"""No number is documented; callers that pace themselves at one request a second meet no 429. Half of that is ours."""

ERRORS = (
    ErrorRule(
        raises=Reconnect,
        status=401,
        safe="Metricool no longer accepts this token. Make a new one there (Settings, API) and connect again.",
        source=_HELP,
    ),
    ErrorRule(
        raises=ScopeMissing,
        status=403,
        match=r"no .* connection for blog",
        safe="This network is no longer connected in Metricool. Connect it there.",
        source=_DOCS,
    ),
    ErrorRule(
        raises=ScopeMissing,
        status=403,
        safe="Metricool does not let this token publish for this brand.",
        quote=True,
        source=_DOCS,
    ),
    ErrorRule(
        raises=MaterialGone,  # the files are still there, the second it was frozen for is over
        status=400,
        match="cannot be in the past",
        safe="Metricool needs more time before a post's second.",
        source=_DOCS,
    ),
    ErrorRule(
        raises=MediaRefused,
        status=400,
        match=r"\b(?:media|image|video)\b",
        safe="Metricool does not take this file.",
        quote=True,
        source=_DOCS,
    ),
    ErrorRule(raises=ContentRefused, status=400, safe="Metricool does not accept this post.", quote=True, source=_DOCS),
    ErrorRule(raises=ContentRefused, status=404, safe="Metricool no longer has this post.", source=_DOCS),
    ErrorRule(raises=RateLimited, status=429, safe="Metricool asks us to slow down.", source=_DOCS),
)

SPEC = Spec(
    name="metricool",
    title="Metricool",
    post_types=("metricool-post",),
    capabilities=replace(
        capabilities(max(NETWORKS.values(), key=lambda one: one.characters)), name="Metricool", options=()
    ),
    find=FindRules(repeat=Repeat.NEVER, looks=2, settle_s=20.0, deadline_s=1_800.0, source=_DOCS, read=READ),
    login=(
        LoginField(name="token", label="API token (Metricool, Settings, API)", secret=True),
        LoginField(name="user", label="User id: userId in the address of Metricool's page"),
        LoginField(name="blog", label="Brand id: blogId in the address of Metricool's page"),
        LoginField(name="network", label="Network, such as instagram", required=False),
    ),
    api_url="https://app.metricool.com/api",
    errors=ERRORS,
    read_error=read_error,
    read_reset=read_reset,
    budgets=(REQUESTS,),
    hands_over_s=HANDS_OVER_S,
    prepare_lead_s=60.0,
)
NUMBER = re.compile(r"[0-9]{1,18}")
