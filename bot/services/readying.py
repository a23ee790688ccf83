"""What has to be there before an item's material is made: its files on this machine, and the post it continues."""

import logging

from bot.domain.content import Media
from bot.domain.errors import Conflict
from bot.domain.items import QueuedItem
from bot.domain.typed import is_web_address
from bot.services.deps import Deps
from platforms.base import Connector
from platforms.errors import ContentRefused, MediaRefused, PlatformError, Unavailable
from storage.media import rows

_log = logging.getLogger(__name__)

_NO_PLACE = "The link given for the part before this one does not say which post that is. Post this part by hand."


async def bring_files(deps: Deps, item: QueuedItem) -> None:
    """Have the item's files lie on this machine.

    Raises MediaRefused when one was deleted; Unavailable when the store, or this machine's disk, does not do it now.
    """
    for media, _ in item.media:
        try:
            await deps.media.fetch(media.sha256)
        except FileNotFoundError as error:
            raise await _absent(deps, item, media) from error
        except (Conflict, OSError) as error:
            cause = type(error.__cause__ or error).__name__
            _log.warning("files not brought", extra={"item_id": item.id, "platform": item.platform, "cause": cause})
            safe = f"Herald's media store does not give out {media.file_name} at present. Herald tries again."
            raise Unavailable(safe, platform=item.platform, operation="files", code="media_store") from error


async def _absent(deps: Deps, item: QueuedItem, media: Media) -> PlatformError:
    """What to make of a file that is not there.

    What Herald did not delete should be: a folder that is not mounted, or a wrong bucket, has lost nothing.
    """
    async with deps.database.reading() as session:
        kept = await rows.stored(session, item.workspace_id, [media.id])
    if not kept:
        safe = f"{media.file_name} is no longer there. Add it again."
        return MediaRefused(safe, platform=item.platform, operation="files")
    _log.error("a file is not in the media store", extra={"item_id": item.id, "sha256": media.sha256})
    safe = f"{media.file_name} is not in Herald's media store, where it should be. Herald tries again."
    return Unavailable(safe, platform=item.platform, operation="files", code="media_store")


def has_its_place(connector: Connector, item: QueuedItem) -> None:
    """Raises ContentRefused for a part of a thread when of the part before only a link is known that tells nothing.

    Some networks pass over a parent they do not know: it would stand alone.
    """
    above = [one.platform_post_id for one in (item.parent, item.root) if one is not None]
    if connector.post_at is not None and any(map(is_web_address, above)):
        raise ContentRefused(_NO_PLACE, platform=item.platform, operation="parent")
