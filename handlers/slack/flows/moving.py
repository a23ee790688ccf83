"""Giving a planned post another time."""

from dataclasses import replace

from bot import clock
from bot.domain.composition import Form, When
from bot.domain.errors import InvalidContent, Problem, UserError
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.services import composing, editing, journal, retyping
from bot.services.planning import At
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.answers import Clear, Errors, ViewAnswer
from handlers.slack.app import Desk
from handlers.slack.call import Call
from handlers.slack.flows import places
from handlers.slack.flows.refresh import Refresher
from handlers.slack.views import move_post


def register(desk: Desk) -> None:
    """Take the modal; its inputs come through the composer's, whose names they share."""
    desk.on_view(names.MOVE_POST, moved, writers_only=True)


async def move(call: Call, post: PostView) -> None:
    """Ask for another time."""
    brand = await places.brand_by_id(call, post.brand_id)
    form = retyping.time_form(post, brand.timezone)
    await call.open_view(await _built(call, post, form, brand.timezone))


async def _built(call: Call, post: PostView, form: Form, zone: str) -> b.Json:
    person = await call.person()
    return move_post.build(post, form, brand_zone=zone, reader_zone=person.zone, now=clock.now())


async def _chosen(call: Call) -> tuple[PostView, int, Form, str]:
    """The post, the version the person saw, the time as it now stands in the modal, and the brand's zone."""
    post_id, _, version = call.private_metadata.partition(":")
    post = await journal.show_post(call.deps, call.workspace_id, PostId(post_id))
    brand = await places.brand_by_id(call, post.brand_id)
    form = move_post.read(call.view, retyping.time_form(post, brand.timezone))
    return post, int(version) if version.isdecimal() else 0, form, brand.timezone


async def typed(call: Call, refresher: Refresher) -> None:
    """The time was changed: say what it comes to."""
    post, version, form, zone = await _chosen(call)
    post = replace(post, version=version)

    async def change(view_hash: str | None) -> str | None:
        changed = await call.update_view(await _built(call, post, form, zone), view_hash=view_hash)
        return b.word(changed.get("hash"))

    refresher.ask(str(call.view.get("id")), b.word(call.view.get("hash")), change)


async def moved(call: Call) -> ViewAnswer:
    """Another time was chosen."""
    post, version, form, zone = await _chosen(call)
    brand = await places.brand_by_id(call, post.brand_id)
    when = composing.wish_of(_time(form), brand, asked_by=call.actor, zone=zone).when
    if not isinstance(when, At):
        return Clear()
    try:
        await editing.move_post(call.deps, call.workspace_id, post.post_id, when, version=version, asked_by=call.actor)
    except UserError as error:
        problems = error.problems if isinstance(error, InvalidContent) else [Problem(field="at", message=error.message)]
        return Errors(move_post.errors(problems, form, call.view))
    return Clear()


def _time(form: Form) -> Form:
    return Form(when=When.AT, date=form.date, time=form.time, zone=form.zone, fold=form.fold)
