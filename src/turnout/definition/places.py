"""The text as a tree whose every node knows its line and column."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from turnout.domain.json import Json
from turnout.domain.problem import Problem, Severity

Place = tuple[int, int]
"""Line and column, both 1-based, in characters."""

MAX_POINTERS = 16 * 1024 * 1024
"""Characters that the pointers to all values may have together."""

Scalar = None | bool | int | float | str


@dataclass(slots=True)
class Node:
    """A value where it stands in the text.

    Attributes:
        place: where the value begins.
        content: a scalar, a list of nodes, or name → (place of the name, node).
        size: number of nodes in it with every alias expanded, itself included.
        depth: levels of nesting in it, 1 for a scalar.
    """

    place: Place
    content: "Scalar | list[Node] | dict[str, tuple[Place, Node]]"
    size: int = 1
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read.

    Attributes:
        value: what it says.
        places: JSON pointer → where that thing begins: the name of a member, else the value.
        value_places: JSON pointer → where its value begins.
    """

    value: Json
    places: dict[str, Place] = field(default_factory=dict)
    value_places: dict[str, Place] = field(default_factory=dict)


class LoadError(Exception):
    """The text cannot be read; carries the one problem that says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def refusal(
    code: str, message: str, place: Place | None = None, hint: str | None = None
) -> LoadError:
    """Make the error for a text that cannot be read."""
    line, column = place or (None, None)
    return LoadError(Problem(Severity.ERROR, code, message, "", line, column, hint))


def pointer_to(parent: str, name: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a member or item of ``parent``."""
    if isinstance(name, int):
        return f"{parent}/{name}"
    return f"{parent}/{name.replace('~', '~0').replace('/', '~1')}"


def to_document(root: Node) -> Document:
    """Turn the tree into its value and the places of everything in it.

    Raises:
        LoadError: where the pointers would take too much memory.
    """
    document = Document(_value(root))
    length = 0
    for pointer, begins, node in _walk("", root.place, root):
        # Long names deep down would make pointers many times as long as the text.
        length += len(pointer)
        if length > MAX_POINTERS:
            raise refusal("names_too_long", "The names of members are too long.", begins)
        document.places[pointer] = begins
        document.value_places[pointer] = node.place
    return document


def _value(node: Node) -> Json:
    content = node.content
    if isinstance(content, dict):
        return {name: _value(child) for name, (_, child) in content.items()}
    if isinstance(content, list):
        return [_value(child) for child in content]
    return content


def _walk(pointer: str, begins: Place, node: Node) -> Iterator[tuple[str, Place, Node]]:
    yield pointer, begins, node
    if isinstance(node.content, dict):
        for name, (place, child) in node.content.items():
            yield from _walk(pointer_to(pointer, name), place, child)
    elif isinstance(node.content, list):
        for index, child in enumerate(node.content):
            yield from _walk(pointer_to(pointer, index), child.place, child)
