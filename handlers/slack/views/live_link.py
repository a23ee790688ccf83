"""Where a post is live, told by somebody who looked."""

from collections.abc import Mapping

from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.blocks import Json
from handlers.slack.facts import Names, handle_of

_MOST = 20
NOBODY_ASKS = "Nothing of this post waits for an answer any more."
_OPEN = frozenset({State.UNCONFIRMED, State.FAILED, State.MISSED})


def build(post: PostView, called: Names) -> Json:
    """One box per item of which nobody knows, or that did not go out."""
    items = asked(post)
    alone = len(items) == 1
    blocks = [box(item, _label(item, called, alone=alone), optional=not alone) for item in items[:_MOST]]
    if len(items) > _MOST:
        blocks.append(b.context(f"and {len(items) - _MOST} more"))
    return b.modal(
        names.LIVE_LINK,
        "Paste the link",
        blocks or [b.section(NOBODY_ASKS)],
        submit="It is live" if blocks else None,
        metadata=f"{post.post_id}:{post.version}",
    )


def asked(post: PostView) -> list[ItemView]:
    """The items the modal asks about: the unconfirmed ones, else those that ended without being published."""
    unsure = [item for item in post.items if item.status is State.UNCONFIRMED]
    return unsure or [item for item in post.items if item.status in _OPEN]


def _label(item: ItemView, called: Names, *, alone: bool) -> str:
    label = f"Link to the post on {b.bare(called.variant(item.variant))}"
    return label if alone else f"{label} ({b.bare(handle_of(item.handle))})"


def box(item: ItemView, label: str, *, optional: bool = True) -> Json:
    """Where the link to one item goes."""
    name = f"{names.LINK_INPUT}:{item.item_id}"
    hint = f"The post must belong to {b.bare(handle_of(item.handle))}."
    return b.field(name, label, b.text_input(name, placeholder="https://…"), hint=hint, optional=optional)


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
