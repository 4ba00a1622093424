"""Expressions that need no jq: paths, and conditions that compare them.

Most of an evaluation's time in jq goes into reading its argument. What people write most, ``.age``
or ``.score >= 40 and .country == "DE"``, is told by looking at the value itself. The language is
jq's, and whatever is not certainly understood here is left to jq; a test compares the two.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import orjson

from turnout.domain.json import Json
from turnout.interpreter.errors import fault, kind_of

Lookup = Callable[[str, frozenset[str] | None], Json]
"""Name of a variable and the members of it that are needed (None: all) → its value."""

_Evaluate = Callable[[Json, Lookup], Any]

_PATH = re.compile(r"(?:\$([A-Za-z_]\w*))?((?:\.[A-Za-z_]\w*)*|\.)", re.ASCII)
_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<path>\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|(?:\.[A-Za-z_]\w*)+|\.(?![\w.\[\"]))"
    r'|(?P<constant>"[^"\\\x00-\x1f]*"|(?:true|false|null)\b|\[\]|\{\}|-?\d{1,15}\b(?!\.))'
    r"|(?P<word>(?:and|or|not)\b)|(?P<sign>[=!<>]=|[<>()|]))",
    re.ASCII,
)
_SPACE = " \t\r\n"
_LONGEST, _DEEPEST = 1000, 50
"""Characters and parentheses; with more of them it is jq's."""

_SIGNS: dict[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_RANKS: dict[type, int] = {bool: 1, int: 3, float: 3, str: 4, list: 5, dict: 6}


class Plain:
    """An expression that Python evaluates; implements ``Evaluable``."""

    __slots__ = ("_evaluate",)

    def __init__(self, evaluate: _Evaluate) -> None:
        self._evaluate = evaluate

    def evaluate(self, value: Json, lookup: Lookup, now: float, limit: int) -> Any:
        """See ``Evaluable``; it cannot give more than was there."""
        return self._evaluate(value, lookup)


def plain(source: str, scope: Collection[str], same: str | None) -> Plain | None:
    """The expression without jq, or None where that takes more.

    Args:
        source, scope, same: as ``Expression`` takes them.
    """
    path = _path(source, scope, same)
    if path is not None:
        return Plain(path)
    try:
        return Plain(_Reader(source, scope, same).whole())
    except _NotPlain:
        return None


class FirstThatHolds:
    """Which of several conditions holds first; implements ``Evaluable``."""

    __slots__ = ("_conditions",)

    def __init__(self, conditions: Sequence[Plain]) -> None:
        self._conditions = tuple(conditions)

    def evaluate(self, value: Json, lookup: Lookup, now: float, limit: int) -> int | None:
        """See ``Evaluable``; its index, or None. Later ones are not asked."""
        for index, condition in enumerate(self._conditions):
            if truth(condition.evaluate(value, lookup, now, limit)):
                return index
        return None


def truth(value: Json) -> bool:
    """Whether a condition's value lets it hold: all but false and null do, as in jq."""
    return value is not False and value is not None


def order(left: Json, right: Json) -> int:
    """Negative, zero or positive as ``left`` comes before, with or after ``right`` in jq."""
    rank, other = _rank(left), _rank(right)
    if rank != other or rank < 3:
        return rank - other
    a: Any = left
    b: Any = right
    if rank == 5:
        return _order_items(a, b)
    if rank == 6:
        return _order_objects(a, b)
    return int(a > b) - int(a < b)


def _rank(value: Json) -> int:
    kind = type(value)
    if kind is bool:
        return 2 if value else 1
    # To jq, which reads JSON, a number that JSON cannot say is null.
    if value is None or (kind is float and not math.isfinite(value)):  # type: ignore[arg-type]
        return 0
    return _RANKS[kind]


def _order_items(left: list[Json], right: list[Json]) -> int:
    for a, b in zip(left, right, strict=False):
        found = order(a, b)
        if found:
            return found
    return len(left) - len(right)


def _order_objects(left: dict[str, Json], right: dict[str, Json]) -> int:
    names, others = sorted(left), sorted(right)
    if names != others:
        return 1 if names > others else -1
    return _order_items([left[name] for name in names], [right[name] for name in names])


def _path(source: str, scope: Collection[str], same: str | None) -> _Evaluate | None:
    found = _PATH.fullmatch(source.strip(_SPACE))
    if found is None or not found.group():
        return None
    root, members = found.groups()
    if root is not None and (root not in scope or members == "."):
        return None
    names = tuple(members.split(".")[1:]) if members != "." else ()
    return _picking(None if root == same else root, names)


def _picking(root: str | None, names: tuple[str, ...]) -> _Evaluate:
    """Picks a member of ``.``, or of the variable ``root``; leaves large integers exact."""
    needed = frozenset(names[:1]) or None

    def pick(value: Json, lookup: Lookup) -> Any:
        found: Any = value if root is None else lookup(root, needed)
        for name in names:
            if isinstance(found, dict):
                found = found.get(name)
            elif found is not None:
                path = "." + ".".join(names)
                raise fault("expression", f"{path}: Cannot index {kind_of(found)} with {name!r}")
        return found

    return pick


class _NotPlain(Exception):
    """It takes jq."""


class _Reader:
    """Reads a condition by jq's precedence: ``|`` binds least, then ``or``, ``and``, comparing."""

    def __init__(self, source: str, scope: Collection[str], same: str | None) -> None:
        self._scope, self._same = scope, same
        self._tokens = list(_split(source))
        self._at = 0

    def whole(self) -> _Evaluate:
        found = self._negated()
        if self._at < len(self._tokens):
            raise _NotPlain
        return found

    def _negated(self) -> _Evaluate:
        found = self._either()
        while self._takes("|"):
            if not self._takes("not"):
                raise _NotPlain
            found = _not(found)
        return found

    def _either(self) -> _Evaluate:
        found = self._both()
        while self._takes("or"):
            found = _or(found, self._both())
        return found

    def _both(self) -> _Evaluate:
        found = self._compared()
        while self._takes("and"):
            found = _and(found, self._compared())
        return found

    def _compared(self) -> _Evaluate:
        found = self._operand()
        sign = self._token()[1]
        if sign not in _SIGNS:
            return found
        self._at += 1
        return _comparing(_SIGNS[sign], found, self._operand())

    def _operand(self) -> _Evaluate:
        kind, text = self._token()
        self._at += 1
        if kind == "constant":
            constant: Json = orjson.loads(text)
            return lambda value, lookup: constant
        if kind == "path":
            path = _path(text, self._scope, self._same)
            if path is not None:
                return path
        if text == "(":
            found = self._negated()
            if self._takes(")"):
                return found
        raise _NotPlain

    def _token(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _takes(self, text: str) -> bool:
        if self._token()[1] != text:
            return False
        self._at += 1
        return True


def _split(source: str) -> Iterator[tuple[str, str]]:
    if len(source) > _LONGEST or source.count("(") > _DEEPEST:
        raise _NotPlain
    end, rest = 0, source.rstrip(_SPACE)
    while end < len(rest):
        found = _TOKEN.match(rest, end)
        if found is None:
            raise _NotPlain
        end = found.end()
        kind = found.lastgroup or ""
        yield kind, found[kind]


def _comparing(holds: Callable[[int], bool], left: _Evaluate, right: _Evaluate) -> _Evaluate:
    def compare(value: Json, lookup: Lookup) -> bool:
        # jq computes the right side first, which shows when both fail.
        other = right(value, lookup)
        return holds(order(left(value, lookup), other))

    return compare


def _and(left: _Evaluate, right: _Evaluate) -> _Evaluate:
    return lambda value, lookup: truth(left(value, lookup)) and truth(right(value, lookup))


def _or(left: _Evaluate, right: _Evaluate) -> _Evaluate:
    return lambda value, lookup: truth(left(value, lookup)) or truth(right(value, lookup))


def _not(inner: _Evaluate) -> _Evaluate:
    return lambda value, lookup: not truth(inner(value, lookup))
