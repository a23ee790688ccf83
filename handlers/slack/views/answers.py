"""What became of a post on each account that Herald could not find it on: one question for each."""

from collections.abc import Collection, Mapping

from bot.domain.ids import ItemId
from bot.domain.posts import ItemView, PostView
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import Names, handle_of
from handlers.slack.views import live_link

_MOST = 20
_ASIDE = "Look at each account. Leave out those you do not know yet: Herald goes on asking about them."


def build(post: PostView, asked: Collection[ItemId], called: Names) -> Json:
    """For each item of which a person is `asked`: one of three answers, and where it is live."""
    items = [item for item in post.items if item.item_id in asked]
    inputs = [block for item in items[:_MOST] for block in _question(item, called)]
    more = [b.context(f"and {len(items) - _MOST} more, once these are answered")] if len(items) > _MOST else []
    return b.modal(
        names.ANSWERS,
        "Is it live?",
        [b.section(_ASIDE), *inputs, *more] if inputs else [b.section(live_link.NOBODY_ASKS)],
        submit="Answer" if inputs else None,
        metadata=f"{post.post_id}:{post.version}",
    )


def _question(item: ItemView, called: Names) -> list[Json]:
    network, handle = b.bare(called.variant(item.variant)), b.bare(handle_of(item.handle))
    options = [
        b.option("It is live", names.IS_LIVE, "Paste its link below; its numbers go on."),
        b.option(wording.SEND_AGAIN, names.SEND_AGAIN, "If the first one is live after all, it is there twice."),
        b.option(wording.DROP, names.GIVE_UP, "Herald looks no more and does not send it again."),
    ]
    radio = b.choice("radio_buttons", f"{names.ANSWER_INPUT}:{item.item_id}", options)
    whose = f"{network} · {handle}"
    return [
        b.field(f"{names.ANSWER_INPUT}:{item.item_id}", whose, radio, optional=True),
        live_link.box(item, f"Link to the post on {network}"),
    ]


def read(view: Mapping[str, object]) -> dict[str, str]:
    """The answers chosen, by item id: IS_LIVE, SEND_AGAIN or GIVE_UP. A link alone says that it is live."""
    found = dict.fromkeys(live_link.read(view), names.IS_LIVE)
    for action, state in b.states(view).items():
        kind, _, item_id = action.partition(":")
        chosen = b.chosen(state)
        if kind == names.ANSWER_INPUT and chosen in {names.IS_LIVE, names.SEND_AGAIN, names.GIVE_UP}:
            found[item_id] = chosen
    return found


def errors(sentences: Mapping[str, str]) -> dict[str, str]:
    """Sentences by item id, at their questions."""
    return {f"{names.ANSWER_INPUT}:{item_id}": b.one_line(said, 200) for item_id, said in sentences.items()}
