"""What the one line was understood as, told to who typed it."""

from handlers.slack import blocks as b
from handlers.slack import card, names, times, wording
from handlers.slack.blocks import Message
from handlers.slack.facts import CardFacts


def scheduled(facts: CardFacts) -> Message:
    """It goes out then, there."""
    post = facts.post
    at = post.scheduled_at
    when = times.planned(at, facts.zone, reader_zone=facts.reader_zone) if at is not None else "now"
    said = f"🕘 *Scheduled* for {when}: {card.accounts_of(facts)}"
    value = f"{post.post_id}:{post.version}"
    cancel = wording.ask_cancel(times.spelled(at, facts.zone) if at is not None else "its time")
    row = b.actions(
        b.button(wording.CHANGE, names.EDIT, value),
        b.button(wording.CANCEL, names.CANCEL, value, style="danger", ask=cancel),
    )
    return b.message(f"{said} · {b.quoted(post.text)}", [b.section(said), *_text(facts), row])


def sending(facts: CardFacts) -> Message:
    """It goes out at once."""
    where = "The card below shows the result." if facts.brand.channel else "`/social why` shows the result."
    said = f"📤 *Sending now* to {card.accounts_of(facts)}. {where}"
    return b.message(said, [b.section(said), *_text(facts)])


def draft(facts: CardFacts) -> Message:
    """It is kept."""
    said = "✏️ *Draft* saved. Herald sent you its card as a message; nothing goes out."
    return b.message(said, [b.section(said), *_text(facts)])


def said(text: str) -> Message:
    """A sentence for people, such as a refusal; inert."""
    sentence = b.inert(text, 2000)
    return b.message(sentence, [b.section(sentence)])


def _text(facts: CardFacts) -> list[b.Json]:
    return [b.quote(facts.post.text)] if facts.post.text.strip() else []
