"""One call of the API, checked so far that an endpoint can serve it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from starlette.requests import Request

from bot.domain.errors import Conflict
from bot.domain.ids import BrandId, WorkspaceId
from bot.domain.keys import ApiKey
from bot.services import repeating, workspaces
from bot.services.deps import Deps
from bot.services.repeating import Answering, Claim
from bot.services.workspaces import Brand

B_co = TypeVar("B_co", covariant=True)
T = TypeVar("T")
Q_co = TypeVar("Q_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[B_co, Q_co]):
    """A call of somebody with a good key and the scope it takes. `body` and `query` are read and checked."""

    deps: Deps
    key: ApiKey
    workspace_id: WorkspaceId
    body: B_co
    query: Q_co
    path: Mapping[str, str]
    """What stands in the places of the endpoint's path."""
    request: Request
    claim: Claim | None = None
    """Set for a call with `Idempotency-Key`."""

    @property
    def brand_id(self) -> BrandId | None:
        """The only brand the key is good for; None: all of the workspace."""
        return self.key.brand_id

    @property
    def asked_by(self) -> str:
        """Who is written down as having done it."""
        return f"api:{self.key.id}"

    @property
    def resumed(self) -> bool:
        """Whether an earlier attempt at this very call was cut off: what it makes may be there already."""
        return self.claim is not None and self.claim.resumed

    def id_for(self, prefix: str) -> str:
        """The id of what this call makes, at most one of a kind; the same when a named call is done again."""
        return repeating.id_of(self.claim, prefix)

    def answering(self, told: Callable[[T], object]) -> Answering[T] | None:
        """How a named call's answer is kept in the transaction of what it tells of; None for a call without a name."""
        if self.claim is None:
            return None
        return Answering(claim=self.claim, words=lambda done: msgspec.json.encode(told(done)).decode())

    async def brand(self) -> Brand:
        """The key's brand, else the workspace's only or first one. Raises Conflict when it has none."""
        if self.key.brand_id is not None:
            return await workspaces.get_brand(self.deps, self.workspace_id, self.key.brand_id)
        brand = await workspaces.default_brand(self.deps, self.workspace_id)
        if brand is None:
            raise Conflict("This workspace has no brand yet. Make one in Slack, or: herald brands create NAME")
        return brand

    def may_see(self, brand_id: str | None) -> bool:
        """Whether something of this brand is there for the key."""
        return self.key.brand_id is None or brand_id == self.key.brand_id
