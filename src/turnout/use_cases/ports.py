"""What the use cases need: a store with transactions, workers, an engine, ids and a clock.

Repositories load and save what the domain knows and decide nothing. Lists are keyset pages,
newest first, with ids as cursors.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from turnout.domain.api_key import ApiKey
from turnout.domain.audit import AuditEntry, AuditRecord
from turnout.domain.bulk import BulkAction
from turnout.domain.by import By
from turnout.domain.cloud_event import KeptEvent, NewEvent
from turnout.domain.deployment import Deployment
from turnout.domain.draft import Draft
from turnout.domain.environment import Environment
from turnout.domain.errors import BadRequest
from turnout.domain.gate import Change, Gate
from turnout.domain.history import HistoryEvent
from turnout.domain.ids import Prefix
from turnout.domain.instant import Instant
from turnout.domain.review import Review
from turnout.domain.rollout import Rollout, RolloutState
from turnout.domain.run import Phase, Run
from turnout.domain.suspension import Suspension
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
from turnout.use_cases.workers import NewEntry, WantedEffect, Workers

T = TypeVar("T")


def bad_cursor(cursor: str) -> BadRequest:
    """The refusal of a page's cursor that is nothing in its list."""
    return BadRequest(
        "bad_request", f"The page cursor {cursor[:80]!r} is not the id of an item of this list."
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: ``size`` items after (older than) or before (newer than) an id."""

    size: int = 10
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A page's items, and whether there are newer (``previous``) and older (``next``) ones."""

    items: tuple[T, ...]
    previous: bool
    next: bool


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs; None means any. Times are acceptance times, from (incl.) and to (excl.)."""

    phases: tuple[Phase, ...] | None = None
    workflow_id: str | None = None
    version_id: str | None = None
    rollout_id: str | None = None
    arm: str | None = None
    outcome: str | None = None
    key: str | None = None
    created_after: Instant | None = None
    created_before: Instant | None = None


@dataclass(frozen=True, slots=True)
class RunBodies:
    """JSON bytes of what went into and came out of a run; None where there is nothing yet."""

    input: bytes
    output: bytes | None
    error: bytes | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What appending to a run's journal comes to.

    Attributes:
        run: as it stands afterwards, with the new phase, outcome and sequence.
        entries: to append; the first one's sequence is the stored one plus one.
        state: new snapshot, or None to drop it.
        opened: effects to store. closed: (key, attempt) of effects to delete; on an end all go.
        despite_suspension: whether it holds for a suspended run, too, and ends its suspension.
    """

    run: Run
    entries: tuple[NewEntry, ...]
    state: bytes | None
    opened: tuple[WantedEffect, ...] = ()
    closed: tuple[tuple[str, int], ...] = ()
    despite_suspension: bool = False


@dataclass(frozen=True, slots=True)
class OpenEffect:
    """An effect that a run waits for, as stored."""

    run_id: str
    workflow_id: str
    effect: WantedEffect


@dataclass(frozen=True, slots=True)
class ReviewBodies:
    """The journal's bodies, as JSON bytes, of what a review asked and of how it was answered."""

    asked: bytes | None
    answered: bytes | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that came while its run was suspended: the journal entry's body to be."""

    open: OpenEffect
    body: bytes


@dataclass(frozen=True, slots=True)
class Offered:
    """An event that is to be offered to an open listen; ``event`` is JSON bytes."""

    open: OpenEffect
    number: int
    event: bytes


@dataclass(frozen=True, slots=True)
class Counts:
    """Runs of one version (in one rollout and arm): ended ones by how they ended."""

    runs: int = 0
    completed: int = 0
    faulted: int = 0
    cancelled: int = 0
    key_fallbacks: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def in_flight(self) -> int:
        """Accepted and not over."""
        return self.runs - self.completed - self.faulted - self.cancelled


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an idempotency key was used for: digest of the request and id of what it made."""

    digest: bytes
    subject: str


class Environments(Protocol):
    """Environments, by id or name."""

    def get(self, id_: str) -> Environment | None: ...
    def named(self, name: str) -> Environment | None: ...
    def all(self) -> Sequence[Environment]: ...
    def add(self, environment: Environment) -> None:
        """Store it, with a closed gate for every workflow; the name is free."""
        ...


class ApiKeys(Protocol):
    """API keys; their secrets only as digests."""

    def get(self, id_: str) -> ApiKey | None: ...
    def by_digest(self, digest: bytes) -> ApiKey | None: ...
    def list(self, environment_id: str, page: Page) -> Slice[ApiKey]: ...
    def add(self, key: ApiKey) -> None: ...
    def save(self, key: ApiKey) -> None: ...
    def names(self, ids: Sequence[str]) -> dict[str, str]:
        """Id → name, for showing who did something."""
        ...


class Workflows(Protocol):
    """Workflows, with their gates in every environment."""

    def find(self, reference: str) -> Workflow | None:
        """By id or handle."""
        ...

    def list(self, page: Page, *, archived: bool, handle: str | None) -> Slice[Workflow]: ...
    def add(self, workflow: Workflow) -> None:
        """Store it, with a gate in every environment; the handle is free."""
        ...

    def save(self, workflow: Workflow) -> None: ...


class Drafts(Protocol):
    """Drafts: at most one per workflow, and those set aside."""

    def of(self, workflow_id: str) -> Draft | None: ...
    def get(self, id_: str) -> Draft | None: ...
    def add(self, draft: Draft) -> None: ...
    def save(self, draft: Draft) -> None: ...
    def remove(self, draft: Draft) -> None:
        """Forget it: it became a version."""
        ...

    def set_aside(self, draft: Draft, by: By) -> None:
        """Take it out of the way, recoverable."""
        ...

    def set_aside_of(self, workflow_id: str, limit: int) -> Sequence[str]:
        """Ids of a workflow's drafts that were set aside, the last one first."""
        ...

    def get_set_aside(self, id_: str) -> Draft | None: ...
    def bring_back(self, draft: Draft) -> None:
        """Store a draft that was set aside as its workflow's draft, which has none."""
        ...


class Versions(Protocol):
    """Published versions."""

    def get(self, id_: str) -> Version | None: ...
    def numbered(self, workflow_id: str, number: int) -> Version | None: ...
    def list(self, workflow_id: str) -> Sequence[Version]:
        """All, newest first, without ``definition`` and ``normalised`` (empty)."""
        ...

    def add(self, version: Version) -> None: ...
    def describe(self, id_: str, description: str) -> None: ...


class Gates(Protocol):
    """Gates: what new runs obey, with the deployments that stood there."""

    def get(self, environment_id: str, workflow_id: str) -> Gate | None: ...
    def apply(self, change: Change, *, generation: int) -> None:
        """Save deployment, rollouts and events, and move the gate on from ``generation``.

        Raises:
            Conflict: ``gate_moved``, when the gate is not at ``generation`` any more.
        """
        ...

    def pause(self, gate: Gate, *, paused: bool) -> Gate:
        """Set or lift the pause, one generation on; raises as ``apply`` does."""
        ...

    def touch(self, workflow_id: str) -> None:
        """Move every gate of a workflow on: what new runs obey changed beside the deployment."""
        ...

    def was_live(self, environment_id: str, version_id: str) -> bool: ...
    def deployment(self, id_: str) -> Deployment | None: ...


class Rollouts(Protocol):
    """Rollouts; ``Gates.apply`` saves them."""

    def get(self, id_: str) -> Rollout | None: ...
    def list(
        self,
        environment_id: str,
        page: Page,
        *,
        workflow_id: str | None,
        state: RolloutState | None,
    ) -> Slice[Rollout]: ...
    def of_deployments(self, environment_id: str, workflow_id: str) -> Sequence[Rollout]:
        """All rollouts of a gate."""
        ...


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A history event with its id (``evt_…``, ordered by time)."""

    id: str
    event: HistoryEvent


class History(Protocol):
    """Version history, per environment and workflow."""

    def list(self, environment_id: str, workflow_id: str, page: Page) -> Slice[StoredEvent]: ...
    def all(self, environment_id: str, workflow_id: str) -> Sequence[HistoryEvent]:
        """Oldest first."""
        ...

    def at(self, environment_id: str, workflow_id: str, instant: Instant) -> Deployment | None:
        """The deployment in force at an instant."""
        ...


class Audit(Protocol):
    """The audit log."""

    def append(self, record: AuditRecord) -> AuditEntry:
        """Chain it to the last entry."""
        ...

    def list(self, page: Page, *, environment_id: str | None) -> Slice[AuditEntry]:
        """A page, with sequences as cursors.

        ``environment_id`` also gives entries that concern every environment.
        """
        ...


class Runs(Protocol):
    """Runs with their journals and snapshots."""

    def get(self, id_: str) -> Run | None: ...
    def list(self, environment_id: str, filter_: RunFilter, page: Page) -> Slice[Run]: ...
    def bodies(self, ids: Sequence[str]) -> dict[str, RunBodies]: ...
    def journal(self, id_: str) -> Sequence[NewEntry]:
        """All entries, in order."""
        ...

    def last_at(self, id_: str) -> Instant:
        """The time of the last entry of a run that there is."""
        ...

    def state(self, id_: str) -> bytes | None:
        """The snapshot after the last entry, or None."""
        ...

    def add(self, progress: Progress) -> None:
        """Store an accepted run with all that belongs to it, counters included."""
        ...

    def append(self, progress: Progress) -> bool:
        """Append to a run's journal, compare and set.

        False, with nothing written, when the stored sequence is not the one before the first new
        entry's, because somebody else appended, or when the run is suspended: reload.
        """
        ...

    def count(self, environment_id: str, filter_: RunFilter) -> int:
        """How many runs a filter finds."""
        ...

    def counts(self, environment_id: str, workflow_id: str) -> dict[tuple[str, str, str], Counts]:
        """By (rollout id, version id, arm; ``""`` where a version was alone)."""
        ...


class Suspensions(Protocol):
    """Suspended runs, and the answers that are kept for them.

    The open effects of a suspended run are *held*: ``Effects`` tells no duty about them.
    """

    def add(self, suspension: Suspension) -> None:
        """Suspend a run: ``Runs.append`` refuses to take it on from now on."""
        ...

    def of(self, run_ids: Sequence[str]) -> dict[str, Suspension]:
        """By run id, of those that are suspended."""
        ...

    def end(self, suspension: Suspension) -> Sequence[OpenEffect]:
        """Give the run its phase back; the open effects that nobody answered meanwhile."""
        ...

    def keep(self, run_id: str, key: str, attempt: int, body: bytes, now: Instant) -> bool:
        """Keep an answer with its effect; False when that is closed or has one already."""
        ...

    def ready(self, limit: int, *, but: Collection[str] = ()) -> Sequence[KeptAnswer]:
        """Kept answers of runs that were resumed, in the order in which they came.

        None of the workflows ``but``.
        """
        ...


class Reviews(Protocol):
    """Reviews; they come and go with the effects of runs that they are."""

    def get(self, id_: str) -> Review | None:
        """By id, waiting or not."""
        ...

    def list(
        self, environment_id: str, page: Page, *, workflow_id: str | None, queue: str | None
    ) -> Slice[Review]:
        """A page of those that wait; what is due first comes first, then the oldest."""
        ...

    def bodies(self, review: Review) -> ReviewBodies:
        """What was asked and answered; None where there is no such entry, or not any more."""
        ...


class Bulks(Protocol):
    """Bulk actions, and the runs that they still have to deal with."""

    def add(self, action: BulkAction, filter_: RunFilter) -> None:
        """Store it, with the runs that the filter finds now."""
        ...

    def get(self, id_: str) -> BulkAction | None: ...
    def working(self) -> Sequence[BulkAction]:
        """Those that are not over, the oldest first."""
        ...

    def left(self, id_: str, limit: int) -> Sequence[str]:
        """Ids of the next runs to deal with."""
        ...

    def save(self, action: BulkAction, dealt_with: Sequence[str]) -> None:
        """Save how far it is, and forget these of its runs; all of them when it is over."""
        ...


class Effects(Protocol):
    """Open effects; done ones are gone, and those of suspended runs are told to no duty."""

    def due(
        self, kind: str, now: Instant, limit: int, *, but: Collection[str] = ()
    ) -> Sequence[OpenEffect]:
        """Open effects of a kind that are due, the oldest first; none of the workflows ``but``."""
        ...

    def next_due(self, kind: str, *, after: Instant) -> Instant | None:
        """When the first one that is due later than that will be due; None when there is none."""
        ...

    def unclaimed(
        self, kind: str, now: Instant, limit: int, *, but: Collection[str] = ()
    ) -> Sequence[OpenEffect]:
        """Open effects that nobody holds, the oldest runs' first; none of the workflows ``but``."""
        ...

    def lease(self, effects: Sequence[OpenEffect], owner: str, until: Instant) -> None:
        """Hold these effects until then."""
        ...

    def release_all(self, kind: str) -> None:
        """End every lease: at start, nobody else can hold one."""
        ...

    def of_run(self, run_id: str) -> Sequence[OpenEffect]: ...


class Events(Protocol):
    """Events, kept for a while, and what is to be offered to which open listen.

    Storing a listen's effect offers it what came since its run was accepted.
    """

    def find(self, environment_id: str, source: str, event_id: str) -> KeptEvent | None:
        """By what identifies it to its sender."""
        ...

    def add(self, event: NewEvent) -> KeptEvent:
        """Keep it, as the last that came; there is none with its source and id."""
        ...

    def offer(self, stored: KeptEvent) -> int:
        """Note a new event for every open listen that may want it; the number of them."""
        ...

    def offered_to(self, number: int, limit: int) -> Sequence[str]:
        """Ids of runs for whose listens it was noted, the oldest first."""
        ...

    def waiting(self, limit: int, *, but: Collection[str] = ()) -> Sequence[OpenEffect]:
        """Open listens that something is to be offered to; none of the workflows ``but``."""
        ...

    def next_for(self, run_id: str, effect_key: str) -> Offered | None:
        """The oldest event to be offered to a listen, if that is open and not suspended."""
        ...

    def answered(self, offered: Offered, *, taken: bool, goes_on: bool) -> None:
        """A listen took an event or refused it: it is never offered to that one again.

        Args:
            goes_on: whether it wants more; else nothing more is offered to it.
        """
        ...

    def expire(self, now: Instant, limit: int) -> int:
        """Forget what is kept no longer and nobody is yet to hear; the number of events."""
        ...


class Idempotency(Protocol):
    """What idempotency keys were used for."""

    def find(self, environment_id: str, key: str) -> Claimed | None: ...
    def claim(self, environment_id: str, key: str, claimed: Claimed, now: Instant) -> None: ...
    def expire(self, before: Instant) -> int: ...


class Transaction(Protocol):
    """One transaction's view of the store."""

    @property
    def environments(self) -> Environments: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def workflows(self) -> Workflows: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def gates(self) -> Gates: ...
    @property
    def rollouts(self) -> Rollouts: ...
    @property
    def history(self) -> History: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def effects(self) -> Effects: ...
    @property
    def events(self) -> Events: ...
    @property
    def suspensions(self) -> Suspensions: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def bulks(self) -> Bulks: ...
    @property
    def idempotency(self) -> Idempotency: ...


class Store(Protocol):
    """Durable state. A call's work runs in one transaction; it must not block or await."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on a consistent snapshot."""
        ...

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``, durable when this returns; what ``work`` raises undoes it all.

        Writers run one after the other. Several may share one commit, each in a savepoint; so
        ``work`` sees everything that was acknowledged before, and may run again after a failed
        shared commit.
        """
        ...


class Ids(Protocol):
    """Fresh ids: TypeIDs over UUIDv7, ordered by time."""

    def new(self, prefix: Prefix) -> str: ...


class Engine(Protocol):
    """What makes runs go on after a commit.

    The methods only nudge: everything they say is in the store already, and an engine that
    starts anew finds it there.
    """

    def started(self, run: Run, effects: Sequence[WantedEffect]) -> None:
        """These effects of a run are committed and wanted."""
        ...

    def withdrawn(self, run_id: str) -> None:
        """Nothing of this run is wanted any more."""
        ...

    def given_up(self, run_id: str, keys: Collection[str]) -> None:
        """Effects with these keys are not wanted any more; the run may go on."""
        ...

    def resumed(self, run: Run, effects: Sequence[WantedEffect]) -> None:
        """A run goes on: these effects are wanted again, and answers that were kept are ready."""
        ...

    def received(self) -> None:
        """An event came that some listen may want."""
        ...

    def bulk_started(self) -> None:
        """There is a bulk action to work off."""
        ...

    def ended(self, run_id: str) -> None:
        """The run, or bulk action, is over: whoever waits for it may look."""
        ...

    def ending(self, run_id: str) -> AbstractContextManager[asyncio.Event]:
        """Listen, for as long as the context lasts, for the end of a run or bulk action."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them, as every use case takes them.

    Attributes:
        now: the wall clock, as an instant.
    """

    store: Store
    workers: Workers
    engine: Engine
    ids: Ids
    now: Callable[[], Instant]
