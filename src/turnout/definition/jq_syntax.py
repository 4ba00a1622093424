"""Reads the part of jq that people write in workflows into a tree; gives up on the rest.

Paths, constants, comparisons, ``and or not``, arithmetic, ``//``, ``|``, objects, lists and
``if``. It serves lints only, for which an expression that is not certainly understood is as
good as none: what may be anything here (functions, iterations) is ``Anything`` in the tree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from turnout.definition.expressions import KEYWORDS
from turnout.definition.jq_tokens import JqSyntaxError, Token, TokenKind, tokenise


@dataclass(frozen=True, slots=True)
class Anything:
    """A value of which nothing is known, or whose type alone is."""

    type: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """``.a.b``, or ``$variable.a.b``; ``open`` where something follows that is not followed."""

    variable: str | None
    names: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a string, true, false or null, as it is written."""

    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """``left sign right``: comparisons, arithmetic, ``and``, ``or``, ``//`` and ``|``."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Made:
    """``{name: value}``; ``members`` is None where a name is computed."""

    members: "tuple[tuple[str, Node], ...] | None"


@dataclass(frozen=True, slots=True)
class Listed:
    """``[…]``, with what is in it."""

    inner: "Node | None"


@dataclass(frozen=True, slots=True)
class Chosen:
    """``if … then … elif … else … end``; ``otherwise`` is None without ``else``."""

    arms: "tuple[tuple[Node, Node], ...]"
    otherwise: "Node | None"


Node = Anything | Path | Constant | Operation | Made | Listed | Chosen

COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))

_RESULTS = {
    "not": "boolean",
    "length": "number",
    "tonumber": "number",
    "floor": "number",
    "ceil": "number",
    "round": "number",
    "now": "number",
    "tostring": "string",
    "tojson": "string",
    "type": "string",
    "ascii_downcase": "string",
    "ascii_upcase": "string",
    "todate": "string",
    "keys": "array",
    "any": "boolean",
    "all": "boolean",
    "has": "boolean",
    "contains": "boolean",
    "startswith": "boolean",
    "endswith": "boolean",
    "test": "boolean",
    "IN": "boolean",
    "map": "array",
    "split": "array",
    "join": "string",
}
"""Function → the type of what it gives."""

_REFUSED = KEYWORDS - {"if"}
_CONSTANTS = {"true": "boolean", "false": "boolean", "null": "null"}
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset("|"),
    frozenset(","),
    frozenset(("//",)),
    frozenset(("or",)),
    frozenset(("and",)),
    COMPARISONS,
    frozenset("+-"),
    frozenset("*/%"),
)
"""What binds, from the loosest to the tightest."""

_COMMA, _COMPARING = 1, 5
_DEEPEST = 40
_LONGEST = 1_000
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_INTERPOLATION = "\\("


class _NotRead(Exception):
    """It is not certain what this says."""


def read(source: str) -> Node | None:
    """Return the tree of an expression, or None where it is not certain what it says."""
    if len(source) > _LONGEST:
        return None
    try:
        reader = _Reader(tokenise(source))
        found = reader.level(0)
        return found if reader.at_end else None
    except (JqSyntaxError, _NotRead):
        return None


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._tokens)

    def level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._term()
        found = self.level(level + 1)
        while (sign := self._sign()) in _LEVELS[level]:
            self._at += 1
            right = self.level(level + 1)
            if level == _COMMA:
                raise _NotRead
            found = Operation(sign, found, right)
            if level == _COMPARING:
                break
        return found

    def _sign(self) -> str:
        """The token here where it is a sign or a word, else nothing."""
        if self.at_end:
            return ""
        token = self._tokens[self._at]
        return token.text if token.kind in (TokenKind.SIGN, TokenKind.WORD) else ""

    def _takes(self, text: str) -> bool:
        if self._sign() != text:
            return False
        self._at += 1
        return True

    def _expects(self, text: str) -> None:
        if not self._takes(text):
            raise _NotRead

    def _inner(self) -> Node:
        return self._nested(lambda: self.level(0))

    def _nested(self, reads: Callable[[], Node]) -> Node:
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise _NotRead
            return reads()
        finally:
            self._depth -= 1

    def _term(self) -> Node:
        if self.at_end:
            raise _NotRead
        token = self._tokens[self._at]
        self._at += 1
        return self._followed(_TERMS[token.kind](self, token))

    def _followed(self, term: Node) -> Node:
        """Take what may stand behind a term: ``.name``, ``[…]``, ``?``."""
        while not self.at_end:
            token = self._tokens[self._at]
            if token.kind is TokenKind.FIELD:
                self._at += 1
                if not isinstance(term, Path):
                    term = Anything()
                elif not term.open:
                    term = Path(term.variable, (*term.names, token.text[1:]))
            elif self._takes("["):
                self._skip()
                term = _opened(term)
            elif self._takes("."):
                term = _opened(term)
            elif self._takes("?"):
                # Who writes this expects it to be missing.
                term = Anything()
            elif token.kind is TokenKind.TEXT and _is_dot(self._tokens[self._at - 1]):
                self._at += 1
                self._text(token)
                term = _opened(term)
            else:
                break
        return term

    # terms by their first token

    def _field(self, token: Token) -> Node:
        return Path(None, (token.text[1:],))

    def _variable(self, token: Token) -> Node:
        if token.text == "__loc__":
            raise _NotRead
        return Path(token.text, ())

    def _number(self, token: Token) -> Node:
        return Constant("number", token.text)

    def _text(self, token: Token) -> Node:
        if token.enclosing == _INTERPOLATION:
            # Where the one ends and the other goes on cannot be told from the tokens.
            raise _NotRead
        depth = 0
        while not self.at_end:
            here = self._tokens[self._at]
            if depth == 0 and here.enclosing != _INTERPOLATION:
                break
            depth += _opens(here)
            self._at += 1
        return Anything("string")

    def _signed(self, token: Token) -> Node:
        if token.text == ".":
            return Path(None, ())
        if token.text == "-":
            return Operation("-", Constant("number", "0"), self._nested(self._term))
        if token.text == "(":
            found = self._inner()
            self._expects(")")
            return found
        if token.text == "[":
            return self._listed()
        if token.text == "{":
            return self._made()
        raise _NotRead

    def _listed(self) -> Node:
        if self._takes("]"):
            return Listed(None)
        start = self._at
        try:
            found = self._inner()
            self._expects("]")
        except _NotRead:
            # It is a list whatever is in it.
            self._at = start
            self._skip()
            return Listed(None)
        return Listed(found)

    def _made(self) -> Node:
        members: list[tuple[str, Node]] = []
        start = self._at
        try:
            while not self._takes("}"):
                members.append(self._member())
                if not self._takes(","):
                    self._expects("}")
                    break
        except _NotRead:
            self._at = start
            self._skip()
            return Made(None)
        return Made(tuple(members))

    def _member(self) -> tuple[str, Node]:
        if self.at_end:
            raise _NotRead
        token = self._tokens[self._at]
        self._at += 1
        if token.kind is TokenKind.VARIABLE:
            return token.text, Path(token.text, ())
        if token.kind is not TokenKind.WORD:
            raise _NotRead
        if not self._takes(":"):
            return token.text, Path(None, (token.text,))
        value = self._nested(lambda: self.level(_COMMA + 1))
        while self._takes("|"):
            value = Operation("|", value, self._nested(lambda: self.level(_COMMA + 1)))
        return token.text, value

    def _word(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            return Constant(_CONSTANTS[token.text], token.text)
        if token.text == "if":
            return self._chosen()
        if token.text in _REFUSED:
            raise _NotRead
        if self._takes("("):
            self._skip()
        return Anything(_RESULTS.get(token.text, ""))

    def _chosen(self) -> Node:
        arms = []
        while True:
            condition = self._inner()
            self._expects("then")
            arms.append((condition, self._inner()))
            if not self._takes("elif"):
                break
        otherwise = self._inner() if self._takes("else") else None
        self._expects("end")
        return Chosen(tuple(arms), otherwise)

    def _refused(self, token: Token) -> Node:
        raise _NotRead

    def _skip(self) -> None:
        """Go behind the bracket that closes the one that was just taken."""
        depth = 1
        while depth:
            if self.at_end:
                raise _NotRead
            depth += _opens(self._tokens[self._at])
            self._at += 1


def _opens(token: Token) -> int:
    if token.kind is not TokenKind.SIGN:
        return 0
    return (token.text in _CLOSING) - (token.text in _CLOSING.values())


def _is_dot(token: Token) -> bool:
    return token.kind is TokenKind.SIGN and token.text == "."


def _opened(term: Node) -> Node:
    return Path(term.variable, term.names, open=True) if isinstance(term, Path) else Anything()


_TERMS: dict[TokenKind, Callable[[_Reader, Token], Node]] = {
    TokenKind.FIELD: _Reader._field,
    TokenKind.VARIABLE: _Reader._variable,
    TokenKind.NUMBER: _Reader._number,
    TokenKind.TEXT: _Reader._text,
    TokenKind.SIGN: _Reader._signed,
    TokenKind.WORD: _Reader._word,
    TokenKind.FORMAT: _Reader._refused,
}
