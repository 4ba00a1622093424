"""What a run wants done outside: keys, digests and the open effects of a state."""

import hashlib
from collections.abc import Collection, Sequence
from urllib.parse import quote

from turnout.domain.instant import Instant
from turnout.domain.journal import Effect
from turnout.domain.json import JsonObject
from turnout.interpreter.json_text import canonical
from turnout.interpreter.state import Frame, State
from turnout.interpreter.tree import branches, lineage, up_to

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


def deadline_key(stack: Sequence[Frame], name: str) -> str:
    """The key of a deadline of the innermost of these frames: ``checks/query#2!timeout``."""
    return f"{effect_key(stack)}!{name}"


def place_of(key: str) -> tuple[str, str | None]:
    """The path of the task that a key is of, and the deadline's name if it is one's."""
    path, _, rest = key.rpartition("#")
    _, _, name = rest.partition("!")
    return path, name or None


class Effects:
    """Opens and closes effects in a state of one's own.

    Attributes:
        wanted: those that were opened.
        withdrawn: keys of those that were open before, and were closed without an answer.
    """

    __slots__ = ("_state", "wanted", "withdrawn")

    def __init__(self, state: State) -> None:
        """Nothing is opened or closed yet."""
        self._state = state
        self.wanted: list[Effect] = []
        self.withdrawn: list[str] = []

    def want(
        self, frames: Sequence[Frame], kind: str, request: JsonObject, due: Instant | None
    ) -> None:
        """Open an effect of the innermost of these frames."""
        frame, attempts = frames[-1], self._state.attempts
        key = effect_key(frames)
        frame.attempt = max(frame.attempt, attempts.get(key, 0)) + 1
        frame.effect = key
        if any(each.guard is not None for each in frames):
            attempts[key] = frame.attempt
        self._open(key, frame.attempt, kind, request, due)

    def set_deadline(self, frames: Sequence[Frame], name: str, length: int) -> None:
        """Open a timer that ends the innermost of these frames, beside whatever effect it has.

        Args:
            name: of the deadline. length: microseconds from now.
        """
        state = self._state
        frames[-1].deadlines[name] = length
        key = deadline_key(frames, name)
        attempt = state.attempts[key] = state.attempts.get(key, 0) + 1
        self._open(key, attempt, "timer", {}, state.now + length)

    def set_deadlines_anew(self) -> None:
        """Open the timers again that were closed while their frames stayed, from now on."""
        state = self._state
        for stacks in branches(state.stack):
            for frame in stacks[-1]:
                frames = lineage(up_to(stacks, frame))
                for name, length in tuple(frame.deadlines.items()):
                    if deadline_key(frames, name) not in state.effects:
                        self.set_deadline(frames, name, length)

    def close(self, key: str) -> None:
        """Close an effect without an answer."""
        state = self._state
        if state.effects.pop(key, None) is None:
            return
        if key in state.unrecorded:
            # Nobody heard of it yet, so it needs no withdrawing, nor a `wanted` entry.
            state.unrecorded.remove(key)
            self.wanted = [effect for effect in self.wanted if effect.key != key]
        else:
            self.withdrawn.append(key)

    def close_all(self) -> None:
        """Close every effect."""
        for key in tuple(self._state.effects):
            self.close(key)

    def close_those_of(self, paths: Collection[str]) -> None:
        """Close the effects and deadlines of the tasks with these paths."""
        for key in tuple(self._state.effects):
            if place_of(key)[0] in paths:
                self.close(key)

    def forget_attempts(self, around: Sequence[Frame], path: str) -> None:
        """A task ended: its attempts matter only while something ``around`` may be repeated."""
        if any(frame.guard is not None for frame in around):
            return
        attempts = self._state.attempts
        for key in [key for key in attempts if key.startswith((f"{path}#", f"{path}/"))]:
            del attempts[key]

    def _open(
        self, key: str, attempt: int, kind: str, request: JsonObject, due: Instant | None
    ) -> None:
        state = self._state
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
        self.wanted.append(effect)
