"""Telegram's case for the contract."""

from dataclasses import replace
from pathlib import Path

from bot.domain.accounts import Secret, Tokens
from bot.domain.content import MediaKind, Reference
from platforms.base import AccountNumbers, CannotTell, Connection, Endpoints, Identity, Prepared
from platforms.telegram import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, Limit, Looking, Scenario
from tests.platforms.telegram.material import (
    ACCOUNT_METRICS,
    ALBUM,
    API,
    AT,
    CHAT,
    CONNECTED,
    DELETE,
    DRAFT,
    FILM,
    GET_CHAT,
    GET_ME,
    IMAGE,
    JSON,
    KEY,
    LIVE,
    LOGIN,
    MEMBER,
    MESSAGE,
    NOWHERE,
    PHOTO,
    POLL,
    SEND,
    TOKEN,
    attachment,
    call,
    refused,
)

CHAT_ID = "-1001234567890"
IDENTITY = Identity(
    platform_account_id=CHAT_ID,
    handle="junipercoffee",
    display_name="Juniper Coffee",
    service_url=API,
    limits={"own_server": False},
)


def uploading(kind: MediaKind, method: str) -> Scenario:
    """A post of one file."""
    post_type = "telegram-" + method.removeprefix("send").lower()
    return Scenario(
        name=method,
        draft=replace(DRAFT, post_type=post_type, attachments=(attachment(kind),)),
        prepare=(GET_CHAT,),
        publish=(call(method, result=MESSAGE),),
        published=LIVE,
    )


CASE = ConnectorCase(
    connector=CONNECTOR,
    connected=CONNECTED,
    endpoints=NOWHERE,
    key=KEY,
    folder=Path(__file__).parents[3] / "platforms/telegram",
    refusals={
        401: b'{"ok":false,"error_code":401,"description":"Unauthorized"}',
        403: b'{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the channel chat"}',
        429: b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}',
    },
    scenarios=(
        Scenario(name="text", draft=DRAFT, prepare=(GET_CHAT,), publish=(replace(SEND, headers=JSON),), published=LIVE),
        Scenario(
            name="everything a text can have",
            draft=replace(
                DRAFT,
                text="<b>Good</b> morning &amp; all\n",
                link="https://juniper.example/tree",
                options={"format": "html", "silent": "true", "protect": "true", "topic": "5", "preview": "large"},
                part=1,
                parent=Reference(platform_post_id="16"),
                root=Reference(platform_post_id="15"),
            ),
            prepare=(GET_CHAT,),
            publish=(
                call(
                    "sendMessage",
                    {
                        "chat_id": CHAT_ID,
                        "text": "<b>Good</b> morning &amp; all",
                        "parse_mode": "HTML",
                        "disable_notification": True,
                        "protect_content": True,
                        "message_thread_id": 5,
                        "reply_parameters": {"message_id": 16, "allow_sending_without_reply": True},
                        "link_preview_options": {
                            "url": "https://juniper.example/tree",
                            "prefer_large_media": True,
                        },
                    },
                    MESSAGE,
                ),
            ),
            published=LIVE,
        ),
        Scenario(
            name="a group that became a supergroup, and is private",
            draft=replace(DRAFT, options={"preview": "none"}),
            prepare=(
                refused(
                    GET_CHAT,
                    400,
                    "Bad Request: group chat was upgraded to a supergroup chat",
                    migrate_to_chat_id=-1009876543210,
                ),
                call(
                    "getChat",
                    {"chat_id": "-1009876543210"},
                    {"id": -1009876543210, "type": "supergroup", "title": "Friends"},
                ),
            ),
            publish=(
                call(
                    "sendMessage",
                    {
                        "chat_id": "-1009876543210",
                        "text": "Good morning",
                        "link_preview_options": {"is_disabled": True},
                    },
                    {**MESSAGE, "chat": {"id": -1009876543210, "type": "supergroup"}},
                ),
            ),
            published=replace(
                LIVE,
                permalink="https://t.me/c/9876543210/17",
                extra={"chat_id": "-1009876543210", "message_ids": ["17"]},
            ),
        ),
        Scenario(
            name="a plain group, whose messages have no address",
            draft=DRAFT,
            prepare=(GET_CHAT,),
            publish=(replace(SEND, answer={"ok": True, "result": {**MESSAGE, "chat": {"id": -5, "type": "group"}}}),),
            published=replace(LIVE, permalink=None, extra={"chat_id": "-5", "message_ids": ["17"]}),
        ),
        uploading(MediaKind.IMAGE, "sendPhoto"),
        uploading(MediaKind.VIDEO, "sendVideo"),
        uploading(MediaKind.GIF, "sendAnimation"),
        uploading(MediaKind.AUDIO, "sendAudio"),
        uploading(MediaKind.DOCUMENT, "sendDocument"),
        Scenario(
            name="album",
            draft=ALBUM,
            prepare=(GET_CHAT,),
            publish=(call("sendMediaGroup", result=[MESSAGE, {**MESSAGE, "message_id": 18}]),),
            published=replace(LIVE, extra={"chat_id": CHAT_ID, "message_ids": ["17", "18"]}),
        ),
        Scenario(
            name="poll",
            draft=replace(POLL, options={"poll": "Yes | No", "poll_multiple": "true", "poll_open_s": "600"}),
            prepare=(GET_CHAT,),
            publish=(
                call(
                    "sendPoll",
                    {
                        "chat_id": CHAT_ID,
                        "question": "Tea?",
                        "options": [{"text": "Yes"}, {"text": "No"}],
                        "allows_multiple_answers": True,
                        "open_period": 600,
                    },
                    MESSAGE,
                ),
            ),
            published=LIVE,
        ),
    ),
    looking=(Looking(name="nobody can", steps=(), concludes=CannotTell, prepared=Prepared(data={})),),
    limits=(
        Limit(name="text", fits=replace(DRAFT, text="ü" * 4096), over=replace(DRAFT, text="ü" * 4097)),
        Limit(
            name="emoji count two", fits=replace(DRAFT, text="🌲" * 2048), over=replace(DRAFT, text="🌲" * 2048 + "a")
        ),
        Limit(
            name="tags do not count",
            fits=replace(DRAFT, text=f"<b>{'x' * 4095}&amp;</b>", options={"format": "html"}),
            over=replace(DRAFT, text=f"<b>{'x' * 4096}&amp;</b>", options={"format": "html"}),
        ),
        Limit(name="caption", fits=replace(PHOTO, text="x" * 1024), over=replace(PHOTO, text="x" * 1025)),
        Limit(name="question", fits=replace(POLL, text="x" * 300), over=replace(POLL, text="x" * 301)),
        Limit(
            name="choices",
            fits=replace(POLL, options={"poll": "|".join(map(str, range(12)))}),
            over=replace(POLL, options={"poll": "|".join(map(str, range(13)))}),
        ),
        Limit(
            name="a choice",
            fits=replace(POLL, options={"poll": "a|" + "x" * 100}),
            over=replace(POLL, options={"poll": "a|" + "x" * 101}),
        ),
        Limit(
            name="longest poll",
            fits=replace(POLL, options={"poll": "a|b", "poll_open_s": "2628000"}),
            over=replace(POLL, options={"poll": "a|b", "poll_open_s": "2628001"}),
        ),
        Limit(
            name="shortest poll",
            fits=replace(POLL, options={"poll": "a|b", "poll_open_s": "5"}),
            over=replace(POLL, options={"poll": "a|b", "poll_open_s": "4"}),
        ),
        Limit(
            name="bytes of a photo",
            fits=replace(PHOTO, attachments=(attachment(size_bytes=10_000_000),)),
            over=replace(PHOTO, attachments=(attachment(size_bytes=10_000_001),)),
        ),
        Limit(
            name="sides of a photo",
            fits=replace(PHOTO, attachments=(attachment(width_px=5000, height_px=5000),)),
            over=replace(PHOTO, attachments=(attachment(width_px=5000, height_px=5001),)),
        ),
        Limit(
            name="shape of a photo",
            fits=replace(PHOTO, attachments=(attachment(width_px=2000, height_px=100),)),
            over=replace(PHOTO, attachments=(attachment(width_px=2020, height_px=100),)),
        ),
        Limit(
            name="bytes of a file",
            fits=replace(DRAFT, attachments=(attachment(MediaKind.VIDEO, size_bytes=50_000_000),)),
            over=replace(DRAFT, attachments=(attachment(MediaKind.VIDEO, size_bytes=50_000_001),)),
        ),
        Limit(
            name="files of an album",
            fits=replace(ALBUM, attachments=(IMAGE,) * 10),
            over=replace(ALBUM, attachments=(IMAGE,) * 11),
        ),
        Limit(
            name="what goes together",
            fits=replace(ALBUM, attachments=(IMAGE, FILM)),
            over=replace(ALBUM, attachments=(IMAGE, attachment(MediaKind.DOCUMENT))),
        ),
        Limit(
            name="GIFs of an album",
            fits=replace(ALBUM, attachments=(IMAGE, IMAGE)),
            over=replace(ALBUM, attachments=(IMAGE, attachment(MediaKind.GIF))),
        ),
    ),
    calls=(
        Call(
            name="identify",
            call=lambda wire: CONNECTOR.identify(wire, CONNECTED),
            steps=(GET_ME, GET_CHAT, MEMBER),
            gives=IDENTITY,
        ),
        Call(
            name="login",
            call=lambda wire: LOGIN(wire, Endpoints(api=API), {"chat": "t.me/junipercoffee", "token": Secret(TOKEN)}),
            steps=(GET_ME, call("getChat", {"chat_id": "@junipercoffee"}, CHAT), MEMBER),
            gives=Connection(identity=IDENTITY, tokens=Tokens(access=Secret(TOKEN))),
        ),
        Call(
            name="account metrics",
            call=lambda wire: ACCOUNT_METRICS(wire, NOWHERE, CONNECTED),
            steps=(GET_CHAT, call("getChatMemberCount", {"chat_id": CHAT_ID}, 1234)),
            gives=AccountNumbers(followers=1234, raw={"member_count": 1234}),
        ),
        Call(
            name="delete",
            call=lambda wire: DELETE(wire, CONNECTED, "17", {"chat_id": CHAT_ID, "message_ids": ["17"]}),
            steps=(call("deleteMessage", {"chat_id": CHAT_ID, "message_id": 17}, result=True),),
            gives=None,
        ),
        Call(
            name="delete an album",
            call=lambda wire: DELETE(wire, CONNECTED, "17", {"chat_id": "-7", "message_ids": ["17", "18"]}),
            steps=(call("deleteMessages", {"chat_id": "-7", "message_ids": [17, 18]}, result=True),),
            gives=None,
        ),
        Call(
            name="delete what is gone",
            call=lambda wire: DELETE(wire, CONNECTED, "17", {}),
            steps=(
                refused(
                    call("deleteMessage", {"chat_id": CHAT_ID, "message_id": 17}),
                    400,
                    "Bad Request: message to delete not found",
                ),
            ),
            gives=None,
        ),
    ),
    since=AT,
)
