"""The snippets of docs/http-api.md run as they stand there, against a real server on loopback."""

import asyncio
import io
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from PIL import Image

from bot import clock
from handlers.http.api.register import ENDPOINTS
from handlers.http.app import application
from storage import accounts, brands, workspaces
from storage.engine import Database
from tests.handlers.http.api.caller import Caller, caller
from tests.house import text_of
from tests.tools import tools

PAGE = "docs/http-api.md"
SECTIONS = (
    "Basics",
    "Posts",
    "Media",
    "Calendar",
    "Numbers",
    "Connecting Metricool",
    "Publishing",
    "Content",
    "Missions",
    "Analytics",
)
RUNS = {"bash": ("curl", "bash", "sh"), "javascript": ("node", "node", "mjs"), "python": (None, sys.executable, "py")}


def section(name: str) -> str:
    """What stands below a heading of the page."""
    return text_of(PAGE).partition(f"\n## {name}\n")[2].partition("\n## ")[0]


SNIPPETS = [
    pytest.param(language, code, id=f"{name}-{number}-{language}")
    for name in SECTIONS
    for number, (language, code) in enumerate(
        re.findall(r"^```(\w+)\n(.*?)^```$", section(name), re.DOTALL | re.MULTILINE)
    )
    if language in RUNS
]


@asynccontextmanager
async def serving(ours: Caller) -> AsyncIterator[str]:
    """The application on a port of loopback; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application(ours.deps, public_url="http://127.0.0.1"), log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def ours(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Caller]:
    """A caller whose brand has an account on X."""
    database = await Database.open(sqlite_url)
    async with tools(database, tmp_path / "media") as deps:
        async with database.transaction() as session:
            workspace = await workspaces.create_workspace(session, "Paperboat")
            brand = await brands.create_brand(session, workspace.id, "Juniper", timezone="Europe/Berlin")
            new = accounts.NewAccount(
                platform="x", platform_account_id="1", handle="juniper", display_name="J", service_url="https://x.com"
            )
            await accounts.save_account(session, workspace.id, brand.id, new)
        yield await caller(deps, workspace.id)
    await database.close()


@pytest.mark.parametrize(("language", "code"), SNIPPETS)
async def test_a_documented_snippet_runs_as_it_stands(ours: Caller, tmp_path: Path, language: str, code: str) -> None:
    needs, program, ending = RUNS[language]
    if needs is not None and shutil.which(needs) is None:
        pytest.skip(f"{needs} is not installed: THE DOCUMENTED SNIPPETS FOR IT WERE NOT RUN")
    post = (await ours.call("POST", "/posts", {"items": [{"post_type": "x-post", "content": "Hello."}]})).json()
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(written, "JPEG")
    (tmp_path / "blend.jpg").write_bytes(written.getvalue())
    script = tmp_path / f"snippet.{ending}"
    script.write_text(code)

    async with serving(ours) as url:
        given = {
            "PATH": os.environ["PATH"],
            "HERALD_URL": url,
            "HERALD_API_KEY": ours.secret,
            "HERALD_WORKSPACE": ours.workspace_id,
            "POST_ID": post["post_id"],
            "ITEM_ID": post["items"][0]["item_id"],
            "TOMORROW": (clock.now() + timedelta(days=1)).isoformat(),
        }
        process = await asyncio.create_subprocess_exec(
            program,
            str(script),
            cwd=tmp_path,
            env=given,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()

    assert process.returncode == 0, (out, err)
    assert json.loads(out)


def test_every_route_of_these_sections_is_documented_and_no_other() -> None:
    tags = {endpoint.tag for endpoint in ENDPOINTS if endpoint.tag in {*SECTIONS, "Webhooks", "Calendar feed"}}
    for tag in sorted(tags):
        rows = re.findall(r"^\| `(GET|POST|PATCH|DELETE) (/[^`?]*)", section(tag), re.MULTILINE)
        table = {(e.method, e.path.replace("post_item_id", "item_id"), e.scope) for e in ENDPOINTS if e.tag == tag}
        scopes = dict(
            re.findall(r"^\| `((?:GET|POST|PATCH|DELETE) /[^`?]*)[^`]*` \| `([^`]*)`", section(tag), re.MULTILINE)
        )
        assert {(method, path, scopes[f"{method} {path}"]) for method, path in rows} == table


def test_documented_answers_are_the_examples_of_the_table() -> None:
    shown = [json.loads(code) for code in re.findall(r"^```json\n(.*?)^```$", text_of(PAGE), re.DOTALL | re.MULTILINE)]
    for path, method in (
        ("/posts", "POST"),
        ("/posts/{post_id}/publish", "POST"),
        ("/media/upload", "POST"),
        ("/post-items/{post_item_id}/analytics", "GET"),
    ):
        (endpoint,) = [e for e in ENDPOINTS if (e.path, e.method) == (path, method)]
        assert endpoint.example_answer in shown, path
