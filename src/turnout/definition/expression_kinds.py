"""What is certainly known of an expression's value, and what in it can only be a mistake."""

from collections.abc import Mapping
from typing import Protocol

from turnout.definition.jq_syntax import (
    COMPARISONS,
    Anything,
    Chosen,
    Constant,
    Listed,
    Made,
    Node,
    Operation,
    Path,
)
from turnout.definition.kinds import NULL, TYPES, UNKNOWN, Kind, either, made, merged, of_type


class Listener(Protocol):
    """Hears of what can only be a mistake."""

    def missing(self, path: str, name: str, of: Kind, variable: str | None) -> None:
        """Tell that ``path`` reads ``name``, which ``of`` surely does not have."""

    def never_alike(self, sign: str, sides: tuple[Node, Node], kinds: tuple[Kind, Kind]) -> None:
        """Tell that values are compared which surely are of different types."""


class Evaluation:
    """Evaluates trees where ``.`` and the variables are of known kinds."""

    def __init__(self, variables: Mapping[str, Kind], listener: Listener | None) -> None:
        """Take the kinds of variables; all others may be anything."""
        self._variables = variables
        self._listener = listener
        self._expects_missing = 0

    def kind(self, node: Node, here: Kind) -> Kind:
        """Return the kind of an expression's every output, where ``.`` is ``here``."""
        match node:
            case Path():
                return self._path(node, here)
            case Constant(type=name):
                return of_type(name)
            case Anything(type=name):
                return of_type(name) if name else UNKNOWN
            case Operation():
                return self._operation(node, here)
            case Made(members=members):
                found = {name: self.kind(member, here) for name, member in members or ()}
                return made(found, found, closed=members is not None)
            case Listed(inner=inner):
                if inner is not None:
                    self.kind(inner, here)
                return of_type("array")
            case Chosen():
                return self._chosen(node, here)

    def _path(self, path: Path, here: Kind) -> Kind:
        variable = path.variable
        found = here if variable is None else self._variables.get(variable, UNKNOWN)
        for index, name in enumerate(path.names):
            if found.lacks(name):
                if self._listener is not None and not self._expects_missing:
                    shown = shown_path(Path(variable, path.names[: index + 1]))
                    self._listener.missing(shown, name, found, variable)
                return UNKNOWN
            found = found.member(name)
        return UNKNOWN if path.open else found

    def _operation(self, node: Operation, here: Kind) -> Kind:
        sign = node.sign
        if sign == "|":
            return self.kind(node.right, self.kind(node.left, here))
        if sign == "//":
            found = self._quietly(node.left, here)
            types = found.types - {NULL}
            other = self.kind(node.right, here)
            return either(of_type(*types), other) if found.members == {} and types else UNKNOWN
        if sign in COMPARISONS:
            return self._comparison(node, here)
        left, right = self.kind(node.left, here), self.kind(node.right, here)
        if sign in ("and", "or"):
            return of_type("boolean")
        return _computed(sign, left, right)

    def _comparison(self, node: Operation, here: Kind) -> Kind:
        sides = (node.left, node.right)
        if any(isinstance(side, Constant) and side.type == NULL for side in sides):
            # Who asks whether it is null expects it to be missing.
            for side in sides:
                self._quietly(side, here)
            return of_type("boolean")
        left, right = (self.kind(side, here) for side in sides)
        if self._listener is not None and not left.types & right.types:
            self._listener.never_alike(node.sign, sides, (left, right))
        return of_type("boolean")

    def _quietly(self, node: Node, here: Kind) -> Kind:
        self._expects_missing += 1
        try:
            return self.kind(node, here)
        finally:
            self._expects_missing -= 1

    def _chosen(self, node: Chosen, here: Kind) -> Kind:
        for condition, _ in node.arms:
            self.kind(condition, here)
        values = [self.kind(value, here) for _, value in node.arms]
        found = here if node.otherwise is None else self.kind(node.otherwise, here)
        for value in values:
            found = either(found, value)
        return found


def _computed(sign: str, left: Kind, right: Kind) -> Kind:
    types = left.types | right.types
    if sign == "+" and types <= {"object", NULL} and "object" in types:
        return merged(left, right)
    if types == {"number"} or (sign == "+" and len(types) == 1 and types < TYPES):
        return of_type(*types)
    return UNKNOWN


def shown_path(path: Path) -> str:
    """Return a path as it is written."""
    root = "" if path.variable is None else f"${path.variable}"
    return (root + "".join(f".{name}" for name in path.names)) or "."
