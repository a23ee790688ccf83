"""From a post back to what would have to be typed: the composer's form, or a wish."""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.composition import Form, FormFile, When, at_time
from bot.domain.errors import Conflict
from bot.domain.posts import ItemView, Place, PostView
from bot.domain.publication import State
from bot.services.planning import At, BestTime, NextSlot, NotYet, Now, Wish
from storage.brands import Brand


def form_of(post: PostView, zone: str) -> Form:
    """A post as the composer shows it; `zone` is an IANA name, for a time that was given as an instant.

    Raises Conflict where it cannot show it whole.
    """
    form = replace(
        duplicate_form(post),
        account_ids=accounts_of(item for item in post.items if item.status is not State.CANCELLED),
    )
    return _timed(form, post, zone)


def time_form(post: PostView, zone: str) -> Form:
    """When a post goes out, as the composer shows it, and nothing else of it."""
    return _timed(Form(), post, zone)


def _timed(form: Form, post: PostView, zone: str) -> Form:
    if post.scheduled_at is None:
        return replace(form, when=When.DRAFT)
    return at_time(form, post.scheduled_at, post.zone or zone)


def refuse_several(post: PostView) -> None:
    """Raises Conflict for what the composer, which has one text and one setting of each kind a network, cannot show."""
    if post.goes_as_several:
        raise Conflict("This post goes to a network as several kinds of post. Edit it over the HTTP API.", field="post")


def duplicate_form(post: PostView) -> Form:
    """A new post like this one, without a time yet. Raises Conflict where the composer cannot show it whole."""
    refuse_several(post)
    return Form(
        brand_id=post.brand_id,
        account_ids=accounts_of(post.items),
        text=post.text,
        variants=dict(post.variants),
        parts=post.parts,
        files=tuple(
            FormFile(
                media_id=file.media_id,
                file_name=file.file_name,
                alt_text=file.alt_text,
                width_px=file.width_px,
                height_px=file.height_px,
            )
            for file in post.files
        ),
        link=post.link,
        options=dict(post.options),
        mission_id=post.mission[0] if post.mission is not None else None,
        approver=post.approver,
    )


def wish_of_post(post: PostView, brand: Brand, when: At | Now | NextSlot | BestTime | NotYet, *, asked_by: str) -> Wish:
    """A post as somebody would have to type it."""
    return Wish(
        brand=brand,
        to=places_of(item for item in post.items if item.status is not State.CANCELLED),
        text=post.text,
        when=when,
        parts=post.parts,
        variants=post.variants,
        media=tuple((file.media_id, file.alt_text) for file in post.files),
        link=post.link,
        options=post.options,
        media_for=post.media_for,
        approver=post.approver,
        asked_by=asked_by,
    )


def accounts_of(items: Iterable[ItemView]) -> tuple[str, ...]:
    """The accounts they go to, each once."""
    return tuple(dict.fromkeys(item.account_id for item in items))


def places_of(items: Iterable[ItemView]) -> tuple[Place, ...]:
    """Where they go, each once."""
    return tuple(dict.fromkeys(item.place for item in items))
