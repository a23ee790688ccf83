"""Pinterest's case for the contract."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from platforms.base import Absent, CannotTell, Prepared
from platforms.pinterest import CONNECTOR
from tests.platforms.contract import ConnectorCase, Looking, Scenario
from tests.platforms.pinterest.limits import CALLS, LIMITS
from tests.platforms.pinterest.material import (
    AT,
    BOARD,
    BOARD_STEP,
    BOARDS_STEP,
    CAROUSEL,
    CONNECTED,
    CREATE,
    DATA,
    DRAFT,
    IMAGE,
    KEY,
    LIVE,
    LOOK,
    MORE_BOARDS,
    NOWHERE,
    PIN,
    REGISTER,
    SECTIONS,
    UPLOAD,
    VIDEO,
    pin,
    showing,
)

CASE = ConnectorCase(
    connector=CONNECTOR,
    connected=CONNECTED,
    endpoints=NOWHERE,
    key=KEY,
    folder=Path(__file__).parents[3] / "platforms/pinterest",
    refusals={
        401: b'{"code":2,"message":"Authentication failed.","status":"failure"}',
        403: b'{"code":3,"message":"Your application consumer type is not supported."}',
        429: b'{"code":8,"message":"This request exceeded a rate limit."}',
    },
    scenarios=(
        Scenario(name="picture", draft=DRAFT, prepare=(BOARD_STEP,), publish=(CREATE,), published=LIVE),
        Scenario(
            name="picture with everything",
            draft=replace(
                DRAFT,
                attachments=(replace(IMAGE, alt_text="a tree"),),
                link="https://juniper.example/tree",
                options={"board": "summer recipes", "section": "Salads", "title": "Trees"},
            ),
            prepare=(BOARDS_STEP, MORE_BOARDS, SECTIONS),
            publish=(
                replace(
                    CREATE,
                    content=b'{"board_id":"549755885175","board_section_id":"5027630990032422748","title":"Trees",'
                    b'"description":"Good morning","link":"https://juniper.example/tree","alt_text":"a tree",'
                    b'"media_source":{"source_type":"image_base64","content_type":"image/png","data":"'
                    + DATA.encode()
                    + b'"}}',
                    status=200,
                ),
            ),
            published=LIVE,
        ),
        Scenario(
            name="carousel",
            draft=replace(CAROUSEL, attachments=(replace(IMAGE, alt_text="a tree"), replace(IMAGE, alt_text="two"))),
            prepare=(BOARD_STEP,),
            publish=(
                replace(
                    CREATE,
                    content=b'{"board_id":"549755885175","description":"Good morning","alt_text":"a tree\\ntwo",'
                    b'"media_source":{"source_type":"multiple_image_base64","items":['
                    + b",".join([b'{"content_type":"image/png","data":"%s"}' % DATA.encode()] * 2)
                    + b"]}}",
                ),
            ),
            published=LIVE,
        ),
        Scenario(
            name="video",
            draft=replace(VIDEO, options={**BOARD, "cover_at": "3"}),
            prepare=(BOARD_STEP, REGISTER, UPLOAD),
            publish=(
                replace(
                    CREATE,
                    content=b'{"board_id":"549755885175","description":"Good morning","media_source":'
                    b'{"source_type":"video_id","media_id":"12345","cover_image_key_frame_time":3}}',
                ),
            ),
            published=LIVE,
        ),
    ),
    looking=(
        Looking(name="there", steps=(LOOK,), concludes=LIVE),
        Looking(
            name="there on the second page",
            steps=(
                showing(pin(id="2", description="Another"), bookmark="b1"),
                replace(LOOK, query={"page_size": "100", "include_protected_pins": "true", "bookmark": "b1"}),
            ),
            concludes=LIVE,
        ),
        Looking(
            name="behind a page of which nothing is left",
            steps=(
                showing(bookmark="b1"),
                replace(LOOK, query={"page_size": "100", "include_protected_pins": "true", "bookmark": "b1"}),
            ),
            concludes=LIVE,
        ),
        Looking(
            name="its words in another writing",
            steps=(showing(pin(description="Good   morning", alt_text="a picture of a tree")),),
            concludes=LIVE,
        ),
        Looking(name="nothing at all", steps=(showing(),), concludes=Absent),
        Looking(name="only older ones", steps=(showing(pin(AT - timedelta(hours=1))),), concludes=Absent),
        Looking(name="on another board", steps=(showing(pin(board_id="7")),), concludes=Absent),
        Looking(name="another text", steps=(showing(pin(description="Good evening")),), concludes=Absent),
        Looking(
            name="another text below the same picture",
            steps=(showing(pin(description="Good evening", alt_text="a tree")),),
            concludes=Absent,
            prepared=Prepared(
                data={"body": {"board_id": "549755885175", "description": "Good morning", "alt_text": "a tree"}}
            ),
        ),
        Looking(name="touched up", steps=(showing(pin(description="Good morning!")),), concludes=CannotTell),
        Looking(name="with a title we never gave", steps=(showing(pin(title="Tree")),), concludes=CannotTell),
        Looking(
            name="an equal one of a minute before",
            steps=(showing(pin(AT - timedelta(minutes=1))),),
            concludes=CannotTell,
        ),
        Looking(name="two equal ones", steps=(showing(pin(id="2"), PIN),), concludes=CannotTell),
        Looking(
            name="without any text",
            steps=(LOOK,),
            concludes=CannotTell,
            prepared=Prepared(data={"body": {"board_id": "549755885175"}, "images": []}),
        ),
        Looking(
            name="without any text and nothing new",
            steps=(showing(pin(AT - timedelta(minutes=1))),),
            concludes=Absent,
            prepared=Prepared(data={"body": {"board_id": "549755885175"}, "images": []}),
        ),
    ),
    limits=LIMITS,
    calls=CALLS,
    since=AT,
)
