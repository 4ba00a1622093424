"""What a definition's expressions may say, decided by token: jq itself compiles them later."""

import re
from collections.abc import Iterator, Sequence

from turnout.definition.jq_tokens import JqSyntaxError, Token, TokenKind, tokenise

# fmt: off
FORBIDDEN = frozenset((
    "env", "input", "inputs", "halt", "halt_error", "import", "include", "module",
    "input_filename", "input_line_number", "debug", "stderr", "modulemeta", "get_search_list",
    "localtime", "strflocaltime",
))
"""Words that reach outside the expression, or whose value depends on the machine."""

FORBIDDEN_VARIABLES = frozenset(("ENV", "__prog_args", "JQ_BUILD_CONFIGURATION", "__prog_name"))
VARIABLES = frozenset(("context", "input", "task", "workflow", "runtime"))
"""Variables that every expression may use; ``output`` only in ``export.as``."""

NOT_YET_VARIABLES = frozenset(("secrets", "authorization"))
KEYWORDS = frozenset((
    "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end",
    "reduce", "foreach", "try", "catch", "label", "break", "__loc__",
))
# fmt: on
_ALWAYS_DEFINED = frozenset(("__loc__",))
_COMPARISONS = frozenset(("<", "<=", ">", ">="))

_WHOLE = re.compile(r"\s*\$\{(.*)\}\s*", re.DOTALL)


class MixedText(ValueError):
    """Text and an expression in one value: ``"Hello ${ .name }"``."""


def strip(text: str) -> str | None:
    """Return the source in ``${ … }``, or None where ``text`` is plain text.

    Raises:
        MixedText: where there is something beside the ``${ … }``.
    """
    if "${" not in text:
        return None
    whole = _WHOLE.fullmatch(text)
    if whole is None or _closes_early(whole.group(1)):
        raise MixedText(text)
    return whole.group(1).strip()


def source_of(text: str) -> str:
    """Return the source of a field that is always an expression, with or without ``${ }``."""
    whole = _WHOLE.fullmatch(text)
    return (whole.group(1) if whole else text).strip()


def _closes_early(source: str) -> bool:
    # `${ .a } and ${ .b }` begins and ends like one expression.
    if "${" not in source:
        return False
    try:
        tokenise(source)
    except JqSyntaxError:
        return True
    return False


def forbidden(tokens: Sequence[Token]) -> str | None:
    """Return the first thing in an effective position that no expression may use, or None."""
    for index, token in enumerate(tokens):
        if token.kind is TokenKind.VARIABLE and token.text in FORBIDDEN_VARIABLES:
            return f"${token.text}"
        if token.kind is TokenKind.WORD and not _names_a_member(tokens, index):
            word = token.text.rpartition("::")[2]
            if word in FORBIDDEN:
                return word
    return None


def _names_a_member(tokens: Sequence[Token], index: int) -> bool:
    """Whether a word names a member: directly in ``{ }``, after ``{ ,``, before ``: , }``."""
    if tokens[index].enclosing != "{" or index == 0 or index + 1 == len(tokens):
        return False
    before, after = tokens[index - 1], tokens[index + 1]
    return _is_sign(before, "{,") and _is_sign(after, ":,}")


def _is_sign(token: Token, signs: str) -> bool:
    return token.kind is TokenKind.SIGN and token.text in tuple(signs)


def variables(source: str) -> frozenset[str]:
    """Return the names of the variables that ``source`` uses and nowhere binds.

    A name that is bound somewhere in the expression counts as bound in all of it; jq, which
    knows scopes, has the last word when it compiles.

    Raises:
        JqSyntaxError: where it is no jq.
    """
    return free_variables(tokenise(source))


def free_variables(tokens: Sequence[Token]) -> frozenset[str]:
    """Do what ``variables`` does, on tokens."""
    used = {token.text for token in tokens if token.kind is TokenKind.VARIABLE}
    return frozenset(used - set(_bound(tokens)) - _ALWAYS_DEFINED)


def compares(tokens: Sequence[Token]) -> bool:
    """Whether values are put in order, which jq does for any two types without a word."""
    return any(token.kind is TokenKind.SIGN and token.text in _COMPARISONS for token in tokens)


def _bound(tokens: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.WORD:
            continue
        if token.text == "as":
            yield from _until(tokens, index + 1, "|", "(")
        elif token.text == "label":
            yield from _until(tokens, index + 1, "|", "|")
        elif token.text == "def":
            yield from _until(tokens, index + 1, ":", ":")


def _until(tokens: Sequence[Token], start: int, *ends: str) -> Iterator[str]:
    """Yield variables from ``start`` to the first of ``ends`` that stands in no bracket."""
    depth = 0
    for token in tokens[start:]:
        if depth == 0 and token.kind is TokenKind.SIGN and token.text in ends:
            return
        if token.kind is TokenKind.VARIABLE:
            yield token.text
        elif _is_sign(token, "([{"):
            depth += 1
        elif _is_sign(token, ")]}"):
            depth -= 1
