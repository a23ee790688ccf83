"""Bluesky by consent, held to the contract of all connectors."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import platforms.bluesky
from bot.domain.accounts import Secret, Tokens
from platforms.base import AppRegistration, Endpoints, Wire
from platforms.bluesky import CONNECTOR
from platforms.bluesky.oauth import ask, redeem
from platforms.consent import Question, Return
from platforms.proofs import new_key
from tests.platforms.bluesky import test_contract as plain
from tests.platforms.bluesky.world import DID, SERVER, connected
from tests.platforms.contract import Call, ConnectorCase, ContractTests
from tests.platforms.stage import Step

ISSUER = "https://issuer.example"
CLIENT_ID = "https://herald.example.org/oauth/client/bluesky.json"
PUSHED = "urn:ietf:params:oauth:request_uri:req-1"
REDIRECT = "https://herald.example.org/oauth/callback"
KEY, APP_KEY = new_key(), new_key()
TOKENS = Tokens(
    access=Secret("s3cret-bound-access"),
    refresh=Secret("s3cret-bound-refresh"),
    scopes=("atproto", "transition:generic"),
    extra={
        "dpop_key": KEY,
        "issuer": Secret(ISSUER),
        "client_id": Secret(CLIENT_ID),
        "client_secret": APP_KEY,
    },
)
OURS = connected(tokens=TOKENS)
APP = AppRegistration(client_id=CLIENT_ID, client_secret=APP_KEY, redirect_uri=REDIRECT)
BOUND = {"authorization": "DPoP s3cret-bound-access"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/oauth/authorize",
    "token_endpoint": f"{ISSUER}/oauth/token",
    "revocation_endpoint": f"{ISSUER}/oauth/revoke",
    "pushed_authorization_request_endpoint": f"{ISSUER}/oauth/par",
}
GIVEN = {
    "access_token": "next-access",
    "token_type": "DPoP",
    "refresh_token": "next-refresh",
    "scope": "atproto transition:generic",
    "sub": DID,
}
KEPT = {
    "verifier": "v" * 64,
    "key": KEY.reveal(),
    "issuer": ISSUER,
    "token": f"{ISSUER}/oauth/token",
    "did": DID,
}
_RESOURCE = Step(
    method="GET",
    url=f"{SERVER}/.well-known/oauth-protected-resource",
    answer={"resource": SERVER, "authorization_servers": [ISSUER]},
)
_ISSUER = Step(method="GET", url=f"{ISSUER}/.well-known/oauth-authorization-server", answer=METADATA)
_DOCUMENT = Step(
    method="GET",
    url=f"https://plc.example/{DID}",
    answer={
        "id": DID,
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": SERVER}],
    },
)
_SESSION = Step(
    method="GET",
    url=f"{SERVER}/xrpc/com.atproto.server.getSession",
    answer={"did": DID, "handle": "juniper.example", "active": True},
)
ENDPOINTS = Endpoints(api="https://view.example", directory="https://plc.example")


def _bound(step: Step) -> Step:
    return replace(step, headers={**step.headers, **BOUND}) if "authorization" in step.headers else step


async def _refreshed(wire: Wire) -> tuple[str, str | None, bool]:
    assert CONNECTOR.refresh is not None
    tokens = await CONNECTOR.refresh(wire, ENDPOINTS, OURS)
    ends = tokens.access_expires_at is None and tokens.refresh_expires_at is not None
    return tokens.access.reveal(), tokens.refresh.reveal() if tokens.refresh else None, ends


async def _revoked(wire: Wire) -> None:
    assert CONNECTOR.revoke is not None
    await CONNECTOR.revoke(wire, ENDPOINTS, OURS)


async def _asked(wire: Wire) -> tuple[str, str]:
    sent = await ask(wire, ENDPOINTS, Question(typed="@Juniper.example", state="st", app=APP))
    return sent.url, json.loads(sent.kept.reveal())["did"]


async def _redeemed(wire: Wire) -> tuple[object, str, tuple[str, ...]]:
    back = Return(kept=Secret(json.dumps(KEPT)), code=Secret("c0de"), issuer=ISSUER, app=APP)
    made = await redeem(wire, ENDPOINTS, back)
    return made.identity, made.tokens.access.reveal(), tuple(sorted(made.tokens.extra))


class TestBlueskyByConsent(ContractTests):
    """Each call in the account's name is bound to its key; nothing else differs."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=OURS,
        endpoints=plain.TestBluesky.case.endpoints,
        key=plain.TestBluesky.case.key,
        folder=Path(platforms.bluesky.__file__).parent,
        refusals={
            **plain.TestBluesky.case.refusals,
            401: json.dumps({"error": "invalid_token", "message": "Token expired"}).encode(),
        },
        scenarios=tuple(
            replace(one, prepare=tuple(map(_bound, one.prepare)), publish=tuple(map(_bound, one.publish)))
            for one in (plain.TEXT, plain.WITH_CARD)
        ),
        looking=plain.TestBluesky.case.looking,
        limits=plain.TestBluesky.case.limits[:1],
        calls=(
            Call(
                name="identify",
                call=lambda wire: CONNECTOR.identify(wire, OURS),
                steps=(replace(_SESSION, headers=BOUND),),
                gives=plain.IDENTITY,
            ),
            Call(
                name="refresh",
                call=_refreshed,
                steps=(_ISSUER, Step(method="POST", url=f"{ISSUER}/oauth/token", headers=FORM, answer=GIVEN)),
                gives=("next-access", "next-refresh", True),
            ),
            Call(
                name="revoke",
                call=_revoked,
                steps=(_ISSUER, Step(method="POST", url=f"{ISSUER}/oauth/revoke", headers=FORM, optional=True)),
                gives=None,
            ),
            Call(
                name="ask",
                call=_asked,
                steps=(
                    Step(
                        method="GET",
                        url="https://view.example/xrpc/com.atproto.identity.resolveHandle",
                        query={"handle": "juniper.example"},
                        answer={"did": DID},
                        optional=True,
                    ),
                    _DOCUMENT,
                    _RESOURCE,
                    _ISSUER,
                    Step(
                        method="POST",
                        url=f"{ISSUER}/oauth/par",
                        headers=FORM,
                        status=201,
                        answer={"request_uri": PUSHED, "expires_in": 300},
                    ),
                ),
                gives=(
                    f"{ISSUER}/oauth/authorize?{urlencode({'client_id': CLIENT_ID, 'request_uri': PUSHED})}",
                    DID,
                ),
            ),
            Call(
                name="redeem",
                call=_redeemed,
                steps=(
                    Step(method="POST", url=f"{ISSUER}/oauth/token", headers=FORM, answer=GIVEN),
                    _DOCUMENT,
                    _RESOURCE,
                    replace(_SESSION, headers={"authorization": "DPoP next-access"}),
                ),
                gives=(plain.IDENTITY, "next-access", ("client_id", "client_secret", "dpop_key", "issuer")),
            ),
        ),
        since=plain.TestBluesky.case.since,
    )
