"""Splits a jq 1.8 expression into tokens, so that rules speak of tokens and not of substrings.

Where versions of jq read a text differently (comments that end in a backslash, a ``$`` apart
from its name) the text is refused: a guess here would be a hole in every rule above.
"""

import re
from dataclasses import dataclass
from enum import Enum


class TokenKind(Enum):
    """What a token is to jq."""

    WORD = "word"
    FIELD = "field"
    VARIABLE = "variable"
    FORMAT = "format"
    NUMBER = "number"
    TEXT = "text"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: what it is; a string is a TEXT, then the tokens of its interpolations.
        text: as written; a variable's is its name without ``$``, a TEXT's is empty.
        enclosing: the innermost of ``( [ {`` or ``if`` that is open around it, or ``""``.
    """

    kind: TokenKind
    text: str
    enclosing: str


class JqSyntaxError(ValueError):
    """The expression is no jq, or is written in a way that is not accepted."""


_PATTERNS = (
    ("space", r"[ \t\r\n]+"),
    ("comment", r"#[^\n]*"),
    ("word", r"(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*"),
    ("field", r"\.[a-zA-Z_][a-zA-Z_0-9]*"),
    ("number", r"[0-9.]*[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?"),
    ("variable", r"\$(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*"),
    ("format", r"@[a-zA-Z0-9_]+"),
    ("quote", r'"'),
    ("open", r"[(\[{]"),
    ("close", r"[)\]}]"),
    ("sign", r"\?//|//=|[!=<>|+*/%-]=|//|\.+|[.?=;,:|+*/%<>-]"),
)
_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_STRING = re.compile(r'(?:[^"\\]|\\[^(])*', re.DOTALL)
_CLOSES = {")": "(", "]": "[", "}": "{"}
_KINDS = {
    "field": TokenKind.FIELD,
    "number": TokenKind.NUMBER,
    "format": TokenKind.FORMAT,
    "sign": TokenKind.SIGN,
}
_INTERPOLATION = "\\("


def tokenise(source: str) -> list[Token]:
    """Return the tokens of ``source``; raise JqSyntaxError where it is no jq."""
    if "\0" in source:
        raise JqSyntaxError("it holds a NUL character")
    return _Scanner(source).scan()


class _Scanner:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._open: list[str] = []
        self._tokens: list[Token] = []

    def scan(self) -> list[Token]:
        while self._at < len(self._source):
            found = _TOKEN.match(self._source, self._at)
            if found is None:
                raise JqSyntaxError(f"`{self._source[self._at]}` is not expected here")
            self._at = found.end()
            self._take(found.lastgroup or "", found.group())
        if self._open:
            raise JqSyntaxError(f"`{self._open[-1]}` is never closed")
        return self._tokens

    def _take(self, group: str, text: str) -> None:
        if group == "comment":
            _check_comment(text)
        elif group == "word":
            self._word(text)
        elif group == "variable":
            self._add(TokenKind.VARIABLE, text[1:])
        elif group == "quote":
            self._add(TokenKind.TEXT, "")
            self._string()
        elif group == "open":
            self._add(TokenKind.SIGN, text)
            self._open.append(text)
        elif group == "close":
            self._close(text)
        elif group != "space":
            self._add(_KINDS[group], text)

    def _add(self, kind: TokenKind, text: str) -> None:
        self._tokens.append(Token(kind, text, self._open[-1] if self._open else ""))

    def _word(self, text: str) -> None:
        self._add(TokenKind.WORD, text)
        if text not in ("if", "end") or self._is_name_of_member():
            return
        # Inside `if … end` a comma separates values even where braces are around all of it.
        if text == "if":
            self._open.append("if")
        else:
            self._pop("if", "end")

    def _is_name_of_member(self) -> bool:
        if not self._open or self._open[-1] != "{":
            return False
        return self._tokens[-2].text in ("{", ",") and self._tokens[-2].kind is TokenKind.SIGN

    def _close(self, text: str) -> None:
        if text == ")" and self._open and self._open[-1] == _INTERPOLATION:
            self._open.pop()
            self._string()
            return
        self._pop(_CLOSES[text], text)
        self._add(TokenKind.SIGN, text)

    def _pop(self, opening: str, text: str) -> None:
        if not self._open or self._open.pop() != opening:
            raise JqSyntaxError(f"`{text}` closes nothing here")

    def _string(self) -> None:
        found = _STRING.match(self._source, self._at)
        self._at = found.end() if found else self._at
        if self._source.startswith('"', self._at):
            self._at += 1
        elif self._source.startswith(_INTERPOLATION, self._at):
            self._at += len(_INTERPOLATION)
            self._open.append(_INTERPOLATION)
        else:
            raise JqSyntaxError("a string is never closed")


def _check_comment(text: str) -> None:
    body = text.removesuffix("\r")
    if "\r" in body or body.endswith("\\"):
        raise JqSyntaxError("a comment must not end in a backslash or hold a carriage return")
