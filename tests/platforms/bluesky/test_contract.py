"""Bluesky held to the contract of all connectors."""

import json
from dataclasses import replace
from pathlib import Path

import platforms.bluesky
from bot.domain.accounts import Secret, Tokens
from platforms.base import Absent, AccountNumbers, CannotTell, Connection, Identity, Page, PostNumbers, Published
from platforms.bluesky import CONNECTOR, account_metrics, delete, login, metrics, refresh, revoke
from tests.platforms.bluesky.fake import ENDPOINTS, jwt, session
from tests.platforms.bluesky.world import DID, DUE, SERVER, connected, draft, film, new_key, png, reference
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

RKEY = "3n3lv27aouwlo"
URI = f"at://{DID}/app.bsky.feed.post/{RKEY}"
PUBLISHED = Published(
    platform_post_id=URI,
    permalink=f"https://bsky.app/profile/{DID}/post/{RKEY}",
    extra={"uri": URI, "cid": "bafyrecord"},
)
TOKENS = Tokens(
    access=Secret("s3cret-access"),
    refresh=Secret("s3cret-refresh"),
    extra={"app_password": Secret("s3cret-app-password")},
)
OURS = connected(tokens=TOKENS)
ACCESS = {"authorization": "Bearer s3cret-access"}
REFRESH = {"authorization": "Bearer s3cret-refresh"}
LINK = "https://juniper.example/winter"
BLOB = {"$type": "blob", "ref": {"$link": "bafyblob"}, "mimeType": "image/png", "size": 74}
IDENTITY = Identity(
    platform_account_id=DID, handle="juniper.example", display_name="juniper.example", service_url=SERVER
)


def _xrpc(method: str) -> str:
    return f"{SERVER}/xrpc/{method}"


def _record(**fields: object) -> dict[str, object]:
    return {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-12-01T09:00:00.250Z", **fields}


def _put(record: dict[str, object]) -> Step:
    body = {"repo": DID, "collection": "app.bsky.feed.post", "rkey": RKEY, "record": record, "swapRecord": None}
    return Step(
        method="POST",
        url=_xrpc("com.atproto.repo.putRecord"),
        headers=ACCESS,
        json=body,
        answer={"uri": URI, "cid": "bafyrecord", "validationStatus": "valid"},
    )


def _get(status: int, answer: object) -> Step:
    query = {"repo": DID, "collection": "app.bsky.feed.post", "rkey": RKEY}
    return Step(method="GET", url=_xrpc("com.atproto.repo.getRecord"), query=query, status=status, answer=answer)


def _error(name: str) -> bytes:
    return json.dumps({"error": name, "message": "No."}).encode()


def _renewed(new: dict[str, object]) -> Tokens:
    return Tokens(
        access=Secret(str(new["accessJwt"])),
        refresh=Secret(str(new["refreshJwt"])),
        extra=TOKENS.extra,
    )


NEW = session(accessJwt=jwt(sub="new"), refreshJwt=jwt(sub="newer"))
REPLY = {"uri": URI, "cid": "bafyrecord"}
CARD = {"uri": LINK, "title": "Winter", "description": "", "thumb": BLOB}
TEXT = Scenario(name="text", draft=draft("Hello"), publish=(_put(_record()),), published=PUBLISHED)
THREAD = Scenario(
    name="reply",
    draft=draft("Hello", parent=reference(PUBLISHED), root=reference(PUBLISHED)),
    publish=(_put(_record(reply={"root": REPLY, "parent": REPLY})),),
    published=PUBLISHED,
)
WITH_CARD = Scenario(
    name="link card",
    draft=draft("Hello", link=LINK, options={"langs": "en"}),
    pages={LINK: Page(url=LINK, title="Winter", description="", image=png(), image_mime_type="image/png")},
    prepare=(
        Step(
            method="POST",
            url=_xrpc("com.atproto.repo.uploadBlob"),
            headers={**ACCESS, "content-type": "image/png"},
            content=png(),
            answer={"blob": BLOB},
            optional=True,
        ),
    ),
    publish=(_put(_record(langs=["en"], embed={"$type": "app.bsky.embed.external", "external": CARD})),),
    published=PUBLISHED,
)
VIDEO = "https://video.bsky.app/xrpc/app.bsky.video"
FILM = film(OWN_FILES, "herald-contract.mp4", alt="A cup")
FILM_BLOB = {"$type": "blob", "ref": {"$link": "bafyfilm"}, "mimeType": "video/mp4", "size": 90}
JOB: dict[str, object] = {"jobId": "job-1", "did": DID, "state": "JOB_STATE_ENCODING", "progress": 40}


def _service_auth(answer: str, query: dict[str, str] | None = None) -> Step:
    """What the account's server signs for another; when it ends is not looked at."""
    url = _xrpc("com.atproto.server.getServiceAuth")

    return Step(method="GET", url=url, query=query, headers=ACCESS, answer={"token": answer})


def _job(status: dict[str, object]) -> Step:
    return Step(
        method="GET",
        url=f"{VIDEO}.getJobStatus",
        query={"jobId": "job-1"},
        answer={"jobStatus": status},
        foreign=True,
    )


WITH_FILM = Scenario(
    name="film",
    draft=draft("Hello", attachments=(FILM,)),
    prepare=(
        Step(method="GET", url=_xrpc("com.atproto.server.describeServer"), answer={"did": "did:web:pds.example"}),
        _service_auth(
            "for-the-limits",
            {"aud": "did:web:video.bsky.app", "lxm": "app.bsky.video.getUploadLimits"},
        ),
        Step(
            method="GET",
            url=f"{VIDEO}.getUploadLimits",
            headers={"authorization": "Bearer for-the-limits"},
            answer={"canUpload": True, "remainingDailyVideos": 25, "remainingDailyBytes": 10_000_000},
            foreign=True,
        ),
        _service_auth("for-the-film"),
        Step(
            method="POST",
            url=f"{VIDEO}.uploadVideo",
            query={"did": DID, "name": f"{FILM.media.sha256[:32]}.mp4"},
            headers={"authorization": "Bearer for-the-film", "content-type": "video/mp4"},
            content=FILM.path.read_bytes(),
            answer={**JOB, "state": "JOB_STATE_CREATED"},
            foreign=True,
        ),
        _job(JOB),
        _job({**JOB, "state": "JOB_STATE_COMPLETED", "blob": FILM_BLOB}),
    ),
    publish=(
        _put(
            _record(
                embed={
                    "$type": "app.bsky.embed.video",
                    "video": FILM_BLOB,
                    "alt": "A cup",
                    "aspectRatio": {"width": 360, "height": 640},
                }
            )
        ),
    ),
    published=PUBLISHED,
)
_OTHER = {"uri": URI, "cid": "bafyother", "value": _record(text="Other")}


class TestBluesky(ContractTests):
    """Every promise, proved from these recorded answers."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=OURS,
        endpoints=ENDPOINTS,
        key=new_key("0" * 32),
        folder=Path(platforms.bluesky.__file__).parent,
        refusals={401: _error("AuthMissing"), 403: _error("Forbidden"), 429: _error("RateLimitExceeded")},
        scenarios=(TEXT, THREAD, WITH_CARD, WITH_FILM),
        looking=(
            Looking(
                name="there",
                steps=(_get(200, {"uri": URI, "cid": "bafyrecord", "value": _record()}),),
                concludes=PUBLISHED,
            ),
            Looking(
                name="not there",
                steps=(_get(400, {"error": "RecordNotFound", "message": "Could not locate record"}),),
                concludes=Absent,
            ),
            Looking(name="something else is there", steps=(_get(200, _OTHER),), concludes=CannotTell),
        ),
        limits=(
            Limit(name="graphemes", fits=draft("e\u0301" * 300), over=draft("e\u0301" * 301)),
            Limit(name="bytes", fits=draft("👩‍👩‍👧‍👦" * 120), over=draft("👩‍👩‍👧‍👦" * 120 + "x")),
            Limit(
                name="film's description",
                fits=draft(attachments=(replace(FILM, alt_text="x" * 1000),)),
                over=draft(attachments=(replace(FILM, alt_text="x" * 1001),)),
            ),
            Limit(name="films", fits=draft(attachments=(FILM,)), over=draft(attachments=(FILM, FILM))),
            Limit(
                name="languages",
                fits=draft(options={"langs": "en,de,fr"}),
                over=draft(options={"langs": "en,de,fr,it"}),
            ),
        ),
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, OURS),
                steps=(
                    Step(
                        method="GET",
                        url=_xrpc("com.atproto.server.getSession"),
                        headers=ACCESS,
                        answer={"did": DID, "handle": "juniper.example", "active": True},
                    ),
                ),
                gives=IDENTITY,
            ),
            Call(
                name="login",
                call=lambda wire: login(
                    wire,
                    ENDPOINTS,
                    {"identifier": "j@m.example", "password": TOKENS.extra["app_password"], "service": SERVER},
                ),
                steps=(
                    Step(
                        method="POST",
                        url=_xrpc("com.atproto.server.createSession"),
                        json={"identifier": "j@m.example", "password": "s3cret-app-password"},
                        answer=NEW,
                    ),
                ),
                gives=Connection(identity=IDENTITY, tokens=_renewed(NEW)),
            ),
            Call(
                name="refresh",
                call=lambda wire: refresh(wire, ENDPOINTS, OURS),
                steps=(
                    Step(
                        method="POST",
                        url=_xrpc("com.atproto.server.refreshSession"),
                        headers=REFRESH,
                        content=b"",
                        answer=NEW,
                    ),
                ),
                gives=_renewed(NEW),
            ),
            Call(
                name="revoke",
                call=lambda wire: revoke(wire, ENDPOINTS, OURS),
                steps=(
                    Step(
                        method="POST",
                        url=_xrpc("com.atproto.server.deleteSession"),
                        headers=REFRESH,
                        content=b"",
                        optional=True,
                    ),
                ),
                gives=None,
            ),
            Call(
                name="metrics",
                call=lambda wire: metrics(wire, ENDPOINTS, OURS, (URI,)),
                steps=(
                    Step(
                        method="GET",
                        url="https://view.example/xrpc/app.bsky.feed.getPosts",
                        query={"uris": URI},
                        answer={"posts": [{"uri": URI, "likeCount": 3}]},
                    ),
                ),
                gives=(PostNumbers(platform_post_id=URI, likes=3, raw={"likeCount": 3}),),
            ),
            Call(
                name="account_metrics",
                call=lambda wire: account_metrics(wire, ENDPOINTS, OURS),
                steps=(
                    Step(
                        method="GET",
                        url="https://view.example/xrpc/app.bsky.actor.getProfile",
                        query={"actor": DID},
                        answer={"did": DID, "followersCount": 12, "followsCount": 0},
                    ),
                ),
                gives=AccountNumbers(followers=12, following=0, raw={"followersCount": 12, "followsCount": 0}),
            ),
            Call(
                name="delete",
                call=lambda wire: delete(wire, OURS, URI, {}),
                steps=(
                    Step(
                        method="POST",
                        url=_xrpc("com.atproto.repo.deleteRecord"),
                        headers=ACCESS,
                        json={"repo": DID, "collection": "app.bsky.feed.post", "rkey": RKEY},
                        answer={},
                    ),
                ),
                gives=None,
            ),
        ),
        since=DUE,
    )
