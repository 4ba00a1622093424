"""jq expressions: compiled once per version, evaluated on one value with a few variables.

What an expression yields is its *first* output, and null if it has none; what would come after
the first is never computed. Numbers are IEEE doubles: integers over 2**53 lose precision.
Conditions are true for everything but ``false`` and ``null``, as in jq itself.

Most of an evaluation's time goes into jq parsing its argument. So only variables that an
expression names are passed, ``$workflow`` and ``$task`` only with the members it names, a
variable that equals ``.`` not at all, and the expressions of one ``set`` or ``switch`` are
compiled into one program that reads the value once. What is only a path or a comparison needs
no jq at all, see ``plain``.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

import jq
import orjson

from turnout.definition.expressions import forbidden
from turnout.definition.expressions import variables as variables_of
from turnout.definition.jq_tokens import tokenise
from turnout.domain.json import Json
from turnout.interpreter.errors import Fault, fault
from turnout.interpreter.json_text import storable, text
from turnout.interpreter.plain import Lookup, plain
from turnout.interpreter.single_output import has_single_output

_NEEDS_TIME = re.compile(r"\bnow\b")
_TIME = "__now"


def compile_expression(source: str, variables: Collection[str]) -> str | None:
    """What is wrong with an expression, or None.

    Words that reach outside (``env``, ``input`` …) are refused by token. Then it is compiled
    *alone*, so that one that only fits between the parentheses of its
    wrapping (``1) | (2``) fails, then wrapped as it will run.

    Args:
        source: without ``${ }``.
        variables: names, without ``$``, that it may use.
    """
    try:
        word = forbidden(tokenise(source))
        if word is not None:
            return f"{word} may not be used in an expression"
        jq.compile(source, args=dict.fromkeys(variables))
        Expression((source,), variables)
    except ValueError as error:
        return _first_line(str(error))
    return None


class Evaluable(Protocol):
    """An expression ready to run."""

    def evaluate(self, value: Json, lookup: Lookup, now: float, limit: int) -> Any:
        """The first output, or null.

        Args:
            value: what ``.`` is.
            lookup: gives the variables.
            now: the run's time, seconds since the epoch.
            limit: bytes that the result may have as JSON.

        Raises:
            Fault: of type ``expression`` or, for a result over the limit, ``runtime``.
        """


def compiled(source: str, scope: Collection[str], same: str | None = None) -> Evaluable:
    """Compile one expression; see ``Expression`` for the arguments and errors."""
    return plain(source, scope, same) or Expression((source,), scope, same)


class Expression:
    """One or more expressions compiled into one program.

    Attributes:
        sources: the expressions; more than one yield an array with an element for each.
        variables: names of the variables to pass, in order.
    """

    __slots__ = ("_members", "_program", "_same", "_timed", "sources", "variables")

    def __init__(
        self,
        sources: Sequence[str],
        scope: Collection[str],
        same: str | None = None,
        combine: Callable[[Sequence[str]], str] | None = None,
    ) -> None:
        """Compile.

        Args:
            sources: the expressions, without ``${ }``; each must compile alone.
            scope: names of variables that they may use.
            same: name of the variable that always equals ``.`` where they are evaluated.
            combine: makes one jq expression of them; default: the only one, or an array.

        Raises:
            ValueError: jq does not accept it.
        """
        self.sources = tuple(sources)
        used = frozenset().union(*(variables_of(source) for source in sources)) & set(scope)
        whole = "\n".join(sources)
        self.variables = tuple(sorted(used - {same}))
        self._same = same if same in used else None
        self._members = {name: _members(name, whole) for name in self.variables}
        self._timed = _NEEDS_TIME.search(whole) is not None
        body = (combine or _combined)(self.sources)
        self._program = jq.compile(self._wrapped(body))

    def _wrapped(self, body: str) -> str:
        names = [*self.variables, _TIME] if self._timed else list(self.variables)
        parts = [f". as [$__value,{','.join('$' + name for name in names)}] | "] if names else []
        parts += ["$__value | "] if names else []
        parts += [f". as ${self._same} | "] if self._same else []
        parts += [f"def now: ${_TIME}; "] if self._timed else []
        return "".join(parts) + _enclosed(body)

    def evaluate(self, value: Json, lookup: Lookup, now: float, limit: int) -> Any:
        """See ``Evaluable``; several sources give a list, an output of each."""
        argument: Json = value
        if self.variables or self._timed:
            argument = [value, *(lookup(name, self._members[name]) for name in self.variables)]
            if self._timed:
                argument.append(now)
        try:
            result = next(iter(self._program.input_text(text(argument).decode())), None)
        except ValueError as error:
            raise self._explained(str(error), value, lookup, now, limit) from error
        return _bounded(result, limit)

    def _explained(
        self, message: str, value: Json, lookup: Lookup, now: float, limit: int
    ) -> Fault:
        """The fault, naming the one of several expressions that failed first."""
        scope = (*self.variables, self._same or "")
        for source in self.sources if len(self.sources) > 1 else ():
            try:
                Expression((source,), scope, self._same).evaluate(value, lookup, now, limit)
            except Fault as found:
                return found
        source = self.sources[0] if len(self.sources) == 1 else ""
        shown = source if len(source) <= 120 else source[:119] + "…"
        return fault("expression", f"{shown.strip()}: {message}" if shown else message)


def first_of(source: str) -> str:
    """A jq expression with exactly one output: the first of ``source``, or null."""
    if has_single_output(source):
        return _enclosed(source)
    return f"first({_enclosed(source)}, null)"


def _combined(sources: Sequence[str]) -> str:
    if len(sources) == 1:
        return sources[0]
    return f"[{','.join(first_of(source) for source in sources)}]"


def _enclosed(source: str) -> str:
    # Two line ends: a comment may end in a backslash, which lets it swallow the first of them.
    return f"({source}\n\n)"


def _members(name: str, whole: str) -> frozenset[str] | None:
    """Members of ``$name`` that are used; None if it is used in any way but ``$name.member``."""
    found = re.findall(rf"\${name}\s*\.\s*([A-Za-z_]\w*)", whole)
    return frozenset(found) if len(found) == len(re.findall(rf"\${name}\b", whole)) else None


def _bounded(result: Any, limit: int) -> Any:
    kind = type(result)
    if result is None or kind is bool or kind is float:
        return result
    if kind is str and len(result) * 6 < limit:
        return result
    try:
        size = len(orjson.dumps(result))
    except TypeError:
        result = storable(result)
        size = len(orjson.dumps(result))
    if size > limit:
        raise fault("runtime", f"An expression gave {size} bytes; {limit} are allowed.")
    return result


def _first_line(message: str) -> str:
    return message.removeprefix("jq: error: ").split("\n", 1)[0]
