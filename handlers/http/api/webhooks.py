"""`/webhooks`: where a workspace's events are sent. A key for one brand alone has no business here."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bot.domain.webhooks import EVENTS, TEST
from bot.services import webhooks
from bot.services.webhooks import Delivery, Webhook
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault, Refusal
from handlers.http.api.times import stamp

_EVENT = Meta(extra_json_schema={"enum": list(EVENTS)})
_URL = Meta(max_length=2_000, description="Begins with https:// and is on the public internet.")
_SECRET = Meta(max_length=120, description="whsec_ and base64 of 24 to 64 bytes; made if it is left out.")
_EXAMPLE_ID = "whk_01kaw0d9m2f3s4t5v6w7x8y9za"
_EXAMPLE = {
    "id": _EXAMPLE_ID,
    "url": "https://hooks.example.com/herald",
    "events": ["post.published", "post.failed"],
    "status": "active",
    "created_at": "2026-11-21T08:00:00Z",
}
_EXAMPLE_DELIVERY = {
    "id": "msg_01kaw0e1a2b3c4d5e6f7g8h9ja",
    "event": "post.published",
    "status": "delivered",
    "tries": 1,
    "created_at": "2026-11-21T09:00:00Z",
    "next_try_at": None,
    "ended_at": "2026-11-21T09:00:01Z",
    "error": None,
}


class NewWebhook(Struct, kw_only=True):
    """A webhook to be made."""

    url: Annotated[str, _URL]
    events: Annotated[list[Annotated[str, _EVENT]], Meta(min_length=1, max_length=50)]
    secret: Annotated[str, _SECRET] | None = None
    enabled: bool = True


class ShownWebhook(Struct, kw_only=True):
    """A webhook, without its secret."""

    id: str
    url: str
    events: list[str]
    status: Literal["active", "disabled"]
    created_at: str


class MadeWebhook(Struct, kw_only=True):
    """A new webhook with its secret, which is shown this once."""

    id: str
    url: str
    events: list[str]
    secret: str
    status: Literal["active", "disabled"]
    created_at: str


class ShownDelivery(Struct, kw_only=True):
    """One event for a webhook, and how far it is. `id` is what `webhook-id` says."""

    id: str
    event: str
    status: Literal["waiting", "retrying", "delivered", "given_up"]
    tries: int
    created_at: str
    next_try_at: str | None
    ended_at: str | None
    error: str | None


class WebhookWithDeliveries(Struct, kw_only=True):
    """A webhook and its newest deliveries."""

    id: str
    url: str
    events: list[str]
    status: Literal["active", "disabled"]
    created_at: str
    deliveries: list[ShownDelivery]


class Webhooks(Struct, kw_only=True):
    """All of a workspace."""

    data: list[ShownWebhook]
    has_more: bool
    total: int


class Done(Struct, kw_only=True):
    """It is so."""

    success: bool


class Owed(Struct, kw_only=True):
    """A test event that is on its way."""

    delivery_id: str
    event: str


async def _create(call: Call[NewWebhook, None]) -> MadeWebhook:
    _refuse_brand_keys(call)
    made = await webhooks.create_webhook(
        call.deps,
        call.workspace_id,
        url=call.body.url,
        events=call.body.events,
        secret=call.body.secret,
        enabled=call.body.enabled,
        asked_by=call.asked_by,
        webhook_id=call.id_for("whk"),
    )
    shown = _shown(made.webhook)
    return MadeWebhook(
        id=shown.id,
        url=shown.url,
        events=shown.events,
        secret=made.secret.reveal(),
        status=shown.status,
        created_at=shown.created_at,
    )


async def _list(call: Call[None, None]) -> Webhooks:
    _refuse_brand_keys(call)
    found = [_shown(webhook) for webhook in await webhooks.list_webhooks(call.deps, call.workspace_id)]
    return Webhooks(data=found, has_more=False, total=len(found))


async def _show(call: Call[None, None]) -> WebhookWithDeliveries:
    _refuse_brand_keys(call)
    webhook, deliveries = await webhooks.show_webhook(call.deps, call.workspace_id, call.path["webhook_id"])
    shown = _shown(webhook)
    return WebhookWithDeliveries(
        id=shown.id,
        url=shown.url,
        events=shown.events,
        status=shown.status,
        created_at=shown.created_at,
        deliveries=[_delivery(one) for one in deliveries],
    )


async def _delete(call: Call[None, None]) -> Done:
    _refuse_brand_keys(call)
    await webhooks.delete_webhook(call.deps, call.workspace_id, call.path["webhook_id"], asked_by=call.asked_by)
    return Done(success=True)


async def _test(call: Call[None, None]) -> Owed:
    _refuse_brand_keys(call)
    delivery_id = await webhooks.test_webhook(call.deps, call.workspace_id, call.path["webhook_id"])
    return Owed(delivery_id=delivery_id, event=TEST)


def _refuse_brand_keys(call: Call[NewWebhook, None] | Call[None, None]) -> None:
    if call.brand_id is not None:
        raise Refusal(Fault.FORBIDDEN, "This key is good for one brand alone, and webhooks tell of all of them.")


def _shown(webhook: Webhook) -> ShownWebhook:
    return ShownWebhook(
        id=webhook.id,
        url=webhook.url,
        events=list(webhook.events),
        status="active" if webhook.enabled else "disabled",
        created_at=stamp(webhook.created_at),
    )


def _delivery(one: Delivery) -> ShownDelivery:
    return ShownDelivery(
        id=one.id,
        event=one.event,
        status=one.status,
        tries=one.tries,
        created_at=stamp(one.created_at),
        next_try_at=stamp(one.next_at) if one.ended_at is None else None,
        ended_at=stamp(one.ended_at) if one.ended_at is not None else None,
        error=one.last_error,
    )


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/webhooks",
        family=Family.B,
        scope="integrations:write",
        body=NewWebhook,
        answer=MadeWebhook,
        handle=_create,
        summary="Make a webhook",
        description=(
            "Events are posted to its address, signed as Standard Webhooks says. The secret is shown this once."
        ),
        tag="Webhooks",
        example_body={"url": _EXAMPLE["url"], "events": _EXAMPLE["events"]},
        example_answer={**_EXAMPLE, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        keeps_answer=False,
    ),
    Endpoint(
        method="GET",
        path="/webhooks",
        family=Family.B,
        scope="integrations:read",
        answer=Webhooks,
        handle=_list,
        summary="List the webhooks",
        tag="Webhooks",
        example_answer={"data": [_EXAMPLE], "has_more": False, "total": 1},
    ),
    Endpoint(
        method="GET",
        path="/webhooks/{webhook_id}",
        family=Family.B,
        scope="integrations:read",
        answer=WebhookWithDeliveries,
        handle=_show,
        summary="Read a webhook and its newest deliveries",
        tag="Webhooks",
        example_answer={**_EXAMPLE, "deliveries": [_EXAMPLE_DELIVERY]},
    ),
    Endpoint(
        method="DELETE",
        path="/webhooks/{webhook_id}",
        family=Family.B,
        scope="integrations:write",
        answer=Done,
        handle=_delete,
        summary="Delete a webhook",
        description="It is told nothing more; what it was still owed is given up.",
        tag="Webhooks",
        example_answer={"success": True},
    ),
    Endpoint(
        method="POST",
        path="/webhooks/{webhook_id}/test",
        family=Family.B,
        scope="integrations:write",
        answer=Owed,
        handle=_test,
        summary="Send a webhook a test event",
        description="The event webhook.test goes out at once, and again like any other if it does not get through.",
        tag="Webhooks",
        example_answer={"delivery_id": _EXAMPLE_DELIVERY["id"], "event": TEST},
    ),
)
