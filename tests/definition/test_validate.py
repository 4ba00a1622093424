"""Each thing that is wrong is reported once, with its code, line and column."""

from collections.abc import Callable

import pytest

from turnout.definition.check import Checked
from turnout.definition.findings import MAX_EXPRESSIONS, MAX_PROBLEMS
from turnout.domain.problem import Problem, Severity

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"

Errors = Callable[[str], list[Problem]]


def workflow(tasks: str) -> str:
    """Put tasks, indented by four, under a good document block: their first line is line 3."""
    return f"{HEAD}do:\n{tasks}"


def task(body: str) -> str:
    """Put one task's body, indented by six, under the name `it`: its first line is line 4."""
    return workflow(f"  - it:\n{body}")


def call(arguments: str) -> str:
    return task(f"      call: http\n      with: {arguments}")


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        # the whole
        ("just text", "wrong_type", 1, 1),
        (HEAD, "missing_member", 1, 1),
        (workflow("  - a: {set: {b: 1}}\nextra: 1"), "unknown_member", 4, 1),
        (workflow("  {a: 1}"), "wrong_type", 3, 3),
        (workflow("  []"), "no_tasks", 3, 3),
        # document
        ("document: 1\ndo: [{a: {set: {b: 1}}}]", "wrong_type", 1, 11),
        (workflow("  - a: {set: {b: 1}}").replace("1.0.3", "2.0.0"), "unknown_dsl", 1, 17),
        (workflow("  - a: {set: {b: 1}}").replace("'1.0.3'", "1.0"), "wrong_type", 1, 17),
        (workflow("  - a: {set: {b: 1}}").replace("test", "-x"), "invalid_name", 1, 37),
        (workflow("  - a: {set: {b: 1}}").replace("'1.0.0'", "'1'"), "invalid_value", 1, 62),
        (workflow("  - a: {set: {b: 1}}").replace("name: it", "nome: it"), "unknown_member", 1, 43),
        # tasks and their names
        (workflow("  - a: {set: {b: 1}}\n    c: {set: {b: 1}}"), "not_one_name", 3, 5),
        (workflow("  - {}"), "not_one_name", 3, 5),
        (workflow("  - text"), "wrong_type", 3, 5),
        (workflow("  - a:"), "wrong_type", 3, 7),
        (workflow("  - a: {set: {b: 1}}\n  - a: {set: {b: 1}}"), "duplicate_name", 4, 5),
        (workflow("  - exit: {set: {b: 1}}"), "reserved_name", 3, 5),
        (workflow("  - a/b: {set: {b: 1}}"), "invalid_name", 3, 5),
        (workflow("  - ' ': {set: {b: 1}}"), "invalid_name", 3, 5),
        (task("      swich: []"), "unknown_task_type", 4, 7),
        (task("      then: end"), "unknown_task_type", 3, 5),
        (task("      foo: 1\n      bar: 2"), "unknown_task_type", 4, 7),
        (task("      set: {a: 1}\n      wait: PT1S"), "several_task_types", 3, 5),
        (task("      set: {a: 1}\n      thn: end"), "unknown_member", 5, 7),
        (task("      do:\n        - a: {set: {b: 1}}\n        - a: {set: {b: 1}}"),
         "duplicate_name", 6, 11),
        # then
        (task("      set: {a: 1}\n      then: nowhere"), "then_to_nowhere", 5, 13),
        (task("      set: {a: 1}\n      then: ${ .x }"), "then_is_expression", 5, 13),
        (task("      set: {a: 1}\n      then: 1"), "wrong_type", 5, 13),
        (task("      do:\n        - a: {set: {b: 1}, then: it}"), "then_to_nowhere", 5, 34),
        # set
        (task("      set: {}"), "invalid_value", 4, 12),
        (task("      set: .a"), "invalid_value", 4, 12),
        (task("      set: [1]"), "wrong_type", 4, 12),
        (task("      set:\n        a: text ${ .b }"), "mixed_text", 5, 12),
        (task("      set:\n        a: ${ .b } and ${ .c }"), "mixed_text", 5, 12),
        (task("      set:\n        a: [{b: '${ .b | }'}]"), "invalid_expression", 5, 17),
        # switch
        (task("      switch: {a: 1}"), "wrong_type", 4, 15),
        (task("      switch: []\n      then: end"), "invalid_value", 4, 15),
        (task("      switch:\n        - a: {when: .b}\n        - c: {then: end}"),
         "missing_member", 5, 11),
        (task("      switch:\n        - a: {then: end}\n        - c: {then: end}"),
         "second_default", 6, 11),
        (task("      switch:\n        - a: {then: end}\n        - a: {when: .a, then: end}"),
         "duplicate_name", 6, 11),
        (task("      switch:\n        - a: {when: .b, then: nowhere}\n        - c: {then: end}"),
         "then_to_nowhere", 5, 31),
        # for
        (task("      for: {in: .a}"), "missing_member", 3, 5),
        (task("      for: {each: x}\n      do: [{a: {set: {b: 1}}}]"), "missing_member", 4, 7),
        (task("      for: {in: 1}\n      do: [{a: {set: {b: 1}}}]"), "wrong_type", 4, 17),
        (task("      for: {each: $x, in: .a}\n      do: [{a: {set: {b: 1}}}]"),
         "invalid_name", 4, 19),
        (task("      for: {each: input, in: .a}\n      do: [{a: {set: {b: 1}}}]"),
         "reserved_name", 4, 19),
        (task("      for: {each: x, at: x, in: .a}\n      do: [{a: {set: {b: 1}}}]"),
         "duplicate_name", 4, 12),
        (task("      for: {each: x, in: .a}\n      do: [{a: {set: {b: '${ $y }'}}}]"),
         "unknown_variable", 5, 26),
        (task("      for: {each: x, in: $x}\n      do: [{a: {set: {b: '${ $x }'}}}]"),
         "unknown_variable", 4, 26),
        # raise, wait
        (task("      raise: {}"), "missing_member", 4, 7),
        (task("      raise: {error: {type: https://a.b}}"), "missing_member", 4, 15),
        (task("      raise: {error: {type: https://a.b, status: '400'}}"), "wrong_type", 4, 50),
        (task("      raise: {error: {type: https://a.b, status: 42}}"), "invalid_value", 4, 50),
        (task("      raise: {error: {type: https://a.b, status: 400, code: 1}}"),
         "unknown_member", 4, 55),
        (task("      wait: 10"), "wrong_type", 4, 13),
        (task("      wait: 10 s"), "invalid_duration", 4, 13),
        (task("      wait: P1M"), "invalid_duration", 4, 13),
        (task("      wait: P4000D"), "invalid_duration", 4, 13),
        (task("      wait: {}"), "invalid_duration", 4, 13),
        (task("      wait: {second: 1}"), "unknown_member", 4, 14),
        (task("      wait: {seconds: -1}"), "invalid_duration", 4, 23),
        (task("      wait: {seconds: 1.5}"), "wrong_type", 4, 23),
        (task("      wait: {days: 4000}"), "invalid_duration", 4, 13),
        # call
        (task("      call: http"), "missing_member", 4, 7),
        (call("{endpoint: https://a.b}"), "missing_member", 5, 7),
        (call("{method: get}"), "missing_member", 5, 7),
        (call("{method: fetch, endpoint: https://a.b}"), "invalid_value", 5, 22),
        (call("{method: get, endpoint: a.b/c}"), "invalid_uri", 5, 37),
        (call("{method: get, endpoint: {uri: ftp://a.b}}"), "invalid_uri", 5, 43),
        (call("{method: get, endpoint: 'https://a.b/{a b}'}"), "invalid_uri", 5, 37),
        (call("{method: get, endpoint: 'https://a.b/{c/{d}'}"), "invalid_uri", 5, 37),
        (call("{method: get, endpoint: 'https://a.b/${ .c }'}"), "mixed_text", 5, 37),
        (call("{method: get, endpoint: https://a.b, headers: {'a b': c}}"), "invalid_name", 5, 60),
        (call("{method: get, endpoint: https://a.b, headers: {a: [c]}}"), "wrong_type", 5, 63),
        (call('{method: get, endpoint: https://a.b, headers: {a: "c\\r\\nd"}}'),
         "invalid_value", 5, 63),
        (call("{method: get, endpoint: https://a.b, query: .a}"), "wrong_type", 5, 57),
        (call("{method: get, endpoint: https://a.b, output: text}"), "invalid_value", 5, 58),
        (call("{method: get, endpoint: https://a.b, redirect: 'no'}"), "wrong_type", 5, 60),
        (call("{method: get, endpoint: https://a.b, body: {a: '${ input }'}}"),
         "forbidden_in_expression", 5, 60),
        # data flow
        (task("      set: {a: 1}\n      output: .a"), "wrong_type", 5, 15),
        (task("      set: {a: 1}\n      output: {from: .a}"), "unknown_member", 5, 16),
        (task("      set: {a: 1}\n      output: {as: 1}"), "wrong_type", 5, 20),
        (task("      set: {a: 1}\n      input: {schema: {}}"), "missing_member", 5, 15),
        (task("      set: {a: 1}\n      input: {schema: {document: 1}}"), "wrong_type", 5, 34),
        (task("      set: {a: 1}\n      input: {schema: {document: {type: objec}}}"),
         "invalid_schema", 5, 41),
        (task("      set: {a: 1}\n      input: {schema: {document: {pattern: '('}}}"),
         "invalid_schema", 5, 44),
        (task("      set: {a: 1}\n      input: {schema: {document: {$ref: '#/no'}}}"),
         "invalid_schema", 5, 34),
        (task("      set: {a: 1}\n      input: {schema: {document: {$ref: 'http://a.b/c'}}}"),
         "schema_outside", 5, 41),
        (task("      set: {a: 1}\n      input: {schema: {document: {allOf: [{$ref: 'c.json'}]}}}"),
         "schema_outside", 5, 50),
        (task("      set: {a: 1}\n      input: {schema: {document: {$schema: 'http://a.b/c'}}}"),
         "schema_outside", 5, 44),
        # expressions
        (task("      if: ''\n      set: {a: 1}"), "invalid_expression", 4, 11),
        (task("      if: .a |\n      set: {a: 1}"), "invalid_expression", 4, 11),
        (task("      if: 1) | (2\n      set: {a: 1}"), "invalid_expression", 4, 11),
        (task("      if: true\n      set: {a: 1}"), "wrong_type", 4, 11),
        (task("      if: nosuch(.a)\n      set: {a: 1}"), "invalid_expression", 4, 11),
        (task("      if: $x\n      set: {a: 1}"), "unknown_variable", 4, 11),
        (task("      if: $output.a\n      set: {a: 1}"), "unknown_variable", 4, 11),
        (task("      if: '{a: env}'\n      set: {a: 1}"), "forbidden_in_expression", 4, 11),
        (task("      if: $ENV.HOME\n      set: {a: 1}"), "forbidden_in_expression", 4, 11),
        # fork, try, time-outs
        (task("      fork: {branches: []}"), "no_tasks", 4, 24),
        (task("      fork: {}"), "missing_member", 4, 7),
        (task("      fork: {branches: [{a: {set: {b: 1}}}], compete: yes}"), "wrong_type", 4, 55),
        (task("      fork: {branches: [{a: {set: {b: 1}, then: b}}, {b: {set: {b: 1}}}]}"),
         "then_to_nowhere", 4, 49),
        (task("      try: [{a: {set: {b: 1}}}]"), "missing_member", 3, 5),
        (task("      try: [{catch: {set: {b: 1}}}]\n      catch: {}"), "reserved_name", 4, 12),
        (task("      try: [{a: {set: {b: $error}}}]\n      catch: {when: $error.x, whn: .a}"),
         "unknown_member", 5, 31),
        (task("      try: [{a: {set: '${ $error }'}}]\n      catch: {}"),
         "unknown_variable", 4, 23),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {as: err, when: $error}"),
         "unknown_variable", 5, 30),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {as: $err}"), "invalid_name", 5, 19),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {then: nowhere}"),
         "then_to_nowhere", 5, 21),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {errors: {with: {status: '5'}}}"),
         "wrong_type", 5, 39),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {errors: {with: {type: '${ .a }'}}}"),
         "invalid_value", 5, 37),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {retry: mine}"),
         "unknown_name", 5, 22),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {retry: {backoff: {}}}"),
         "invalid_value", 5, 32),
        (task("      try: [{a: {set: {b: 1}}}]\n"
              "      catch: {retry: {limit: {attempt: {count: -1}}}}"), "invalid_value", 5, 48),
        (task("      try: [{a: {set: {b: 1}}}]\n      catch: {retry: {jitter: {from: PT1S}}}"),
         "missing_member", 5, 23),
        (task("      set: {a: 1}\n      timeout: {}"), "missing_member", 5, 7),
        (task("      set: {a: 1}\n      timeout: soon"), "unknown_name", 5, 16),
        (task("      set: {a: 1}\n      timeout: {after: 5}"), "wrong_type", 5, 24),
        (workflow("  - a: {set: {b: 1}}\ntimeout: {after: P1Y}"), "invalid_duration", 4, 18),
        (task("      raise: {error: mine}"), "unknown_name", 4, 22),
        (workflow("  - a: {set: {b: 1}}\nuse: {errors: {e: {type: a}}}"),
         "missing_member", 4, 16),
        (workflow("  - a: {set: {b: 1}}\nuse: {retries: {r: {when: $err}}}"),
         "unknown_variable", 4, 27),
        (task(f"      if: '{'.' * 20_001}'\n      set: {{a: 1}}"), "expression_too_long", 4, 11),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_error_at_its_place(
    errors_in: Errors, text: str, code: str, line: int, column: int
) -> None:
    found = [(problem.code, problem.line, problem.column) for problem in errors_in(text)]
    assert found == [(code, line, column)]


@pytest.mark.parametrize(
    ("text", "construct", "line", "column"),
    [
        (task("      run: {script: {}}"), "run", 4, 7),
        (task("      call: grpc\n      with: {}"), "call: grpc", 4, 7),
        (task("      call: mine\n      with: {}"), "call: mine", 4, 7),
        (call("{method: get, endpoint: {uri: https://a.b, authentication: {use: x}}}"),
         "authentication", 5, 56),
        (task("      if: $secrets.a\n      set: {a: 1}"), "$secrets", 4, 11),
        (task("      set: {a: '${ $authorization }'}"), "$authorization", 4, 16),
        (task("      set: {a: 1}\n      input: {schema: {resource: {}}}"),
         "schema.resource", 5, 24),
        (task("      set: {a: 1}\n      input: {schema: {format: avro, document: {}}}"),
         "schema.format: avro", 5, 24),
        (workflow("  - a: {set: {b: 1}}\nschedule: {cron: '* * * * *'}"), "schedule", 4, 1),
        (workflow("  - a: {set: {b: 1}}\nuse:\n  secrets: [a]"), "use.secrets", 5, 3),
        (workflow("  - a: {set: {b: 1}}\nuse:\n  extensions: []"), "use.extensions", 5, 3),
        (workflow("  - a: {set: {b: 1}}\nevaluate: {mode: loose}"), "evaluate.mode: loose", 4, 12),
        (workflow("  - a: {set: {b: 1}}\nevaluate: {language: js}"),
         "evaluate.language: js", 4, 12),
    ],
)  # fmt: skip
def test_what_is_not_supported_yet_is_refused_by_name_and_line(
    errors_in: Errors, text: str, construct: str, line: int, column: int
) -> None:
    (problem,) = errors_in(text)
    assert (problem.code, problem.line, problem.column) == ("not_supported_yet", line, column)
    assert problem.message == f"`{construct}` is not supported yet."


@pytest.mark.parametrize(
    "text",
    [
        task("      set: ${ .a }"),
        task("      if: ${ .a }\n      set: {a: '${ \"x \\(.b) ${y}\" }'}\n      then: end"),
        task("      for: {in: [1, {a: '${ $input }'}]}\n"
             "      do:\n        - a: {set: '${ $item }'}"),
        task("      for: {each: x, at: i, in: .a}\n      while: $x != $i\n"
             "      do: [{a: {set: {b: '${ [$x, $i] }'}}}]"),
        task("      for: {in: .a}\n      do: [{a: {for: {each: x, in: $item}, "
             "do: [{b: {set: {c: '${ $item + $x + $index }'}}}]}}]"),
        task("      raise: {error: {type: https://a.b, status: '${ .c }', detail: '${ .d }'}}"),
        task("      wait: P1DT2H3M4.5S"),
        task("      wait: ${ .delay }"),
        task("      wait: {days: 1, milliseconds: 5}"),
        call("{method: POST, endpoint: 'https://a.b/{c}', headers: {A: '${ .b }'}, "
             "query: '${ .q }', body: [1, '${ .b }'], output: response, redirect: true}"),
        call("{method: get, endpoint: {uri: '${ .uri }'}}"),
        task("      set: {a: 1}\n      export: {as: '$context + {a: $output}'}"),
        task("      set: {a: 1}\n      metadata: {turnout: {title: x}}"),
        task("      set: {a: '${ . as [$x, {b: $c}] | reduce .[] as $i (0; . + $i) | $x + $c }'}"),
        task("      set: {a: '${ $context, $input, $task, $workflow, $runtime, $__loc__ }'}"),
        workflow("  - a: {set: {b: 1}}\nevaluate: {language: jq, mode: strict}\nuse: {}"),
        task("      fork: {compete: true, branches: [{a: {set: {b: 1}}}, {b: {wait: PT1S}}]}"),
        task("      try: [{a: {set: {b: 1}}}]\n      catch: {}"),
        task("      try: [{a: {set: {b: 1}, then: b}}, {b: {set: {b: 1}}}]\n"
             "      catch: {errors: {with: {status: 500, type: 'urn:e'}}, as: err, when: $err.x,\n"
             "        exceptWhen: .a, then: exit, do: [{a: {set: {b: '${ $err }'}}}],\n"
             "        retry: {when: $err.y, delay: PT1S, backoff: {exponential: {}},\n"
             "          limit: {attempt: {count: 3, duration: PT1M}, duration: {hours: 1}},\n"
             "          jitter: {from: PT0S, to: '${ .j }'}}}"),
        task("      set: {a: 1}\n      timeout: {after: '${ .a }'}"),
        workflow("  - a: {try: [{b: {raise: {error: e}}}], catch: {retry: r}, timeout: t}\n"
                 "timeout: t\nuse: {errors: {e: {type: 'urn:e', status: 400}},\n"
                 "  retries: {r: {when: $error.x, delay: PT1S}}, timeouts: {t: {after: PT1M}}}"),
        workflow("  - a: {set: {b: 1}, then: c}\n  - c: {if: .b, set: {b: 1}, then: a}"),
    ],
)  # fmt: skip
def test_what_is_right_has_no_error(errors_in: Errors, text: str) -> None:
    assert errors_in(text) == []


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.0.2", "1.0.3"])
def test_every_version_of_the_language_so_far_is_accepted(errors_in: Errors, version: str) -> None:
    assert errors_in(workflow("  - a: {set: {b: 1}}").replace("1.0.3", version)) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (task("      swich: []"), "Did you mean `switch`?"),
        (task("      set: {a: 1}\n      then: edn"), "Did you mean `end`?"),
        (call("{method: gett, endpoint: https://a.b}"), "Did you mean `GET`?"),
        (task("      set: {a: 'x ${ .b }'}"), "Put the text into the expression"),
        (task("      if: input\n      set: {a: 1}"), "Write `.input` for the member of that name."),
        (task("      if: $contxt\n      set: {a: 1}"), "Did you mean `context`?"),
        (workflow("  - a: {set: {b: 1}}").replace("'1.0.3'", "1.0"), "Put it in quotes."),
    ],
)
def test_errors_say_what_to_do(errors_in: Errors, text: str, hint: str) -> None:
    (problem,) = errors_in(text)
    assert hint in (problem.hint or "")


def test_jqs_message_is_shortened_to_the_essential(errors_in: Errors) -> None:
    (problem,) = errors_in(task("      if: .a | nosuch\n      set: {a: 1}"))
    assert problem.message == (
        "This is not a jq expression: nosuch/0 is not defined (line 1, column 6 of the expression)."
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (task("      switch:\n        - a: {when: .b, then: end}"), "switch_without_default", 4),
        (task("      if: .age >= 18\n      set: {a: 1}"), "comparison_without_schema", 4),
    ],
)
def test_doubtful_things_are_warnings_and_keep_nothing_from_being_published(
    check_text: Callable[[str], Checked], text: str, code: str, line: int
) -> None:
    checked = check_text(text)
    found = [(problem.severity, problem.code, problem.line) for problem in checked.problems]
    assert found == [(Severity.WARNING, code, line)]
    assert checked.normalised is not None


def test_a_schema_of_the_input_answers_the_doubt_about_comparisons(
    check_text: Callable[[str], Checked],
) -> None:
    text = task("      if: .age >= 18\n      set: {a: 1}\ninput: {schema: {document: {}}}")
    assert check_text(text).problems == ()


def test_problems_stand_in_the_order_of_the_text(errors_in: Errors) -> None:
    text = workflow("  - a: {set: 1}\n  - b: {wait: x}\nwrong: 1\n").replace("test", "-")
    assert [problem.line for problem in errors_in(text)] == [1, 3, 4, 5]


def test_no_more_than_a_hundred_problems_are_reported(errors_in: Errors) -> None:
    tasks = "".join(f"  - t{n}: {{set: {{a: 1}}, then: nowhere}}\n" for n in range(1_000))
    assert len(errors_in(workflow(tasks))) == MAX_PROBLEMS


def test_only_so_many_different_expressions_are_compiled(errors_in: Errors) -> None:
    tasks = "".join(
        f"  - t{n}: {{set: {{a: '${{ . + {n} }}'}}}}\n" for n in range(MAX_EXPRESSIONS + 2)
    )
    assert [problem.code for problem in errors_in(workflow(tasks))] == ["too_many_expressions"]
