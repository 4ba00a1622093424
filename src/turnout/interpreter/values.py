"""JSON values with computed leaves (``set``, ``with.body`` …): all leaves in one jq program.

The values around the leaves never pass through jq, so that constants stay exact.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from turnout.definition import model
from turnout.domain.json import Json
from turnout.interpreter.expressions import Expression
from turnout.interpreter.plain import Lookup, plain

Build = Callable[[list[Any]], Json]
"""Puts the leaves' values in their places."""


class Template:
    """A value ready to be computed."""

    __slots__ = ("_build", "_expression", "_plains", "_single")

    def __init__(self, value: model.Value, scope: Collection[str], same: str | None = None) -> None:
        """Compile; see ``Expression`` for ``scope``, ``same`` and errors."""
        sources: list[str] = []
        self._build = _builder(value, sources)
        plains = [plain(source, scope, same) for source in sources]
        rest = [source for source, one in zip(sources, plains, strict=True) if one is None]
        self._expression = Expression(rest, scope, same) if rest else None
        self._single = len(rest) == 1
        self._plains = plains

    def compute(self, value: Json, lookup: Lookup, now: float, limit: int) -> Json:
        """The value; arguments and faults as in ``Evaluable.evaluate``."""
        given: Iterator[Any] = iter(())
        if self._expression is not None:
            found = self._expression.evaluate(value, lookup, now, limit)
            given = iter((found,) if self._single else found)
        leaves = [
            next(given) if one is None else one.evaluate(value, lookup, now, limit)
            for one in self._plains
        ]
        return self._build(leaves)


def _builder(value: model.Value, sources: list[str]) -> Build:
    """A function from the leaves' values to the value; appends the leaves' sources."""
    if isinstance(value, model.Expression):
        sources.append(value.source)
        at = len(sources) - 1
        return lambda leaves: leaves[at]
    before = len(sources)
    build = _container(value, sources)
    if len(sources) > before:
        return build
    constant = build([])
    return lambda leaves: constant


def _container(value: model.Value, sources: list[str]) -> Build:
    if isinstance(value, dict):
        members = [(name, _builder(member, sources)) for name, member in value.items()]
        return lambda leaves: {name: build(leaves) for name, build in members}
    if isinstance(value, tuple):
        items = [_builder(item, sources) for item in value]
        return lambda leaves: [build(leaves) for build in items]
    constant: Json = value  # type: ignore[assignment]  # what is left is scalar
    return lambda leaves: constant
