"""What people see of the stand-in: profiles and posts, at the paths of the real site."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import cast

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.bluesky.doors import world_of
from sandbox.networks.bluesky.feed import blob_url, followers_of, numbers_of
from sandbox.networks.bluesky.world import Person, Record, World, parent_of
from sandbox.networks.pages import Author, Card, Look, Picture, Shown

LOOK = Look(title="Bluesky", band="#1258b8")
NO_POST, NO_ACCOUNT = "No such post here.", "No such account here."
_Fields = Mapping[str, object]
_WORDS = (("likeCount", "like"), ("repostCount", "repost"), ("replyCount", "reply|replies"), ("quoteCount", "quote"))


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    first = next(iter(world_of(request).people.values()))
    raise web.HTTPFound(f"/profile/{first.handle}")


async def profile(request: web.Request) -> web.Response:
    """A profile; replies stand below what they reply to."""
    world = world_of(request)
    person = world.person(request.match_info["who"])
    if person is None:
        return pages.missing_page(LOOK, NO_ACCOUNT)
    roots = [post for post in person.posts if not _stands_below_own(world, person, post)]
    facts = (("post", len(person.posts)), ("follower", followers_of(world, person)), ("following|following", 3))
    return pages.profile_page(
        LOOK, _author(person), facts, [_shown(world, person, post) for post in roots], world.network
    )


async def post(request: web.Request) -> web.Response:
    """One post, by the address its permalink has."""
    world = world_of(request)
    person = world.person(request.match_info["who"])
    records = {record.rkey: record for record in person.posts} if person else {}
    record = records.get(request.match_info["rkey"])
    if person is None or record is None:
        return pages.missing_page(LOOK, NO_POST)
    others = [_shown(world, person, one, deep=False) for one in person.posts if one is not record]
    return pages.post_page(LOOK, _above(world, record), _shown(world, person, record), others)


async def tagged(request: web.Request) -> web.Response:
    """Posts with a tag."""
    world, tag = world_of(request), request.match_info["tag"]
    found = [(person, record) for person in world.people.values() for record in person.posts if tag in _tags(record)]
    found.sort(key=lambda pair: pair[1].taken_at, reverse=True)
    shown = [_shown(world, *pair) for pair in found]
    return pages.list_page(LOOK, f"#{tag}", shown, empty=f"No post has #{tag} yet.")


def _stands_below_own(world: World, person: Person, record: Record) -> bool:
    parent = world.record(parent_of(record) or "")
    return parent is not None and parent[0] is person


def _above(world: World, record: Record) -> list[Shown]:
    found = world.record(parent_of(record) or "")
    return [*_above(world, found[1]), _shown(world, *found, deep=False)] if found else []


def _author(person: Person) -> Author:
    return Author(name=person.name, handle=person.handle, href=f"/profile/{person.handle}")


def _shown(world: World, person: Person, record: Record, *, deep: bool = True) -> Shown:
    numbers, text = numbers_of(world, record), str(record.value.get("text", ""))
    replies = world.replies(record.uri) if deep else []
    embed = cast("_Fields", record.value.get("embed") or {})
    return Shown(
        id=record.uri,
        href=f"/profile/{person.did}/post/{record.rkey}",
        author=_author(person),
        text=text,
        html=f'<div class="plain">{to_html(text, cast("Sequence[_Fields]", record.value.get("facets") or ()))}</div>',
        taken_at=record.taken_at,
        numbers=tuple((word, numbers[name]) for name, word in _WORDS),
        pictures=_pictures(world, person, embed),
        card=_card(world, person, cast("_Fields | None", embed.get("external"))),
        notes=_notes(record),
        language=", ".join(str(lang) for lang in cast("Sequence[object]", record.value.get("langs") or ())),
        replies=tuple(_shown(world, *reply) for reply in replies),
    )


def to_html(text: str, facets: Sequence[_Fields]) -> str:
    """The text with its facets as links; offsets count bytes. Of overlapping facets the first one counts."""
    raw, at, parts = text.encode(), 0, list[str]()
    for facet in sorted(facets, key=_start):
        index = cast("Mapping[str, int]", facet["index"])
        start, end = index["byteStart"], index["byteEnd"]
        features = cast("Sequence[_Fields]", facet["features"])
        if start < at or not features:
            continue
        words = escape(raw[start:end].decode(errors="replace"))
        parts += [escape(raw[at:start].decode(errors="replace")), pages.anchor(_target(features[0]), words)]
        at = end
    return "".join([*parts, escape(raw[at:].decode(errors="replace"))])


def _start(facet: _Fields) -> int:
    return cast("Mapping[str, int]", facet["index"])["byteStart"]


def _target(feature: _Fields) -> str:
    if "did" in feature:
        return f"/profile/{feature['did']}"
    return f"/hashtag/{feature['tag']}" if "tag" in feature else str(feature.get("uri", ""))


def _tags(record: Record) -> set[str]:
    facets = cast("Sequence[_Fields]", record.value.get("facets") or ())
    features = [one for facet in facets for one in cast("Sequence[_Fields]", facet["features"])]
    return {str(feature["tag"]) for feature in features if "tag" in feature}


def _notes(record: Record) -> tuple[str, ...]:
    labels = cast("_Fields", record.value.get("labels") or {})
    values = ", ".join(str(one["val"]) for one in cast("Sequence[_Fields]", labels.get("values") or ()))
    return (f"Content warning: {values}",) if values else ()


def _pictures(world: World, person: Person, embed: _Fields) -> tuple[Picture, ...]:
    if "video" in embed:
        return (Picture(src=_address(world, person, embed["video"]), alt=str(embed.get("alt", "")), kind="video"),)
    return tuple(_picture(world, person, one) for one in cast("Sequence[_Fields]", embed.get("images") or ()))


def _picture(world: World, person: Person, image: _Fields) -> Picture:
    return Picture(src=_address(world, person, image["image"]), alt=str(image["alt"]))


def _card(world: World, person: Person, external: _Fields | None) -> Card | None:
    if external is None:
        return None
    thumb = external.get("thumb")
    return Card(
        href=str(external["uri"]),
        title=str(external["title"]),
        description=str(external["description"]),
        picture=None if thumb is None else _address(world, person, thumb),
    )


def _address(world: World, person: Person, blob: object) -> str:
    ref = cast("Mapping[str, _Fields]", blob)["ref"]
    return blob_url(world, person.did, str(ref["$link"])).removeprefix(world.url)
