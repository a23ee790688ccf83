"""What the one line was understood as, told to who typed it."""

from handlers.slack import approval, card, names, times, wording
from handlers.slack import blocks as b
from handlers.slack.blocks import Message
from handlers.slack.facts import CardFacts


def scheduled(facts: CardFacts) -> Message:
    """It goes out then, there."""
    at = facts.post.scheduled_at
    when = times.planned(at, facts.zone, reader_zone=facts.reader_zone) if at is not None else "now"
    return _taken(facts, f"🕘 *Scheduled* for {when}: {card.accounts_of(facts)}")


def waiting(facts: CardFacts) -> Message:
    """Somebody has to approve it first."""
    asked, at = facts.approval, facts.post.scheduled_at
    who = approval.who(asked) if asked is not None else "somebody"
    at_once = at is None or (asked is not None and asked.at_once)
    then = "it goes out" if at_once or at is None else times.planned(at, facts.zone, reader_zone=facts.reader_zone)
    return _taken(facts, f"👀 *Waiting for {who}'s approval*, then {then}: {card.accounts_of(facts)}")


def _taken(facts: CardFacts, said: str) -> Message:
    post, at = facts.post, facts.post.scheduled_at
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
