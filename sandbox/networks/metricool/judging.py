"""What Metricool does not take: names it does not know, empty blocks, networks that are not connected, the past."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sandbox.networks.metricool.world import NETWORKS_DATA, Body, World

NOT_CONNECTED = "There is no such connection"
_KNOWN = frozenset(
    {
        "providers",
        "publicationDate",
        "text",
        "autoPublish",
        "draft",
        "media",
        "mediaAltText",
        "firstCommentText",
        "shortener",
        "saveExternalMediaFiles",
        "location",
        "videoCoverMilliseconds",
        "videoThumbnailUrl",
        "smartLinkData",
        "parentId",
        "descendants",
        "uuid",
        "libraryPostId",
        "id",
        *(name for name in NETWORKS_DATA if name != "gbpData"),
        "gmbData",
    }
)
_BLOCKS: Mapping[str, frozenset[str]] = {
    "facebookData": frozenset({"type", "title", "boost"}),
    "instagramData": frozenset({"type", "autoPublish", "showReelOnFeed", "collaborators", "tags"}),
    "linkedinData": frozenset({"type", "documentTitle", "publishImagesAsPDF", "previewIncluded", "poll"}),
}


def faults(world: World, body: object) -> Iterator[str]:
    """What is wrong with a post, the first thing first."""
    if not isinstance(body, dict):
        yield "Cannot deserialize value from START_ARRAY"
        return
    values = cast("Body", body)
    yield from (f'Unrecognized field "{name}" (known properties: …)' for name in sorted(set(values) - _KNOWN))
    yield from _blocks(values)
    networks = [str(one.get("network")) for one in cast("list[Body]", values.get("providers") or [])]
    if not networks or "text" not in values:
        yield "providers, publicationDate and text are required"
    if any(f"{'gbp' if network == 'gmb' else network}Data" not in world.settings.networks for network in networks):
        yield NOT_CONNECTED
    if not all(isinstance(one, str) for one in cast("list[object]", values.get("media") or [])):
        yield "media: must be a list of addresses"
    if "instagram" in networks and not values.get("media"):
        yield "instagram: a post needs an image or video"
    try:
        at = instant(values)
    except (KeyError, TypeError, ValueError):
        yield "publicationDate: wrong format"
        return
    if at <= world.now():
        yield "Given datetime cannot be in the past"


def _blocks(values: Body) -> Iterator[str]:
    for name, known in _BLOCKS.items():
        if name not in values:
            continue
        block = values[name]
        if not isinstance(block, dict) or not block:
            yield f"Cannot deserialize {name} from START_ARRAY"
            return
        unknown = sorted(set(cast("Body", block)) - known)
        yield from (f'Unrecognized field "{one}" (known properties: …)' for one in unknown)


def instant(values: Body) -> datetime:
    """The planned second."""
    date = cast("dict[str, str]", values["publicationDate"])
    return datetime.strptime(date["dateTime"], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=ZoneInfo(date["timezone"]))
