"""Herald's Home: what needs the reader, what is planned, how the accounts are. Built when it is opened."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import clock
from bot.domain import people
from bot.services import drafts as _drafts
from bot.services import journal, onboarding
from handlers.slack import gather, names
from handlers.slack import home as face
from handlers.slack.app import Desk
from handlers.slack.blocks import inert
from handlers.slack.call import Call
from handlers.slack.facts import CardFacts, Names
from handlers.slack.flows import places
from handlers.slack.home import HomeFacts, Steps
from storage.brands import Brand

_log = logging.getLogger(__name__)

_AHEAD = timedelta(days=7)
_MOST_PLANNED = 300
_MOST_NEEDING = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the reader chose to see: one brand, and groups in full. It travels in the view's metadata."""

    brand_id: str | None = None
    whole: frozenset[str] = frozenset()
