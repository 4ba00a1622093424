"""Find out who is asking, from the secret in the request."""

from turnout.domain.api_key import digest
from turnout.domain.errors import Unauthenticated
from turnout.use_cases.caller import Caller, revoked
from turnout.use_cases.ports import Store, Transaction


async def authenticate(store: Store, secret: str | None) -> Caller:
    """The caller behind a key's secret.

    Raises:
        Unauthenticated: no secret, an unknown one, or a revoked key's.
    """
    if not secret:
        raise Unauthenticated(
            "unauthenticated",
            "Send an API key: `Authorization: Bearer KEY`. `turnout keys create` makes one.",
        )
    wanted = digest(secret)

    def find(tx: Transaction) -> Caller:
        key = tx.api_keys.by_digest(wanted)
        environment = tx.environments.get(key.environment_id) if key else None
        if key is None or environment is None:
            raise Unauthenticated(
                "unauthenticated", "This key is unknown here; check that it was copied whole."
            )
        if key.revoked_at is not None:
            raise revoked()
        return Caller(key, environment)

    return await store.read(find)
