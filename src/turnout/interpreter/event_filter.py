"""Filters of events: what of them is data, and whether an event fits all of it.

What does not depend on the event is computed when the ``listen`` begins, and becomes a *fact*
beside the literal attributes: JSON pointer → value. By facts the engine finds who may want an
event. The rest is asked here, for each event; an expression that fails on an event says no to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from turnout.definition import model
from turnout.domain.json import Json, JsonObject
from turnout.domain.subscription import holds, same
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.errors import Fault, fault
from turnout.interpreter.expressions import Evaluable
from turnout.interpreter.machine import Machine
from turnout.interpreter.values import Template

Facts = dict[str, Json]

_OF_RUN = re.compile(r"\s*\$(?!task\b)[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*", re.ASCII)
"""An expression that cannot see the event: a path into a variable."""

_OF_EVENT = re.compile(r"\s*((\.[A-Za-z_]\w*)+)\s*", re.ASCII)
"""An expression that is a place of the event."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A compiled correlation.

    Attributes:
        pointer: the place of the event that ``extract`` is, or None where it is more.
        expect: computed on the task's input; None: what the first event has.
    """

    name: str
    extract: Evaluable
    pointer: str | None
    expect: Template | None


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter.

    Attributes:
        literals: facts that the definition says.
        settled: facts to be computed when the ``listen`` begins, by pointer.
        computed: attribute → what it must equal, or whether it fits; asked for each event.
        ties: its correlations.
    """

    literals: Facts
    settled: Mapping[str, Template]
    computed: Mapping[str, Template]
    ties: tuple[Tie, ...]


def compiled(filter_: model.EventFilter, compiler: Compiler) -> Filter:
    """Compile one."""
    literals: Facts = {}
    settled: dict[str, Template] = {}
    computed: dict[str, Template] = {}
    for name, value in filter_.attributes.items():
        template = compiler.template(value)
        if _is_literal(value):
            literals[f"/{name}"] = template.compute(None, _no_variable, 0, 0)
        elif isinstance(value, model.Expression) and _OF_RUN.fullmatch(value.source):
            settled[f"/{name}"] = template
        else:
            computed[name] = template
    ties = tuple(_tie(each, compiler) for each in filter_.correlations)
    return Filter(literals, settled, computed, ties)


def facts(machine: Machine, filter_: Filter, input_: Json) -> tuple[Facts, Facts]:
    """What is known as the task begins: facts of the filter, and expectations by tie."""
    known = dict(filter_.literals)
    for pointer, template in filter_.settled.items():
        known[pointer] = _something(machine.compute(template, input_), f"with.{pointer[1:]}")
    expected = {
        tie.name: _something(machine.compute(tie.expect, input_), f"correlate.{tie.name}.expect")
        for tie in filter_.ties
        if tie.expect is not None
    }
    return known, expected


def _something(value: Json, place: str) -> Json:
    """Null fits what an event lacks, so a slip in a path would take anybody's events."""
    if value is None:
        raise fault("expression", f"{place} of `listen` gives null, so that no event would fit.")
    return value


def with_ties(filter_: Filter, known: Facts, expected: Mapping[str, Json]) -> Facts:
    """The facts with those that expectations add."""
    more = {
        tie.pointer: expected[tie.name]
        for tie in filter_.ties
        if tie.pointer is not None and tie.name in expected
    }
    return {**more, **known}


def extracted(
    machine: Machine, filter_: Filter, known: Facts, expected: Mapping[str, Json], event: JsonObject
) -> Facts | None:
    """What the ties of an event are by name; None where the event does not fit."""
    if not holds(known, event):
        return None
    try:
        if not all(_fits(machine, *each, event) for each in filter_.computed.items()):
            return None
        found = {tie.name: machine.evaluate(tie.extract, event) for tie in filter_.ties}
    except Fault:
        # Whoever sends an event must not be able to end a run with it.
        return None
    for name, value in found.items():
        if value is None or (name in expected and not same(value, expected[name])):
            return None
    return found


def _fits(machine: Machine, name: str, template: Template, event: JsonObject) -> bool:
    """True and false decide; any other value is what the attribute must be."""
    found = machine.compute(template, event.get("data") if name == "data" else event)
    if found is None or isinstance(found, bool):
        return bool(found)
    return name in event and same(found, event[name])


def _tie(tie: model.Correlation, compiler: Compiler) -> Tie:
    place = _OF_EVENT.fullmatch(tie.extract.source)
    return Tie(
        name=tie.name,
        extract=compiler.expression(tie.extract),
        pointer=place.group(1).replace(".", "/") if place else None,
        expect=None if tie.expect is None else compiler.template(tie.expect, same="input"),
    )


def _is_literal(value: model.Value) -> bool:
    if isinstance(value, dict):
        return all(map(_is_literal, value.values()))
    if isinstance(value, tuple):
        return all(map(_is_literal, value))
    return not isinstance(value, model.Expression)


def _no_variable(name: str, members: frozenset[str] | None) -> Json:
    raise AssertionError("a literal has no variables")
