"""Connecting by consent in every style there is, and picking among what a consent is good for; on both engines."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Account, Health, Secret, Tokens
from bot.domain.errors import Conflict, InvalidContent, NotAllowed, UserError
from bot.services import connecting, consenting, credentials, linking, renewing, tidying, workspaces
from bot.services.apps import AppMissing
from bot.services.consenting import Choosing
from bot.services.credentials import Login
from bot.services.keeping import Kept, WrongAccount
from platforms.base import ClientApp
from platforms.errors import AppRefused, Reconnect, Unavailable
from storage import accounts
from storage.engine import Database
from storage.rotation import rotate_keys
from storage.tables import AccountRow, OAuthStateRow
from storage.vault import Vault
from tests.oauth_toy import CALLBACK, Stage, stage
from tests.platforms.oauth_styles import CASES, Case, case


async def consent(at: Stage, person: str = "juniper") -> Kept | Choosing:
    """Ask, agree, come back."""
    asked = await consenting.ask_consent(at.deps, at.brand, "toy", "", redirect_uri=CALLBACK, asked_by="test")
    state, code = await at.agree(asked.url, person)
    assert state == asked.state
    return await consenting.finish_consent(at.deps, state, code)


async def connect(at: Stage, person: str = "juniper") -> Account:
    """The same, where nobody has to pick."""
    ended = await consent(at, person)
    assert isinstance(ended, Kept)
    return ended.account


async def login_of(at: Stage, account: Account) -> Login:
    """The account with its opened tokens."""
    async with at.deps.database.reading() as session:
        connected, version = (await accounts.load_connected(session, at.deps.vault, [account.id]))[account.id]
    return Login(connected=connected, version=version)


@pytest.mark.parametrize("style", CASES, ids=lambda one: one.name)
async def test_each_style_connects_checks_renews_and_gives_back(
    database: Database, tmp_path: Path, style: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with stage(database, tmp_path, style) as at:
        account = await connect(at)
        assert (account.platform_account_id, account.renews) == ("id-juniper", style.renews)
        first = await login_of(at, account)
        assert "client_secret" not in first.connected.tokens.extra
        at.server.grants.end_access() if style.style.renewal is None else None
        checked = await connecting.check(at.deps, account)
        if style.renews and style.style.renewal is None:
            assert checked.trouble is None
            second = await login_of(at, account)
            assert (second.version, second.connected.tokens.access == first.connected.tokens.access) == (2, False)
            assert (second.connected.tokens.refresh != first.connected.tokens.refresh) == style.rotates
        elif style.renews:
            again = await credentials.renew(at.deps, first)
            assert again.connected.tokens.refresh == again.connected.tokens.access != first.connected.tokens.access
            assert (await connecting.check(at.deps, account)).trouble is None
        else:
            assert checked.account.health in {Health.EXPIRED, Health.REVOKED}
        last = (await login_of(at, account)).connected.tokens
        assert await connecting.disconnect(at.deps, account, asked_by="test") == 0
        known = at.server.grants
        live = [token for token in (*known.access.values(), *known.refresh.values()) if known.live(token)]
        assert (last.access.reveal() in {token.value for token in live}) == (style.renews and not style.revokes)
        secrets = {*known.access, *known.refresh, "hush: the+secret"}
        assert not [word for word in secrets for record in caplog.records if word in repr(record.__dict__)]


async def test_access_that_renews_nowhere_says_when_it_ends(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("linkedin")) as at:
        account = await connect(at)
        assert account.ends_at == pytest.approx(clock.now() + timedelta(days=60), abs=timedelta(minutes=1))
        at.server.grants.end_access()
        checked = await connecting.check(at.deps, account)
        assert (checked.account.health, "Reconnect" in (checked.trouble or "")) == (Health.REVOKED, True)


async def test_an_app_that_is_refused_is_the_operators_and_not_the_accounts(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("x")) as at:
        account = await connect(at)
        wrong = replace(at.deps, apps={"toy": ClientApp(client_id="the id", client_secret=Secret("old secret"))})
        with pytest.raises(AppRefused, match="TOY_CLIENT_ID and TOY_CLIENT_SECRET"):
            await credentials.renew(wrong, await login_of(at, account))
        (noted,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
        assert noted.health is Health.FAILING
        with pytest.raises(AppRefused, match="needs an app"):
            await credentials.renew(replace(at.deps, apps={}), await login_of(at, account))
        renewed = await credentials.renew(at.deps, await login_of(at, account))
        assert renewed.version == 2
        (mended,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
        assert mended.health is Health.HEALTHY


async def test_a_consent_taken_back_ends_in_reconnect(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("tiktok")) as at:
        account = await connect(at)
        at.server.grants.end_grants()
        with pytest.raises(Reconnect):
            await credentials.renew(at.deps, await login_of(at, account))
        (noted,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
        assert noted.health is Health.REVOKED


async def test_a_lost_answer_costs_a_rotating_grant_and_is_told_honestly(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("x")) as at:
        account = await connect(at)
        at.server.lose_answers = 1
        with pytest.raises(Unavailable):
            await credentials.renew(at.deps, await login_of(at, account))
        with pytest.raises(Reconnect, match="no longer lets Herald in"):
            await credentials.renew(at.deps, await login_of(at, account))
        (noted,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
        assert noted.health is Health.REVOKED


async def test_without_an_app_one_sentence_says_what_to_set(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("x")) as at:
        bare = replace(at.deps, apps={})
        words = "Toy needs an app: ask whoever runs Herald to set TOY_CLIENT_ID and TOY_CLIENT_SECRET."
        with pytest.raises(AppMissing, match=words):
            await consenting.ask_consent(bare, at.brand, "toy", "", redirect_uri=CALLBACK, asked_by="test")
        with pytest.raises(AppMissing, match=words):
            await linking.make_link(bare, at.brand, "toy", asked_by="test")
        token = await linking.make_link(at.deps, at.brand, "toy", asked_by="test")
        opened = await linking.open_link(bare, token)
        assert (opened.consent, opened.trouble) == (False, words)


async def test_what_nobody_uses_is_renewed_before_it_ends(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("threads")) as at:
        account = await connect(at)
        assert await renewing.renew_in_turn(at.deps) == 0
        async with database.transaction() as session:
            soon = clock.now() + timedelta(days=20)
            await session.execute(update(AccountRow).values(ends_at=soon))
        assert await renewing.renew_in_turn(at.deps) == 0, "once a day"
        assert await renewing.renew_ahead(at.deps) == 1
        (noted,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
        assert noted.ends_at is not None
        assert noted.ends_at > clock.now() + timedelta(days=59)
        assert (await login_of(at, account)).version == 2
        at.server.grants.end_grants()
        async with database.transaction() as session:
            await session.execute(update(AccountRow).values(ends_at=soon))
        assert await renewing.renew_ahead(at.deps) == 0


# --- Picking -------------------------------------------------------------------------------------------------------


async def choose(at: Stage) -> Choosing:
    """A consent that is good for three pages."""
    at.toy.pages = {"juniper": ["beans", "cups", "tea"]}
    ended = await consent(at)
    assert isinstance(ended, Choosing)
    return ended


async def test_of_several_pages_one_or_more_are_picked_once(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        at.toy.own_tokens = True
        choosing = await choose(at)
        assert [(one.id, one.handle, one.display_name, one.kind) for one in choosing.offered] == [
            ("id-beans", "beans", "Beans", "Page"),
            ("id-cups", "cups", "Cups", "Page"),
            ("id-tea", "tea", "Tea", "Page"),
        ]
        assert await connecting.list_accounts(at.deps, [at.brand.workspace_id]) == []
        for wrong in (set[str](), {"id-milk"}, {"id-beans", "id-milk"}):
            with pytest.raises(InvalidContent):
                await consenting.pick(at.deps, choosing.state, wrong)
        kept = await consenting.pick(at.deps, choosing.state, {"id-tea", "id-beans"})
        assert [account.handle for account in kept.accounts] == ["beans", "tea"]
        tokens = (await login_of(at, kept.accounts[1])).connected.tokens
        assert (tokens.access, tokens.refresh) == (Secret("page-tea"), None)
        for again in (consenting.pick(at.deps, choosing.state, {"id-cups"}), consenting.see_choices(at.deps, "no")):
            with pytest.raises(Conflict, match="Connect again"):
                await again


async def test_one_page_is_connected_without_asking_and_none_is_told(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("youtube"), picks=True) as at:
        at.toy.pages = {"juniper": ["beans"]}
        assert (await connect(at)).handle == "beans"
        with pytest.raises(UserError, match="shows nothing that Herald could publish to"):
            await consent(at, "harbor")


async def test_reconnecting_picks_the_same_page_and_refuses_others(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        choosing = await choose(at)
        (cups,) = (await consenting.pick(at.deps, choosing.state, {"id-cups"})).accounts

        async def reconnect() -> Kept | Choosing:
            token = await linking.make_link(at.deps, at.brand, "toy", asked_by="test", account_id=cups.id)
            url = await linking.ask_consent(at.deps, token, "", CALLBACK)
            state, code = await at.agree(url)
            return await consenting.finish_consent(at.deps, state, code, link_token=token)

        ended = await reconnect()
        assert isinstance(ended, Kept)
        assert ended.accounts == (replace(cups, ends_at=ended.account.ends_at),)
        at.toy.pages = {"juniper": ["beans", "tea"]}
        with pytest.raises(WrongAccount, match="You are logged in as @beans, @tea; Juniper's is @cups"):
            await reconnect()


async def test_a_page_of_another_brand_is_shown_as_taken_and_refused(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        await consenting.pick(at.deps, (await choose(at)).state, {"id-cups"})
        places = await workspaces.list_workspaces(at.deps)
        other = await workspaces.create_brand(at.deps, places[0], "Harbor", timezone="UTC")
        choosing = await choose(replace(at, brand=other))
        assert [one.taken_by for one in choosing.offered] == [None, "Juniper", None]
        with pytest.raises(InvalidContent, match="Cups is already in Juniper"):
            await consenting.pick(at.deps, choosing.state, {"id-cups"})
        assert [one.taken_by for one in (await choose(at)).offered] == [None, None, None]


async def test_a_choice_begun_from_a_link_belongs_to_its_browser(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        at.toy.pages = {"juniper": ["beans", "cups"]}
        token = await linking.make_link(at.deps, at.brand, "toy", asked_by="test")
        state, code = await at.agree(await linking.ask_consent(at.deps, token, "", CALLBACK))
        ended = await consenting.finish_consent(at.deps, state, code, link_token=token)
        assert isinstance(ended, Choosing)
        assert ended.from_link
        for nobody in (None, "another"):
            with pytest.raises(NotAllowed):
                await consenting.see_choices(at.deps, state, link_token=nobody)
            with pytest.raises(NotAllowed):
                await consenting.pick(at.deps, state, {"id-cups"}, link_token=nobody)
        kept = await consenting.pick(at.deps, state, {"id-cups"}, link_token=token)
        assert kept.account.handle == "cups"
        with pytest.raises(linking.Used):
            await linking.open_link(at.deps, token)


async def test_what_is_to_be_picked_is_sealed_ends_and_moves_to_new_keys(database: Database, tmp_path: Path) -> None:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        choosing = await choose(at)
        async with database.reading() as session:
            row = (await session.scalars(select(OAuthStateRow))).one()
        assert row.sealed_choices is not None
        secrets = list(at.server.grants.access)
        assert not [one for one in secrets if one.encode() in row.sealed_choices]
        newer = Vault([bytes([1]) * 32, bytes(32)])
        async with database.transaction() as session:
            while await rotate_keys(session, newer):
                pass
        only_new = replace(at.deps, vault=Vault([bytes([1]) * 32, bytes(32)]))
        assert (await consenting.see_choices(only_new, choosing.state)).offered == choosing.offered
        async with database.reading() as session:
            assert (await session.scalars(select(OAuthStateRow.choices_key_id))).one() == newer.key_id
        async with database.transaction() as session:
            await session.execute(update(OAuthStateRow).values(expires_at=clock.now() - timedelta(seconds=1)))
        with pytest.raises(Conflict, match="older than 10 minutes"):
            await consenting.pick(only_new, choosing.state, {"id-cups"})
        await tidying.tidy(at.deps)
        async with database.reading() as session:
            assert (await session.scalars(select(OAuthStateRow.sealed_choices))).one() is None


async def test_a_network_that_takes_back_all_of_an_account_is_not_told_while_another_brand_has_it(
    database: Database, tmp_path: Path
) -> None:
    async with stage(database, tmp_path, case("tiktok")) as at:
        first = await connect(at)
        place = await workspaces.create_workspace(at.deps, "Harbor")
        brand = await workspaces.create_brand(at.deps, place, "Harbor", timezone="Europe/Berlin")
        second = await connect(replace(at, brand=brand))
        tokens = [(await login_of(at, account)).connected.tokens.access for account in (first, second)]
        await connecting.disconnect(at.deps, first, asked_by="test")
        assert [at.server.grants.person_of(one.reveal()) for one in tokens] == ["juniper", "juniper"]
        await connecting.disconnect(at.deps, second, asked_by="test")
        assert at.server.grants.person_of(tokens[1].reveal()) is None


async def test_tokens_are_not_given_back_while_another_account_lives_by_them(
    database: Database, tmp_path: Path
) -> None:
    async with stage(database, tmp_path, case("reddit"), picks=True) as at:
        choosing = await choose(at)
        beans, cups = (await consenting.pick(at.deps, choosing.state, {"id-beans", "id-cups"})).accounts
        await connecting.disconnect(at.deps, beans, asked_by="test")
        assert (await connecting.check(at.deps, cups)).trouble is None
        tokens: Tokens = (await login_of(at, cups)).connected.tokens
        await connecting.disconnect(at.deps, cups, asked_by="test")
        assert at.server.grants.person_of(tokens.access.reveal()) is None
