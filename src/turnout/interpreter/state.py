"""The state of a run between two entries: plain data, a cache of its journal.

A *frame* is a task in progress, or at the bottom the workflow itself (path ``""``); a *branch* is
a stack of frames, innermost last. A run has one branch; a frame that forks holds one for each of
its tasks, and is the innermost of its own as long as they go on. A path is in progress once at
most.

Nobody changes a state that was handed out: ``copy`` gives the machine its own. Values (inputs,
outputs, context) are shared between copies and never changed in place.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from turnout.domain.instant import Instant
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject

Phase = Literal["completed", "faulted", "cancelled"]


@dataclass(slots=True)
class Loop:
    """Where a ``for`` is.

    Attributes:
        each, at: names of its variables.
        items: what it goes through.
        index: 0-based, of the present iteration.
    """

    each: str
    at: str
    items: list[Json]
    index: int


@dataclass(slots=True)
class Guard:
    """Where a ``try`` is.

    Attributes:
        name: of the variable that holds the error while it is dealt with.
        visits: how often each task inside was entered before; a retry enters them as then.
        retries: how often it was tried again.
        failed_at: when it failed first; None: not yet.
        error: the error that was caught last.
        handling: whether it is in its ``catch.do``.
    """

    name: str
    visits: dict[str, int]
    retries: int = 0
    failed_at: Instant | None = None
    error: JsonObject | None = None
    handling: bool = False


@dataclass(slots=True)
class Frame:
    """A task in progress.

    Attributes:
        path: the task's; ``""`` for the workflow.
        visit: how often the task was entered in this run, this time included.
        started_at: when it was entered.
        raw: its raw input.
        input: its transformed input.
        value: what flows between its children: the next one's raw input.
        position: index of the child in progress.
        loop: of a ``for``.
        effect: key of the effect that it wanted, also once answered.
        attempt: how often it wanted that effect, over all operator's retries.
        guard: of a ``try``.
        branches: of a ``fork``, in the order of its tasks.
        deadlines: name → microseconds, of open timers that end it (``timeout``), or the present
            attempt of a ``try`` (``attempt``).
    """

    path: str
    visit: int
    started_at: Instant
    raw: Json
    input: Json
    value: Json = None
    position: int = 0
    loop: Loop | None = None
    effect: str | None = None
    attempt: int = 0
    guard: Guard | None = None
    branches: "list[Branch] | None" = None
    deadlines: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Frame":
        """A frame of its own over the same values."""
        loop, guard, branches = self.loop, self.guard, self.branches
        if loop is not None:
            loop = Loop(loop.each, loop.at, loop.items, loop.index)
        if guard is not None:
            guard = replace(guard)
        if branches is not None:
            branches = [branch.copy() for branch in branches]
        return Frame(
            self.path,
            self.visit,
            self.started_at,
            self.raw,
            self.input,
            self.value,
            self.position,
            loop,
            self.effect,
            self.attempt,
            guard,
            branches,
            self.deadlines.copy(),
        )


@dataclass(slots=True)
class Branch:
    """One of the tasks of a ``fork``, which go on side by side.

    Attributes:
        stack: its frames; empty before it began, once it has ended, and when it was given up.
        ended: whether it gave its output.
        output: what it gave.
    """

    stack: list[Frame] = field(default_factory=list)
    ended: bool = False
    output: Json = None

    def copy(self) -> "Branch":
        """A branch of its own over the same values."""
        return Branch([frame.copy() for frame in self.stack], self.ended, self.output)


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """Where a run faulted.

    Attributes:
        task: path of the failing task; ``""`` for the workflow itself.
        effect: key of an effect of its own that it had; None if it had none.
        attempt: the last attempt at that effect; 0 without one.
        retryable: a new execution of that effect could change what happened.
    """

    task: str
    effect: str | None
    attempt: int
    retryable: bool


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended.

    Attributes:
        phase: ``completed``, ``faulted`` or ``cancelled``.
        output: of a completed run.
        error: of a faulted one: type, status, title, detail, instance.
        outcome: of a completed one, at most 200 characters; None: none, or not yet computed.
    """

    phase: Phase
    output: Json = None
    error: JsonObject | None = None
    outcome: str | None = None


@dataclass(slots=True)
class State:
    """A run after some entry.

    Attributes:
        sequence: of the last entry.
        started_at: time of the first entry.
        now: time of the last entry.
        run: the run's descriptor as accepted: at least ``id``.
        workflow: the workflow's descriptor as accepted.
        input: the run's raw input.
        limits: what its ``accepted`` entry says, as ``Limits.bounds`` names them.
        context: ``$context``.
        stack: the run's own branch; kept as it was at a fault.
        visits: task path → how often it was entered.
        attempts: key → attempts so far, of effects inside a ``try`` that may be repeated.
        steps: task executions so far.
        effects: open effects, by key.
        unrecorded: keys of wanted effects whose ``wanted`` entry has not come yet, in order.
        retries: how often an operator sent the run on.
        fault: where it faulted, of a faulted run.
        end: how it ended; None while it goes on.
        recorded: whether the ``ended`` entry has come.
        journal: bytes of the bodies of its entries so far, as compact JSON.
    """

    sequence: int
    started_at: Instant
    now: Instant
    run: JsonObject
    workflow: JsonObject
    input: Json
    limits: dict[str, int]
    context: Json = field(default_factory=dict)
    stack: list[Frame] = field(default_factory=list)
    visits: dict[str, int] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    effects: dict[str, Effect] = field(default_factory=dict)
    unrecorded: list[str] = field(default_factory=list)
    retries: int = 0
    fault: FaultPlace | None = None
    end: End | None = None
    recorded: bool = False
    journal: int = 0

    def copy(self) -> "State":
        """A state of its own over the same values."""
        return State(
            self.sequence,
            self.started_at,
            self.now,
            self.run,
            self.workflow,
            self.input,
            self.limits,
            self.context,
            [frame.copy() for frame in self.stack],
            self.visits.copy(),
            self.attempts.copy(),
            self.steps,
            self.effects.copy(),
            self.unrecorded.copy(),
            self.retries,
            self.fault,
            self.end,
            self.recorded,
            self.journal,
        )

    def to_json(self) -> JsonObject:
        """Plain JSON data that shares the state's values; ``from_json`` reads it."""
        plain: JsonObject = _plain(self)
        return plain


def from_json(data: JsonObject) -> State:
    """The state that ``State.to_json`` wrote."""
    known: dict[str, Any] = dict(data)
    known["stack"] = [_frame(frame) for frame in known["stack"]]
    known["effects"] = {key: Effect(**effect) for key, effect in known["effects"].items()}
    known["fault"] = None if known["fault"] is None else FaultPlace(**known["fault"])
    known["end"] = None if known["end"] is None else End(**known["end"])
    return State(**known)


def retryable(state: State) -> bool:
    """Whether an operator's retry could change how the run ended.

    Only if the failing task had an effect whose new execution could give another answer: a
    fault of pure tasks would come again, for ever.
    """
    return state.fault is not None and state.fault.retryable


def _frame(data: dict[str, Any]) -> Frame:
    loop, guard, branches = data["loop"], data["guard"], data["branches"]
    known = {
        **data,
        "loop": None if loop is None else Loop(**loop),
        "guard": None if guard is None else Guard(**guard),
        "branches": None if branches is None else [_branch(each) for each in branches],
    }
    return Frame(**known)


def _branch(data: dict[str, Any]) -> Branch:
    return Branch([_frame(frame) for frame in data["stack"]], data["ended"], data["output"])


def _plain(thing: Any) -> Any:
    """Members of a dataclass; goes only into those fields that hold other dataclasses."""
    plain = {each.name: getattr(thing, each.name) for each in fields(thing)}
    for name in _NESTED.get(type(thing), ()):
        plain[name] = _plain_inside(plain[name])
    return plain


def _plain_inside(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return _plain(value)


_NESTED: dict[type, tuple[str, ...]] = {
    State: ("stack", "effects", "fault", "end"),
    Frame: ("loop", "guard", "branches"),
    Branch: ("stack",),
}
