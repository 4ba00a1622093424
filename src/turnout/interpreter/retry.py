"""Retry policies: whether to try again, and after how long."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from turnout.definition import model
from turnout.domain.instant import SECOND, Instant
from turnout.domain.json import Json
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.durations import Length, microseconds
from turnout.interpreter.expressions import Evaluable
from turnout.interpreter.machine import Machine
from turnout.interpreter.plain import truth
from turnout.interpreter.state import Frame

LONGEST = 24 * 60 * 60 * SECOND
"""A delay never grows beyond a day, however often it is doubled."""

_MOST_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class Asking:
    """``when`` and ``exceptWhen``; None: not asked."""

    when: Evaluable | None
    except_when: Evaluable | None

    def holds(self, machine: Machine, value: Json) -> bool:
        """Whether the one holds, where there is one, and the other does not."""
        if self.when is not None and not truth(machine.evaluate(self.when, value)):
            return False
        return self.except_when is None or not truth(machine.evaluate(self.except_when, value))


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled retry policy; attributes as in ``model.Retry``."""

    asking: Asking
    delay: Length | None
    backoff: str
    jitter: tuple[Length, Length] | None
    count: int | None
    attempt: Length | None
    duration: Length | None

    @staticmethod
    def length(machine: Machine, length: Length, frame: Frame) -> int:
        """Microseconds."""
        return microseconds(machine, length, frame.input, "A duration of `retry`")


def asking(
    when: model.Expression | None, except_when: model.Expression | None, compiler: Compiler
) -> Asking:
    """Compile."""
    return Asking(compiler.optional(when), compiler.optional(except_when))


def policy(retry: model.Retry, compiler: Compiler) -> Policy:
    """Compile."""

    def length(duration: int | model.Expression | None) -> Length | None:
        return None if duration is None else compiler.length(duration)

    jitter = retry.jitter
    return Policy(
        asking=asking(retry.when, retry.except_when, compiler),
        delay=length(retry.delay),
        backoff=retry.backoff,
        jitter=jitter and (compiler.length(jitter[0]), compiler.length(jitter[1])),
        count=retry.count,
        attempt=length(retry.attempt),
        duration=length(retry.duration),
    )


def gives_up(
    machine: Machine, policy: Policy, frame: Frame, retries: int, failed_at: Instant
) -> bool:
    """Whether there is no further retry after so many, the first failure being then."""
    if policy.count is not None and retries >= policy.count:
        return True
    if not policy.asking.holds(machine, frame.input):
        return True
    if policy.duration is None:
        return False
    begins = machine.state.now + delay(machine, policy, frame, retries)
    return begins - failed_at > policy.length(machine, policy.duration, frame)


def delay(machine: Machine, policy: Policy, frame: Frame, retries: int) -> int:
    """Microseconds until the next retry, when there were so many before."""
    base = 0 if policy.delay is None else policy.length(machine, policy.delay, frame)
    if policy.backoff == "linear":
        base *= retries + 1
    elif policy.backoff == "exponential":
        base *= 2 ** min(retries, _MOST_DOUBLINGS)
    return min(base, LONGEST) + _jitter(machine, policy, frame, retries)


def _jitter(machine: Machine, policy: Policy, frame: Frame, retries: int) -> int:
    """The same on every replay: it comes from the run, the place and the number of the retry."""
    if policy.jitter is None:
        return 0
    low, high = (policy.length(machine, length, frame) for length in policy.jitter)
    if high <= low:
        return low
    seed = f"{machine.state.run['id']}:{frame.path}#{frame.visit}:{retries}"
    drawn = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    return low + (drawn * (high - low + 1) >> 64)
