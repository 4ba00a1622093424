"""Idempotency keys of recent requests."""

from sqlalchemy import bindparam, delete, select

from turnout.domain.ids import Prefix
from turnout.domain.instant import Instant
from turnout.storage.ids import to_bytes
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import idempotency
from turnout.use_cases.ports import Claimed

_C = idempotency.c
_GET = Prepared(
    select(_C.digest, _C.subject).where(
        _C.environment_id == bindparam("environment"), _C.key == bindparam("key_")
    ),
    "environment",
    "key_",
    sees_deferred=False,
)


class SqlIdempotency:
    """The port ``Idempotency``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, environment_id: str, key: str) -> Claimed | None:
        """What a key was used for."""
        # Asked for by every accepted run, so deferred rows stay so unless this key is among them.
        if self._session.claims((to_bytes(Prefix.ENVIRONMENT, environment_id), key)):
            self._session.settle()
        row = self._session.find(_GET, environment_id, key)
        return Claimed(*row) if row else None

    def claim(self, environment_id: str, key: str, claimed: Claimed, now: Instant) -> None:
        """Use a key; nobody did before."""
        raw = to_bytes(Prefix.ENVIRONMENT, environment_id)
        self._session.defer_claim((raw, key, claimed.digest, claimed.subject, now))

    def expire(self, before: Instant) -> int:
        """Forget older ones; the number of them."""
        return self._session.execute(delete(idempotency).where(_C.at < before)).rowcount
