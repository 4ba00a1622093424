"""Who is asking: goes with every request into its use case."""

from dataclasses import dataclass

from turnout.domain import text
from turnout.domain.api_key import ApiKey
from turnout.domain.by import By
from turnout.domain.environment import Environment
from turnout.domain.errors import Unauthenticated
from turnout.domain.instant import Instant
from turnout.domain.role import Role
from turnout.use_cases.ports import Transaction

MAX_REASON = 5_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A request's ``Idempotency-Key`` and the digest of what it asks for."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Caller:
    """A request's key, the environment it belongs to, and its idempotency claim if it has one."""

    key: ApiKey
    environment: Environment
    claim: Claim | None = None

    def by(self, at: Instant, reason: str = "") -> By:
        """The signature under what this caller changes.

        Raises:
            Invalid: a reason that is too long or no text.
        """
        return By(self.key.id, at, text.checked(reason, "The reason", MAX_REASON))


def admit(tx: Transaction, caller: Caller, needed: Role) -> None:
    """Let a change through, by the key as it stands inside the change's own transaction (I7).

    Raises:
        Unauthenticated: the key was revoked since the request came in.
        Forbidden: its role does not allow this.
    """
    key = tx.api_keys.get(caller.key.id)
    if key is None or key.revoked_at is not None:
        raise revoked()
    key.role.require(needed)


def revoked() -> Unauthenticated:
    """The refusal for a key that is no longer good."""
    return Unauthenticated(
        "unauthenticated", "This key was revoked; ask an administrator for another."
    )
