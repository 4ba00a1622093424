"""Against the real jq: what reaches outside is refused wherever jq would call it.

jq is the oracle. A word that no jq knows stands where the forbidden one would: if jq complains
that it is not defined, the word is called there, and our tokens must see that.
"""

import re

import jq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from turnout.definition.expressions import FORBIDDEN, forbidden
from turnout.definition.jq_tokens import JqSyntaxError, tokenise

UNKNOWN = "nobody_knows_it"
PIECES = st.sampled_from(
    [
        UNKNOWN, "." + UNKNOWN, f'"{UNKNOWN}"', f'"\\({UNKNOWN})"', "$x", ".", ".a", "..", "1",
        "1.5", '"a"', '"\\""', '"\\\\"', '"\\u0041"', "\\", '"', "(", ")", "[", "]", "{", "}",
        "{" + UNKNOWN, UNKNOWN + "}", UNKNOWN + ":", "a:", ",", ":", "|", ";", "+", "//", "?",
        "?//", "#", "# c\n", "# c\\\n", "# \\\\\n", "#\r", "\r\n", "\n", "\t", " as $x | ",
        "if ", " then ", " elif ", " else ", " end", "{if:", ".if", "{end", "end:", "$end",
        "reduce .[] as $x (0;", "foreach .[] as $x (0;", "def f: ", "def f($a): ", "try ",
        " catch ", "label $l | ", "break $l", "@base64 ", '@json "', "\\(", "{$x", "{(", "):",
        "$__loc__", "::", "m::", " and ", " or ", "-", "=", "|=", "<", ".[", "é", "$",
    ]
)  # fmt: skip
SNIPPETS = st.sampled_from(
    [
        "%s", "(%s)", "[%s]", "{a: %s}", "{(%s): 1}", '"x\\(%s)y"', "%s | .", "., %s", "{a: 1, %s}",
        "if %s then 1 else 2 end", "{a: if . then 1, %s, 2 else 3 end}", ". as $x | %s", "%s # c\n",
        "# c\n%s", "try %s", "reduce %s as $x (0; 1)", "def f: %s; f", "first(%s)", ".[%s]?",
        '{"a\\(%s)": 1}', '{@base64 "\\(%s)": 1}', "{%s}", "{a: 1, %s: 2}", "{b: {%s}}",
        ". as {%s: $x} | 1", ". as {(%s): $x} | 1", ". as [$x] ?// {%s: $x} | 1", "{$__loc__, %s}",
        "{if: 1, %s}", "{a: .end, %s, b: 1}", "label $l | %s", "-%s", "%s // 1", '."\\(%s)"',
    ]
)  # fmt: skip


def jq_calls_it(source: str) -> bool:
    try:
        jq.compile(source, args={"x": 1})
    except ValueError as error:
        return re.search(rf"error: {UNKNOWN}/\d+ is not defined", str(error)) is not None
    return False


def is_refused(source: str) -> bool:
    try:
        return forbidden(tokenise(source.replace(UNKNOWN, "input"))) is not None
    except JqSyntaxError:
        return True


@st.composite
def nested(draw: st.DrawFn) -> str:
    source = UNKNOWN
    for snippet in draw(st.lists(SNIPPETS, max_size=4)):
        source = snippet % source
    return source


@given(st.lists(PIECES, max_size=14).map("".join))
@example('1 # \\\n " \n | nobody_knows_it #"')
@example("1 #\r nobody_knows_it")
@example("{a: if . then 1, nobody_knows_it, 2 else 3 end}")
@settings(max_examples=800, deadline=None)
def test_whatever_jq_would_call_is_refused(source: str) -> None:
    if jq_calls_it(source):
        assert is_refused(source)


@given(nested())
@settings(max_examples=300, deadline=None)
def test_in_valid_expressions_exactly_what_jq_would_call_is_refused(source: str) -> None:
    try:
        jq.compile(source.replace(UNKNOWN, "not"), args={"x": 1})
    except ValueError:
        return
    assert is_refused(source) == jq_calls_it(source)


@pytest.mark.parametrize("word", sorted(FORBIDDEN - {"import", "include", "module"}))
def test_each_word_is_refused_as_a_call_and_fine_as_a_name(word: str) -> None:
    assert forbidden(tokenise(word)) == word
    assert forbidden(tokenise(f"[.a, ({word})]")) == word
    for source in (f".{word}", f"$workflow.{word}", f"{{{word}: 1}}", f"{{{word}}}", f'"{word}"'):
        assert forbidden(tokenise(source)) is None


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{"a": input}', "input"),
        ('"\\(input)"', "input"),
        ('import "a" as b; .', "import"),
        ('include "a"; .', "include"),
        ("$ENV.PATH", "$ENV"),
        ("env.PATH", "env"),
        ("{$ENV}", "$ENV"),
        (". as $ENV | $ENV", "$ENV"),
        ("def input: 1; input", "input"),
        ("{a: 1, input: input}", "input"),
        ("ltrimstr(\"input\")", None),
        ("getpath([\"env\"])", None),
        ("# input\n.", None),
        ("@base64", None),
        ("{if: 1, end: 2, input: 3}", None),
    ],
)  # fmt: skip
def test_it_names_what_it_refuses(source: str, found: str | None) -> None:
    assert forbidden(tokenise(source)) == found
