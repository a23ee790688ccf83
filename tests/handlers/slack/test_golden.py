"""A handful of faces, kept as files: what changes in them is seen in review.

Write them anew with `HERALD_WRITE_GOLDEN=1 pytest tests/handlers/slack/test_golden.py`.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.approvals import Asking, Rule
from bot.domain.capabilities import OptionRule, one_of
from bot.domain.composition import Form, FormFile, When
from bot.domain.digest_times import DigestTime
from bot.domain.holds import Hold
from bot.domain.ids import MissionId, WorkspaceId
from bot.domain.missions import Mission, MissionStatus
from bot.domain.posts import JournalEntry
from bot.domain.publication import State
from bot.domain.repeats import Every
from bot.services.composing import Asked, GoesOn
from handlers.slack import (
    account_table,
    card,
    digest,
    echo,
    home,
    interrupted,
    lists,
    onboarding,
    report,
    thread,
    warnings,
    webhook,
)
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import AccountFacts, ApprovalFacts, ItemFacts
from handlers.slack.home import HomeFacts, Steps
from handlers.slack.views import answers, composer, describe_media, more_options, network_settings, own_texts, settings
from handlers.slack.views import brand as brand_view
from handlers.slack.views import digest as digest_settings
from handlers.slack.views.brand import BrandForm
from tests.handlers.slack.judging import judge, judge_view
from tests.handlers.slack.making import NAMES, NOW, AccountId, Brand, BrandId, composer_facts, facts, item
from tests.handlers.slack.summing import BAD_DAY, DAY, QUIET_DAY, WEEK
from tests.handlers.slack.test_views import Counted
from tests.handlers.slack.warned import ACCESS, CHECKED, FLIGHT, LINK

ON_LINKEDIN = GoesOn(title="LinkedIn", threads=False, first_comment=True, link_card=True, limit=1250)
ON_X = GoesOn(title="X", threads=True, first_comment=False, link_card=False, limit=280)
ON_TIKTOK = GoesOn(title="TikTok", threads=False, first_comment=False, link_card=False, limit=2200)
FOLDER = Path(__file__).parent / "golden"
FORM = Form(
    brand_id="brand_1",
    account_ids=("a1", "a2"),
    text="New beans are in.",
    variants={"x": "New beans!"},
    files=(FormFile(media_id="m1", file_name="cup.jpg", alt_text="A cup", width_px=1200, height_px=1500),),
    date="2026-11-27",
    time="09:00",
    zone="Europe/Berlin",
)
ACCOUNTS = [
    composer.Choice(id="a1", platform="linkedin", handle="Juniper Coffee"),
    composer.Choice(id="a2", platform="x", handle="junipercoffee", health=composer.Health.EXPIRED),
]
ASKED = [
    Asked(
        platform="pin",
        title="Pinterest",
        rule=OptionRule(name="board", meaning="the board's name", problem=lambda _: None, asked="board"),
    ),
    Asked(
        platform="tube",
        title="YouTube",
        rule=OptionRule(
            name="made_for_kids",
            meaning="whether it is made for children",
            problem=lambda _: None,
            asked="made for children?",
            choices={"false": "No", "true": "Yes"},
        ),
        whose=("junipercoffee", "Juniper Coffee"),
    ),
]
WORDS = one_of("public", "only_me")
SETTINGS_OF_LINKEDIN = [
    OptionRule(name="visibility", meaning="who sees it", problem=WORDS, choices={"public": "Everyone"}),
    OptionRule(name="reshares", meaning="whether others may repost it", problem=one_of("true", "false")),
    OptionRule(name="title", meaning="title of a link card", problem=lambda _: None),
    OptionRule(name="terms", meaning="conditions of the offer", problem=lambda _: None, long=True),
]
COUNTS = [Counted(title="LinkedIn", used=212, limit=3000), Counted(used=294, own=True)]
FAILED = item(1, State.FAILED, error=("account", "X no longer lets Herald in."))
WEBHOOK: Json = {
    "webhook": "whk_1",
    "host": "hooks.example",
    "event": "post.failed",
    "tries": 7,
    "why": "The receiver answered with status 500.",
}
HOLD = Hold(since=NOW, by="slack:U1", reason="outage")
REQUEST = ApprovalFacts(
    state=Asking.WAITING,
    rule=Rule.ALL,
    version=3,
    asked_at=NOW,
    ends_at=NOW + timedelta(days=6),
    agreed=("Omar",),
    missing=("Ana", "Kim"),
)
CHANGED = replace(
    REQUEST,
    rule=Rule.ONE,
    agreed=(),
    missing=("Omar", "Ana"),
    before={"text": "Old beans are in.", "files": [["m1", "cup.jpg", "A cup"]], "link": None},
    before_by=("Omar",),
    before_at=NOW - timedelta(hours=1),
    before_version=2,
    moved=("was Thu 26 Nov, 10:00 Berlin",),
)
SENT_BACK = replace(REQUEST, state=Asking.CHANGES, decided_by="Omar", reason="Name the *beans*, <!channel>")
UNSURE = item(1, State.UNCONFIRMED)
BOTH_UNSURE = (item(0, State.UNCONFIRMED), UNSURE)
HOME = HomeFacts(
    brands=[Brand(), Brand(id=BrandId("brand_2"), name="Harbor Bikes")],
    names=NAMES,
    zone="Europe/Berlin",
    steps=Steps(connected="X", channel="<#C1>", written=True),
    needs=[facts(FAILED)],
    planned=[facts(item(0)), facts(item(1), scheduled_at=NOW + timedelta(hours=5), text="Latte art")],
    free=[NOW + timedelta(days=2), NOW + timedelta(days=2, hours=6)],
    drafts=[facts(item(2, State.DRAFT), scheduled_at=None)],
    accounts=[
        AccountFacts(
            id=AccountId("a2"),
            brand_id=BrandId("brand_1"),
            platform="x",
            handle="junipercoffee",
            state="ended",
            waiting=4,
        )
    ],
    may_manage=True,
)
SETTINGS = settings.Facts(
    brand=Brand(),
    managers=("Omar",),
    approval="Omar or Ana approve its posts",
    slots="mon-fri 09:00, 13:00; sat 10:00",
    chose_slots=True,
    free=[NOW + timedelta(days=3, hours=8)],
    digest="Juniper's daily digest comes at 07:00 Berlin to <#C1>.",
    grace=timedelta(minutes=15),
    may_change=True,
)
ENTRIES = [
    JournalEntry(at=NOW, event="armed", detail="worker 2, version 3"),
    JournalEntry(at=NOW + timedelta(milliseconds=400), event="sent", detail=""),
    JournalEntry(at=NOW + timedelta(seconds=10), event="no answer", detail="in 10 s"),
]
MISSIONS = [
    Mission(
        id=MissionId(f"msn_{place}"),
        workspace_id=WorkspaceId("ws_1"),
        brand_id=None,
        name=name,
        description=None,
        objectives=(),
        platforms=(),
        constraints={},
        kpis=(),
        status=status,
        publishing_enabled=status is MissionStatus.ACTIVE,
        duration_days=None,
        starts_at=NOW,
        ends_at=None,
        created_at=NOW,
        updated_at=NOW,
    )
    for place, (name, status) in enumerate((("Spring <menu>", MissionStatus.ACTIVE), ("Fair", MissionStatus.PAUSED)), 1)
]
FACES: dict[str, Callable[[], Message | Json]] = {
    "card_draft": lambda: card.card(facts(item(0, State.DRAFT), scheduled_at=None, reader_zone="Europe/Berlin"), NOW),
    "card_scheduled": lambda: card.card(facts(item(0), item(1)), NOW),
    "card_failed": lambda: card.card(facts(FAILED), NOW),
    "card_partly": lambda: card.card(facts(item(0, State.PUBLISHED, permalink="https://x.example/1"), FAILED), NOW),
    "card_looking": lambda: card.card(
        facts(
            UNSURE,
            items={
                UNSURE.item_id: ItemFacts(next_at=NOW + timedelta(minutes=5), looks_until=NOW + timedelta(minutes=10))
            },
        ),
        NOW,
    ),
    "card_asking": lambda: card.card(facts(UNSURE, items={UNSURE.item_id: ItemFacts(asking=True, looks=6)}), NOW),
    "card_asking_several": lambda: card.card(
        facts(*BOTH_UNSURE, items={one.item_id: ItemFacts(asking=True, looks=6) for one in BOTH_UNSURE}), NOW
    ),
    "answers": lambda: answers.build(facts(*BOTH_UNSURE).post, [one.item_id for one in BOTH_UNSURE], NAMES),
    "card_missed": lambda: card.card(facts(item(1, State.MISSED)), NOW),
    "card_request": lambda: card.card(
        facts(item(0, State.AWAITING_APPROVAL), variants={"linkedin": "For LinkedIn"}, approval=REQUEST), NOW
    ),
    "card_changed_after_approval": lambda: card.card(
        facts(item(0, State.AWAITING_APPROVAL), approval=CHANGED, link="https://x.example/menu"), NOW
    ),
    "card_changes_asked": lambda: card.card(facts(item(0, State.DRAFT), approval=SENT_BACK), NOW),
    "card_not_in_time": lambda: card.card(
        facts(item(0, State.MISSED), approval=replace(REQUEST, state=Asking.LATE)), NOW
    ),
    "card_approved": lambda: card.card(facts(item(0), approval=replace(CHANGED, state=Asking.APPROVED)), NOW),
    "brand": lambda: brand_view.build(
        BrandForm(brand_id="brand_1", name="Juniper", rule=Rule.ONE, approvers=("U2", "U3"))
    ),
    "card_held": lambda: card.card(facts(item(0), item(1), post_hold=HOLD), NOW),
    "broadcast_failed": lambda: thread.broadcast(facts(FAILED)),
    "webhook_failed": lambda: webhook.failed(WEBHOOK | {"gone": False}),
    "webhook_gone": lambda: webhook.failed(WEBHOOK | {"gone": True}),
    "echo_scheduled": lambda: echo.scheduled(facts(item(0), item(1))),
    "composer": lambda: composer.build(FORM, composer_facts(ACCOUNTS, counts=COUNTS, notice="12/1 can be two days.")),
    "composer_asked": lambda: composer.build(
        replace(FORM, options={"pin": {"board": "Ideas"}}), composer_facts(ACCOUNTS, asked=ASKED)
    ),
    "composer_warned": lambda: composer.build(
        Form(when=When.NOW),
        composer_facts(ACCOUNTS, warning="Same text went to X · @junipercoffee on Fri 20 Nov, 09:00 Berlin."),
    ),
    "composer_now": lambda: composer.build(Form(when=When.NOW), composer_facts(ACCOUNTS, may_read_files=False)),
    "own_texts": lambda: own_texts.build(
        replace(FORM, options={"linkedin": {"visibility": "public", "title": "Spring"}}),
        ["linkedin", "x"],
        composition_id="c",
        called=NAMES,
        limits={"x": 280, "linkedin": 3000},
        settings={"linkedin": SETTINGS_OF_LINKEDIN},
    ),
    "network_settings": lambda: network_settings.build(
        replace(FORM, options={"linkedin": {"visibility": "public", "colour": "red"}}),
        "linkedin",
        SETTINGS_OF_LINKEDIN,
        title="LinkedIn",
        composition_id="c",
        composer_id="V1",
    ),
    "more_options": lambda: more_options.build(FORM, [ON_LINKEDIN, ON_X, ON_TIKTOK], composition_id="c", now=NOW),
    "more_options_comment": lambda: more_options.build(
        replace(
            FORM, parts=("The recipe is here.",), link="https://example.com", every=Every.WEEKLY, until="2027-03-29"
        ),
        [ON_LINKEDIN],
        composition_id="c",
        now=NOW,
    ),
    "more_options_chosen": lambda: more_options.build(
        replace(FORM, mission_id="msn_2", approver="U3"),
        [],
        composition_id="c",
        now=NOW,
        missions=MISSIONS,
        approvers=[("U2", "Omar"), ("U3", "Ana")],
    ),
    "describe_media": lambda: describe_media.build(
        FORM, composition_id="c", shown={0: "F123"}, fitted={0: "cup.png: 9 MB → 1 MB, for X"}
    ),
    "home": lambda: home.home(HOME, NOW),
    "home_first_run": lambda: home.home(
        HomeFacts(brands=[Brand()], names=NAMES, zone="Europe/Berlin", steps=Steps(), may_manage=True), NOW
    ),
    "queue": lambda: lists.queue(
        [facts(item(0), item(1)).post],
        brand=Brand(),
        zone="Europe/Berlin",
        called=NAMES,
        free=[NOW + timedelta(days=3, hours=8), NOW + timedelta(days=5, minutes=-60)],
    ),
    "queue_empty": lambda: lists.queue(
        [], brand=Brand(), zone="Europe/Berlin", called=NAMES, free=[NOW + timedelta(days=9, minutes=-60)]
    ),
    "accounts": lambda: lists.accounts(
        HOME.accounts, brand=Brand(), zone="Europe/Berlin", called=NAMES, may_manage=True
    ),
    "why": lambda: lists.why(
        facts(UNSURE), ENTRIES, zone="Europe/Berlin", doors=lists.story_doors(facts(UNSURE).post, may_show=True)
    ),
    "digest": lambda: digest.message(DAY, Brand(), NAMES, [facts(FAILED)]),
    "digest_bad": lambda: digest.message(BAD_DAY, Brand(), NAMES, []),
    "digest_quiet": lambda: digest.message(QUIET_DAY, Brand(), NAMES, []),
    "digest_settings": lambda: digest_settings.build(Brand(), DigestTime()),
    "settings": lambda: settings.build(SETTINGS),
    "settings_read": lambda: settings.build(
        replace(SETTINGS, chose_slots=False, managers=(), free=(), may_change=False)
    ),
    "settings_slots": lambda: settings.build_slots(Brand(), SETTINGS.slots),
    "settings_grace": lambda: settings.build_grace(Brand(), timedelta(minutes=20)),
    "report_week": lambda: report.message(WEEK, Brand(), NAMES),
    "access_ends": lambda: warnings.access(ACCESS, NOW),
    "access_mended": lambda: warnings.access_mended(ACCESS, by="Maya", safe=4, gone=False),
    "preflight": lambda: warnings.preflight(FLIGHT, NOW),
    "preflight_link": lambda: warnings.preflight(replace(FLIGHT, troubles=(LINK,)), NOW),
    "preflight_over": lambda: warnings.preflight_over(FLIGHT, "fine", by=None),
    "broadcast_preflight": lambda: warnings.preflight(FLIGHT, NOW, aloud=True),
    "broadcast_access": lambda: warnings.access(
        replace(ACCESS, ends_at=None, state="withdrawn", owner="slack:U1", may_snooze=False), NOW
    ),
    "card_warned": lambda: card.card(facts(item(0), item(1), troubles=((item(0).item_id, LINK),)), NOW),
    "accounts_checked": lambda: account_table.checked(CHECKED),
    "help": lambda: lists.help_text(unknown="qeue"),
    "interrupted": lambda: interrupted.cut_off({"user": "U1", "what": '/post "New *beans* <!here>" to x now'}),
    "interrupted_press": lambda: interrupted.cut_off({"user": "U1", "what": ""}),
    "welcome": lambda: onboarding.welcome(name="Maya", brand=Brand(), steps=Steps(connected="X · @junipercoffee")),
}


@pytest.mark.parametrize("name", FACES)
def test_a_face_looks_as_it_did(name: str) -> None:
    face = FACES[name]()
    if isinstance(face, Message):
        judge(face, mentions=name.startswith("broadcast"))
        shown: object = {"text": face.text, "blocks": face.blocks}
    else:
        judge_view(face)
        shown = face
    file = FOLDER / f"{name}.json"
    said = json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("HERALD_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, encoding="utf-8")

    assert file.read_text(encoding="utf-8") == said


def test_there_is_no_golden_file_of_nothing() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == FACES.keys()
