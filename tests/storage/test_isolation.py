"""One workspace cannot see or change another's things."""

import importlib
import inspect
import pkgutil

import pytest

import storage
from bot import clock
from bot.domain.accounts import Health
from bot.domain.errors import NotFound
from storage import accounts, audit, brands, consents, keys, outbox, workspaces
from storage.engine import Database
from tests import factories

MACHINERY = {
    "storage.accounts.accounts_to_refresh",
    "storage.accounts.claim_refresh",
    "storage.accounts.load_connected",
    "storage.accounts.release_refresh",
    "storage.compositions.forget_old_compositions",
    "storage.consents.forget_old_consents",
    "storage.consents.get_app_registration",
    "storage.consents.save_app_registration",
    "storage.consents.take_consent",
    "storage.engine.announce",
    "storage.keys.find_key",
    "storage.outbox.claim_due",
    "storage.outbox.delivered",
    "storage.outbox.failed",
    "storage.posts.workspace_of",
    "storage.rotation.rotate_keys",
    "storage.ticks.claim_tick",
    "storage.workspaces.create_workspace",
    "storage.workspaces.list_workspaces",
}
"""Functions that work for all workspaces. What they return names its workspace."""

MACHINERY_MODULES = {"storage.items", "storage.item_records", "storage.workers"}
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
    async with database.transaction() as session:
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
        "hold_brand": lambda session: brands.hold_brand(session, ours, theirs.id, reason="x"),
        "resume_brand": lambda session: brands.resume_brand(session, ours, theirs.id),
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
        "note_consent": lambda session: consents.note_consent(session, ours, "state", outcome="x"),
        "consent_result": lambda session: consents.consent_result(session, ours, "state"),
    }
    for name, attempt in attempts.items():
        async with database.transaction() as session:
            with pytest.raises(NotFound):
                assert await attempt(session) is None, name
    async with database.reading() as session:
        assert await brands.list_brands(session, ours) == []
        assert await accounts.list_accounts(session, ours) == []
        assert await keys.list_keys(session, ours) == []
        assert await audit.list_events(session, ours) == []
        assert await brands.get_brand(session, theirs.workspace_id, theirs.id) == theirs
        assert await accounts.get_account(session, theirs.workspace_id, account.id) == account
        assert (await workspaces.get_workspace(session, ours)).id == ours
        assert await keys.list_keys(session, theirs.workspace_id) == [key]


async def test_a_claimed_notice_names_its_workspace(database: Database) -> None:
    brand = await factories.make_brand(database)
    now = clock.now()
    async with database.transaction() as session:
        await outbox.add(session, brand.workspace_id, kind="k", dedupe_key="d", payload={}, now=now)
        (notice,) = await outbox.claim_due(session, now=now, hold_until=now, limit=5)
    assert notice.workspace_id == brand.workspace_id
