"""Create an API key; its secret is shown once and never stored."""

import secrets
from dataclasses import dataclass

from turnout.domain import text
from turnout.domain.api_key import ApiKey, digest
from turnout.domain.by import By
from turnout.domain.environment import Environment
from turnout.domain.errors import Conflict, NotFound
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import made_before
from turnout.use_cases.ports import Claimed, Ports, Transaction
from turnout.use_cases.record import record

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, for the one time it is shown."""

    key: ApiKey
    environment: Environment
    secret: str


async def create_api_key(
    ports: Ports,
    caller: Caller | None,
    *,
    environment: str | None,
    role: Role,
    name: str = "",
) -> NewKey:
    """Create it.

    Args:
        caller: None for the operator of this machine, who holds the database itself.
        environment: a name; None means the caller's, or production.

    Raises:
        NotFound: no such environment.
        Invalid: a name that is too long or no text.
        Conflict: the idempotency key made a key before; its secret cannot be shown again.
    """
    secret = "turnout_" + secrets.token_urlsafe(32)

    def work(tx: Transaction) -> NewKey:
        if caller is not None:
            admit(tx, caller, Role.ADMIN)
            _require_first(tx, caller)
        home = _environment(tx, caller, environment)
        now = ports.now()
        key = ApiKey(
            ports.ids.new(Prefix.API_KEY),
            home.id,
            role,
            text.checked(name, "The name", MAX_NAME, "/data/attributes/name"),
            digest(secret),
            now,
            None,
        )
        tx.api_keys.add(key)
        by = caller.by(now) if caller else By(key.id, now, "made on the server's machine")
        record(
            tx,
            "api-key.create",
            key.id,
            by,
            environment_id=home.id,
            after={"role": role.word, "name": name},
        )
        if caller is not None and caller.claim is not None:
            claimed = Claimed(caller.claim.digest, key.id)
            tx.idempotency.claim(caller.environment.id, caller.claim.key, claimed, now)
        return NewKey(key, home, secret)

    return await ports.store.write(work)


def _require_first(tx: Transaction, caller: Caller) -> None:
    made = made_before(tx, caller, caller.claim) if caller.claim else None
    if made is not None:
        raise Conflict(
            "idempotency_conflict",
            f"This request made the key {made} before; its secret was shown then and is not "
            "stored. Revoke it and make another if the secret was lost.",
        )


def _environment(tx: Transaction, caller: Caller | None, name: str | None) -> Environment:
    if name is None and caller is not None:
        return caller.environment
    wanted = name or "production"
    found = tx.environments.named(wanted)
    if found is None:
        known = ", ".join(each.name for each in tx.environments.all())
        raise NotFound("not_found", f"There is no environment {wanted[:80]!r}; there are {known}.")
    return found
