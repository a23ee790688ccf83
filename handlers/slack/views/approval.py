"""Why a post is sent back or rejected: asked before it is done."""

from collections.abc import Mapping

from bot.domain.posts import PostView
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json

_LONGEST = 1_000


def changes(post: PostView, where: str = "") -> Json:
    """What should change. `where` is remembered: the address by which a private message is changed."""
    return _asking(
        post, where, names.CHANGES, wording.ASK_CHANGES, "What should change?", "Its author gets it back as a draft."
    )


def rejection(post: PostView, where: str = "") -> Json:
    """Why it shall not go out at all. `where` as above."""
    hint = "It does not go out, and its author is told."
    return _asking(post, where, names.REJECTION, "Reject this post", "Why not?", hint)


def _asking(  # noqa: PLR0913, PLR0917  # what differs between the two
    post: PostView, where: str, callback_id: str, title: str, label: str, hint: str
) -> Json:
    box = b.text_input(names.REASON_INPUT, multiline=True, limit=_LONGEST)
    text = [b.quote(post.text)] if post.text.strip() else []
    return b.modal(
        callback_id,
        title,
        [*text, b.field(names.REASON_INPUT, label, box, hint=hint)],
        submit=wording.REJECT if callback_id == names.REJECTION else "Send back",
        close="Keep it",
        metadata=f"{post.post_id}:{post.version} {where}".strip(),
    )


def reason(view: Mapping[str, object]) -> str:
    """What was typed."""
    return (b.word(b.states(view).get(names.REASON_INPUT, {}).get("value")) or "").strip()


def error(sentence: str) -> dict[str, str]:
    """A refusal, at the box."""
    return {names.REASON_INPUT: b.one_line(sentence, 200)}
