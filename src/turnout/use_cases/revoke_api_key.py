"""Revoke an API key: whatever is accepted after the commit obeys it (I7)."""

from turnout.domain import api_key as api_keys
from turnout.domain.api_key import ApiKey
from turnout.domain.by import By
from turnout.domain.errors import NotFound
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def revoke_api_key(ports: Ports, caller: Caller | None, key_id: str) -> ApiKey:
    """Revoke it.

    Args:
        caller: None for the operator of this machine, who holds the database itself.

    Raises:
        NotFound: no such key in the caller's environment.
        Conflict: it is revoked already.
    """

    def work(tx: Transaction) -> ApiKey:
        if caller is not None:
            admit(tx, caller, Role.ADMIN)
        before = tx.api_keys.get(key_id)
        if before is None or (caller and before.environment_id != caller.environment.id):
            raise NotFound("not_found", f"There is no API key {key_id[:80]!r} here.")
        now = ports.now()
        after = api_keys.revoke(before, now)
        tx.api_keys.save(after)
        by = caller.by(now) if caller else By(before.id, now, "revoked on the server's machine")
        record(
            tx,
            "api-key.revoke",
            before.id,
            by,
            environment_id=before.environment_id,
            before={"revoked": False},
            after={"revoked": True},
        )
        return after

    return await ports.store.write(work)
