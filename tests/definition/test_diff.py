"""Differences are told by task, in sentences."""

from collections.abc import Callable

import pytest

from turnout.definition.diff import ChangeKind, diff
from turnout.definition.model import Definition

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"
Definitions = Callable[[str], Definition]


def sentences(definition_of: Definitions, old: str, new: str) -> list[str]:
    return [change.sentence for change in diff(definition_of(old), definition_of(new))]


def tasks(*written: str) -> str:
    return HEAD + "do:\n" + "".join(f"  - {task}\n" for task in written)


CASES = "decide: {switch: [{approve: {when: .score < 20, then: end}}, {review: {then: exit}}]}"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (CASES, CASES.replace("20", "30"),
         "Task decide: condition of case approve changed from `.score < 20` to `.score < 30`."),
        (CASES, CASES.replace("then: end", "then: exit"),
         "Task decide: target of case approve changed from `end` to `exit`."),
        ("a: {set: {x: 1, y: {z: text}}}", "a: {set: {x: 1, y: {z: '${ .text }'}}}",
         'Task a: value y.z changed from `"text"` to `.text`.'),
        ("a: {set: {x: 1}}", "a: {set: {x: 1, y: 2}}", "Task a: value y was added: `2`."),
        ("a: {set: {x: 1, y: 2}}", "a: {set: {x: 1}}", "Task a: value y was removed: `2`."),
        ("a: {set: {x: 1}}", "a: {set: {x: '1'}}", 'Task a: value x changed from `1` to `"1"`.'),
        ("a: {set: {x.y: 1}}", "a: {set: {x: {y: 1}}}", 'Task a: value "x.y" was removed: `1`.'),
        ("a: {wait: PT1M}", "a: {wait: {hours: 2, seconds: 1}}",
         "Task a: duration changed from `1 minute` to `2 hours 1 second`."),
        ("a: {wait: PT1M}", "a: {if: .b, wait: PT1M}", "Task a: condition was added: `.b`."),
        ("a: {wait: PT1M}", "a: {wait: PT1M, then: end}",
         "Task a: next step changed from `continue` to `end`."),
        ("a: {wait: PT1M}", "a: {wait: PT1M, export: {as: .b}}",
         "Task a: export was added: `.b`."),
        ("a: {wait: PT1M}", "a: {wait: PT1M, input: {schema: {document: {type: object}}}}",
         'Task a: input schema type was added: `"object"`.'),
        ("a: {wait: PT1M}", "a: {wait: PT1M, metadata: {turnout: {title: A}}}",
         'Task a: metadata turnout.title was added: `"A"`.'),
        ("a: {wait: PT1M}", "a: {set: {b: 1}}",
         "Task a became another type of task: wait before, set now."),
        ("a: {for: {in: .b}, do: [{c: {wait: PT1S}}]}",
         "a: {for: {in: .b}, while: .d, do: [{c: {wait: PT1S}}]}",
         "Task a: condition to go on was added: `.d`."),
        ("a: {do: [{b: {wait: PT1S}}]}", "a: {do: [{b: {wait: PT2S}}]}",
         "Task a/b: duration changed from `1 second` to `2 seconds`."),
        ("a: {call: http, with: {method: get, endpoint: 'https://a.b'}}",
         "a: {call: http, with: {method: get, endpoint: 'https://a.c'}}",
         'Task a: endpoint changed from `"https://a.b"` to `"https://a.c"`.'),
        ("a: {raise: {error: {type: 'https://a.b', status: 400}}}",
         "a: {raise: {error: {type: 'https://a.b', status: 409}}}",
         "Task a: error status changed from `400` to `409`."),
    ],
)  # fmt: skip
def test_a_change_of_a_task_is_one_sentence(
    definition_of: Definitions, old: str, new: str, sentence: str
) -> None:
    assert sentence in sentences(definition_of, tasks(old), tasks(new))


def test_a_change_keeps_what_was_and_is_written(definition_of: Definitions) -> None:
    (change,) = diff(definition_of(tasks(CASES)), definition_of(tasks(CASES.replace("20", "30"))))
    assert (change.kind, change.path) == (ChangeKind.CHANGED, "decide")
    assert (change.before, change.after) == (".score < 20", ".score < 30")


def test_the_order_of_cases_is_told_once(definition_of: Definitions) -> None:
    cases = ["{a: {when: .x, then: end}}", "{b: {when: .y, then: end}}", "{c: {then: end}}"]
    old = tasks(f"decide: {{switch: [{', '.join(cases)}]}}")
    new = tasks(f"decide: {{switch: [{', '.join([cases[1], cases[0], cases[2]])}]}}")
    assert sentences(definition_of, old, new) == [
        "Task decide: order of the cases changed from `a, b, c` to `b, a, c`."
    ]


def test_a_case_that_is_added_is_no_new_order(definition_of: Definitions) -> None:
    new = CASES.replace("[{approve", "[{decline: {when: .x, then: end}}, {approve")
    assert sentences(definition_of, tasks(CASES), tasks(new)) == [
        "Task decide: condition of case decline was added: `.x`.",
        "Task decide: target of case decline was added: `end`.",
    ]


def test_tasks_come_go_and_move(definition_of: Definitions) -> None:
    one = {name: f"{name}: {{wait: PT1S}}" for name in "abcde"}
    old = tasks(one["a"], one["b"], one["c"], one["d"])
    new = tasks(one["c"], one["e"], one["a"], one["b"])
    found = diff(definition_of(old), definition_of(new))
    assert [(change.kind, change.path, change.sentence) for change in found] == [
        (ChangeKind.REMOVED, "d", "Task d (wait) was removed."),
        (ChangeKind.MOVED, "c", "Task c moved: it was after b, now it is first."),
        (ChangeKind.ADDED, "e", "Task e (wait) was added after c."),
    ]


def test_the_workflows_own_changes_come_first(definition_of: Definitions) -> None:
    old = tasks("a: {wait: PT1S}") + "output: {as: .x}\n"
    new = (tasks("a: {wait: PT2S}") + "output: {as: .y}\n").replace("1.0.0", "1.1.0")
    assert sentences(definition_of, old, new) == [
        'The workflow\'s document version changed from `"1.0.0"` to `"1.1.0"`.',
        "The workflow's output changed from `.x` to `.y`.",
        "Task a: duration changed from `1 second` to `2 seconds`.",
    ]


def test_layout_is_no_difference(definition_of: Definitions) -> None:
    new = tasks(CASES).replace("{", "{ ") + "# a comment\n"
    assert sentences(definition_of, tasks(CASES), new) == []


def test_long_values_are_cut_in_sentences_only(definition_of: Definitions) -> None:
    old, new = tasks("a: {set: {b: c}}"), tasks(f"a: {{set: {{b: {'c' * 1000}}}}}")
    (change,) = diff(definition_of(old), definition_of(new))
    assert len(change.sentence) < 300
    assert change.after == f'"{"c" * 1000}"'
