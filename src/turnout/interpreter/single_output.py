"""Tells which jq expressions certainly have exactly one output.

Such a one need not be wrapped to keep its first output alone, which costs about as much as a
comparison. In doubt the answer is no, and costs only that.
"""

from collections.abc import Iterator

from turnout.definition.jq_tokens import Token, TokenKind, tokenise

_ALWAYS_ONE = frozenset(
    """abs add and any all ascii_downcase ascii_upcase ceil false fabs flatten floor fromjson keys
    length max min not null or reverse round sort tojson tonumber tostring true type unique
    utf8bytelength""".split()
)
"""Words that turn one input into one output (or an error), called without arguments."""

_WHATEVER_INSIDE = frozenset(("IN", "all", "any", "map"))
"""Functions that gather all outputs of their arguments into one."""

_SIGNS = frozenset(("|", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "."))
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def has_single_output(source: str) -> bool:
    """Whether ``source``, on any input, has one output or an error, never none or several."""
    tokens = iter(tokenise(source))
    return all(_is_single(token, tokens) for token in tokens)


def _is_single(token: Token, tokens: Iterator[Token]) -> bool:
    if token.kind in (TokenKind.FIELD, TokenKind.NUMBER, TokenKind.VARIABLE):
        return True
    if token.kind is TokenKind.WORD:
        if token.text in _WHATEVER_INSIDE:
            return _skipped(next(tokens, None), tokens)
        return token.text in _ALWAYS_ONE
    return token.kind is TokenKind.SIGN and (token.text in _SIGNS or token.text in "()")


def _skipped(opening: Token | None, tokens: Iterator[Token]) -> bool:
    """Skip the arguments of a call; without arguments it is not looked at further."""
    if opening is None or opening.text != "(" or opening.kind is not TokenKind.SIGN:
        return False
    depth = 1
    for token in tokens:
        if token.kind is TokenKind.SIGN and token.text in _CLOSING:
            depth += 1
        elif token.kind is TokenKind.SIGN and token.text in _CLOSING.values():
            depth -= 1
        if depth == 0:
            return True
    return False
