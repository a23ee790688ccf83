"""What is said when a webhook's receiver takes nothing. Its address may hold a secret, so its host alone is named."""

from collections.abc import Mapping

from handlers.slack import blocks as b
from handlers.slack.blocks import Message

KIND = "webhook"


def failed(payload: Mapping[str, object]) -> Message:
    """A delivery was given up, or the receiver said that it is gone for good."""
    name, host = b.inert(b.word(payload.get("webhook")) or "", 60), b.inert(b.word(payload.get("host")) or "", 100)
    if payload.get("gone") is True:
        said = (
            f"⚠️ *The webhook at {host} is switched off*: it answered that it is gone for good. Your posts are not"
            " affected; the program behind it hears of nothing more. Was that a mistake? Make a new one with"
            f" `herald webhooks create` or `POST /webhooks`, and delete {name}."
        )
        return b.message(said, [b.section(said)])
    tries, event = str(payload.get("tries")), b.inert(b.word(payload.get("event")) or "", 60)
    why = b.inert(b.word(payload.get("why")) or "", 200)
    said = (
        f"⚠️ *The webhook at {host} takes nothing*: Herald gave up telling it of {event} after {tries} tries. {why} Your"
        " posts are not affected; the program behind it does not hear of them. Mend it: later events are still tried,"
        f" and `herald webhooks deliveries {name}` or `GET /webhooks/{name}` lists what it missed."
    )
    return b.message(said, [b.section(said)])
