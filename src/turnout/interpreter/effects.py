"""What a run wants done outside: keys, digests and the open effects of a state."""

import hashlib
from collections.abc import Sequence
from urllib.parse import quote

from turnout.domain.instant import Instant
from turnout.domain.journal import Effect
from turnout.domain.json import JsonObject
from turnout.interpreter.json_text import canonical
from turnout.interpreter.state import Frame, State

TIMEOUT, ATTEMPT = "timeout", "attempt"
"""Names of deadlines: of a task, and of one attempt of a ``try``."""


def iteration(stack: Sequence[Frame]) -> tuple[int, ...]:
    """Indexes of the iterations around the innermost frame of a branch, outermost first."""
    return tuple(frame.loop.index for frame in stack[:-1] if frame.loop is not None)


def effect_key(stack: Sequence[Frame]) -> str:
    """The key of an effect of the innermost frame: ``checks/query#2`` or ``loop/query#7@3.1``.

    The visit counts every entry into the task in the run and alone makes the key unique; the
    iteration indexes behind the ``@`` say to a person where it was.
    """
    frame = stack[-1]
    indexes = ".".join(map(str, iteration(stack)))
    return f"{frame.path}#{frame.visit}" + (f"@{indexes}" if indexes else "")


def digest_of(kind: str, request: JsonObject) -> str:
    """SHA-256 over kind and request, hex."""
    return hashlib.sha256(canonical([kind, request])).hexdigest()


def idempotency_key(state: State, key: str) -> str:
    """What every execution of the effect carries, in ASCII that fits a header.

    It leaves the attempt out, so that the workflow's own retries do not charge twice; an
    operator's retry, who knows what they do, makes a new one.
    """
    run_id = str(state.run["id"])
    again = f":{state.retries}" if state.retries else ""
    return f"{run_id}:{quote(key, safe='/#@.')}{again}"


def want(
    state: State, stack: Sequence[Frame], kind: str, request: JsonObject, due: Instant | None
) -> Effect:
    """Open an effect of the innermost of these frames in a state of one's own."""
    frame = stack[-1]
    key = effect_key(stack)
    frame.attempt = max(frame.attempt, state.attempts.get(key, 0)) + 1
    frame.effect = key
    if any(each.guard is not None for each in stack):
        state.attempts[key] = frame.attempt
    return _open(state, key, frame.attempt, kind, request, due)


def deadline(state: State, stack: Sequence[Frame], name: str, length: int) -> Effect:
    """Open a timer that ends the innermost of these frames, beside whatever effect it has.

    Args:
        name: of the deadline. length: microseconds from now.
    """
    stack[-1].deadlines[name] = length
    key = deadline_key(stack, name)
    attempt = state.attempts[key] = state.attempts.get(key, 0) + 1
    return _open(state, key, attempt, "timer", {}, state.now + length)


def deadline_key(stack: Sequence[Frame], name: str) -> str:
    """The key of a deadline of the innermost of these frames: ``checks/query#2!timeout``."""
    return f"{effect_key(stack)}!{name}"


def place_of(key: str) -> tuple[str, str | None]:
    """The path of the task that a key is of, and the deadline's name if it is one's."""
    path, _, rest = key.rpartition("#")
    _, _, name = rest.partition("!")
    return path, name or None


def _open(
    state: State, key: str, attempt: int, kind: str, request: JsonObject, due: Instant | None
) -> Effect:
    effect = Effect(
        key=key,
        attempt=attempt,
        kind=kind,
        request=request,
        digest=digest_of(kind, request),
        due=due,
        idempotency_key=idempotency_key(state, key),
    )
    state.effects[key] = effect
    state.unrecorded.append(key)
    return effect
