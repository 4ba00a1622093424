"""Sources are taken out of `${ }`, and their free variables are known."""

import pytest

from turnout.definition.expressions import MixedText, source_of, strip, variables
from turnout.definition.jq_tokens import JqSyntaxError, tokenise


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("text", None),
        ("$x {y}", None),
        ("${ .a }", ".a"),
        ("  ${.a}\n", ".a"),
        ("${ {a: {b: 1}} }", "{a: {b: 1}}"),
        ('${ "x ${y} \\(.z)" }', '"x ${y} \\(.z)"'),
    ],
)
def test_an_expression_is_what_stands_in_braces(text: str, source: str | None) -> None:
    assert strip(text) == source


@pytest.mark.parametrize(
    "text", ["a ${ .b }", "${ .a } b", "${ .a } and ${ .b }", "costs ${5", "${ .a }${ .b }"]
)
def test_text_beside_an_expression_is_refused(text: str) -> None:
    with pytest.raises(MixedText):
        strip(text)


def test_where_only_an_expression_can_stand_the_braces_are_optional() -> None:
    assert source_of(" .a ") == source_of("${ .a }") == ".a"


@pytest.mark.parametrize(
    ("source", "free"),
    [
        (".a", ""),
        ("$x", "x"),
        ('"\\($x)" + @base64 "\\($y)"', "x y"),
        ("{$x, y: $z}", "x z"),
        ('"$x" # $y', ""),
        (". as $x | $x + $y", "y"),
        (". as [$a, {b: $c, $d}] | $a + $c + $d + $e", "e"),
        (". as [$a] ?// {a: $b} | [$a, $b, $c]", "c"),
        ("reduce .[] as $i ($init; . + $i)", "init"),
        ("foreach .[] as [$i, $j] (0; $i; $j + $k)", "k"),
        ("def f($p; q): $p + $r; f(1; 2)", "r"),
        ("label $out | 1, break $out", ""),
        ("$__loc__", ""),
        ("$x as $y | $y", "x"),
    ],
)
def test_variables_that_an_expression_does_not_bind_itself_are_free(source: str, free: str) -> None:
    assert variables(source) == set(free.split())


@pytest.mark.parametrize(
    "source",
    [
        "(",
        "[)",
        '"a',
        '"\\(',
        "$ x",
        "$$x",
        "'a'",
        "é",
        "1 # c\\\n2",
        "1 # c\r2",
        "a\0",
        "end",
        "`",
    ],
)
def test_what_versions_of_jq_read_differently_or_not_at_all_is_refused(source: str) -> None:
    with pytest.raises(JqSyntaxError):
        tokenise(source)
