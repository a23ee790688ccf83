"""What the authorization server remembers, and how it checks that a caller holds the key a consent is bound to.

Source: https://atproto.com/specs/oauth and https://www.rfc-editor.org/rfc/rfc9449 (DPoP), read 2026-11-21.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.networks.grants import Grant, Grants

Fields = Mapping[str, object]
_NONCE_S = 60
_NONCES_KEPT = 3
_SKEW_S = 190
_COORDINATE_BYTES = 32
_PARTS = 3


class ProofRefusal(Exception):
    """A proof that is missing or wrong, by the protocol's name for it."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(slots=True, kw_only=True)
class Bound(Grant):
    """A consent and the thumbprint of the key its tokens are bound to."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A question that was sent ahead."""

    values: Mapping[str, str]
    key: str


@dataclass(slots=True)
class Consents:
    """All of it."""

    grants: Grants = field(default_factory=Grants)
    pushed: dict[str, Pushed] = field(default_factory=dict[str, Pushed])
    used: set[str] = field(default_factory=set[str])
    """Proofs that served."""
    nonces: deque[str] = field(default_factory=lambda: deque[str](maxlen=_NONCES_KEPT))
    _made_at: float = 0.0

    def nonce(self) -> str:
        """The one to use from now on; a new one each minute."""
        now = datetime.now(UTC).timestamp()
        if not self.nonces or now - self._made_at > _NONCE_S:
            self.nonces.append(secrets.token_urlsafe(16))
            self._made_at = now
        return self.nonces[-1]

    def forget_nonces(self) -> None:
        """None that was given is good any more."""
        self.nonces.clear()

    def holder(self, request: web.Request, token: str | None = None) -> str:
        """The thumbprint of the key that a request proves to hold. Raises ProofRefusal."""
        key, claims = _verified(request.headers.get("DPoP", ""))
        address = f"{request.scheme}://{request.host}{request.path}"
        if claims.get("htm") != request.method or claims.get("htu") != address:
            raise ProofRefusal("invalid_dpop_proof", 'DPoP "htu" mismatch')
        now, made = datetime.now(UTC).timestamp(), claims.get("iat")
        if not isinstance(made, int) or abs(now - made) > _SKEW_S:
            raise ProofRefusal("invalid_dpop_proof", '"iat" claim timestamp check failed')
        if claims.get("nonce") not in self.nonces:
            raise ProofRefusal("use_dpop_nonce", "Authorization server requires nonce in DPoP proof")
        digest = _packed(hashlib.sha256(token.encode()).digest()) if token is not None else None
        if claims.get("ath") != digest:
            raise ProofRefusal("invalid_dpop_proof", 'DPoP "ath" mismatch')
        once = str(claims.get("jti", ""))
        if not once or once in self.used:
            raise ProofRefusal("invalid_dpop_proof", "DPoP proof replayed")
        self.used.add(once)
        return key

    def person_of(self, request: web.Request, token: str) -> str:
        """Whose access token a request carries, with its key. Raises ProofRefusal."""
        key, known = self.holder(request, token), self.grants.access.get(token)
        if known is None or not self.grants.live(known) or cast("Bound", known.grant).key != key:
            raise ProofRefusal("invalid_token", "Invalid token")
        return known.grant.person


def _verified(proof: str) -> tuple[str, Fields]:
    """The key's thumbprint and the claims of a proof. Raises ProofRefusal."""
    parts = proof.split(".")
    if len(parts) != _PARTS:
        raise ProofRefusal("invalid_dpop_proof", "DPoP proof required")
    try:
        header, claims = (cast("Fields", json.loads(_unpacked(part))) for part in parts[:2])
        jwk, signature = cast("Mapping[str, str]", header["jwk"]), _unpacked(parts[2])
        if (header.get("typ"), header.get("alg"), set(jwk)) != ("dpop+jwt", "ES256", {"kty", "crv", "x", "y"}):
            raise ProofRefusal("invalid_dpop_proof", "Failed to verify DPoP proof")
        x, y = (int.from_bytes(_unpacked(jwk[name])) for name in ("x", "y"))
        halves = (int.from_bytes(signature[:_COORDINATE_BYTES]), int.from_bytes(signature[_COORDINATE_BYTES:]))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(encode_dss_signature(*halves), ".".join(parts[:2]).encode(), ec.ECDSA(SHA256()))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise ProofRefusal("invalid_dpop_proof", "Failed to verify DPoP proof") from None
    ordered = json.dumps(dict(sorted(jwk.items())), separators=(",", ":"))
    return _packed(hashlib.sha256(ordered.encode()).digest()), claims


def _packed(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
