"""Do a change once, however often its request is sent."""

from collections.abc import Callable
from typing import TypeVar

from turnout.domain.errors import Conflict
from turnout.domain.instant import Instant
from turnout.use_cases.caller import Caller, Claim
from turnout.use_cases.ports import Claimed, Transaction

T = TypeVar("T")


def once(
    tx: Transaction,
    caller: Caller,
    now: Instant,
    *,
    do: Callable[[], T],
    subject: Callable[[T], str],
    again: Callable[[str], T],
) -> T:
    """Run ``do``, unless the caller's idempotency key was used for it before.

    Args:
        subject: id of what ``do`` made, to be remembered with the key.
        again: the result as it stands now, from that id.

    Raises:
        Conflict: the key was used for another request.
    """
    claim = caller.claim
    if claim is None:
        return do()
    made = made_before(tx, caller, claim)
    if made is not None:
        return again(made)
    result = do()
    tx.idempotency.claim(
        caller.environment.id, claim.key, Claimed(claim.digest, subject(result)), now
    )
    return result


def made_before(tx: Transaction, caller: Caller, claim: Claim) -> str | None:
    """Id of what this claim's request made before, or None.

    Raises:
        Conflict: the key was used for another request.
    """
    found = tx.idempotency.find(caller.environment.id, claim.key)
    if found is None:
        return None
    if found.digest != claim.digest:
        raise Conflict(
            "idempotency_conflict",
            "This Idempotency-Key was used for another request; send a new key with a new request.",
        )
    return found.subject
