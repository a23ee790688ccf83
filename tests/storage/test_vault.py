"""Secrets at rest."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select, update

from bot.domain.accounts import Secret, Tokens
from bot.domain.installations import NewInstallation
from storage import installations
from storage.accounts import load_connected, store_tokens
from storage.engine import Database
from storage.rotation import count_shut_away, rotate_keys
from storage.tables import CredentialRow
from storage.vault import CannotOpen, Identity, Vault, key_ring_in, load_key_ring, new_key
from tests import factories

ACME = Identity(workspace_id="ws_1", brand_id="brand_1", account_id="acct_1")
EVERYTHING = Tokens(
    access=Secret("very-secret-access"),
    refresh=Secret("very-secret-refresh"),
    access_expires_at=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    refresh_expires_at=datetime(2027, 12, 1, tzinfo=UTC),
    scopes=("read", "write"),
    extra={"password": Secret("very-secret-ünïcode")},
)


def test_sealed_tokens_open_as_they_were() -> None:
    vault = Vault([b"a" * 32])
    assert vault.open_tokens(vault.seal_tokens(EVERYTHING, identity=ACME), identity=ACME) == EVERYTHING


def test_the_same_secret_never_looks_the_same() -> None:
    vault = Vault([b"a" * 32])
    assert vault.seal(b"x", identity=ACME).data != vault.seal(b"x", identity=ACME).data


@pytest.mark.parametrize("part", ["workspace_id", "brand_id", "account_id"])
def test_a_seal_opens_for_nobody_else(part: str) -> None:
    vault = Vault([b"a" * 32])
    other = {"workspace_id": "ws_1", "brand_id": "brand_1", "account_id": "acct_1"} | {part: "another"}
    with pytest.raises(CannotOpen):
        vault.open(vault.seal(b"x", identity=ACME), identity=Identity(**other))


def test_a_rotated_ring_still_reads_and_seals_with_the_newest() -> None:
    old = Vault([b"a" * 32])
    sealed = old.seal(b"x", identity=ACME)
    ring = Vault([b"b" * 32, b"a" * 32])
    assert ring.open(sealed, identity=ACME) == b"x"
    assert ring.seal(b"x", identity=ACME).key_id == ring.key_id != old.key_id
    with pytest.raises(CannotOpen, match="not in the key ring"):
        Vault([b"b" * 32]).open(sealed, identity=ACME)


def test_a_changed_seal_does_not_open_and_the_message_shows_nothing() -> None:
    vault = Vault([b"a" * 32])
    sealed = vault.seal_tokens(EVERYTHING, identity=ACME)
    broken = type(sealed)(data=sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]), key_id=sealed.key_id)
    with pytest.raises(CannotOpen) as caught:
        vault.open(broken, identity=ACME)
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"), [("", "empty"), ("!!!", "not base64"), (base64.b64encode(b"short").decode(), "5 bytes")]
)
def test_a_wrong_key_ring_is_refused_with_its_fault(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        load_key_ring(text)


def test_a_ring_is_read_newest_first() -> None:
    first, second = new_key(), new_key()
    assert load_key_ring(f"{first}, {second}\n") == (base64.b64decode(first), base64.b64decode(second))


def test_many_who_make_the_key_file_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = set(pool.map(lambda _: key_ring_in(tmp_path / "data"), range(16)))
    assert len(rings) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


async def test_a_seal_copied_to_another_accounts_row_does_not_open(database: Database) -> None:
    brand = await factories.make_brand(database)
    victim = await factories.make_account(database, brand, handle="victim")
    thief = await factories.make_account(database, brand, handle="thief")
    async with database.transaction() as session:
        stolen = (await session.scalars(select(CredentialRow).where(CredentialRow.account_id == victim.id))).one()
        await session.execute(
            update(CredentialRow)
            .where(CredentialRow.account_id == thief.id)
            .values(sealed=stolen.sealed, key_id=stolen.key_id)
        )
    async with database.reading() as session:
        opened = await load_connected(session, factories.vault(), [victim.id, thief.id])
    assert set(opened) == {victim.id}


async def test_what_is_stored_holds_no_piece_of_a_token(database: Database) -> None:
    await factories.make_account(database, secrets=EVERYTHING)
    if database.dialect == "sqlite":
        await database.close()
        folder = Path(str(database.url.database)).parent
        dump = b"".join(path.read_bytes() for path in folder.glob("herald.db*"))
    else:
        connection = await asyncpg.connect(database.url.render_as_string(hide_password=False))
        row = await connection.fetchrow("SELECT sealed, credentials::text AS whole FROM credentials")
        assert row is not None
        dump = row["sealed"] + row["whole"].encode()
        await connection.close()
    assert b"acct_" in dump
    for token in (b"very-secret", b"ecret-acc", base64.b64encode(b"very-secret")[:-4], b"very-secret".hex().encode()):
        assert token not in dump


async def test_rotation_seals_everything_again_and_keeps_versions(database: Database) -> None:
    old, ring = factories.vault(), Vault([b"n" * 32, b"k" * 32])
    accounts = [await factories.make_account(database, handle=f"h{n}", secrets=EVERYTHING) for n in range(3)]
    rotated = []
    while not rotated or rotated[-1]:
        async with database.transaction() as session:
            rotated.append(await rotate_keys(session, ring, limit=2))
    assert rotated == [2, 1, 0]
    only_new = Vault([b"n" * 32])
    async with database.reading() as session:
        loaded = await load_connected(session, only_new, [account.id for account in accounts])
        assert await load_connected(session, old, [accounts[0].id]) == {}
    assert len(loaded) == 3
    assert all(connected.tokens == EVERYTHING and version == 1 for connected, version in loaded.values())


async def test_what_is_sealed_with_a_lost_key_keeps_nothing_else_from_being_rotated(database: Database) -> None:
    ring = Vault([b"n" * 32, b"k" * 32])
    accounts = [await factories.make_account(database, handle=f"h{n}", secrets=EVERYTHING) for n in range(3)]
    async with database.transaction() as session:
        first = accounts[0]
        await store_tokens(session, first.workspace_id, Vault([b"l" * 32]), first, EVERYTHING)
    async with database.transaction() as session:
        assert [await rotate_keys(session, ring), await rotate_keys(session, ring)] == [2, 0]
        assert await count_shut_away(session, ring) == 1
    async with database.reading() as session:
        loaded = await load_connected(session, Vault([b"n" * 32]), [account.id for account in accounts])
    assert set(loaded) == {account.id for account in accounts[1:]}


async def test_what_was_changed_keeps_nothing_else_from_being_rotated_and_is_named(database: Database) -> None:
    ring = Vault([b"n" * 32, b"k" * 32])
    accounts = [await factories.make_account(database, handle=f"h{n}", secrets=EVERYTHING) for n in range(3)]
    async with database.transaction() as session:
        changed = update(CredentialRow).where(CredentialRow.account_id == accounts[0].id).values(sealed=b"x" * 60)
        await session.execute(changed)
    damaged = set[str]()
    async with database.transaction() as session:
        rotated = [await rotate_keys(session, ring, limit=1, damaged=damaged) for _ in range(4)]
    async with database.reading() as session:
        loaded = await load_connected(session, Vault([b"n" * 32]), [account.id for account in accounts])
    assert sum(rotated) == 2
    assert damaged == {accounts[0].id}
    assert set(loaded) == {account.id for account in accounts[1:]}


async def test_rotation_covers_the_tokens_of_bots_in_slack(database: Database) -> None:
    ring, only_new = Vault([b"n" * 32, b"k" * 32]), Vault([b"n" * 32])
    new = NewInstallation(
        team_id="T1",
        team_name="Paperboat",
        enterprise_id=None,
        app_id=None,
        bot_id="B1",
        bot_user_id="U1",
        scopes=(),
        installed_by=None,
        token=Secret("xoxb-very-secret"),
    )
    async with database.transaction() as session:
        workspace_id = await installations.workspace_for_team(session, new)
        await installations.save_installation(session, workspace_id, factories.vault(), new)
    async with database.transaction() as session:
        assert [await rotate_keys(session, ring), await rotate_keys(session, ring)] == [1, 0]
    async with database.reading() as session:
        found = await installations.get_installation(session, workspace_id, only_new)
    assert found is not None
    assert found.token == new.token
