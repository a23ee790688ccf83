"""One workspace cannot see or change another's things."""

import importlib
import inspect
import pkgutil
from datetime import timedelta

import pytest

import storage
from bot import clock
from bot.domain.accounts import Health
from bot.domain.errors import NotFound
from storage import (
    accounts,
    audit,
    brands,
    cards,
    connect_links,
    consents,
    holds,
    installations,
    keys,
    outbox,
    weekly,
    workspaces,
)
from storage.engine import Database
from storage.tables import CardRow
from tests import factories

MACHINERY = {
    "storage.engine.take_time",
    "storage.accounts.accounts_to_refresh",
    "storage.accounts.count_accounts",
    "storage.choices.see_offers",
    "storage.accounts.claim_refresh",
    "storage.accounts.load_connected",
    "storage.accounts.neighbours",
    "storage.accounts.release_refresh",
    "storage.accounts.shut_away",
    "storage.alerts.open_everywhere",
    "storage.alerts.tell",
    "storage.alerts.tell_now",
    "storage.approvals.ended",
    "storage.approvals.unruled",
    "storage.arming.arm_at_once",
    "storage.cards.failed",
    "storage.cards.settle",
    "storage.cards.want_all",
    "storage.causes.owe",
    "storage.causes.owe_passed",
    "storage.causes.take",
    "storage.compositions.forget_old_compositions",
    "storage.digests.due",
    "storage.connect_links.find_link",
    "storage.connect_links.forget_old_links",
    "storage.consents.forget_old_consents",
    "storage.consents.get_app_registration",
    "storage.consents.link_hash_of",
    "storage.consents.save_app_registration",
    "storage.consents.take_consent",
    "storage.endings.claim_check",
    "storage.endings.endangered_anywhere",
    "storage.engine.announce",
    "storage.feeds.find_feed",
    "storage.gauges.depths",
    "storage.holds.ended",
    "storage.idempotency.purge",
    "storage.installations.find_installation",
    "storage.installations.list_installations",
    "storage.installations.workspace_for_team",
    "storage.journal.note",
    "storage.lanes.backlog",
    "storage.lanes.close_lane",
    "storage.lanes.open_lanes",
    "storage.line_rows.write",
    "storage.lines.of_lost",
    "storage.lines.of_missed",
    "storage.lines.of_outcomes",
    "storage.lines.of_unreadable",
    "storage.moves.mark_moved",
    "storage.moves.moved_to",
    "storage.moves.unmark",
    "storage.missed.gather",
    "storage.outbox.failed",
    "storage.outbox.settle",
    "storage.pages.paged",
    "storage.post_holds.ended",
    "storage.post_holds.keep_held",
    "storage.posts.workspace_of",
    "storage.repeats.due",
    "storage.rotation.count_shut_away",
    "storage.rotation.rotate_keys",
    "storage.seen.first_time",
    "storage.seen.forget",
    "storage.seen.is_known",
    "storage.seen.purge",
    "storage.seen.take",
    "storage.settling.settle_yes",
    "storage.ticks.claim_tick",
    "storage.ticks.hold_task",
    "storage.ticks.holder",
    "storage.ticks.leave_task",
    "storage.webhooks.claim_webhooks",
    "storage.webhooks.forget_deliveries",
    "storage.webhooks.keep_webhook",
    "storage.webhooks.listening",
    "storage.webhooks.next_delivery",
    "storage.webhooks.settle_delivery",
    "storage.windows.forget_windows",
    "storage.workspaces.create_workspace",
    "storage.workspaces.list_workspaces",
}
"""Functions that work for all workspaces. What they return names its workspace."""

MACHINERY_MODULES = {
    "storage.adoption",
    "storage.backlogs",
    "storage.gates",
    "storage.items",
    "storage.item_records",
    "storage.outages",
    "storage.polls",
    "storage.preflights",
    "storage.threads",
    "storage.turns",
    "storage.workers",
}
"""The queue: all of it works for all workspaces."""


def test_every_storage_function_is_told_whose_rows_it_may_touch() -> None:
    found = set()
    for module in pkgutil.iter_modules(storage.__path__, "storage."):
        if module.ispkg or module.name in MACHINERY_MODULES:
            continue
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.iscoroutinefunction):
            parameters = list(inspect.signature(function).parameters)
            if function.__module__ != module.name or name.startswith("_") or parameters[:1] != ["session"]:
                continue
            if parameters[1:2] != ["workspace_id"]:
                found.add(f"{module.name}.{name}")
    assert found == MACHINERY


async def test_another_workspaces_things_are_not_found(database: Database) -> None:
    theirs = await factories.make_brand(database)
    account = await factories.make_account(database, theirs)
    ours = (await factories.make_workspace(database)).id
    consent = consents.Consent(
        workspace_id=theirs.workspace_id,
        brand_id=theirs.id,
        asked_by="U1",
        platform="mastodon",
        service_url="https://example.social",
        redirect_uri="https://herald.example/oauth/callback",
        verifier=factories.tokens("verifier").access,
        expires_at=clock.now() + factories.GRACE,
    )
    link = connect_links.ConnectLink(
        workspace_id=theirs.workspace_id,
        brand_id=theirs.id,
        platform="mastodon",
        account_id=None,
        asked_by="slack:U1",
        asked_by_name=None,
        expires_at=consent.expires_at,
    )
    async with database.transaction() as session:
        await connect_links.add_link(session, theirs.workspace_id, "token", link)
        key, _ = await keys.create_key(session, theirs.workspace_id)
        await consents.open_consent(session, theirs.workspace_id, factories.vault(), "state", consent)
        event = audit.AuditEvent(at=clock.now(), actor="U1", event="tested")
        await audit.add_event(session, theirs.workspace_id, event)
    new = accounts.NewAccount(
        platform="x", platform_account_id="1", handle="h", display_name="H", service_url="https://x.example"
    )
    vault, tokens = factories.vault(), factories.tokens()
    attempts = {
        "get_brand": lambda session: brands.get_brand(session, ours, theirs.id),
        "get_brand by name": lambda session: brands.get_brand(session, ours, theirs.name),
        "set_hold": lambda session: holds.set_hold(session, ours, theirs.id, None),
        "set_slots": lambda session: weekly.set_slots(session, ours, theirs.id, ()),
        "change_brand": lambda session: brands.change_brand(
            session, ours, theirs.id, name="x", timezone="UTC", channel=None, grace=timedelta(1)
        ),
        "managers_of": lambda session: brands.managers_of(session, ours, theirs.id),
        "set_managers": lambda session: brands.set_managers(session, ours, theirs.id, ["U1"], named_by="U1"),
        "save_account": lambda session: accounts.save_account(session, ours, theirs.id, new),
        "get_account": lambda session: accounts.get_account(session, ours, account.id),
        "get_account by handle": lambda session: accounts.get_account(session, ours, f"mastodon:{account.handle}"),
        "set_health": lambda session: accounts.set_health(session, ours, account.id, Health.REVOKED, "x"),
        "set_limits": lambda session: accounts.set_limits(session, ours, account.id, {}),
        "disconnect": lambda session: accounts.disconnect(session, ours, account.id),
        "store_tokens": lambda session: accounts.store_tokens(session, ours, vault, account, tokens),
        "create_key": lambda session: keys.create_key(session, ours, brand_id=theirs.id),
        "revoke_key": lambda session: keys.revoke_key(session, ours, key.id),
        "open_consent": lambda session: consents.open_consent(session, ours, vault, "other", consent),
        "add_link": lambda session: connect_links.add_link(session, ours, "other", link),
        "note_consent": lambda session: consents.note_consent(session, ours, "state", outcome="x"),
        "consent_result": lambda session: consents.consent_result(session, ours, "state"),
    }
    for name, attempt in attempts.items():
        async with database.transaction() as session:
            with pytest.raises(NotFound):
                assert await attempt(session) is None, name
    async with database.transaction() as session:
        assert await connect_links.use_link(session, ours, connect_links.hash_of("token")) is None
        assert await accounts.count_broken_posts(session, ours, theirs.id, new) == 0
        assert await installations.get_installation(session, ours, vault) is None
        assert not await installations.lock_installation(session, ours)
        assert await installations.cancel_waiting(session, ours, limit=5) == []
        assert await installations.disconnect_all(session, ours, now=clock.now()) == []
        await installations.forget_installation(session, ours)
    async with database.reading() as session:
        assert await brands.list_brands(session, ours) == []
        assert await brands.brand_of_channel(session, ours, "C1") is None
        assert await brands.managers_of(session, theirs.workspace_id, theirs.id) == ()
        assert await accounts.list_accounts(session, ours) == []
        assert await keys.list_keys(session, ours) == []
        assert await audit.list_events(session, ours) == []
        assert await brands.get_brand(session, theirs.workspace_id, theirs.id) == theirs
        assert await accounts.get_account(session, theirs.workspace_id, account.id) == account
        assert (await workspaces.get_workspace(session, ours)).id == ours
        assert await keys.list_keys(session, theirs.workspace_id) == [key]
        found = await connect_links.find_link(session, "token")
        assert found == link


async def test_notices_and_cards_of_another_workspace_are_not_handed_out(database: Database) -> None:
    theirs = await factories.make_brand(database)
    ours = (await factories.make_workspace(database)).id
    post_id = await factories.make_post(database, theirs)
    now = clock.now()
    async with database.transaction() as session:
        session.add(
            CardRow(
                post_id=post_id,
                workspace_id=theirs.workspace_id,
                brand_id=theirs.id,
                channel="C1",
                wanted=1,
                shown=0,
                due_at=now,
                tries=0,
            )
        )
        await session.flush()
        await outbox.add(session, theirs.workspace_id, kind="k", dedupe_key="d", payload={}, now=now, post_id=post_id)
        assert await outbox.due(session, ours, "C1", now=now, limit=5) == []
        assert await cards.owed(session, ours, "C1", limit=5) == []
        assert await cards.owed_of(session, ours, post_id) is None
        assert await cards.want(session, ours, [post_id], now=now) == set()
        (notice,) = await outbox.due(session, theirs.workspace_id, "C1", now=now, limit=5)
        (card,) = await cards.owed(session, theirs.workspace_id, "C1", limit=5)
        assert await outbox.place_of(session, ours, notice.id) is None
    assert (notice.workspace_id, card.workspace_id) == (theirs.workspace_id, theirs.workspace_id)
