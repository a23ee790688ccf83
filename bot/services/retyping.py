"""From a post back to the form it would be typed in."""

from dataclasses import replace

from bot.domain.composition import Form, FormFile, When, at_time
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services.editing import accounts_of


def form_of(post: PostView, zone: str) -> Form:
    """A post as the composer shows it; `zone` is an IANA name, for a time that was given as an instant."""
    form = replace(
        duplicate_form(post),
        account_ids=accounts_of(item for item in post.items if item.status is not State.CANCELLED),
    )
    if post.scheduled_at is None:
        return replace(form, when=When.DRAFT)
    return at_time(form, post.scheduled_at, post.zone or zone)


def duplicate_form(post: PostView) -> Form:
    """A new post like this one, without a time yet."""
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
