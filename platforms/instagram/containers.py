"""Everything before the creating call: containers, which Instagram fills by fetching the files, and waits for.

Nobody sees a container; it is good for 24 hours and for one post. A carousel has one for each file and one around them.
Sources: developers.facebook.com/docs/instagram-platform/content-publishing and
/instagram-graph-api/reference/ig-container, read 2026-11-21.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft, MediaKind
from platforms.answers import identifier, object_of, text, texts
from platforms.base import Endpoints, JsonObject, Key, Prepared, Request, Wire
from platforms.errors import ContentRefused, MediaRefused, PlatformError, RateLimited, Refused, Unavailable
from platforms.instagram.kinds import CAROUSEL, COMMENT, REEL, SENT, STORY
from platforms.instagram.spec import ERRORS, NOT_FETCHED, POSTS, SPEC
from platforms.meta import GONE, graph, whole

IMAGE_AGAIN_S, FILM_AGAIN_S = 2.0, 5.0
"""Instagram advises once a minute; it allows 4,800 calls and more a day for each account."""
FETCH_AGAIN_S = 15.0
_FORGOTTEN = frozenset({GONE, "803", "/2207006"})
_SUBCODE = re.compile(r"\b(2207[0-9]{3})\b")


class Status(StrEnum):
    """How far a container is, in Instagram's words."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    """It may be published."""
    PUBLISHED = "PUBLISHED"
    EXPIRED = "EXPIRED"
    """It was not published within 24 hours."""
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container as Instagram shows it; `said` explains an ERROR."""

    status: Status | None
    said: str = ""


async def status_of(wire: Wire, connected: Connected, container: str) -> Container:
    """How far a container is. Raises PlatformError."""
    request = Request(
        operation="GET /{container}",
        method="GET",
        url=graph(connected, container),
        query=(("fields", "status_code,status"),),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    shown = object_of(answer)
    said = text(shown, "status_code")
    if said is None:
        raise Unavailable(
            "Instagram does not say how far the post is.",
            platform="instagram",
            operation=request.operation,
            status=answer.status,
        )
    known = Status(said) if said in set(Status) else None
    return Container(status=known, said=text(shown, "status") or "")


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: the container is the key
    earlier: Prepared | None,
) -> Prepared:
    """Make the containers, ask how far they are, and freeze the post. A comment needs no call. Raises PlatformError."""
    data: JsonObject = {"kind": draft.post_type, "text": draft.text}
    if draft.post_type == COMMENT:
        parent = draft.parent.platform_post_id if draft.parent is not None else ""
        return Prepared(data={**data, "parent": parent})
    anew = earlier is not None and earlier.wait_s is None
    work = _Work(wire=wire, connected=connected, draft=draft, is_anew=anew)
    known: JsonObject = earlier.data if earlier is not None else data
    try:
        return await work.go_on(known)
    except MediaRefused as refused:
        if refused.code not in NOT_FETCHED or whole(known, "fetches"):
            raise
        return Prepared(data={**data, "fetches": 1}, wait_s=FETCH_AGAIN_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    wire: Wire
    connected: Connected
    draft: Draft
    is_anew: bool
    """Whether what is known was ready once, and somebody wants it again."""

    async def go_on(self, known: JsonObject) -> Prepared:
        """From what is known as far as it goes without waiting."""
        container = text(known, "container")
        if container is not None:
            return await self._with_container(known, container)
        if self.draft.post_type == CAROUSEL:
            known = await self._with_children(known)
            children = texts(known.get("children"))
            for child, file in zip(children, self.draft.attachments, strict=True):
                if not await self._is_ready(child, file):
                    return self._again(known)
            around = {"media_type": "CAROUSEL", "children": ",".join(children), **_shared(self.draft)}
            container = await self._make(around, None)
        else:
            file = self.draft.attachments[0]
            container = await self._make(_single(self.draft, file), file)
        return await self._with_container({**known, "container": container}, container)

    async def _with_children(self, known: JsonObject) -> JsonObject:
        if len(texts(known.get("children"))) == len(self.draft.attachments):
            return known
        return {**known, "children": [await self._make(_child(file), file) for file in self.draft.attachments]}

    async def _with_container(self, known: JsonObject, container: str) -> Prepared:
        shown = await self._shown(container)
        if shown.status is Status.EXPIRED or (shown.status is Status.ERROR and self.is_anew):
            fresh = replace(self, is_anew=False)
            return await fresh.go_on({name: known[name] for name in ("kind", "text") if name in known})
        if shown.status is Status.PUBLISHED:  # nothing is made anew for what may be out: `find` looks for it
            return Prepared(data=known)
        if not self._finished(shown, self.draft.attachments[0] if len(self.draft.attachments) == 1 else None):
            return self._again(known)
        await self._check_quota()
        return Prepared(data=known)

    async def _shown(self, container: str) -> Container:
        """How far it is; one of before that Instagram does not know any more is over."""
        try:
            return await status_of(self.wire, self.connected, container)
        except ContentRefused as refused:
            if not self.is_anew or refused.code not in _FORGOTTEN:
                raise
            return Container(status=Status.EXPIRED)

    async def _is_ready(self, container: str, file: Attachment) -> bool:
        return self._finished(await status_of(self.wire, self.connected, container), file)

    def _finished(self, shown: Container, file: Attachment | None) -> bool:
        """Whether it may be published. Raises MediaRefused, and others, for one that never will."""
        if shown.status is Status.ERROR:
            raise _of_container(shown.said, file)
        return shown.status in {Status.FINISHED, Status.PUBLISHED}

    def _again(self, data: JsonObject) -> Prepared:
        film = any(file.media.kind is MediaKind.VIDEO for file in self.draft.attachments)
        return Prepared(data=data, wait_s=FILM_AGAIN_S if film else IMAGE_AGAIN_S)

    async def _make(self, fields: dict[str, str], file: Attachment | None) -> str:
        account = self.connected.account.platform_account_id
        request = Request(
            operation="POST /{account}/media",
            method="POST",
            url=graph(self.connected, f"{account}/media"),
            form=tuple(fields.items()),
            bearer=self.connected.tokens.access,
            timeout_s=60.0,
        )
        try:
            answer = await self.wire.prepare(request)
        except MediaRefused as refused:
            raise _about(refused, file) from refused
        made = identifier(object_of(answer))
        if made is None:
            raise Unavailable(
                "Instagram gave an answer that cannot be read.",
                platform="instagram",
                operation=request.operation,
                status=answer.status,
            )
        return made

    async def _check_quota(self) -> None:
        """Ask how many posts of the day are left. Raises RateLimited when there are none."""
        account = self.connected.account.platform_account_id
        request = Request(
            operation="GET /{account}/content_publishing_limit",
            method="GET",
            url=graph(self.connected, f"{account}/content_publishing_limit"),
            query=(("fields", "quota_usage,config"),),
            bearer=self.connected.tokens.access,
        )
        try:
            await self.wire.read(request)
        except Refused:
            return
        left = self.wire.allowances.get(POSTS.name)
        if left is not None and left.remaining == 0:
            raise RateLimited(
                f"Instagram takes no more posts from this account today ({left.limit} in 24 hours).",
                platform=SPEC.name,
                operation=request.operation,
            )


def _single(draft: Draft, file: Attachment) -> dict[str, str]:
    fields = _file(file)
    if draft.post_type == STORY:
        return {"media_type": "STORIES", **fields}
    fields |= _shared(draft)
    return {"media_type": "REELS", **fields} if draft.post_type == REEL else fields | _described(file)


def _child(file: Attachment) -> dict[str, str]:
    kind = {"media_type": "VIDEO"} if file.media.kind is MediaKind.VIDEO else _described(file)
    return {"is_carousel_item": "true", **_file(file), **kind}


def _file(file: Attachment) -> dict[str, str]:
    name = "video_url" if file.media.kind is MediaKind.VIDEO else "image_url"
    return {name: file.url or ""}


def _described(file: Attachment) -> dict[str, str]:
    return {"alt_text": file.alt_text} if file.alt_text else {}


def _shared(draft: Draft) -> dict[str, str]:
    caption = {"caption": draft.text} if draft.text else {}
    return caption | {name: draft.options[name] for name in SENT if name in draft.options}


def _of_container(said: str, file: Attachment | None) -> PlatformError:
    """What an ERROR means: its sentence names a subcode."""
    found = _SUBCODE.search(said)
    code = f"/{found[1]}" if found else None
    rules = [one for one in ERRORS if code is not None and one.code == code and issubclass(one.raises, Refused)]
    safe = rules[0].safe if rules else "Instagram could not use the file."
    words = f" It says: “{said.rstrip('. ')}”" if said else ""
    return _about(MediaRefused(f"{safe}{words}", platform="instagram", operation="GET /{container}", code=code), file)


def _about(refused: MediaRefused, file: Attachment | None) -> MediaRefused:
    """The same, naming the file."""
    if file is None:
        return refused
    return MediaRefused(
        f"{file.media.file_name}: {refused.safe}",
        platform=refused.platform,
        operation=refused.operation,
        status=refused.status,
        code=refused.code,
        request_id=refused.request_id,
    )
