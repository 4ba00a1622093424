"""A workflow's own expressions, which see a value and no variables."""

from collections import OrderedDict

from turnout.domain.assignment import usable_key
from turnout.domain.json import Json
from turnout.interpreter.errors import Fault
from turnout.interpreter.expressions import Evaluable, compiled

_MOST = 256
_MOST_BYTES = 64 * 1024


class AssignmentKeys:
    """Evaluates assignment keys; the compiled expressions used last are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Evaluable | None] = OrderedDict()

    def key(self, source: str | None, value: Json) -> str | None:
        """The usable key that the expression gives for a run's input, or None."""
        if source is None:
            return None
        expression = self._compiled(source)
        if expression is None:
            return None
        try:
            found = expression.evaluate(value, _no_variables, 0.0, _MOST_BYTES)
        except Fault:
            return None
        return usable_key(found)

    def _compiled(self, source: str) -> Evaluable | None:
        if source in self._kept:
            self._kept.move_to_end(source)
            return self._kept[source]
        expression: Evaluable | None
        try:
            expression = compiled(source, ())
        except ValueError:
            expression = None
        self._kept[source] = expression
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return expression


def _no_variables(name: str, members: frozenset[str] | None) -> Json:
    return None
