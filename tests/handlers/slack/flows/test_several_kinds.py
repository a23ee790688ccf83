"""A post that a program sends to one account as several kinds: people see each, and the composer mixes up nothing."""

import asyncio
from datetime import timedelta
from pathlib import Path

from PIL import Image

from bot import clock
from bot.domain.ids import MediaId, PostId
from bot.domain.posts import PostView
from bot.services import composing, journal, submitting, workspaces
from bot.services.submitting import Asked
from handlers.slack import names
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import account_on, card, pressing, quiet, send, told, value_of
from tests.handlers.slack.person import said

REFUSAL = "Edit it over the HTTP API"


async def by_a_program(town: Town, folder: Path) -> PostView:
    """A photo and a story for the brand's one Page, scheduled for next week."""
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    await account_on(town, "facebook", "Juniper Coffee")
    files: list[MediaId] = []
    for colour in ("teal", "coral"):
        Image.new("RGB", (1080, 1080), colour).save(folder / f"{colour}.jpg")
        kept = await composing.keep_upload(deps, workspace.id, folder / f"{colour}.jpg", f"{colour}.jpg")
        files.append(MediaId(kept.media_id))
    asked = [
        Asked(kind="facebook-post", text="Spring blend.", media=(files[0],)),
        Asked(kind="facebook-story", text="", media=(files[1],)),
    ]
    made = await submitting.create(deps, brand, asked, asked_by="api")
    at = clock.now() + timedelta(days=7)
    return (await submitting.schedule(deps, made, at, asked_by="api")).post


async def test_its_card_has_a_line_for_each_and_editing_it_is_told_to_be_elsewhere(town: Town, tmp_path: Path) -> None:
    maya, deps = town.maya, town.herald.deps
    before = await by_a_program(town, tmp_path)

    shown = await card(maya, "Spring blend.", "Scheduled")
    assert "Facebook post · Juniper Coffee\nFacebook story · Juniper Coffee" in said(shown)
    value = value_of(shown, names.EDIT)
    for count, verb in enumerate((names.EDIT, names.DUPLICATE, names.SCHEDULE_DRAFT), 1):
        await send(town, pressing(town, maya, verb, value))
        await told(maya, REFUSAL)
        await maya.until(
            lambda count=count: sum(REFUSAL in said(m) for m in maya.messages("juniper-social")) == count, verb
        )
    await quiet(town)

    assert maya.modal() is None
    assert await journal.show_post(deps, before.workspace_id, PostId(before.post_id)) == before


async def test_it_is_moved_and_cancelled_like_any_other(town: Town, tmp_path: Path) -> None:
    maya, deps = town.maya, town.herald.deps
    before = await by_a_program(town, tmp_path)
    shown = await card(maya, "Spring blend.", "Scheduled")

    await send(town, pressing(town, maya, names.NEXT_SLOT, value_of(shown, names.EDIT)))

    async def now() -> PostView:
        return await journal.show_post(deps, before.workspace_id, before.post_id)

    async with asyncio.timeout(30):
        while (moved := await now()).version == before.version:
            await quiet(town)
    assert moved.scheduled_at != before.scheduled_at
    assert [(item.item_id, item.kind) for item in moved.items] == [(item.item_id, item.kind) for item in before.items]
    assert (moved.text, moved.variants, moved.media_for) == (before.text, before.variants, before.media_for)
    await maya.command("/social", f"cancel {before.code}")
    await card(maya, "Spring blend.", "Cancelled")
