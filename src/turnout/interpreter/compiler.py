"""Turns the expressions of a task into programs, knowing which variables are in scope."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from turnout.definition import model
from turnout.interpreter.durations import Length
from turnout.interpreter.expressions import Evaluable, Expression, compiled
from turnout.interpreter.plain import FirstThatHolds, plain
from turnout.interpreter.schemas import Schema
from turnout.interpreter.values import Template

STANDARD_VARIABLES = frozenset(("context", "input", "output", "task", "workflow", "runtime"))
"""Variables that the machine knows beside those of loops."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A compiled ``input``, ``output`` or ``export``: schema and ``from``/``as``, where given."""

    schema: Schema | None
    template: Template | None


class Compiler:
    """Compiles within one scope.

    Attributes:
        scope: names of the variables that may be used.
    """

    __slots__ = ("scope",)

    def __init__(self, scope: frozenset[str] = STANDARD_VARIABLES) -> None:
        """Compile for places where exactly these variables exist."""
        self.scope = scope

    def within(self, *names: str) -> "Compiler":
        """A compiler for places inside a loop with these variables."""
        return Compiler(self.scope | set(names))

    def expression(self, expression: model.Expression, same: str | None = None) -> Evaluable:
        """Compile one; ``same`` names the variable that equals ``.`` there."""
        return compiled(expression.source, self.scope, same)

    def optional(self, expression: model.Expression | None) -> Evaluable | None:
        """Compile one where there is one."""
        return None if expression is None else self.expression(expression)

    def length(self, duration: int | model.Expression, same: str | None = None) -> Length:
        """Compile a duration; ``same`` as ``expression`` takes it."""
        if isinstance(duration, model.Expression):
            return self.expression(duration, same)
        return duration

    def choice(
        self,
        conditions: Sequence[model.Expression],
        combine: Callable[[Sequence[str]], str],
        same: str | None = None,
    ) -> Evaluable:
        """Compile what gives the index of the first condition that holds, or null.

        Args:
            combine: makes one jq expression of them, where they need jq.
            same: as ``expression`` takes it.
        """
        sources = [condition.source for condition in conditions]
        plains = [one for source in sources if (one := plain(source, self.scope, same))]
        if len(plains) == len(sources):
            return FirstThatHolds(plains)
        return Expression(sources, self.scope, same, combine)

    def template(self, value: model.Value, same: str | None = None) -> Template:
        """Compile a value with computed leaves."""
        return Template(value, self.scope, same)

    def flow(self, transform: model.Transform, same: str | None = None) -> Flow | None:
        """Compile a transform; None where it does nothing."""
        if transform.schema is None and transform.value is None:
            return None
        return Flow(
            schema=None if transform.schema is None else Schema(transform.schema),
            template=None if transform.value is None else self.template(transform.value, same),
        )
