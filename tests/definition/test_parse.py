"""The model says what the document says."""

from collections.abc import Callable

from turnout.definition.model import (
    CallHttpTask,
    Case,
    Definition,
    DoTask,
    Expression,
    ForTask,
    RaiseTask,
    SetTask,
    SwitchTask,
    Transform,
    WaitTask,
)

TEXT = """
document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0', title: It}
input: {schema: {document: {type: object}}, from: .fields}
output: {as: {done: '${ .a }', list: [1, '${ .b }']}}
do:
  - prepare:
      if: ${ .go }
      input: {from: .x}
      set: {a: '${ .b }', c: [1, {d: text}]}
      output: {as: .y}
      export: {as: '{z: .}', schema: {document: true}}
      then: decide
  - decide:
      switch:
        - otherwise: {then: exit}
        - big: {when: '${ .a > 1 }', then: group}
  - group:
      do:
        - loop/: {wait: PT1S}
"""


def definition(parsed: Callable[[str], Definition], task: str) -> Definition:
    head = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"
    return parsed(f"{head}do:\n  - it: {task}")


def test_data_flow_and_common_members(definition_of: Callable[[str], Definition]) -> None:
    parsed = definition_of(TEXT.replace("loop/", "~nap"))
    prepare, decide, group = parsed.tasks
    assert parsed.document["title"] == "It"
    assert parsed.input == Transform({"type": "object"}, Expression(".fields"))
    assert parsed.output == Transform(
        None, {"done": Expression(".a"), "list": (1, Expression(".b"))}
    )
    assert isinstance(prepare, SetTask)
    assert prepare.condition == Expression(".go")
    assert prepare.input == Transform(None, Expression(".x"))
    assert prepare.output == Transform(None, Expression(".y"))
    assert prepare.export == Transform(True, Expression("{z: .}"))
    assert prepare.value == {"a": Expression(".b"), "c": (1, {"d": "text"})}
    assert (prepare.then, decide.then) == ("decide", "continue")
    assert isinstance(group, DoTask)
    assert (group.tasks[0].path, group.tasks[0].reference) == (
        "group/~nap",
        "/do/2/group/do/0/~0nap",
    )
    assert group.tasks[0].definition == {"wait": "PT1S"}
    assert parsed.source["do"][0]["prepare"]["then"] == "decide"  # type: ignore[index,call-overload]


def test_the_default_case_comes_last(definition_of: Callable[[str], Definition]) -> None:
    decide = definition_of(TEXT.replace("loop/", "nap")).tasks[1]
    assert isinstance(decide, SwitchTask)
    assert decide.cases == (
        Case("big", Expression(".a > 1"), "group"),
        Case("otherwise", None, "exit"),
    )


def test_for_with_its_defaults(definition_of: Callable[[str], Definition]) -> None:
    (task,) = definition(definition_of, "{for: {in: .a}, do: [{b: {wait: PT1S}}]}").tasks
    assert isinstance(task, ForTask)
    assert (task.each, task.at, task.items) == ("item", "index", Expression(".a"))
    assert task.condition_to_go_on is None
    assert (task.tasks[0].path, task.tasks[0].reference) == ("it/b", "/do/0/it/do/0/b")


def test_an_inline_collection_becomes_an_expression(
    definition_of: Callable[[str], Definition],
) -> None:
    body = "{for: {in: [1, {a: '\\(x) \"', b: '${ .c # d }'}]}, do: [{b: {wait: PT1S}}]}"
    (task,) = definition(definition_of, body).tasks
    assert isinstance(task, ForTask)
    assert task.items == Expression('[1,{"a":("\\\\(x) \\""),"b":((.c # d\n))}]')


def test_raise(definition_of: Callable[[str], Definition]) -> None:
    error = "{type: https://a.b/c, status: 400, detail: '${ .d }'}"
    (task,) = definition(definition_of, f"{{raise: {{error: {error}}}}}").tasks
    assert isinstance(task, RaiseTask)
    assert task.error == {"type": "https://a.b/c", "status": 400, "detail": Expression(".d")}


def test_wait(definition_of: Callable[[str], Definition]) -> None:
    for written, duration in (
        ("{minutes: 1, milliseconds: 1}", 60_001_000),
        ("PT1M", 60_000_000),
        ("'${ .delay }'", Expression(".delay")),
    ):
        (task,) = definition(definition_of, f"{{wait: {written}}}").tasks
        assert isinstance(task, WaitTask)
        assert task.duration == duration


def test_call(definition_of: Callable[[str], Definition]) -> None:
    arguments = (
        "{method: post, endpoint: {uri: 'https://a.b/{c}'}, headers: {X: '${ .x }'},"
        " query: '${ .q }', body: {b: '${ .b }'}, output: raw, redirect: true}"
    )
    (task,) = definition(definition_of, f"{{call: http, with: {arguments}}}").tasks
    assert isinstance(task, CallHttpTask)
    assert (task.method, task.uri) == ("POST", "https://a.b/{c}")
    assert (task.headers, task.query) == ({"X": Expression(".x")}, Expression(".q"))
    assert (task.body, task.returns, task.redirect) == ({"b": Expression(".b")}, "raw", True)


def test_call_with_its_defaults(definition_of: Callable[[str], Definition]) -> None:
    body = "{call: http, with: {method: get, endpoint: '${ .uri }'}}"
    (task,) = definition(definition_of, body).tasks
    assert isinstance(task, CallHttpTask)
    assert task.uri == Expression(".uri")
    assert (task.headers, task.query, task.body) == ({}, {}, None)
    assert (task.returns, task.redirect) == ("content", False)
