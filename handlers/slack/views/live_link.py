"""Where a post is live, told by somebody who looked."""

from collections.abc import Mapping

from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.blocks import Json
from handlers.slack.facts import Names, handle_of

_MOST = 20
_OPEN = frozenset({State.UNCONFIRMED, State.FAILED, State.MISSED})


def build(post: PostView, called: Names) -> Json:
    """One box per item of which nobody knows, or that did not go out."""
    items = asked(post)
    blocks = [_box(item, called, alone=len(items) == 1) for item in items[:_MOST]]
    if len(items) > _MOST:
        blocks.append(b.context(f"and {len(items) - _MOST} more"))
    return b.modal(
        names.LIVE_LINK,
        "Paste the link",
        blocks or [b.section("Nothing of this post waits for an answer any more.")],
        submit="It is live" if blocks else None,
        metadata=f"{post.post_id}:{post.version}",
    )


def asked(post: PostView) -> list[ItemView]:
    """The items the modal asks about: the unconfirmed ones, else those that ended without being published."""
    unsure = [item for item in post.items if item.status is State.UNCONFIRMED]
    return unsure or [item for item in post.items if item.status in _OPEN]


def _box(item: ItemView, called: Names, *, alone: bool) -> Json:
    name = f"{names.LINK_INPUT}:{item.item_id}"
    network, handle = b.bare(called.variant(item.variant)), b.bare(handle_of(item.handle))
    label = f"Link to the post on {network}" + ("" if alone else f" ({handle})")
    box = b.text_input(name, placeholder="https://…")
    hint = f"The post must belong to {handle}."
    return b.field(name, label, box, hint=hint, optional=not alone)


def read(view: Mapping[str, object]) -> dict[str, str]:
    """The links typed, by item id."""
    found: dict[str, str] = {}
    for action, state in b.states(view).items():
        kind, _, item_id = action.partition(":")
        text = (b.word(state.get("value")) or "").strip()
        if kind == names.LINK_INPUT and text:
            found[item_id] = text
    return found


def errors(sentences: Mapping[str, str]) -> dict[str, str]:
    """Sentences by item id, at their boxes."""
    return {f"{names.LINK_INPUT}:{item_id}": b.one_line(said, 200) for item_id, said in sentences.items()}
