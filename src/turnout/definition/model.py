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


@dataclass(frozen=True, slots=True)
class SetTask(Task):
    """``set``: its output replaces the input."""

    value: Value


@dataclass(frozen=True, slots=True)
class DoTask(Task):
    """``do``: tasks one after the other."""

    tasks: tuple[Task, ...]


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
class WaitTask(Task):
    """``wait``: a duration in microseconds, or an expression that gives an ISO 8601 duration."""

    duration: int | Expression


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole document.

    Attributes:
        document: its ``document`` block, labels of the author's.
        input, output: the workflow's data flow.
        tasks: its ``do``.
        source: the normalised document, for ``$workflow.definition``.
    """

    document: JsonObject
    input: Transform
    output: Transform
    tasks: tuple[Task, ...]
    source: JsonObject
