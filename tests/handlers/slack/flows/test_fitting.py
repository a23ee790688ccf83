"""Pictures that a network refuses as they are: the offer, the picture as it will be, and what goes out."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import GONE_WRONG, card, quiet
from tests.handlers.slack.flows.test_composer import PNG, composing, submit, upload
from tests.handlers.slack.person import Actor, Json, said, said_in

MOST = 2_000_000
"""Bytes of an image that Bluesky takes."""


def noise(width: int, height: int, kind: str = "PNG") -> bytes:
    """A picture that no format makes small."""
    content = io.BytesIO()
    bands = [Image.effect_noise((width, height), 90) for _ in range(3)]
    Image.merge("RGB", bands).save(content, kind)
    return content.getvalue()


LARGE = noise(1000, 800)
assert len(LARGE) > MOST


async def give(person: Actor, name: str, content: bytes, *, fit: bool = False) -> None:
    """Put a file into the composer, and tick the box if asked to."""
    person.fill("files", {"files": [{"id": await upload(person, name, content)}]})
    if fit:
        person.choose("fit", "Make pictures fit")


async def errors(person: Actor) -> Json:
    """What stands at the inputs of the modal on top."""
    return await person.until(lambda: (person.modal() or {}).get("errors"), "an error")


def images(person: Actor) -> list[Json]:
    """The pictures in the modal on top."""
    modal = person.modal() or {"view": {"blocks": []}}
    return [block for block in modal["view"]["blocks"] if block["type"] == "image"]


def sent(town: Town) -> list[Any]:
    """The pictures that Bluesky got."""
    people = town.world.bluesky.world.people.values()
    embeds: list[Any] = [record.value["embed"] for person in people for record in person.posts]
    return [image["image"] for embed in embeds for image in embed["images"]]


async def test_a_picture_too_large_is_offered_to_be_made_to_fit_shown_and_sent(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE)
    await maya.submit()
    told = await errors(maya)
    assert "harbour.png is" in told["files"]
    assert "Bluesky takes up to 2.0 MB" in told["files"]
    assert told["fit"] == "Herald can make harbour.png fit. Tick this and submit again."

    maya.choose("fit", "Make pictures fit")
    await maya.submit()
    shown = await maya.sees_modal("1 of 1 · harbour.png", "Made to fit")
    line = said_in(shown["view"])
    assert "harbour.png: 1,000 x 800 px, 2." in line
    assert ", for Bluesky" in line
    (picture,) = await maya.until(lambda: images(maya), "the fitted picture")
    assert town.on_bluesky() == []
    file = town.world.workspace.world.files[picture["slack_file"]["id"]]
    assert len(file.content) <= MOST

    maya.fill_text("alt:0", "The harbour")
    await submit(maya)
    await card(maya, "Dawn", "Published")
    (blob,) = sent(town)
    assert blob["size"] == len(file.content)


async def test_the_person_keeps_the_pictures_in_the_talk_with_herald(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    await maya.submit()
    await maya.until(lambda: images(maya), "the fitted picture")
    shown = await maya.sees("herald", "Made to fit", "harbour.png", "for Bluesky")
    assert [file["name"] for reply in shown["replies"] for file in reply["files"]] == ["harbour.jpg"]


async def test_what_was_typed_while_the_picture_came_stays(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    await maya.submit()
    before = await maya.sees_modal("Made to fit")
    assert not images(maya)
    maya.fill_text("alt:0", "Typed early")
    await maya.until(lambda: images(maya), "the fitted picture")
    after = maya.modal()
    assert after is not None
    assert after["id"] == before["id"]
    assert "Typed early" in str(maya.values())


async def test_fitting_that_takes_long_is_shown_late_and_loses_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    with monkeypatch.context() as patch:
        patch.setattr("handlers.slack.app._VIEW_WAIT_S", 0.01)
        await maya.submit()
    assert "Checking…" in str(maya.modal())
    await maya.sees_modal("Made to fit", "for Bluesky")
    await maya.until(lambda: images(maya), "the fitted picture")
    maya.fill_text("alt:0", "The harbour")
    await submit(maya)
    await card(maya, "Dawn", "Published")
    assert sent(town)[0]["size"] <= MOST


async def test_what_was_shown_is_what_is_sent_and_is_made_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    await maya.submit()
    (picture,) = await maya.until(lambda: images(maya), "the fitted picture")
    monkeypatch.setattr("bot.services.files.fit", None)
    maya.fill_text("alt:0", "The harbour")
    await submit(maya)
    await card(maya, "Dawn", "Published")
    shown = town.world.workspace.world.files[picture["slack_file"]["id"]].content
    assert sent(town)[0]["size"] == len(shown)


async def test_going_back_gives_the_picture_as_it_was(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    await maya.submit()
    await maya.sees_modal("Made to fit")
    await maya.close()
    await maya.sees_modal("Images or video")
    maya.fill("fit", {"selected_options": []})
    await maya.submit()
    assert "harbour.png is" in (await errors(maya))["files"]
    await maya.close()
    await maya.sees("herald", "Draft", "Dawn")
    assert town.on_bluesky() == []


async def test_a_picture_that_fits_already_is_left_alone(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Cup")
    await give(maya, "cup.png", PNG, fit=True)
    await maya.submit()
    modal = await maya.sees_modal("1 of 1 · cup.png")
    assert "Made to fit" not in said_in(modal["view"])
    maya.fill_text("alt:0", "A cup")
    await submit(maya)
    await card(maya, "Cup", "Published")
    assert sent(town)[0]["size"] == len(PNG)


async def test_what_fitting_cannot_mend_is_not_offered(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Look")
    await give(maya, "menu.pdf", b"%PDF-1.4 no picture")
    await maya.submit()
    assert "fit" not in await errors(maya)


async def test_a_described_picture_of_a_draft_is_shown_too_before_it_is_sent(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Later", when="Keep as draft")
    await give(maya, "harbour.png", LARGE)
    await maya.submit()
    await maya.sees_modal("1 of 1 · harbour.png")
    maya.fill_text("alt:0", "The harbour")
    await submit(maya)
    await maya.press(await maya.sees("herald", "Draft", "Later"), "Schedule")
    await maya.sees_modal("Time zone", "Already added")
    maya.choose("when", "Now")
    await maya.submit()
    assert "harbour.png" in (await errors(maya))["fit"]
    maya.choose("fit", "Make pictures fit")
    await maya.submit()
    await maya.sees_modal("Made to fit", "harbour.png")
    assert "The harbour" in str(maya.values())
    await submit(maya)
    await card(maya, "Later", "Published")
    assert sent(town)[0]["size"] <= MOST


async def test_without_the_right_to_upload_the_words_stand_there_and_the_post_goes_out(town: Town) -> None:
    maya = town.maya
    token = town.world.workspace.world.bot_token
    assert token is not None
    token.scopes = tuple(scope for scope in token.scopes if scope != "files:write")
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    await maya.submit()
    await maya.sees_modal("Made to fit", "for Bluesky")
    await quiet(town)
    assert not images(maya)
    maya.fill_text("alt:0", "The harbour")
    await submit(maya)
    shown = await card(maya, "Dawn", "Published")
    assert GONE_WRONG not in said(shown)
    assert sent(town)[0]["size"] <= MOST


async def test_an_installation_that_may_not_upload_says_so_and_asks_for_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.slack.uploads._SCOPE", "files:never")
    maya = town.maya
    await composing(maya, "Bluesky", text="Dawn")
    await give(maya, "harbour.png", LARGE, fit=True)
    await maya.submit()
    await maya.sees_modal("Made to fit", "an admin must let Herald write files")
    await quiet(town)
    assert not [call for call in town.world.workspace.world.wire if "getUploadURL" in call.method]


async def test_a_kind_a_modal_cannot_show_keeps_no_other_from_being_shown(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Two")
    photo = noise(2000, 1500, "WEBP")
    assert len(photo) > MOST
    given = [{"id": await upload(maya, "photo.webp", photo)}, {"id": await upload(maya, "harbour.png", LARGE)}]
    maya.fill("files", {"files": given})
    maya.choose("fit", "Make pictures fit")
    await maya.submit()
    await maya.sees_modal("photo.webp: 2,000 x 1,500 px", "harbour.png: 1,000 x 800 px")
    (picture,) = await maya.until(lambda: images(maya), "the fitted picture")
    assert picture["alt_text"] == "harbour.png"
    shown = await maya.sees("herald", "Made to fit", "photo.webp", "harbour.png")
    assert [file["name"] for reply in shown["replies"] for file in reply["files"]] == ["photo.webp", "harbour.jpg"]
