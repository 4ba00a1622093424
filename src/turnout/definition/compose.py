"""Events of a reader → tree of nodes, with every bound on what a text may ask of us."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from turnout.definition.places import Node, Place, Scalar, refusal

MAX_DEPTH = 64
MAX_NODES = 10_000
MAX_INTEGER = 2**53
_SURROGATE = re.compile("[\ud800-\udfff]")


class Kind(Enum):
    """What a reader met."""

    OBJECT = "object"
    LIST = "list"
    END = "end"
    SCALAR = "scalar"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a reader.

    Attributes:
        kind: what begins, ends or stands here.
        place: where.
        value: of a scalar.
        anchor: the name that this node gets, or that an alias refers to.
        plain: whether a scalar is written without quotes.
    """

    kind: Kind
    place: Place
    value: Scalar = None
    anchor: str | None = None
    plain: bool = False


class Composer:
    """Builds one tree from events; raises LoadError at the first thing that is out of bounds."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0

    def compose(self) -> Node:
        """Return the tree of the one value that the events describe."""
        return self._node(next(self._events), 1)

    def _node(self, event: Event, depth: int) -> Node:
        self._nodes += 1
        _check_bounds(self._nodes, depth, event.place)
        if event.kind is Kind.ALIAS:
            return self._alias(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node = Node(event.place, event.value)
        if event.kind is Kind.OBJECT:
            self._fill_object(node, depth)
        elif event.kind is Kind.LIST:
            self._fill_list(node, depth)
        else:
            _check_scalar(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Event, depth: int) -> Node:
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is None:
            inside = name in self._anchors
            what = "refers to something that contains it" if inside else "is not defined before it"
            raise refusal(
                "recursive_alias" if inside else "unknown_alias",
                f"The alias `*{name}` {what}.",
                event.place,
            )
        # The tree shares the node, but everything after this walks it once per alias.
        self._nodes += node.size - 1
        if self._nodes > MAX_NODES:
            raise refusal(
                "alias_bomb",
                f"With its aliases expanded the definition has more than {MAX_NODES} values.",
                event.place,
                "Write less, or refer to less with each alias.",
            )
        _check_bounds(self._nodes, depth + node.depth - 1, event.place)
        return node

    def _fill_object(self, node: Node, depth: int) -> None:
        members: dict[str, tuple[Place, Node]] = {}
        node.content = members
        while (event := next(self._events)).kind is not Kind.END:
            name = _name(event, members)
            child = self._node(next(self._events), depth + 1)
            members[name] = (event.place, child)
            _grow(node, child)

    def _fill_list(self, node: Node, depth: int) -> None:
        items: list[Node] = []
        node.content = items
        while (event := next(self._events)).kind is not Kind.END:
            child = self._node(event, depth + 1)
            items.append(child)
            _grow(node, child)


def _grow(node: Node, child: Node) -> None:
    node.size += child.size
    node.depth = max(node.depth, child.depth + 1)


def _check_bounds(nodes: int, depth: int, place: Place) -> None:
    if nodes > MAX_NODES:
        raise refusal("too_many_values", f"The definition has more than {MAX_NODES} values.", place)
    if depth > MAX_DEPTH:
        raise refusal(
            "too_deep", f"The definition is nested more than {MAX_DEPTH} levels deep.", place
        )


def _name(event: Event, members: dict[str, tuple[Place, Node]]) -> str:
    name = event.value
    if event.kind is not Kind.SCALAR or not isinstance(name, str):
        raise refusal(
            "name_not_text",
            "The name of a member must be text.",
            event.place,
            None if event.kind is not Kind.SCALAR else "Put it in quotes.",
        )
    _check_scalar(event)
    if name == "<<" and event.plain:
        raise refusal(
            "merge_key",
            "Merge keys (`<<`) are not part of YAML 1.2.",
            event.place,
            "Write the members out, or use an alias for the whole value.",
        )
    if name in members:
        line, _ = members[name][0]
        raise refusal(
            "duplicate_name",
            f"`{name}` stands here a second time; the first is in line {line}.",
            event.place,
            "Remove one of the two.",
        )
    return name


def _check_scalar(event: Event) -> None:
    value = event.value
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise refusal("invalid_text", "The text holds half of a surrogate pair.", event.place)
        return
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise refusal("number_refused", "NaN and infinity are not JSON numbers.", event.place)
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise refusal(
            "number_refused",
            "Integers beyond 2^53 lose digits in expressions.",
            event.place,
            "Put it in quotes to keep it as text.",
        )
