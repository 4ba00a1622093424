"""The journal of a run: all that ever came to it from outside, in the order it was told.

A run is a fold over these entries. ``accepted``, ``answered``, ``cancelled``, ``retried`` and
``overrun`` come from outside and move the run; ``wanted`` and ``ended`` record what the fold
said, so that a replay can check itself against them.

=========== ============================================== =====================================
kind        body                                           meaning
=========== ============================================== =====================================
accepted    ``{"input": …, "workflow": …, "run": …}``      the run starts with this input
wanted      ``{"kind": "http", "digest": …, "request": …}`` an effect is to be executed
answered    ``{"digest": …, "value": …}`` or               the result of an effect
            ``{"digest": …, "error": {…}}``
cancelled   ``{"reason": …}``                              somebody ended the run early
retried     ``{"task": …}``                                an operator sent it on from its fault
overrun     ``{"limit": "wall", "detail": …}``             an advance broke a limit, twice
ended       ``{"phase": …, "output": …, "outcome": …}`` or the run is over; exactly one, unless
            ``{"phase": "faulted", "error": {…}}``         an operator retried it
=========== ============================================== =====================================
"""

from dataclasses import dataclass
from enum import StrEnum

from turnout.domain.instant import Instant
from turnout.domain.json import JsonObject


class EntryKind(StrEnum):
    """The kinds of journal entry; see the module's table."""

    ACCEPTED = "accepted"
    WANTED = "wanted"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    OVERRUN = "overrun"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a run's journal.

    Attributes:
        sequence: 0, 1, 2 … without gaps, per run.
        kind: what it says.
        at: when, never before the previous entry's; a run's ``now`` is its last entry's.
        body: as the module's table says.
        effect_key: task path + visit + iteration indexes, for ``wanted`` and ``answered``; ``""``
            otherwise.
        attempt: 1 for the first execution of an effect; higher for the workflow's own retries.
    """

    sequence: int
    kind: EntryKind
    at: Instant
    body: JsonObject
    effect_key: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """Something a run wants done outside.

    Attributes:
        key: task path + visit + iteration indexes; identifies it within the run.
        attempt: counts the workflow's own retries, from 1.
        kind: ``http``, ``timer`` or ``review``.
        request: what to do, secrets as ``[redacted]``. ``http``: method, uri, headers, query,
            body, output, redirect. ``timer``: ``{}``. ``review``: queue, question, data, choices,
            and whenDue where it can be due.
        digest: SHA-256 over kind and request, hex; the answer must name it.
        due: when a timer fires or a review is decided without a person; None: at once, no limit
            of its own.
        idempotency_key: what an outgoing call carries: the same for every execution and every
            attempt of the workflow's own, another after an operator's retry.
    """

    key: str
    attempt: int
    kind: str
    request: JsonObject
    digest: str
    due: Instant | None
    idempotency_key: str
