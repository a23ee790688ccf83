"""Somebody with a key, and the Herald they call."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from bot.domain.ids import WorkspaceId
from bot.domain.keys import ApiKey
from bot.services import workspaces as service
from bot.services.deps import Deps
from handlers.http.app import application
from storage.brands import Brand

HERE = "https://herald.example"


@dataclass(kw_only=True)
class Caller:
    """A program that calls the API, with the headers it sends each time."""

    client: httpx.AsyncClient
    deps: Deps
    workspace_id: WorkspaceId
    key: ApiKey
    secret: str
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """One call; `headers` are named with underscores."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        if body is None:
            return await self.client.request(method, f"/api/v1{path}", headers=sent)
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=sent)


async def caller(
    deps: Deps,
    workspace_id: WorkspaceId,
    *,
    scopes: Sequence[str] = (),
    per_minute: int | None = 100_000,
    brand: Brand | None = None,
) -> Caller:
    """A caller with a new key for the workspace, against an application of its own."""
    place = await service.get_workspace(deps, workspace_id)
    key, secret = await service.create_key(
        deps, place, brand=brand, scopes=scopes, rate_limit_per_minute=per_minute, name="tests"
    )
    return beside(deps, workspace_id, key, secret.reveal())


def beside(deps: Deps, workspace_id: WorkspaceId, key: ApiKey, secret: str) -> Caller:
    """The same key against another application, as another process would have it."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(application(deps, public_url=HERE)), base_url=HERE)
    headers = {"x-api-key": secret, "X-Workspace-Id": workspace_id}
    return Caller(client=client, deps=deps, workspace_id=workspace_id, key=key, secret=secret, headers=headers)
