"""Fields that nothing sets, comparisons of different types, calls without a time-out."""

from collections.abc import Callable

import pytest

from turnout.definition.check import Checked
from turnout.domain.problem import Problem, Severity

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"
SCHEMA = (
    "input: {schema: {document: {type: object, required: [age, name], properties: {age: {type:"
    " string}, name: {type: string}, score: {type: integer}, tags: {type: array}, any: {},"
    " maybe: {type: [integer, 'null']}, inner: {type: object, additionalProperties: false,"
    " properties: {x: {type: number}}}}}}}\n"
)
CODES = (
    "field_never_set",
    "comparison_contradicts_types",
    "output_never_set",
    "call_without_timeout",
)

Check = Callable[[str], Checked]


@pytest.fixture
def found(check_text: Check) -> Callable[[str], list[Problem]]:
    """The findings on a text whose tasks begin in line 4."""

    def findings(text: str) -> list[Problem]:
        problems = check_text(HEAD + text).problems
        strange = [
            each for each in problems if each.severity is Severity.ERROR and each.code not in CODES
        ]
        assert strange == []
        return [each for each in problems if each.code in CODES]

    return findings


Found = Callable[[str], list[Problem]]


def after(first: str, then: str) -> str:
    """Two tasks in lines 3 and 4, and the second's expression under `x`."""
    return f"do:\n  - a: {{{first}}}\n  - b: {{set: {{x: '${{ {then} }}'}}}}\n"


@pytest.mark.parametrize(
    ("text", "line", "path", "hint"),
    [
        (after("set: {riskScore: 1}", ".riskscore"), 4, ".riskscore", "Did you mean `.riskScore`?"),
        (after("set: {a: {b: {c: 1}}}", ".a.b.d"), 4, ".a.b.d", "Known here: `.c`."),
        (after("set: {a: 1}", ".q + 1"), 4, ".q", "Known here: `.a`."),
        (after("set: {a: 1}", "if .a then .q else 0 end"), 4, ".q", "Known"),
        (after("set: {a: 1}", "[.q]"), 4, ".q", "Known"),
        (after("set: {a: 1}", "{a, z: .q}"), 4, ".q", "Known"),
        (after("set: {a: {b: 1}}", ".a | .q"), 4, ".q", "Known"),
        (after("set: {a: 1}", "any(.a; . > 2) and .q"), 4, ".q", "Known"),
        (after("set: {a: 1}", ".q[0].z"), 4, ".q", "Known"),
        (after("set: {a: 1}", "$input.q"), 4, "$input.q", "Known"),
        (after("set: {a: 1}, output: {as: {b: .a}}", ".a"), 4, ".a", "Known here: `.b`."),
        (after("set: {a: 1}, output: {as: '{b: .q}'}", ".b"), 3, ".q", "Known here: `.a`."),
        (after("set: '${ . }', export: {as: '{k: .}'}", "$context.kk"), 4, "$context.kk",
         "Did you mean `$context.k`?"),
        (after("set: {a: 1}", "$context.k"), 4, "$context.k", "Export it first: `export: {"),
        (after("set: {a: 1}, then: b", ".q"), 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {set: {x: '${ .q }'}, if: .x}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {set: {x: 1}, if: .q}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {set: {y: 1}, input: {from: .q}}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {wait: '${ .q }'}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {for: {in: .q}, do: [{c: {set: '${ . }'}}]}\n",
         4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {for: {in: .x}, do: [{c: {set: {y: '${ .q }'}}}]}\n",
         4, ".q", "Known here: `.x`, `.y`."),
        ("do:\n  - a: {set: {x: 1}}\n"
         "  - b: {switch: [{c: {when: .q, then: end}}], then: end}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {raise: {error: {type: 'https://a.b', status: 400, "
         "detail: '${ .q }'}}}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\n  - b: {timeout: {after: PT1S}, call: http, with: "
         "{method: get, endpoint: 'https://a.b/{q}'}}\n", 4, ".q", "Known"),
        ("do:\n  - a: {set: {x: 1}}\noutput: {as: .q}\n", 4, ".q", "Known"),
        ("do:\n  - a: {if: .x, set: {x: 1}, then: end}\n  - b: {set: {y: 1}}\n"
         "  - c: {set: {z: '${ .x }'}}\n", 5, ".x", "Known here: `.y`."),
        (SCHEMA + "do: [{a: {set: {x: 1}}}, {b: {set: {y: '${ .age }'}}}]\n", 3, ".age",
         "pass it on there, with `age: ${ .age }`, or read `$workflow.input.age`."),
        (SCHEMA + "do: [{a: {set: {x: '${ .inner.y }'}}}]\n", 3, ".inner.y", "Known here: `.x`."),
        ("input: {schema: {document: {type: object, properties: {a: {}}, additionalProperties: "
         "false}}}\ndo: [{a: {set: {x: '${ .b }'}}}]\n", 3, ".b", "Known here: `.a`."),
        ("do:\n  - a: {set: {x: 1}}\n"
         "  - b: {do: [{c: {set: {y: 1}}}]}\n  - d: {set: {z: '${ .x }'}}\n", 5, ".x", "Known"),
    ],
)  # fmt: skip
def test_a_field_that_no_path_sets_is_a_warning_where_it_is_read(
    found: Found, text: str, line: int, path: str, hint: str
) -> None:
    (problem,) = found(text)
    assert (problem.code, problem.severity) == ("field_never_set", Severity.WARNING)
    assert problem.line == line
    assert problem.message.startswith(f"`{path}` is always null: ")
    assert hint in (problem.hint or "")


def test_it_is_told_at_the_exact_place_of_the_expression(found: Found) -> None:
    (problem,) = found("do:\n  - a: {set: {x: 1}}\n  - b:\n      set:\n        y: ${ .z }\n")
    assert (problem.line, problem.column, problem.path) == (6, 12, "/do/1/b/set/y")


@pytest.mark.parametrize(
    "text",
    [
        after("set: {a: 1}", ".a"),
        after("set: '${ . + {a: 1} }'", ".q"),
        after("set: '${ {a: 1} + .b }'", ".q"),
        after("set: '${ .b }'", ".q"),
        after("set: '${ reduce .b[] as $i ({}; . + $i) }'", ".q"),
        after("set: {a: '${ .b }'}", ".a.q"),
        after("set: {a: 1}", ".q // 0"),
        after("set: {a: 1}", ".q == null"),
        after("set: {a: 1}", "null != .q"),
        after("set: {a: 1}", ".q?"),
        after("set: {a: 1}", "has(\"q\")"),
        after("set: {a: 1}", "map(.q)"),
        after("set: {a: 1}", "\"\\(.a) .q\""),
        after("set: {a: 1}", ". as {q: $q} | $q"),
        after("set: {a: 1}", "$workflow.input.q, $task.q, $runtime.q"),
        after("set: {a: 1}", "{\"q\": 1} | .q"),
        after("set: {a: 1}, output: {as: '. + $input'}", ".q"),
        after("if: .z, set: {a: 1}", ".q"),
        after("timeout: {after: PT1S}, call: http, with: {method: get, endpoint: 'https://a.b'}",
              ".q"),
        after("wait: PT1S", ".q"),
        after("set: {a: 1}, export: {as: '$context + {q: 1}'}", "$context.q"),
        after("set: {a: 1}, export: {as: .a}", "$context.q"),
        "do:\n  - a: {set: {n: 1}}\n  - b: {set: {n: '${ .n + 1 }', q: 1}}\n"
        "  - c: {if: .q, set: {n: '${ .n }', r: '${ .q }'}, then: b}\n",
        "do:\n  - a: {set: {x: 1}}\n  - b: {set: {x: '${ .y }', y: 1}, if: .x, then: b}\n",
        "do:\n  - a: {set: {l: [1]}}\n  - b: {for: {in: .l}, do: [{c: {set: "
        "{l: '${ .m }', m: 1}}}]}\n",
        "do:\n  - a: {set: {x: []}}\n  - b: {for: {in: .x}, do: [{c: {set: {y: 1}}}]}\n"
        "  - d: {set: {z: '${ {x, y} }'}}\n",
        "do:\n  - a: {set: {x: 1}}\n  - b: {do: [{c: {set: {y: 1}, then: end}}]}\n"
        "  - d: {set: {z: '${ .q }'}}\n",
        "do:\n  - a:\n      try: [{b: {set: {x: 1}}}]\n      catch: {do: [{c: {set: {y: 1}}}]}\n"
        "  - d: {set: {z: '${ .x + .y }'}}\n",
        "do:\n  - a: {fork: {branches: [{b: {set: {x: 1}}}, {c: {set: {x: 1}}}]}}\n"
        "  - d: {set: {z: '${ .q }'}}\n",
        "do:\n  - z: {set: {x: 1}}\n  - a: {fork: {branches: [{b: {set: {x: 1}, export: "
        "{as: '{k: 1}'}}}, {c: {set: {x: '${ $context.k }'}}}]}}\n",
    ],
)  # fmt: skip
def test_what_may_be_there_is_never_told(found: Found, text: str) -> None:
    assert found(text) == []


def condition(text: str) -> str:
    return f"{SCHEMA}do:\n  - a: {{if: '{text}', set: {{x: 1}}}}\n"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (".age >= 18", "`.age` (text) is compared with `18`: jq puts any two types in an order",
         "Write `(.age | tonumber)`"),
        ("18 < .age", "`18` is compared with `.age` (text)", "(.age | tonumber)"),
        ("$input.age > 1 and true", "`$input.age` (text)", "($input.age | tonumber)"),
        (".score < \"5\"", "`.score` (a number) is compared with text", "Compare `.score` with"),
        (".score == \"5\"", "they are never equal, so this is always false", "a number"),
        (".score != \"5\"", "they are never equal, so this is always true", "a number"),
        (".tags > 3", "`.tags` (a list)", "Compare `.tags` with a list"),
        (".inner.x == true", "`.inner.x` (a number) is compared with `true`", "`.inner.x`"),
        ("(.age | length) < .name", "a number is compared with `.name` (text)", ".name"),
        (".x or (.age > 3 | not)", "`.age` (text)", "tonumber"),
        ("if .x then .age > 3 else true end", "`.age` (text)", "tonumber"),
        (".maybe > .age", "`.maybe` (a number) is compared with `.age` (text)", "`.maybe`"),
    ],
)  # fmt: skip
def test_a_comparison_that_contradicts_the_schema_is_an_error(
    found: Found, text: str, message: str, hint: str
) -> None:
    (problem,) = found(condition(text))
    assert (problem.code, problem.severity) == ("comparison_contradicts_types", Severity.ERROR)
    assert (problem.line, problem.column) == (4, 13)
    assert message in problem.message
    assert hint in (problem.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        ".age >= \"18\"",
        ".score >= 18",
        ".score == null",
        ".age != null",
        ".any > 3",
        ".other > 3",
        ".maybe > 3",
        "(.age | tonumber) >= 18",
        "(.score | tostring) == .age",
        "(.age // 3) > 2",
        ".tags[0] > 3",
        ".age[1:] > 3",
        "(.tags | map(.x) | length) > 3",
        "(.age | fromjson) > 3",
        "all(.tags[]; . > \"x\")",
        ".inner.x > -1.5e3",
    ],
)  # fmt: skip
def test_a_comparison_that_may_hold_is_left_alone(found: Found, text: str) -> None:
    assert found(condition(text)) == []


def test_types_are_followed_through_tasks(found: Found) -> None:
    text = (
        f"{SCHEMA}do:\n  - a: {{set: {{years: '${{ .age }}'}}}}\n"
        "  - b: {switch: [{c: {when: .years > 17, then: end}}], then: end}\n"
    )
    (problem,) = found(text)
    assert (problem.code, problem.line) == ("comparison_contradicts_types", 5)


OUTPUT = "output: {schema: {document: {type: object, required: [decision]}}}\n"


def test_an_output_that_lacks_what_its_schema_requires_is_an_error(found: Found) -> None:
    (problem,) = found(f"do:\n  - a: {{set: {{decison: 1}}}}\n{OUTPUT}")
    assert (problem.code, problem.severity) == ("output_never_set", Severity.ERROR)
    assert (problem.line, problem.column) == (4, 55)
    assert problem.hint == "Did you mean `decison`?"


@pytest.mark.parametrize(
    "tasks",
    [
        "  - a: {set: {decision: 1}}\n",
        "  - a: {set: '${ . }'}\n",
        "  - a: {if: .x, set: {decision: 1}, then: end}\n  - b: {set: {y: 1}}\n",
        "  - a: {raise: {error: {type: 'https://a.b', status: 400}}}\n",
    ],
)
def test_an_output_that_some_path_gives_is_left_alone(found: Found, tasks: str) -> None:
    assert found(f"do:\n{tasks}{OUTPUT}") == []


CALL = "call: http, with: {method: get, endpoint: 'https://a.b'}"


def test_a_call_without_a_timeout_is_a_warning(found: Found) -> None:
    (problem,) = found(f"do:\n  - a: {{{CALL}}}\n")
    assert (problem.code, problem.severity) == ("call_without_timeout", Severity.WARNING)
    assert (problem.line, problem.column) == (3, 5)
    assert problem.hint == "Add `timeout: { after: PT10S }` to it, or to a task around it."


@pytest.mark.parametrize(
    "text",
    [
        f"do:\n  - a: {{timeout: {{after: PT10S}}, {CALL}}}\n",
        f"do:\n  - a: {{timeout: {{after: PT10S}}, do: [{{b: {{{CALL}}}}}]}}\n",
        f"timeout: {{after: PT10S}}\ndo:\n  - a: {{{CALL}}}\n",
        "do:\n  - a: {wait: PT10S}\n",
    ],
)
def test_following_its_hint_silences_it(found: Found, text: str) -> None:
    assert found(text) == []


def test_a_definition_with_more_paths_than_a_check_may_follow_is_let_be(check_text: Check) -> None:
    inside = "[{leaf: {set: {x: '${ .nosuch }'}}}]"
    for depth in range(14):
        first = f"{{s{depth}: {{if: .q, set: {{y{depth}: '${{ . }}'}}}}}}"
        inside = f"[{first}, {{f{depth}: {{for: {{in: .x}}, do: {inside}}}}}]"
    assert check_text(f"{HEAD}do: {inside}\n").problems == ()
