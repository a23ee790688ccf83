"""`/account`: what a client asks first, to learn whether its key is good."""

from msgspec import Struct

from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family

_BALANCE = 1_000_000
"""Herald sells no credits; clients that look at them before they publish find plenty."""


class Credits(Struct, kw_only=True):
    """What is left to spend."""

    balance: int


async def _credits(_call: Call[None, None]) -> Credits:
    return Credits(balance=_BALANCE)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/account/credits",
        family=Family.A,
        scope="account:read",
        answer=Credits,
        handle=_credits,
        summary="Read the credit balance",
        description="Herald sells no credits: the balance is always the same large number. Good for verifying a key.",
        tag="Account",
        example_answer={"balance": _BALANCE},
    ),
)
