"""Pictures that were made to fit, shown to who asked for it before the post is made.

What became of them stands in the modal at once. The pictures follow when Slack has them: uploads are usable only some
seconds later, so they are laid into the modal that is open by then. They are shared in the person's own conversation
with Herald, for Slack shows a file only to people of a place where it was shared.
A kind that a modal cannot show stands there alone.
Sources, read 2026-11-21: docs.slack.dev/reference/methods/files.getUploadURLExternal, files.completeUploadExternal and
views.update (`external_id`); docs.slack.dev/reference/block-kit/composition-objects/slack-file-object (the kinds);
github.com/slackapi/bolt-python/issues/1251 ("invalid slack file"; who sees it), java-slack-sdk/issues/1349 (too new).
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from slack_sdk.errors import SlackApiError

from bot.domain.composition import Composition, Form
from bot.domain.errors import Problem, UserError
from bot.services import planning
from bot.services.previewing import Picture
from bot.services.scheduling import Wish
from handlers.slack import blocks as b
from handlers.slack import uploads, wording
from handlers.slack.api import UNREACHABLE, error_of
from handlers.slack.call import Call
from handlers.slack.payload import Json, record, text
from handlers.slack.views import describe_media

_log = logging.getLogger(__name__)

_LOOKS_S = (0.5, 1, 2, 4, 8, 8)
"""Waits before each try to show a fresh upload: Slack takes a while to look at it."""
_SHOWABLE = frozenset({"image/jpeg", "image/png"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The modal that shows what became of the pictures."""

    composition: Composition
    pictures: Sequence[Picture]
    external_id: str
    notes: tuple[str, ...] = ()

    def view(self, ids: Mapping[int, str] | None = None) -> Json:
        """The modal; `ids` are Slack's of the pictures that can be shown."""
        told = {picture.place: picture.told for picture in self.pictures}
        view = describe_media.build(
            self.composition.form, composition_id=self.composition.id, shown=ids, fitted=told, notes=self.notes
        )
        return {**view, "external_id": self.external_id}


def shown(call: Call, composition: Composition, pictures: Sequence[Picture]) -> Json:
    """The modal as it is first shown; the pictures follow by themselves."""
    may_write = uploads.may_upload(call.installation)
    modal = Shown(
        composition=composition,
        pictures=pictures,
        external_id=f"{composition.id}:{secrets.token_hex(8)}",
        notes=() if may_write or not pictures else (wording.NO_UPLOAD_RIGHT,),
    )
    if pictures and may_write:
        call.desk.keep(_show(call, modal), {})
    return modal.view()


def unfitted(form: Form) -> Form:
    """The form with its files as they were given."""
    return replace(form, files=tuple(replace(file, fitted_id="") for file in form.files))


def fitted(form: Form, pictures: Sequence[Picture]) -> Form:
    """The form with the files that were made to fit; those they were made from stay beside them."""
    made = {picture.place: picture.media_id for picture in pictures}
    files = [replace(file, fitted_id=made.get(place, "")) for place, file in enumerate(form.files)]
    return replace(form, files=tuple(files))


async def offer(call: Call, wish: Wish, problems: Sequence[Problem]) -> list[Problem]:
    """The problems, and at the box to tick what ticking it would mend."""
    if wish.fit or not any(problem.field == "media" for problem in problems):
        return list(problems)
    try:
        files = await planning.fittable(call.deps, wish)
    except UserError:
        files = ()
    return [*problems, *([Problem(field="fit", message=wording.fit_offer(files))] if files else [])]


async def _show(call: Call, modal: Shown) -> None:
    """Upload the pictures and lay them into the modal. What fails is logged; the words stand there already."""
    try:
        ids = {picture.place: await _upload(call, picture) for picture in modal.pictures}
        await _share(call, modal, list(ids.values()))
        showable = {picture.place for picture in modal.pictures if picture.mime_type in _SHOWABLE}
        if seen := {place: file_id for place, file_id in ids.items() if place in showable}:
            await _lay(call, modal, seen)
    except (SlackApiError, *UNREACHABLE) as error:
        word = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
        _log.warning("fitted pictures could not be shown", extra={"user": call.user_id, "error": word})


async def _upload(call: Call, picture: Picture) -> str:
    """Hand Slack the bytes; its id of the file. Raises SlackApiError, or one of `UNREACHABLE`."""
    return await uploads.upload(call.desk.api, call.installation.token, picture.file_name, picture.content)


async def _share(call: Call, modal: Shown, ids: Sequence[str]) -> None:
    """Tell the person in our conversation what became of the pictures, and finish the uploads under it."""
    api, token = call.desk.api, call.installation.token
    said = "Made to fit:\n" + b.lines([b.inert(picture.told, 300) for picture in modal.pictures])
    told = await api.write(
        token, "chat.postMessage", channel=call.user_id, text=said, unfurl_links=False, unfurl_media=False
    )
    await uploads.share(api, token, ids, channel=text(told.get("channel")), under=text(told.get("ts")))


async def _lay(call: Call, modal: Shown, ids: Mapping[int, str]) -> None:
    """Show the pictures in the modal as soon as Slack takes them; until then it may not be open yet either."""
    for wait_s in _LOOKS_S:
        await asyncio.sleep(wait_s)
        try:
            view = record(modal.view(ids))
            await call.desk.api.write(
                call.installation.token, "views.update", external_id=modal.external_id, view=dict(view)
            )
        except SlackApiError as error:
            if error_of(error) not in _NOT_YET:
                raise
        else:
            return


_NOT_YET = frozenset({"invalid_arguments", "invalid_blocks", "not_found", "view_not_found"})
