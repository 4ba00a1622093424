"""The typed model of a definition: what the interpreter runs and the diff compares.

Built by ``parse.parse`` from a normalised, validated document; it carries no text places.
Expressions stay source text here; only worker processes compile them.
"""

from dataclasses import dataclass

from turnout.domain.json import JsonObject


@dataclass(frozen=True, slots=True)
class Expression:
    """A jq expression without its ``${ }``."""

    source: str


Value = None | bool | int | float | str | Expression | tuple["Value", ...] | dict[str, "Value"]
"""A JSON value in which some leaves are computed."""


@dataclass(frozen=True, slots=True)
class Transform:
    """An ``input``, ``output`` or ``export`` block.

    Attributes:
        schema: JSON Schema that the value must fit, or None. ``input`` checks it before its
            ``value`` is computed, ``output`` and ``export`` after.
        value: its ``from`` or ``as``, or None for identity.
    """

    schema: JsonObject | bool | None = None
    value: Value = None


@dataclass(frozen=True, slots=True)
class Task:
    """What every task has.

    Attributes:
        name: unique in its scope.
        path: its identity, the name path: ``checks/watchlist/query``.
        reference: JSON pointer into the document: ``/do/0/checks``.
        definition: the task as a JSON object, for ``$task.definition``.
        condition: its ``if``.
        input, output, export: its data flow.
        then: ``continue``, ``exit``, ``end`` or a task's name in the same scope.
        timeout: microseconds, or an expression that gives an ISO 8601 duration; or None.
    """

    name: str
    path: str
    reference: str
    definition: JsonObject
    condition: Expression | None
    input: Transform
    output: Transform
    export: Transform
    then: str
    timeout: int | Expression | None

    @property
    def blocks(self) -> "tuple[tuple[Task, ...], ...]":
        """Its lists of tasks, each a scope of names."""
        return ()


@dataclass(frozen=True, slots=True)
class SetTask(Task):
    """``set``: its output replaces the input."""

    value: Value


@dataclass(frozen=True, slots=True)
class DoTask(Task):
    """``do``: tasks one after the other."""

    tasks: tuple[Task, ...]

    @property
    def blocks(self) -> tuple[tuple[Task, ...], ...]:
        """Its tasks."""
        return (self.tasks,)


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a ``switch``; without ``when`` it is the default."""

    name: str
    when: Expression | None
    then: str


@dataclass(frozen=True, slots=True)
class SwitchTask(Task):
    """``switch``: the first case whose ``when`` is true directs the flow; else ``then``."""

    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class ForTask(Task):
    """``for``: its tasks once per item, each iteration on the output of the one before.

    Attributes:
        each: name of the variable that holds the item, without ``$``.
        at: name of the variable that holds the index.
        items: the collection (``in``).
        condition_to_go_on: ``while``, asked before each iteration.
        tasks: the body.
    """

    each: str
    at: str
    items: Expression
    condition_to_go_on: Expression | None
    tasks: tuple[Task, ...]

    @property
    def blocks(self) -> tuple[tuple[Task, ...], ...]:
        """Its body."""
        return (self.tasks,)


@dataclass(frozen=True, slots=True)
class ForkTask(Task):
    """``fork``: its tasks side by side.

    Attributes:
        tasks: the branches; its output is an array of theirs.
        compete: whether the first that ends gives the output and ends the others.
    """

    tasks: tuple[Task, ...]
    compete: bool

    @property
    def blocks(self) -> tuple[tuple[Task, ...], ...]:
        """Its branches."""
        return (self.tasks,)


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry policy; durations as in ``Task.timeout``.

    Attributes:
        when, except_when: whether to try again.
        delay: before the first retry; None: at once.
        backoff: how the delay grows: ``constant``, ``linear`` or ``exponential``.
        jitter: lowest and highest addition to the delay, or None.
        count: how many retries at most; None: no bound.
        attempt: how long one attempt may take, or None.
        duration: how long after the first failure the last retry may begin, or None.
    """

    when: Expression | None
    except_when: Expression | None
    delay: int | Expression | None
    backoff: str
    jitter: tuple[int | Expression, int | Expression] | None
    count: int | None
    attempt: int | Expression | None
    duration: int | Expression | None


@dataclass(frozen=True, slots=True)
class TryTask(Task):
    """``try``: tasks, and what happens when one of them faults.

    Attributes:
        tasks: what is tried.
        error: members that an error must have to be caught (``errors.with``).
        variable: name of what holds the error, without ``$``.
        when, except_when: whether an error is caught.
        retry: its policy, or None.
        handling: ``catch.do``, or None: the error is dropped.
        handled_then: where the flow goes from there; None: the task's ``then``.
    """

    tasks: tuple[Task, ...]
    error: JsonObject
    variable: str
    when: Expression | None
    except_when: Expression | None
    retry: Retry | None
    handling: tuple[Task, ...] | None
    handled_then: str | None

    @property
    def blocks(self) -> tuple[tuple[Task, ...], ...]:
        """What is tried, and ``catch.do``."""
        return (self.tasks, self.handling or ())


@dataclass(frozen=True, slots=True)
class RaiseTask(Task):
    """``raise``: faults with an error of these members (type, status, title, detail)."""

    error: dict[str, Value]


@dataclass(frozen=True, slots=True)
class CallHttpTask(Task):
    """``call: http``.

    Attributes:
        method: upper case.
        uri: a URI template (``{name}`` filled from the task's input) or an expression.
        headers, query: string → value.
        body: value or None.
        returns: ``content``, ``response`` or ``raw`` (the DSL's ``with.output``).
        redirect: whether 3xx answers are followed and accepted.
    """

    method: str
    uri: str | Expression
    headers: dict[str, Value] | Expression
    query: dict[str, Value] | Expression
    body: Value
    returns: str
    redirect: bool


@dataclass(frozen=True, slots=True)
class HumanReviewTask(Task):
    """``call: human-review``: waits for a person's decision.

    Attributes:
        queue: who is to look. question: what is asked.
        data: what the person is shown.
        choices: texts or objects of ``value`` and ``label``.
        due: how long the person has, as a ``WaitTask`` says it, or None for ever.
        when_due: the choice that is taken then, or ``fault``; None where nothing is due.
    """

    queue: str | Expression
    question: str | Expression
    data: Value
    choices: Value
    due: int | Expression | None
    when_due: str | Expression | None


@dataclass(frozen=True, slots=True)
class WaitTask(Task):
    """``wait``: a duration in microseconds, or an expression that gives an ISO 8601 duration."""

    duration: int | Expression


@dataclass(frozen=True, slots=True)
class EmitTask(Task):
    """``emit``: sends an event; its output is that event.

    Attributes:
        event: attributes and ``data``; what an event needs beside them is added.
    """

    event: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Correlation:
    """What ties the events of a ``listen`` together, or to the run.

    Attributes:
        name: the same name in several filters is the same tie.
        extract: what an event has there (``from``).
        expect: what it must be; None: whatever the first event has.
    """

    name: str
    extract: Expression
    expect: Value


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: all these attributes must fit (``with``), and all correlations."""

    attributes: dict[str, Value]
    correlations: tuple[Correlation, ...]


@dataclass(frozen=True, slots=True)
class Consumption:
    """Which events are taken.

    Attributes:
        strategy: ``one`` or ``any`` (the first that fits a filter), ``all`` (one for each).
        filters: none: every event fits.
    """

    strategy: str
    filters: tuple[EventFilter, ...]


@dataclass(frozen=True, slots=True)
class ForEach:
    """What is done with each event that a ``listen`` takes, before it takes the next.

    Attributes:
        each, at: names of the variables that hold the event and its index.
        tasks: what is done; may be none.
        output, export: data flow of an iteration.
    """

    each: str
    at: str
    tasks: tuple[Task, ...]
    output: Transform
    export: Transform


@dataclass(frozen=True, slots=True)
class ListenTask(Task):
    """``listen``: waits for events; its output is an array of them.

    Attributes:
        to: which events.
        until: when it stops, of ``any``: a condition over the array so far, or the events that
            end it; None: after the first event.
        read: ``data``, ``envelope`` or ``raw``.
        foreach: or None.
    """

    to: Consumption
    until: Expression | Consumption | None
    read: str
    foreach: ForEach | None

    @property
    def blocks(self) -> tuple[tuple[Task, ...], ...]:
        """The tasks of ``foreach``, where there are some."""
        return (self.foreach.tasks,) if self.foreach is not None and self.foreach.tasks else ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole document.

    Attributes:
        document: its ``document`` block, labels of the author's.
        input, output: the workflow's data flow.
        timeout: as in ``Task``.
        tasks: its ``do``.
        source: the normalised document, for ``$workflow.definition``.
    """

    document: JsonObject
    input: Transform
    output: Transform
    timeout: int | Expression | None
    tasks: tuple[Task, ...]
    source: JsonObject
