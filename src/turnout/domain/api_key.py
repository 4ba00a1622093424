"""API keys: who is asking, in which environment, with which role."""

from dataclasses import dataclass, replace
from hashlib import sha256

from turnout.domain.errors import Conflict
from turnout.domain.instant import Instant
from turnout.domain.role import Role


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored: its secret is not, only the secret's SHA-256.

    A secret is 256 random bits, so a plain hash cannot be searched; it needs no slow one.

    Attributes:
        id: ``key_…``; the actor in history and audit.
        name: what people call its holder.
        digest: SHA-256 of the secret text, 32 bytes.
        revoked_at: when it stopped to be good, or None.
    """

    id: str
    environment_id: str
    role: Role
    name: str
    digest: bytes
    created_at: Instant
    revoked_at: Instant | None


def digest(secret: str) -> bytes:
    """What is stored of a secret: 32 bytes."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def revoke(key: ApiKey, now: Instant) -> ApiKey:
    """End a key.

    Raises:
        Conflict: it is revoked already.
    """
    if key.revoked_at is not None:
        raise Conflict("key_revoked", "This key is revoked already.")
    return replace(key, revoked_at=now)
