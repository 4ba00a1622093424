"""Follows what is certainly known of the data through a document's tasks, over every path.

The rules are the interpreter's: a task's output is the next one's input, ``set`` replaces it, a
call's answer may be anything, ``export`` makes the context. Where paths meet, what is known is
what holds on both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from turnout.definition.findings import Spot
from turnout.definition.flow import END, Step, TaskList, Way
from turnout.definition.kinds import UNKNOWN, Kind, either, made, of_schema
from turnout.definition.value_kinds import Hears, Values

MOST_VISITS = 4_000
_MOST_ROUNDS = 8
"""What still changes when it was looked at so often may be anything."""


class TooLarge(Exception):
    """Following all paths would take longer than a check may take."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known between two tasks: of the data, and of ``$context``."""

    value: Kind
    context: Kind


ANYTHING = State(UNKNOWN, UNKNOWN)


def joined(left: State | None, right: State | None) -> State | None:
    """Return what is known where two paths meet; None is a path that nothing takes."""
    if left is None or right is None:
        return left or right
    return State(either(left.value, right.value), either(left.context, right.context))


class DataKinds:
    """Follows one document.

    Attributes:
        input: what is known of the workflow's input, before its ``input.from``.
        output: what is known when the workflow ends, before its ``output.as``; None if it
            never does.
    """

    def __init__(self, root: Spot, tasks: TaskList) -> None:
        """Follow every path through a document's tasks.

        Raises:
            TooLarge: there are too many.
        """
        self.input = described(root.at("input", "schema", "document"), UNKNOWN)
        self.output: State | None = None
        self._values = Values()
        self._entries: dict[str, tuple[Step, State]] = {}
        self._results: dict[str, State | None] = {}
        self._visits = 0
        value = self._values.transformed(root.at("input", "from"), self.input, self._begin())
        end = self._list(tasks, State(value, made({}, ())))
        self.output = joined(self.output, end)

    def tell(self, root: Spot, hears: Hears) -> Kind | None:
        """Go over every expression once more, now that all is known, and tell of mistakes.

        Returns:
            What is known of the workflow's output; None where it never ends.
        """
        self._values.hears = hears
        self._values.transformed(root.at("input", "from"), self.input, self._begin())
        for step, entry in self._entries.values():
            self._visit(step, entry)
        if self.output is None:
            return None
        variables = self._variables(self.output.context, UNKNOWN)
        return self._values.transformed(root.at("output", "as"), self.output.value, variables)

    def _begin(self) -> dict[str, Kind]:
        return self._variables(made({}, ()), self.input)

    def _variables(self, context: Kind, value: Kind) -> dict[str, Kind]:
        workflow = made({"input": self.input}, ("input",), closed=False)
        return {"context": context, "input": value, "workflow": workflow}

    # lists of tasks

    def _list(self, tasks: TaskList, state: State) -> State | None:
        """Return what is known where a list comes to its end; None if it never does."""
        if not tasks.certain:
            self.output = ANYTHING
            return ANYTHING
        entries = {0: state}
        rounds = [0] * len(tasks.steps)
        waiting, end = [0], None
        while waiting:
            index = heappop(waiting)
            rounds[index] += 1
            if rounds[index] > _MOST_ROUNDS:
                entries[index] = ANYTHING
            for way, after in self._visit(tasks.steps[index], entries[index]):
                following = tasks.position(index, way)
                if way.to == END:
                    self.output = joined(self.output, after)
                elif following is None:
                    end = joined(end, after)
                elif (known := joined(entries.get(following), after)) != entries.get(following):
                    entries[following] = known or after
                    if following not in waiting:
                        heappush(waiting, following)
        return end

    # one task

    def _visit(self, step: Step, state: State) -> list[tuple[Way, State]]:
        """Return where a task leads, with what is known there."""
        if self._values.hears is None:
            self._visits += 1
            if self._visits > MOST_VISITS:
                raise TooLarge
            pointer = step.spot.pointer
            _, before = self._entries.get(pointer, (step, None))
            self._entries[pointer] = (step, joined(before, state) or state)
        return list(self._ways(step, state))

    def _ways(self, step: Step, state: State) -> Iterator[tuple[Way, State]]:
        spot, raw, values = step.spot, state.value, self._values
        variables = self._variables(state.context, raw)
        values.expression(spot.at("if"), raw, variables)
        yield from ((way, state) for way in step.ways if way.skips)
        raw = described(spot.at("input", "schema", "document"), raw)
        value = values.transformed(spot.at("input", "from"), raw, variables)
        variables["input"] = value
        result = self._task(step, State(value, state.context), variables)
        if result is None:
            return
        variables["context"] = result.context
        output = values.transformed(spot.at("output", "as"), result.value, variables)
        output = described(spot.at("output", "schema", "document"), output)
        variables["output"] = output
        exported = spot.at("export", "as")
        context = result.context
        if exported is not None:
            context = values.transformed(exported, output, variables)
        yield from ((way, State(output, context)) for way in step.ways if not way.skips)

    def _task(self, step: Step, state: State, variables: dict[str, Kind]) -> State | None:
        """Return what a task gives from its transformed input; None if it never ends."""
        if step.keyword in _OWN:
            return _OWN[step.keyword](self._values, step.spot, state, variables)
        pointer = step.spot.pointer
        if self._values.hears is None:
            result = self._lists(step, state)
            self._results[pointer] = joined(self._results.get(pointer), result)
        known = self._results[pointer]
        if step.keyword == "for" and known is not None:
            self._values.expression(step.spot.at("for", "in"), state.value, variables)
            inside = {**variables, "context": known.context}
            self._values.expression(step.spot.at("while"), known.value, inside)
        return known

    def _lists(self, step: Step, state: State) -> State | None:
        """Return what a task gives that holds lists of tasks, or may be of any type."""
        if step.keyword == "do" and step.lists:
            return self._list(step.lists[0], state)
        if step.keyword == "for" and step.lists:
            return self._loop(step.lists[0], state)
        # When branches and errors change the context is not followed.
        outside = state if not _exports(step.lists) else replace(state, context=UNKNOWN)
        if step.keyword == "fork":
            for each in step.lists:
                self._branches(each, outside)
            return replace(outside, value=UNKNOWN)
        if step.keyword == "try" and step.lists:
            return self._tried(step.lists, outside)
        for each in step.lists:
            self._list(each, ANYTHING)
        return ANYTHING if step.lists else replace(outside, value=UNKNOWN)

    def _loop(self, body: TaskList, state: State) -> State:
        """An iteration's output is the next one's input; there may be none at all."""
        for _ in range(_MOST_ROUNDS):
            known = joined(state, self._list(body, state)) or state
            if known == state:
                return known
            state = known
        self._list(body, ANYTHING)
        return ANYTHING

    def _branches(self, branches: TaskList, state: State) -> None:
        for step in branches.steps:
            for way, after in self._visit(step, state):
                if way.to == END:
                    self.output = joined(self.output, after)

    def _tried(self, lists: tuple[TaskList, ...], state: State) -> State | None:
        result = self._list(lists[0], state)
        caught: State | None = replace(state, value=UNKNOWN)
        for each in lists[1:]:
            caught = self._list(each, replace(state, value=UNKNOWN))
        return joined(result, caught)


def described(schema: Spot | None, otherwise: Kind) -> Kind:
    """Return what a schema says of a value that was checked with it, if nothing else is known."""
    if schema is None or otherwise != UNKNOWN:
        return otherwise
    return of_schema(schema.value)


def _exports(lists: tuple[TaskList, ...]) -> bool:
    return any(
        step.spot.has("export") or _exports(step.lists) for each in lists for step in each.steps
    )


_Task = Callable[[Values, Spot, State, dict[str, Kind]], State | None]


def _set(values: Values, spot: Spot, state: State, variables: dict[str, Kind]) -> State:
    return replace(state, value=values.value(spot.member("set"), state.value, variables))


def _switch(values: Values, spot: Spot, state: State, variables: dict[str, Kind]) -> State:
    for item in spot.member("switch").items():
        for case in item.members():
            values.expression(case.at("when"), state.value, variables)
    return state


def _wait(values: Values, spot: Spot, state: State, variables: dict[str, Kind]) -> State:
    values.value(spot.member("wait"), state.value, variables)
    return state


def _raise(values: Values, spot: Spot, state: State, variables: dict[str, Kind]) -> None:
    values.value(spot.member("raise"), state.value, variables)


def _call(values: Values, spot: Spot, state: State, variables: dict[str, Kind]) -> State:
    arguments = spot.at("with")
    # What other calls do with their arguments is their own.
    if spot.member("call").value == "http" and arguments is not None:
        for name in ("headers", "query", "body"):
            if (argument := arguments.at(name)) is not None:
                values.value(argument, state.value, variables)
        endpoint = arguments.at("endpoint", "uri") or arguments.at("endpoint")
        if endpoint is not None:
            values.uri(endpoint, state.value, variables)
    return replace(state, value=UNKNOWN)


def _else(values: Values, spot: Spot, state: State, variables: dict[str, Kind]) -> State:
    return replace(state, value=UNKNOWN)


_OWN: dict[str, _Task] = {
    "set": _set,
    "switch": _switch,
    "wait": _wait,
    "raise": _raise,
    "call": _call,
    "emit": _else,
    "run": _else,
}
"""Keyword → what a task gives that holds no tasks."""
