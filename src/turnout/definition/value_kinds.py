"""What is certainly known of the values that a document's expressions and templates give."""

import re
from collections.abc import Callable, Mapping

from turnout.definition.expression_kinds import Evaluation, Listener
from turnout.definition.expressions import MixedText, source_of, strip
from turnout.definition.findings import Spot
from turnout.definition.jq_syntax import Node, Path, read
from turnout.definition.kinds import UNKNOWN, Kind, constant, made, of_type

Hears = Callable[[Spot], Listener]
"""Spot of an expression → who hears of mistakes in it."""

Variables = Mapping[str, Kind]

_MOST_CHARACTERS = 100_000
"""Of all different expressions together; of what is behind them nothing is known."""

_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Values:
    """Evaluates what stands at a spot; each source is read once.

    Attributes:
        hears: gives the listeners, or None while nobody is to hear.
    """

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self.hears: Hears | None = None
        self._trees: dict[str, Node | None] = {}
        self._unread = _MOST_CHARACTERS

    def transformed(self, spot: Spot | None, here: Kind, variables: Variables) -> Kind:
        """Return what a ``from`` or ``as`` gives; without one, what goes in."""
        if spot is None:
            return here
        if isinstance(spot.value, str):
            return self.expression(spot, here, variables)
        return self.value(spot, here, variables)

    def expression(self, spot: Spot | None, here: Kind, variables: Variables) -> Kind:
        """Return what a field gives that is always an expression; anything where it is none."""
        if spot is None or not isinstance(spot.value, str):
            return UNKNOWN
        return self._computed(spot, source_of(spot.value), here, variables)

    def value(self, spot: Spot, here: Kind, variables: Variables) -> Kind:
        """Return what a JSON value gives in which ``${ … }`` are computed."""
        if isinstance(spot.value, str):
            return self._text(spot, spot.value, here, variables)
        if isinstance(spot.value, dict):
            names = spot.value
            return made(
                {name: self.value(spot.member(name), here, variables) for name in names}, names
            )
        if isinstance(spot.value, list):
            for index in range(len(spot.value)):
                self.value(spot.item(index), here, variables)
        return constant(spot.value)

    def uri(self, spot: Spot, here: Kind, variables: Variables) -> None:
        """Look at a URI: an expression, or a template that names members of the input."""
        if not isinstance(spot.value, str) or "${" in spot.value:
            self.value(spot, here, variables)
            return
        for name in dict.fromkeys(_PARAMETER.findall(spot.value)):
            self._evaluation(spot, variables).kind(Path(None, (name,)), here)

    def _text(self, spot: Spot, text: str, here: Kind, variables: Variables) -> Kind:
        try:
            source = strip(text)
        except MixedText:
            return UNKNOWN
        return (
            of_type("string") if source is None else self._computed(spot, source, here, variables)
        )

    def _computed(self, spot: Spot, source: str, here: Kind, variables: Variables) -> Kind:
        if source not in self._trees:
            self._unread -= len(source)
            self._trees[source] = read(source) if self._unread > 0 else None
        tree = self._trees[source]
        return UNKNOWN if tree is None else self._evaluation(spot, variables).kind(tree, here)

    def _evaluation(self, spot: Spot, variables: Variables) -> Evaluation:
        return Evaluation(variables, None if self.hears is None else self.hears(spot))
