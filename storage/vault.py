"""Secrets at rest: AES-256-GCM under a ring of keys. What is sealed for one row does not open in another."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.domain.accounts import Secret, Tokens
from bot.domain.ids import AccountId, BrandId, WorkspaceId

_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_DIGITS = 12
_KEY_FILE = "secret.key"
_SIGNING = b"herald: signing"
"""Signing keys are made of the ring's, never the same ones."""


class CannotOpen(Exception):
    """A sealed secret cannot be read: its key is missing, or it was changed, or it belongs to another row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose secret it is. Opening demands the identity it was sealed with."""

    workspace_id: str
    brand_id: str
    account_id: str
    """The account, or whatever else within the brand the secret belongs to."""

    def associated(self) -> bytes:
        """The identity as AES-GCM's associated data; no two identities give the same bytes."""
        return f"{self.workspace_id}|{self.brand_id}|{self.account_id}".encode()

    def __post_init__(self) -> None:
        if any("|" in part for part in (self.workspace_id, self.brand_id)):
            raise ValueError("an identity must not contain '|'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed secret as it is stored, and which key opens it."""

    data: bytes
    """Nonce and ciphertext with its tag."""
    key_id: str


class Vault:
    """Seals with the newest key, opens with any key of the ring."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a key ring needs at least one key")
        if any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError(f"every key of the ring must be {_KEY_BYTES} bytes long")
        self._ciphers: Mapping[str, AESGCM] = {_key_id(key): AESGCM(key) for key in keys}
        self._signing = tuple(hmac.digest(key, _SIGNING, "sha256") for key in keys)
        self.key_id = _key_id(keys[0])
        """The key that seals now; rows sealed with another one are due for rotation."""

    @property
    def older(self) -> list[str]:
        """The keys that only open."""
        return [key_id for key_id in self._ciphers if key_id != self.key_id]

    def has(self, key_id: str) -> bool:
        """Whether this key is in the ring."""
        return key_id in self._ciphers

    def sign(self, message: bytes) -> bytes:
        """32 bytes that only a holder of the newest key can make of this message."""
        return hmac.digest(self._signing[0], message, "sha256")

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether any key of the ring signed this message so."""
        made = [hmac.digest(key, message, "sha256") for key in self._signing]
        return any(hmac.compare_digest(one, signature) for one in made)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """See `load_key_ring`."""
        return cls(load_key_ring(text))

    def seal(self, plaintext: bytes, *, identity: Identity) -> Sealed:
        """Encrypt with the newest key and a fresh random nonce."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self.key_id].encrypt(nonce, plaintext, identity.associated())
        return Sealed(data=nonce + ciphertext, key_id=self.key_id)

    def open(self, sealed: Sealed, *, identity: Identity) -> bytes:
        """Decrypt. Raises CannotOpen."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise CannotOpen(f"the key {sealed.key_id} is not in the key ring; put it back behind the newest one")
        try:
            return cipher.decrypt(sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:], identity.associated())
        except (InvalidTag, ValueError):
            raise CannotOpen(f"a secret of {identity.account_id} was changed, or belongs to another row") from None

    def seal_tokens(self, tokens: Tokens, *, identity: Identity) -> Sealed:
        """Seal an account's tokens."""
        return self.seal(_tokens_to_bytes(tokens), identity=identity)

    def open_tokens(self, sealed: Sealed, *, identity: Identity) -> Tokens:
        """Open an account's tokens. Raises CannotOpen."""
        return _tokens_from_bytes(self.open(sealed, identity=identity))


def account_identity(workspace_id: WorkspaceId, brand_id: BrandId, account_id: AccountId) -> Identity:
    """The identity of an account's tokens."""
    return Identity(workspace_id=workspace_id, brand_id=brand_id, account_id=account_id)


def registration_identity(platform: str, service_url: str) -> Identity:
    """The identity of an app's client secret, which belongs to no workspace."""
    return Identity(workspace_id="", brand_id=platform, account_id=service_url)


def installation_identity(workspace_id: WorkspaceId, team_id: str) -> Identity:
    """The identity of the token of Herald's bot in a Slack team."""
    return Identity(workspace_id=workspace_id, brand_id="", account_id=f"slack:{team_id}")


def consent_identity(workspace_id: str, brand_id: str, state_hash: str) -> Identity:
    """The identity of what a consent under way keeps."""
    return Identity(workspace_id=workspace_id, brand_id=brand_id, account_id=state_hash)


def webhook_identity(workspace_id: WorkspaceId, webhook_id: str) -> Identity:
    """The identity of a webhook's secret."""
    return Identity(workspace_id=workspace_id, brand_id="", account_id=f"webhook:{webhook_id}")


def load_key_ring(text: str) -> tuple[bytes, ...]:
    """Keys from their text form: base64 of 32 bytes each, newest first, separated by commas or line ends.

    Raises ValueError with a sentence that shows no key.
    """
    words = text.replace(",", "\n").split()
    keys: list[bytes] = []
    for position, word in enumerate(words, start=1):
        try:
            key = base64.b64decode(word, validate=True)
        except binascii.Error:
            raise ValueError(f"key {position} of the key ring is not base64") from None
        if len(key) != _KEY_BYTES:
            raise ValueError(f"key {position} of the key ring has {len(key)} bytes instead of {_KEY_BYTES}")
        keys.append(key)
    if not keys:
        raise ValueError("the key ring is empty")
    return tuple(keys)


def new_key() -> str:
    """A fresh random key in its text form."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def key_ring_in(folder: Path) -> tuple[bytes, ...]:
    """The ring kept in `folder`/secret.key, made there with mode 0600 if absent.

    The file appears whole or not at all, and of two processes that make it at once both get the same one.
    """
    path = folder / _KEY_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create_whole(path, new_key() + "\n")
    return load_key_ring(path.read_text(encoding="ascii"))


def has_key_ring(folder: Path) -> bool:
    """Whether a ring is kept there."""
    return (folder / _KEY_FILE).exists()


def _create_whole(path: Path, text: str) -> None:
    """Make the file with its content unless it exists by now."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"herald key id" + key).hexdigest()[:_KEY_ID_DIGITS]


def _tokens_to_bytes(tokens: Tokens) -> bytes:
    return json.dumps(tokens_to_json(tokens)).encode()


def tokens_to_json(tokens: Tokens) -> dict[str, object]:
    """Tokens in the clear, for what is sealed next."""
    return {
        "access": tokens.access.reveal(),
        "refresh": tokens.refresh.reveal() if tokens.refresh is not None else None,
        "access_expires_at": _text(tokens.access_expires_at),
        "refresh_expires_at": _text(tokens.refresh_expires_at),
        "scopes": list(tokens.scopes),
        "extra": {name: secret.reveal() for name, secret in tokens.extra.items()},
    }


def _tokens_from_bytes(data: bytes) -> Tokens:
    return tokens_from_json(json.loads(data))


def tokens_from_json(stored: Any) -> Tokens:  # noqa: ANN401  # authenticated by the seal, so its form is known
    """What `tokens_to_json` made."""
    return Tokens(
        access=Secret(stored["access"]),
        refresh=Secret(stored["refresh"]) if stored["refresh"] is not None else None,
        access_expires_at=_instant(stored["access_expires_at"]),
        refresh_expires_at=_instant(stored["refresh_expires_at"]),
        scopes=tuple(stored["scopes"]),
        extra={name: Secret(value) for name, value in stored["extra"].items()},
    )


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
