"""What a connector may promise. Each one's quality.toml answers every rule, and no other:

[rules]
refresh = {status = "done"}
metrics = {status = "todo", reason = "waits for the numbers of profiles"}
threads = {status = "exempt", reason = "the network has none"}
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from platforms.base import Connector, Repeat

RULES: Mapping[str, str] = {
    "login": "A person can connect an account, by OAuth or by what they type.",
    "refresh": "Tokens renew themselves.",
    "revoke": "Disconnecting takes the token back at the platform.",
    "publish-once": "A repeat of the creating call is harmless at the platform itself.",
    "find-presence": "`find` recognises a post that is live.",
    "find-absence": "`find` can prove that a post is not there.",
    "errors": "The platform's documented errors are in the spec's table, each with its source.",
    "rate-limits": "The time of a rate limit's end is read from the answer.",
    "limits": "Text, media and options are checked before any request.",
    "media": "Pictures or films can be attached.",
    "alt-text": "Media can carry a description.",
    "threads": "A post can be continued by replies.",
    "first-comment": "The first comment below a post can be published with it.",
    "link-cards": "A link can be shown as a card.",
    "metrics": "Numbers of published posts can be read.",
    "account-metrics": "Numbers of the account can be read.",
    "history": "The account's own numbers of each of its past days can be read.",
    "delete": "A published post can be taken down.",
    "docs": "docs/connectors/ has its page.",
    "live": "It was tried against the real platform.",
}


class Status(StrEnum):
    """How a connector stands to a rule."""

    DONE = "done"
    TODO = "todo"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line of a quality.toml. `reason` is needed for everything that is not done."""

    status: Status
    reason: str = ""


def _says_how(connector: Connector, deed: str) -> bool:
    """Whether the platform's OAuth rules say how that is done."""
    return getattr(connector.spec.oauth, deed, None) is not None


SHOWN_BY_THE_SPEC: Mapping[str, Callable[[Connector], bool]] = {
    "login": lambda connector: connector.login is not None or connector.spec.oauth is not None,
    "refresh": lambda connector: connector.refresh is not None or _says_how(connector, "refresh"),
    "revoke": lambda connector: connector.revoke is not None or _says_how(connector, "revoke"),
    "publish-once": lambda connector: connector.spec.find.repeat is not Repeat.NEVER,
    "errors": lambda connector: bool(connector.spec.errors),
    "media": lambda connector: connector.spec.capabilities.max_attachments > 0,
    "alt-text": lambda connector: any(
        rules.alt_text_limit is not None for rules in connector.spec.capabilities.media.values()
    ),
    "threads": lambda connector: connector.spec.capabilities.threads,
    "first-comment": lambda connector: connector.spec.capabilities.first_comment,
    "link-cards": lambda connector: connector.spec.capabilities.link_card,
    "metrics": lambda connector: connector.metrics is not None,
    "account-metrics": lambda connector: connector.account_metrics is not None,
    "history": lambda connector: connector.history is not None,
    "delete": lambda connector: connector.delete is not None,
}
"""Rules whose truth can be seen in the connector: done exactly if so."""


def read_quality(path: Path) -> dict[str, Mark]:
    """The marks of a quality.toml. Raises ValueError for an unknown status or a missing reason."""
    marks: dict[str, Mark] = {}
    for name, line in tomllib.loads(path.read_text(encoding="utf-8"))["rules"].items():
        mark = Mark(status=Status(line["status"]), reason=line.get("reason", ""))
        if mark.status is not Status.DONE and not mark.reason:
            raise ValueError(f"{path.name}: {name} is {mark.status} and gives no reason")
        marks[name] = mark
    return marks
