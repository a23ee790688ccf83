"""What is remembered of workspaces, brands, accounts, keys, consents, notices and ticks; on both engines."""

import asyncio
from datetime import timedelta

import pytest

from bot import clock
from bot.domain.accounts import Account, Health, Secret
from bot.domain.errors import Conflict, NotFound
from storage import accounts, audit, brands, consents, keys, outbox, ticks, workspaces
from storage.cards import Place
from storage.engine import Database
from tests import factories

MINUTE = timedelta(minutes=1)


async def test_a_brands_name_is_taken_once_and_the_transaction_goes_on(database: Database) -> None:
    brand = await factories.make_brand(database, name="Juniper")
    async with database.transaction() as session:
        with pytest.raises(Conflict, match="Juniper"):
            await brands.create_brand(session, brand.workspace_id, "Juniper", timezone="UTC")
        other = await brands.create_brand(session, brand.workspace_id, "Birch", timezone="UTC", channel="C1")
    async with database.reading() as session:
        assert await brands.list_brands(session, brand.workspace_id) == [other, brand]
        assert await brands.get_brand(session, brand.workspace_id, "Birch") == other
        assert [found.id for found in await workspaces.list_workspaces(session)] == [brand.workspace_id]


def _new(account: Account, handle: str) -> accounts.NewAccount:
    return accounts.NewAccount(
        platform=account.platform,
        platform_account_id=account.platform_account_id,
        handle=handle,
        display_name="New",
        service_url=account.service_url,
        limits={"characters": 500},
    )


async def test_connecting_again_keeps_the_id_and_mends_the_health(database: Database) -> None:
    account = await factories.make_account(database)
    async with database.transaction() as session:
        await accounts.set_health(session, account.workspace_id, account.id, Health.REVOKED, "gone")
        await accounts.disconnect(session, account.workspace_id, account.id)
        assert await accounts.load_connected(session, factories.vault(), [account.id]) == {}
        with pytest.raises(NotFound):
            await accounts.get_account(session, account.workspace_id, account.id)
        saved = await accounts.save_account(session, account.workspace_id, account.brand_id, _new(account, "renamed"))
    assert (saved.id, saved.handle, saved.health, saved.limits) == (
        account.id,
        "renamed",
        Health.HEALTHY,
        {"characters": 500},
    )


async def test_an_account_is_found_by_handle_unless_several_have_it(database: Database) -> None:
    account = await factories.make_account(database, handle="juniper")
    async with database.reading() as session:
        assert await accounts.get_account(session, account.workspace_id, "mastodon:@juniper") == account
    other = await factories.make_brand(database, account.workspace_id, "Birch")
    await factories.make_account(database, other, handle="juniper")
    async with database.reading() as session:
        with pytest.raises(Conflict, match="id"):
            await accounts.get_account(session, account.workspace_id, "mastodon:juniper")
        found = await accounts.get_account(session, account.workspace_id, "mastodon:juniper", brand_id=account.brand_id)
    assert found == account


async def test_new_tokens_count_up_and_end_the_claim(database: Database) -> None:
    account = await factories.make_account(database)
    until = clock.now() + MINUTE
    async with database.transaction() as session:
        assert await accounts.claim_refresh(session, account.id, 1, until)
        assert not await accounts.claim_refresh(session, account.id, 1, until)
        version = await accounts.store_tokens(
            session, account.workspace_id, factories.vault(), account, factories.tokens("second")
        )
        assert version == 2
        assert not await accounts.claim_refresh(session, account.id, 1, until)
        assert await accounts.claim_refresh(session, account.id, 2, until)
        assert not await accounts.release_refresh(session, account.id, 2, until - MINUTE)
        assert not await accounts.claim_refresh(session, account.id, 2, until), "it is another's"
        assert await accounts.release_refresh(session, account.id, 2, until)
        assert await accounts.claim_refresh(session, account.id, 2, clock.now() - MINUTE)
        assert await accounts.claim_refresh(session, account.id, 2, until), "a claim ends by itself"
    async with database.reading() as session:
        loaded = await accounts.load_connected(session, factories.vault(), [account.id])
    connected, version = loaded[account.id]
    assert (connected.tokens.access.reveal(), version) == ("second", 2)


async def test_of_many_who_claim_one_refresh_one_gets_it(database: Database) -> None:
    account = await factories.make_account(database)

    async def claim() -> bool:
        async with database.transaction() as session:
            return await accounts.claim_refresh(session, account.id, 1, clock.now() + MINUTE)

    assert sum(await asyncio.gather(*(claim() for _ in range(20)))) == 1


async def test_accounts_that_renew_themselves_and_end_soon_are_named(database: Database) -> None:
    ending = factories.tokens(refresh=Secret("r"), refresh_expires_at=clock.now() + MINUTE)
    soon = await factories.make_account(database, handle="soon", secrets=ending)
    await factories.make_account(database, handle="never")
    lost = factories.tokens(access_expires_at=clock.now() + MINUTE)
    await factories.make_account(database, handle="not renewable", secrets=lost)
    async with database.reading() as session:
        named = await accounts.accounts_to_refresh(session, before=clock.now() + 2 * MINUTE, limit=10)
    assert named == [soon.id]


async def test_a_key_is_found_until_it_ends_or_is_revoked(database: Database) -> None:
    brand = await factories.make_brand(database)
    async with database.transaction() as session:
        kept, key = await keys.create_key(session, brand.workspace_id, brand_id=brand.id, scopes=["posts:write"])
        ends = clock.now() - MINUTE
        _, ended = await keys.create_key(session, brand.workspace_id, scopes=["posts:write"], expires_at=ends)
    assert key.reveal().startswith("hrld_")
    assert await keys.find_key(database, key) == kept
    assert await keys.find_key(database, ended) is None
    assert await keys.find_key(database, Secret("hrld_wrong")) is None
    async with database.transaction() as session:
        await keys.revoke_key(session, brand.workspace_id, kept.id)
        await keys.revoke_key(session, brand.workspace_id, kept.id)
        listed, _ = await keys.list_keys(session, brand.workspace_id)
    assert await keys.find_key(database, key) is None
    assert listed.revoked_at is not None
    assert key.reveal() not in repr(listed)


async def test_a_consent_is_taken_once_and_in_time(database: Database) -> None:
    brand = await factories.make_brand(database)
    vault = factories.vault()

    def consent(lasts: timedelta) -> consents.Consent:
        return consents.Consent(
            workspace_id=brand.workspace_id,
            brand_id=brand.id,
            asked_by="U1",
            platform="mastodon",
            service_url="https://example.social",
            redirect_uri="https://herald.example/cb",
            verifier=Secret("verifier"),
            expires_at=clock.now() + lasts,
        )

    async with database.transaction() as session:
        good = consent(MINUTE)
        await consents.open_consent(session, brand.workspace_id, vault, "good", good)
        await consents.open_consent(session, brand.workspace_id, vault, "late", consent(-MINUTE))
        assert await consents.take_consent(session, vault, "good") == good
        for state, error in (("good", Conflict), ("late", Conflict), ("unknown", NotFound)):
            with pytest.raises(error):
                await consents.take_consent(session, vault, state)
        open_result = await consents.consent_result(session, brand.workspace_id, "good")
        assert (open_result.account_id, open_result.outcome) == (None, None)
        await consents.note_consent(session, brand.workspace_id, "good", outcome="connected")
        assert (await consents.consent_result(session, brand.workspace_id, "good")).outcome == "connected"
        assert await consents.forget_old_consents(session, before=clock.now()) == 1


async def test_an_app_is_registered_once_for_each_server_and_callback(database: Database) -> None:
    vault = factories.vault()
    app = consents.AppRegistration(
        platform="mastodon",
        service_url="https://example.social",
        redirect_uri="https://herald.example/cb",
        client_id="1",
        client_secret=Secret("s"),
    )
    where = {"platform": app.platform, "service_url": app.service_url, "redirect_uri": app.redirect_uri}
    async with database.transaction() as session:
        assert await consents.get_app_registration(session, vault, **where) is None
        await consents.save_app_registration(session, vault, app)
        await consents.save_app_registration(session, vault, app)
        assert await consents.get_app_registration(session, vault, **where) == app


async def test_a_notice_is_owed_once_and_not_before_its_time_until_it_is_delivered(database: Database) -> None:
    brand = await factories.make_brand(database)
    now = clock.now()
    async with database.transaction() as session:
        for first_time in (True, False):
            added = await outbox.add(
                session,
                brand.workspace_id,
                kind="failed",
                dedupe_key="once",
                payload={"a": 1},
                now=now,
                deliver_at=now + MINUTE,
            )
            assert added is first_time
        assert await outbox.due(session, brand.workspace_id, "", now=now, limit=10) == []
        (notice,) = await outbox.due(session, brand.workspace_id, "", now=now + MINUTE, limit=10)
        assert (notice.payload, notice.tries) == ({"a": 1}, 0)
        await outbox.failed(session, notice, error="not delivered")
        (again,) = await outbox.due(session, brand.workspace_id, "", now=now + MINUTE, limit=10)
        assert again.tries == 1
        await outbox.settle(session, [(again, Place(channel="C1", ts="1"), None)], now=now)
        assert await outbox.due(session, brand.workspace_id, "", now=now + MINUTE, limit=10) == []
        assert await outbox.place_of(session, brand.workspace_id, again.id) == Place(channel="C1", ts="1")


async def test_a_task_that_lasts_is_held_by_one_until_it_is_left_or_lapses(database: Database) -> None:
    async def hold(by: str, lease: timedelta = MINUTE) -> bool:
        async with database.transaction() as session:
            return await ticks.hold_task(session, "t", by, lease=lease)

    assert [await hold("a"), await hold("a"), await hold("b")] == [True, True, False]
    async with database.transaction() as session:
        await ticks.leave_task(session, "t", "b")
        await ticks.leave_task(session, "t", "a")
    assert [await hold("b", timedelta(milliseconds=50)), await hold("a")] == [True, False]
    await asyncio.sleep(0.1)
    assert [await hold("a"), await hold("b")] == [True, False]


async def test_a_turn_of_a_tick_is_run_once(database: Database) -> None:
    now = clock.now()

    async def claim(*, at: timedelta = timedelta(0)) -> bool:
        async with database.transaction() as session:
            return await ticks.claim_tick(session, "digest", now=now + at, every=MINUTE, by="me")

    assert sum(await asyncio.gather(*(claim() for _ in range(10)))) == 1
    assert not await claim(at=MINUTE / 2)
    assert sum(await asyncio.gather(*(claim(at=MINUTE) for _ in range(10)))) == 1


async def test_the_journal_is_read_in_order_and_by_item(database: Database) -> None:
    account = await factories.make_account(database)
    start = clock.now()
    async with database.transaction() as session:
        for number in range(5):
            event = audit.AuditEvent(at=start + number * MINUTE, actor="U1", event=f"e{number}", detail={"n": number})
            await audit.add_event(session, account.workspace_id, event)
        events = await audit.list_events(session, account.workspace_id, before=start + 4 * MINUTE, limit=3)
    assert [event.event for event in events] == ["e1", "e2", "e3"]
    assert events[0].detail == {"n": 1}
