"""Who somebody is: asked of Slack, kept ten minutes."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from slack_sdk.errors import SlackApiError

from bot import clock
from bot.domain.errors import NotAllowed
from bot.domain.installations import Installation
from bot.domain.people import Person, Role
from handlers.slack.api import Api, error_of, telling_trouble
from handlers.slack.payload import record

_KEPT = timedelta(minutes=10)
_MOST = 5_000
_HOUR_S = 3_600
_FURTHEST_H = 14
_UNSEEN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_STRANGER = "Herald answers the people of this workspace. Slack does not show it who you are."
_BOT = "Herald does what people ask, not what apps ask."


@dataclass(frozen=True, slots=True)
class _Known:
    person: Person
    until: datetime


class People:
    """The people of all workspaces, as far as they were asked for lately."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    async def person(self, installation: Installation, user_id: str) -> Person:
        """Who it is. Raises NotAllowed for bots and people Slack does not show, InTrouble when Slack fails."""
        key, now = (installation.team_id, user_id), clock.now()
        known = self._known.get(key)
        if known is not None and now < known.until:
            return known.person
        try:
            with telling_trouble():
                answer = await self._api.read(installation.token, "users.info", user=user_id)
        except SlackApiError as error:
            if error_of(error) in _UNSEEN:
                raise NotAllowed(_STRANGER) from error
            raise
        person = read_person(record(answer.get("user")), installation.team_id)
        self._known[key] = _Known(person, now + _KEPT)
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return person

    def forget(self, team_id: str, user_id: str) -> None:
        """They changed: ask anew."""
        self._known.pop((team_id, user_id), None)


def read_person(user: Mapping[str, Any], team_id: str) -> Person:
    """A user object of Slack. Raises NotAllowed for bots and people who left.

    Source: docs.slack.dev/reference/objects/user-object, read 2026-11-21.
    """
    if user.get("is_bot") or user.get("deleted") or user.get("id") == "USLACKBOT":
        raise NotAllowed(_BOT)
    profile = record(user.get("profile"))
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    name = next((name for name in names if isinstance(name, str) and name), str(user.get("id", "")))
    return Person(user_id=str(user.get("id", "")), name=name, zone=_zone(user), role=_role(user, team_id))


def _role(user: Mapping[str, Any], team_id: str) -> Role:
    """An outsider may carry flags of the own workspace, so that is asked first; a guest is never an admin."""
    teams: list[str] = record(user.get("enterprise_user")).get("teams") or []
    at_home = user.get("team_id") in (None, team_id) or team_id in teams
    if user.get("is_stranger") or not at_home:
        return Role.OUTSIDER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Role.GUEST
    if user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner"):
        return Role.ADMIN
    return Role.MEMBER


def _zone(user: Mapping[str, Any]) -> str | None:
    """The zone by name; one not known here becomes the fixed one with its offset, which has no summer time."""
    named, offset = user.get("tz"), user.get("tz_offset")
    if isinstance(named, str) and named in available_timezones():
        return named
    if not isinstance(offset, int):
        return None
    hours = round(offset / _HOUR_S)
    if hours * _HOUR_S != offset or abs(hours) > _FURTHEST_H:
        return None
    return "UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"
