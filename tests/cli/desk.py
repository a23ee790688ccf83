"""A person at the command line: a data folder of their own, two workspaces, connected accounts."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.config import read_settings
from bot.domain.accounts import Account, Secret, Tokens
from bot.wiring import Herald, opened
from platforms import REGISTER
from storage.accounts import NewAccount, save_account, store_tokens
from storage.brands import get_brand


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever the command printed
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(kw_only=True)
class Desk:
    """Runs commands."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The data folder is ours."""
        self.environ.setdefault("HERALD_DATA_DIR", str(self.folder / "data"))

    def herald(self, *arguments: str) -> Said:
        """Run one command."""
        self.capsys.readouterr()
        code = main(arguments, self.environ)
        captured = self.capsys.readouterr()
        return Said(code=code, out=captured.out, err=captured.err)

    def good(self, *arguments: str) -> Any:  # noqa: ANN401  # whatever the command printed
        """Run one command that must succeed, and read its JSON."""
        said = self.herald(*arguments, "--json")
        assert said.code == 0, said
        return said.json

    def inside(self, use: Callable[[Herald], Awaitable[Any]]) -> Any:  # noqa: ANN401  # whatever it returns
        """Do something with everything open."""

        async def whole() -> Any:  # noqa: ANN401  # as above
            async with opened(read_settings(self.environ, tuple(REGISTER))) as herald:
                return await use(herald)

        return asyncio.run(whole())

    def connect(self, brand: Any, platform: str, handle: str) -> Account:  # noqa: ANN401  # a brand as printed
        """An account, as if connected."""

        async def use(herald: Herald) -> Account:
            async with herald.deps.database.transaction() as session:
                found = await get_brand(session, brand["workspace_id"], brand["brand_id"])
                new = NewAccount(
                    platform=platform,
                    platform_account_id=f"id-of-{handle}",
                    handle=handle,
                    display_name=handle,
                    service_url="https://example.social",
                )
                account = await save_account(session, found.workspace_id, found.id, new)
                tokens = Tokens(access=Secret("a-very-secret-token"))
                await store_tokens(session, found.workspace_id, herald.deps.vault, account, tokens)
            return account

        return self.inside(use)

    def rows(self) -> dict[str, int]:
        """How many rows stand in each table that holds what people made."""
        tables = ("posts", "post_items", "post_parts", "post_variants", "post_media", "media", "audit_events")
        with closing(sqlite3.connect(self.folder / "data" / "herald.db")) as connection:
            return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608

    def write(self, statement: str, values: tuple[object, ...]) -> None:
        """Change something behind Herald's back."""
        with closing(sqlite3.connect(self.folder / "data" / "herald.db")) as connection, connection:
            connection.execute(statement, values)

    def files(self) -> list[Path]:
        """Every file in the media store."""
        return [path for path in (self.folder / "data" / "media").rglob("*") if path.is_file()]
