"""The contract of all connectors, with requests and answers of Discord's webhooks."""

import json
from dataclasses import replace
from pathlib import Path

from bot.domain.accounts import Secret, Tokens
from bot.domain.content import Attachment, Draft, Reference
from platforms.base import CannotTell, Connection, Identity, PostNumbers, Published
from platforms.discord import CONNECTOR
from tests.platforms.contract import Call, ConnectorCase, ContractTests, Limit, Looking, Scenario
from tests.platforms.discord.material import AT, BASE, CONNECTED, DRAFT, IMAGE, KEY, NOWHERE, PDF, TOKEN, WEBHOOK
from tests.platforms.stage import NotingWire, Script, Step

MESSAGE = {"id": "990", "type": 0, "channel_id": "88", "webhook_id": "1203", "content": "Good morning"}
LIVE = Published(platform_post_id="990", permalink=f"{BASE}/channels/77/88/990")
QUIET = b'"allowed_mentions":{"parse":[]}'
CREATE = Step(
    method="POST",
    url=WEBHOOK,
    query={"wait": "true"},
    headers={"content-type": "application/json"},
    content=b'{"content":"Good morning",' + QUIET + b"}",
    answer=MESSAGE,
    answer_headers={
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "4",
        "X-RateLimit-Reset": "1795000000.123",
        "X-RateLimit-Reset-After": "1.250",
    },
)
WHO = Step(
    method="GET",
    url=WEBHOOK,
    query={},
    content=b"",
    answer={"id": "1203", "type": 1, "name": "Herald", "channel_id": "88", "guild_id": "77", "token": TOKEN},
)
IDENTITY = Identity(
    platform_account_id="1203",
    handle="Herald",
    display_name="Herald",
    service_url=BASE,
    limits={"guild_id": "77", "channel_id": "88"},
)


def scenario(name: str, draft: Draft, content: bytes, published: Published = LIVE, **more: object) -> Scenario:
    """A message with this body."""
    step = replace(CREATE, content=content, **more)  # pyright: ignore[reportArgumentType]  # fields of Step
    return Scenario(name=name, draft=draft, publish=(step,), published=published)


def options(**given: str) -> Draft:
    """A message with these settings."""
    return replace(DRAFT, options=given)


def files(*attachments: Attachment) -> Draft:
    """A message with these files."""
    return replace(DRAFT, attachments=attachments)


def sized(size_bytes: int) -> Attachment:
    """A picture that says it has so many bytes."""
    return replace(IMAGE, media=replace(IMAGE.media, size_bytes=size_bytes))


async def _none(*_: object) -> None:
    """What the connector lacks."""
    raise AssertionError


class TestDiscord(ContractTests):
    """Discord keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=NOWHERE,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/discord",
        refusals={
            401: b'{"message":"Invalid Webhook Token","code":50027}',
            403: b'{"message":"Missing Permissions","code":50013}',
            429: b'{"message":"You are being rate limited.","retry_after":0.65,"global":false}',
        },
        scenarios=(
            Scenario(name="text", draft=DRAFT, publish=(CREATE,), published=LIVE),
            Scenario(
                name="two files, one described and all hidden",
                draft=replace(files(IMAGE, PDF), options={"spoiler": "true"}),
                publish=(replace(CREATE, headers={}, content=None),),
                published=LIVE,
            ),
            scenario(
                "under another name, silent and without previews",
                options(username="Juniper", avatar_url="https://a.test/b.png", silent="true", previews="false"),
                b'{"content":"Good morning",' + QUIET + b',"flags":4100,"username":"Juniper",'
                b'"avatar_url":"https://a.test/b.png"}',
            ),
            scenario(
                "a box, with all told that are named",
                options(
                    embed_title="Menu",
                    embed_text="Tea",
                    embed_url="https://a.test",
                    embed_color="#3366cc",
                    mentions="everyone",
                ),
                b'{"content":"Good morning","allowed_mentions":{"parse":["everyone","roles","users"]},'
                b'"embeds":[{"title":"Menu","description":"Tea","url":"https://a.test","color":3368652}]}',
            ),
            scenario(
                "a poll",
                options(poll="tea | coffee", poll_hours="48", poll_multiple="true"),
                b"{" + QUIET + b',"poll":{"question":{"text":"Good morning"},"answers":[{"poll_media":{"text":"tea"}},'
                b'{"poll_media":{"text":"coffee"}}],"duration":48,"allow_multiselect":true}}',
            ),
            scenario(
                "into a thread",
                options(thread="66"),
                b'{"content":"Good morning",' + QUIET + b"}",
                Published(platform_post_id="990", permalink=f"{BASE}/channels/77/66/990", extra={"thread": "66"}),
                query={"wait": "true", "thread_id": "66"},
                answer={**MESSAGE, "channel_id": "66"},
            ),
            scenario(
                "a forum's post",
                options(forum_title="New beans", forum_tags="1, 2"),
                b'{"content":"Good morning",' + QUIET + b',"thread_name":"New beans","applied_tags":["1","2"]}',
                Published(platform_post_id="990", permalink=f"{BASE}/channels/77/55/990", extra={"thread": "55"}),
                answer={**MESSAGE, "channel_id": "55"},
            ),
            scenario(
                "what continues a forum's post",
                replace(DRAFT, part=1, parent=Reference(platform_post_id="989", extra={"thread": "55"})),
                b'{"content":"Good morning",' + QUIET + b"}",
                Published(platform_post_id="990", permalink=f"{BASE}/channels/77/55/990", extra={"thread": "55"}),
                query={"wait": "true", "thread_id": "55"},
                answer={**MESSAGE, "channel_id": "55"},
            ),
        ),
        looking=(Looking(name="nothing can be known", steps=(), concludes=CannotTell),),
        limits=(
            Limit(name="text", fits=replace(DRAFT, text="🎈" * 2000), over=replace(DRAFT, text="x" * 2001)),
            Limit(name="files", fits=files(*[IMAGE] * 10), over=files(*[IMAGE] * 11)),
            Limit(name="a file's bytes", fits=files(sized(10_485_760)), over=files(sized(10_485_761))),
            Limit(
                name="all files' bytes",
                fits=files(*[sized(8_716_288)] * 2, sized(8_716_288)),
                over=files(*[sized(8_716_289)] * 3),
            ),
            Limit(
                name="description",
                fits=files(replace(IMAGE, alt_text="x" * 1024)),
                over=files(replace(IMAGE, alt_text="x" * 1025)),
            ),
            Limit(name="a name", fits=options(username="x" * 80), over=options(username="x" * 81)),
            Limit(name="a forum's title", fits=options(forum_title="x" * 100), over=options(forum_title="x" * 101)),
            Limit(name="a box's title", fits=options(embed_title="x" * 256), over=options(embed_title="x" * 257)),
            Limit(name="a box's text", fits=options(embed_text="x" * 4096), over=options(embed_text="x" * 4097)),
            Limit(
                name="choices",
                fits=options(poll="|".join("abcdefghij")),
                over=options(poll="|".join("abcdefghijk")),
            ),
            Limit(name="a choice", fits=options(poll="a|" + "x" * 55), over=options(poll="a|" + "x" * 56)),
            Limit(
                name="a question",
                fits=replace(options(poll="a|b"), text="x" * 300),
                over=replace(options(poll="a|b"), text="x" * 301),
            ),
            Limit(
                name="a poll's hours",
                fits=options(poll="a|b", poll_hours="768"),
                over=options(poll="a|b", poll_hours="769"),
            ),
            Limit(name="a poll alone", fits=options(poll="a|b"), over=replace(files(IMAGE), options={"poll": "a|b"})),
        ),
        calls=(
            Call(
                name="login",
                call=lambda wire: (CONNECTOR.login or _none)(
                    wire,
                    NOWHERE,
                    {"webhook": Secret(f"https://canary.discord.com/api/webhooks/1203/{TOKEN}?thread_id=5")},
                ),
                steps=(WHO,),
                gives=Connection(identity=IDENTITY, tokens=Tokens(access=Secret(TOKEN))),
            ),
            Call(name="identify", call=lambda wire: CONNECTOR.identify(wire, CONNECTED), steps=(WHO,), gives=IDENTITY),
            Call(
                name="metrics",
                call=lambda wire: (CONNECTOR.metrics or _none)(wire, NOWHERE, CONNECTED, ("990", "991")),
                steps=(
                    Step(
                        method="GET",
                        url=f"{WEBHOOK}/messages/990",
                        answer={
                            **MESSAGE,
                            "reactions": [{"emoji": {"name": "👍"}, "count": 3}, {"emoji": {"name": "🔥"}, "count": 2}],
                        },
                    ),
                    Step(
                        method="GET",
                        url=f"{WEBHOOK}/messages/991",
                        status=404,
                        answer={"message": "Unknown Message", "code": 10008},
                    ),
                ),
                gives=(
                    PostNumbers(
                        platform_post_id="990",
                        likes=5,
                        raw={
                            "reactions": [{"emoji": {"name": "👍"}, "count": 3}, {"emoji": {"name": "🔥"}, "count": 2}]
                        },
                    ),
                ),
            ),
            Call(
                name="delete",
                call=lambda wire: (CONNECTOR.delete or _none)(wire, CONNECTED, "990", {"thread": "55"}),
                steps=(
                    Step(
                        method="DELETE",
                        url=f"{WEBHOOK}/messages/990",
                        query={"thread_id": "55"},
                        content=b"",
                        status=204,
                    ),
                ),
                gives=None,
            ),
            Call(
                name="delete what is gone",
                call=lambda wire: (CONNECTOR.delete or _none)(wire, CONNECTED, "990", {}),
                steps=(
                    Step(
                        method="DELETE",
                        url=f"{WEBHOOK}/messages/990",
                        query={},
                        status=404,
                        answer={"message": "Unknown Message", "code": 10008},
                    ),
                ),
                gives=None,
            ),
        ),
        since=AT,
    )


async def test_files_go_inside_the_creating_call_under_names_that_tell_nothing() -> None:
    draft = replace(files(IMAGE, PDF), options={"spoiler": "true"})
    script = Script((replace(CREATE, headers={}, content=None),), refusals={})
    wire = NotingWire(CONNECTOR.spec, script, {})
    prepared = await CONNECTOR.prepare(wire, NOWHERE, CONNECTED, draft, KEY, None)
    await CONNECTOR.publish(wire, CONNECTED, prepared, KEY)

    [request] = script.requests
    assert b"tree of mine" not in request.content
    assert request.content.count(b"a file") == 2
    assert b'name="files[0]"; filename="SPOILER_file1.png"' in request.content
    assert b'name="files[1]"; filename="SPOILER_file2.pdf"' in request.content
    packed = request.content.partition(b'name="payload_json"\r\n\r\n')[2].partition(b"\r\n--")[0]
    assert json.loads(packed) == {
        "content": "Good morning",
        "allowed_mentions": {"parse": []},
        "attachments": [
            {"id": 0, "filename": "SPOILER_file1.png", "description": "a tree"},
            {"id": 1, "filename": "SPOILER_file2.pdf"},
        ],
    }
