"""Every style of OAuth met at the networks: the rules a connector would write, and a server that is like that."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from platforms.base import OAuthRules
from platforms.oauth_rules import ClientAuth, Proof, Reach, Revocation, TokenCall
from sandbox.networks.oauth import Body, Style

API, AUTH = "https://api.toy.example", "https://www.toy.example"
PATHS: dict[str, Any] = {
    "authorize": f"{AUTH}/authorize",
    "token": f"{API}/token",
    "scopes": ("read", "write"),
    "source": "https://toy.example/docs",
    "read": date(2026, 11, 21),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A style by the name of a network that has it."""

    name: str
    rules: OAuthRules
    style: Style
    renews: bool = True
    rotates: bool = False
    revokes: bool = False


def _rules(**changes: Any) -> OAuthRules:  # noqa: ANN401  # fields of OAuthRules
    return OAuthRules(**(PATHS | changes))


def _by_access(grant_type: str, path: str, client: ClientAuth, token_name: str = "access_token") -> TokenCall:  # noqa: S107  # a parameter's name
    return TokenCall(
        grant_type=grant_type,
        token_name=token_name,
        carries=Proof.ACCESS,
        address=API + path,
        method="GET",
        client=client,
    )


def _inside(body: Body) -> Body:
    return {"data": [body]}


def _renamed(body: Body) -> Body:
    """TikTok's name for the life of a refresh token."""
    return {name.replace("refresh_token_expires", "refresh_expires"): value for name, value in body.items()}


CASES = (
    Case(
        name="x",
        rules=_rules(client=ClientAuth.BASIC, rotates=True, revoke=Revocation(address=f"{API}/revoke")),
        style=Style(client="basic", rotates=True, revoke_path="/revoke", first_s=7200.0),
        rotates=True,
        revokes=True,
    ),
    Case(
        name="linkedin",
        rules=_rules(
            pkce=False,
            refresh=None,
            revoke=Revocation(address=f"{AUTH}/revoke", carries=Proof.ACCESS),
        ),
        style=Style(pkce="unknown", gives_refresh=False, first_s=5_184_000.0, revoke_path="/revoke"),
        renews=False,
        revokes=True,
    ),
    Case(
        name="threads",
        rules=_rules(
            pkce=False,
            scope_separator=",",
            exchange=_by_access("th_exchange_token", "/long", ClientAuth.SECRET),
            refresh=_by_access("th_refresh_token", "/again", ClientAuth.NOBODY),
        ),
        style=Style(
            pkce="unknown",
            scope_separator=",",
            gives_refresh=False,
            exchange=("th_exchange_token", "access_token"),
            renewal=("th_refresh_token", "access_token"),
            further_paths=("/long", "/again"),
        ),
    ),
    Case(
        name="instagram",
        rules=_rules(
            pkce=False,
            scope_separator=",",
            answer_in=("data",),
            exchange=_by_access("ig_exchange_token", "/long", ClientAuth.SECRET),
            refresh=_by_access("ig_refresh_token", "/again", ClientAuth.NOBODY),
        ),
        style=Style(
            pkce="unknown",
            scope_separator=",",
            gives_refresh=False,
            exchange=("ig_exchange_token", "access_token"),
            renewal=("ig_refresh_token", "access_token"),
            further_paths=("/long", "/again"),
            shape=_inside,
        ),
    ),
    Case(
        name="facebook",
        rules=_rules(
            pkce=False,
            scope_separator=",",
            token_method="GET",  # noqa: S106  # an HTTP method
            exchange=_by_access("fb_exchange_token", "/token", ClientAuth.BODY, "fb_exchange_token"),
            refresh=None,
        ),
        style=Style(
            pkce="unknown",
            scope_separator=",",
            gives_refresh=False,
            exchange=("fb_exchange_token", "fb_exchange_token"),
        ),
        renews=False,
    ),
    Case(
        name="tiktok",
        rules=_rules(
            pkce=False,
            client_id_name="client_key",
            scope_separator=",",
            needed_scopes=("write",),
            rotates=True,
            revoke=Revocation(address=f"{API}/revoke", carries=Proof.ACCESS, reach=Reach.ACCOUNT),
        ),
        style=Style(
            pkce="unknown",
            client_id_name="client_key",
            scope_separator=",",
            refuses_with_200=True,
            rotates=True,
            refresh_s=15_552_000.0,
            revoke_path="/revoke",
            shape=_renamed,
        ),
        rotates=True,
        revokes=True,
    ),
    Case(
        name="youtube",
        rules=_rules(
            authorize_extra=(("access_type", "offline"), ("prompt", "consent")),
            revoke=Revocation(address=f"{AUTH}/revoke", client=ClientAuth.NOBODY, reach=Reach.PERSON),
        ),
        style=Style(pkce="taken"),
    ),
    Case(
        name="pinterest",
        rules=_rules(
            pkce=False,
            client=ClientAuth.BASIC,
            scope_separator=",",
            token_extra=(("continuous_refresh", "true"),),
            rotates=True,
        ),
        style=Style(
            pkce="unknown",
            client="basic",
            scope_separator=",",
            rotates=True,
            refresh_s=5_184_000.0,
            first_s=2_592_000.0,
        ),
        rotates=True,
    ),
    Case(
        name="reddit",
        rules=_rules(
            pkce=False,
            client=ClientAuth.BASIC,
            authorize_extra=(("duration", "permanent"),),
            revoke=Revocation(address=f"{AUTH}/revoke"),
        ),
        style=Style(pkce="unknown", client="basic", revoke_path="/revoke"),
        revokes=True,
    ),
    Case(name="a public app", rules=_rules(client=ClientAuth.PUBLIC), style=Style(client="public")),
)


def case(name: str) -> Case:
    """The style with this name."""
    return next(one for one in CASES if one.name == name)
