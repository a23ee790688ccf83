"""What the wire signs for a request: that it holds a key (DPoP), and that Herald is the app it says it is.

Sources: https://www.rfc-editor.org/rfc/rfc9449 (DPoP) and https://www.rfc-editor.org/rfc/rfc7523 (client assertions),
read 2026-11-21. Keys are P-256, signatures ES256.
"""

import base64
import hashlib
import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bot.domain.accounts import Secret
from platforms.decoding import decoded

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 60
"""atproto wants no more than a minute. Source: https://atproto.com/specs/oauth#client-authentication, 2026-11-21."""
_COORDINATE_BYTES = 32
_JTI_BYTES = 16
_MOST_NONCES = 2_000
_ASKING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED})
_NONCE_WANTED = "use_dpop_nonce"
_LONGEST_NONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """How Herald proves to an authorization server which app it is: by its own key (`private_key_jwt`)."""

    client_id: str
    audience: str
    """The server's issuer."""
    key: Secret


class Nonces:
    """The latest nonce of each server, as its answers gave it. One for a process: all accounts there use it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, url: str) -> str | None:
        """The nonce for a request to this address."""
        return self._known.get(_origin(url))

    def hear(self, url: str, headers: Mapping[str, str]) -> None:
        """Note what an answer says."""
        nonce, place = headers.get("dpop-nonce", ""), _origin(url)
        if not nonce or len(nonce) > _LONGEST_NONCE or not nonce.isascii():
            return
        self._known[place] = nonce
        self._known.move_to_end(place)
        if len(self._known) > _MOST_NONCES:
            _ = self._known.popitem(last=False)


def wants_nonce(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a server refused a request only for its nonce: it did nothing else with it (RFC 9449, 8 and 9)."""
    if status not in _ASKING:
        return False
    if _NONCE_WANTED in headers.get("www-authenticate", ""):
        return True
    try:
        said = decoded(body)
    except ValueError:
        return False
    return isinstance(said, dict) and cast("dict[str, object]", said).get("error") == _NONCE_WANTED


def new_key() -> Secret:
    """A fresh private key, as JSON (RFC 7517)."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.private_numbers()
    at = numbers.public_numbers
    points = {"d": numbers.private_value, "x": at.x, "y": at.y}
    packed = {name: _packed(value.to_bytes(_COORDINATE_BYTES)) for name, value in points.items()}
    return Secret(json.dumps({"kty": "EC", "crv": "P-256", **packed}))


def public_key(key: Secret) -> dict[str, str]:
    """The public half of a key. Raises ValueError when it is none of ours."""
    fields = _fields(key)
    return {name: fields[name] for name in ("kty", "crv", "x", "y")}


def thumbprint(key: Secret) -> str:
    """What a key is called (RFC 7638)."""
    ordered = json.dumps(dict(sorted(public_key(key).items())), separators=(",", ":"))
    return _packed(hashlib.sha256(ordered.encode()).digest())


def proof(  # noqa: PLR0913  # what a proof is about, by name
    key: Secret, *, method: str, url: str, at: datetime, nonce: str | None, token: Secret | None
) -> str:
    """That whoever sends this request holds `key`; bound to the token it carries, if any. Serves once."""
    parts = urlsplit(url)
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(_JTI_BYTES),
        "htm": method,
        "htu": f"{parts.scheme}://{parts.netloc}{parts.path or '/'}",
        "iat": int(at.timestamp()),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if token is not None:
        claims["ath"] = _packed(hashlib.sha256(token.reveal().encode()).digest())
    return _signed(key, {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_key(key)}, claims)


def asserted(assertion: Assertion, at: datetime) -> tuple[tuple[str, str], ...]:
    """The two parameters by which Herald says who it is. Serves once."""
    now = int(at.timestamp())
    claims: dict[str, object] = {
        "iss": assertion.client_id,
        "sub": assertion.client_id,
        "aud": assertion.audience,
        "jti": secrets.token_urlsafe(_JTI_BYTES),
        "iat": now,
        "exp": now + ASSERTION_LIFE_S,
    }
    header: dict[str, object] = {"typ": "JWT", "alg": "ES256", "kid": thumbprint(assertion.key)}
    return (
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", _signed(assertion.key, header, claims)),
    )


def _signed(key: Secret, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
    private = ec.derive_private_key(int.from_bytes(_unpacked(_fields(key)["d"])), ec.SECP256R1())
    text = ".".join(_packed(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    halves = decode_dss_signature(private.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{_packed(b''.join(half.to_bytes(_COORDINATE_BYTES) for half in halves))}"


def _fields(key: Secret) -> dict[str, str]:
    fields = cast("object", json.loads(key.reveal()))  # loads is typed Any
    if not isinstance(fields, dict) or not {"kty", "crv", "x", "y", "d"} <= set(cast("dict[str, object]", fields)):
        raise ValueError("this is no private key of ours")
    return cast("dict[str, str]", fields)


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
