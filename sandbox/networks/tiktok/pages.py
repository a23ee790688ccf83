"""What people see of the stand-in: profiles and posts, at the paths of the real site. Private ones and drafts too."""

from html import escape

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.pages import Author, Look, Picture, Shown
from sandbox.networks.tiktok.doors import world_of
from sandbox.networks.tiktok.showing import path_of
from sandbox.networks.tiktok.world import EVERYONE, FOLLOWERS, FRIENDS, SELF, Person, Publish, World

LOOK = Look(title="TikTok", band="#111827")
NO_POST, NO_ACCOUNT = "No such post here.", "No such account here."
_WHO = {
    EVERYONE: "",
    FRIENDS: "Who sees it: friends",
    FOLLOWERS: "Who sees it: followers",
    SELF: "Who sees it: only the creator",
}
_LABELS = (
    ("brand_content_toggle", "Paid partnership"),
    ("brand_organic_toggle", "Promotional content"),
    ("is_aigc", "Labelled as made by AI"),
    ("disable_comment", "No comments"),
    ("disable_duet", "No duets"),
    ("disable_stitch", "No stitches"),
)


async def front(request: web.Request) -> web.Response:
    """The demo's own profile."""
    raise web.HTTPFound(f"/@{next(iter(world_of(request).people))}")


async def profile(request: web.Request) -> web.Response:
    """A profile, drafts on top as they come."""
    world = world_of(request)
    person = world.people.get(request.match_info["username"])
    if person is None:
        return pages.missing_page(LOOK, NO_ACCOUNT)
    posts = world.posts_of(person)
    facts = (("post", len(posts)), ("follower", 12), ("following|following", 3))
    return pages.profile_page(LOOK, _author(person), facts, [_shown(world, one) for one in posts], world.network)


async def post(request: web.Request) -> web.Response:
    """One post, by the address its permalink has."""
    world = world_of(request)
    person = world.people.get(request.match_info["username"])
    posts = {one.post_id: one for one in world.posts_of(person)} if person else {}
    found = posts.get(request.match_info["id"])
    if found is None or found.kind != request.match_info["kind"]:
        return pages.missing_page(LOOK, NO_POST)
    others = [_shown(world, one) for one in posts.values() if one is not found]
    return pages.post_page(LOOK, [], _shown(world, found), others)


async def picture(request: web.Request) -> web.Response:
    """A photo."""
    posts = {one.post_id: one for one in world_of(request).publishes.values()}
    found, place = posts.get(request.match_info["id"]), int(request.match_info["place"])
    if found is None or place >= len(found.pictures):
        return pages.missing_page(LOOK, "No such file here.")
    mime, content = found.pictures[place]
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=content, content_type=mime, headers=headers)


def _author(person: Person) -> Author:
    return Author(name=person.name, handle=person.username, href=f"/@{person.username}")


def _shown(world: World, found: Publish) -> Shown:
    notes = ["A draft in the inbox: nobody else sees it"] if found.inbox else [_WHO.get(found.privacy, "")]
    notes += [words for name, words in _LABELS if found.info.get(name) is True]
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in found.text.splitlines() if line)
    photos = [Picture(src=f"/photos/{found.post_id}/{at}", alt="") for at in range(len(found.pictures))]
    film = [Picture(src="", alt="", kind=f"video, {found.size / 1_000_000:.1f} MB")]
    counts = world.numbers(found)
    return Shown(
        id=found.post_id,
        href=path_of(found.person, found),
        author=_author(found.person),
        text=found.text,
        html=paragraphs,
        taken_at=found.whole_at or found.began_at,
        numbers=tuple((name.removesuffix("_count"), number) for name, number in counts.items()),
        pictures=tuple(film if found.kind == "video" else photos),
        notes=tuple(filter(None, notes)),
    )
