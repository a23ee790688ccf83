"""A workspace, and people at its page."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.app import Workspace, running
from sandbox.slack.settings import Settings
from tests.sandbox.slack.desk import Desk


@pytest.fixture
def settings() -> Settings:
    return Settings(ack_timeout_s=0.6)


@pytest.fixture
async def workspace(settings: Settings) -> AsyncIterator[Workspace]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def maya(workspace: Workspace, http: httpx.AsyncClient) -> Desk:
    return Desk(workspace, http, "maya")


@pytest.fixture
def omar(workspace: Workspace, http: httpx.AsyncClient) -> Desk:
    return Desk(workspace, http, "omar")


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[AsyncWebClient]:
    async with ClientSession() as session:
        yield AsyncWebClient(token=workspace.bot_token, base_url=f"{workspace.api_url}/", session=session)
