"""The composer, from opening to the queue: filled while it is open, checked when it is submitted, kept when closed."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import clock
from bot.domain import publication
from bot.domain.composition import Form, When
from bot.domain.errors import InvalidContent, Problem, UserError
from bot.domain.posts import PostView
from bot.services import composing, editing, notifying, scheduling
from bot.services.composing import Composition
from handlers.slack import names
from handlers.slack.answers import Clear, Errors, Push, Update, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import files, places
from handlers.slack.flows.refresh import Refresher
from handlers.slack.views import composer, describe_media, own_texts
from storage.brands import Brand

_log = logging.getLogger(__name__)

_TYPED = (names.TEXT_INPUT, names.ACCOUNTS_INPUT, names.BRAND_INPUT, names.WHEN_INPUT, names.DATE_INPUT)
_TYPED += (names.TIME_INPUT, names.ZONE_INPUT, names.FOLD_INPUT)


def register(desk: Desk) -> None:
    """Take the shortcuts, the inputs and the three modals of writing a post."""
    refresher = Refresher(desk.later)

    async def typed(call: Call) -> None:
        await _typed(call, refresher)

    desk.on_shortcut(names.COMPOSE, new_post, writers_only=True)
    desk.on_shortcut(names.COMPOSE_FROM_MESSAGE, from_message, writers_only=True)
    desk.on_action(names.NEW_POST, new_post, writers_only=True)
    for name in _TYPED:
        desk.on_action(name, typed)
    desk.on_options(names.ZONE_INPUT, zones)
    desk.on_options(names.ACCOUNTS_INPUT, account_choices)
    desk.on_action(names.OWN_TEXTS_BUTTON, open_own_texts)
    desk.on_view(names.OWN_TEXTS, keep_own_texts)
    desk.on_view(names.COMPOSER, submitted, writers_only=True)
    desk.on_view(names.DESCRIBE_MEDIA, described, writers_only=True)
    desk.on_closed(names.COMPOSER, closed)
