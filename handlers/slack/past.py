"""What is said while an account's earlier numbers are fetched: one line, changed in its place. Names come in inert."""

from collections.abc import Mapping

from handlers.slack import blocks as b
from handlers.slack.blocks import Message
from handlers.slack.facts import BrandLike, Names


def line(_brand: BrandLike, payload: Mapping[str, object], called: Names) -> Message:
    """To the brand's channel: how far it has come, and at the end that they are here."""
    whose = called.account(b.word(payload.get("platform")) or "", b.word(payload.get("handle")) or "")
    fetched, wanted = _number(payload.get("fetched")), _number(payload.get("wanted"))
    if payload.get("done"):
        said = f"✅ Earlier numbers of {whose} are here: {wanted} days."
    else:
        said = f"⏳ Fetching earlier numbers of {whose}: {fetched} of {wanted} days…"
    return b.message(said, [b.context(said)])


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
