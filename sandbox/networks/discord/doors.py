"""What every route does first and last: which webhook is asked for, how much it posted, refusals in Discord's form."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from aiohttp import web

from sandbox.networks.discord.world import Webhook, World

WORLD = web.AppKey("world", World)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Values = dict[str, object]
INVALID_FORM = 50035


class Refusal(Exception):
    """An answer in Discord's error form."""

    def __init__(self, status: int, code: int, message: str, errors: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Values = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors

    def answer(self) -> web.Response:
        """As Discord writes it."""
        return web.json_response(self.body, status=self.status)


def invalid(field: str, code: str, message: str) -> Refusal:
    """A form with something wrong in one field; `a.0.b` is inside."""
    errors: Mapping[str, object] = {"_errors": [{"code": code, "message": message}]}
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return Refusal(400, INVALID_FORM, "Invalid Form Body", errors)


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def webhook_of(request: web.Request) -> Webhook:
    """The webhook of the address. Raises the 404 or 401 of Discord."""
    webhook_id, token = request.match_info["webhook"], request.match_info["token"]
    found = next((one for one in world_of(request).webhooks.values() if one.id == webhook_id), None)
    if found is None or found.deleted:
        raise Refusal(404, 10015, "Unknown Webhook")
    if not hmac.compare_digest(found.token, token):
        raise Refusal(401, 50027, "Invalid Webhook Token")
    return found


def as_object(value: object) -> Values:
    """The value when it is a JSON object, else an empty one."""
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[object]:
    """The value when it is a JSON list, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count messages, and refuse in Discord's form."""
    if not request.path.startswith("/api/"):
        return await handler(request)
    headers = {"Via": "1.1 google"}
    world, limit = world_of(request), world_of(request).settings.messages_per_2_s
    answer: web.StreamResponse | None = None
    if limit and request.method == "POST":
        left, after_s = world.spend(request.match_info.get("webhook", ""))
        headers |= {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{world.now().timestamp() + after_s:.3f}",
            "X-RateLimit-Reset-After": f"{after_s:.3f}",
            "X-RateLimit-Bucket": "b3ac5d",
        }
        if left < 0:
            _ = await request.read()
            body = {"message": "You are being rate limited.", "retry_after": round(after_s, 3), "global": False}
            answer = web.json_response(body, status=429, headers={"Retry-After": str(int(after_s) + 1)})
    answer = answer or await _answer(request, handler)
    answer.headers.update(headers)
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.answer()
    except web.HTTPRequestEntityTooLarge:
        return Refusal(413, 40005, "Request entity too large").answer()
    except web.HTTPNotFound:
        return Refusal(404, 0, "404: Not Found").answer()
