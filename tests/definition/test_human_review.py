"""``call: human-review`` in a definition: what it takes, and where it is wrong."""

from collections.abc import Callable

import pytest

from turnout.definition.check import Checked
from turnout.definition.diff import diff
from turnout.definition.model import Definition, Expression, HumanReviewTask
from turnout.domain.problem import Problem
from turnout.domain.review import ANSWER

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"
Errors = Callable[[str], list[Problem]]
Definitions = Callable[[str], Definition]


def asking(arguments: str) -> str:
    """A definition whose arguments of the review begin at line 6, column 9."""
    lines = arguments.replace("\n", "\n        ")
    return f"{HEAD}do:\n  - ask:\n      call: human-review\n      with:\n        {lines}\n"


def asked(definition: Definition) -> HumanReviewTask:
    (task,) = definition.tasks
    assert isinstance(task, HumanReviewTask)
    return task


def test_a_question_and_choices_are_enough(definition_of: Definitions) -> None:
    task = asked(definition_of(asking("question: Approve?\nchoices: [approve, decline]")))
    assert (task.queue, task.question, task.data) == ("default", "Approve?", Expression("."))
    assert task.choices == ("approve", "decline")
    assert (task.due, task.when_due) == (None, None)


def test_everything_may_be_computed(definition_of: Definitions) -> None:
    task = asked(
        definition_of(
            asking(
                "queue: ${ .team }\nquestion: '${ \"Approve \\(.name)?\" }'\n"
                "data: {case: '${ .case }'}\nchoices: ${ .choices }\n"
                "due: ${ .time }\nwhenDue: ${ .choices[0] }"
            )
        )
    )
    assert task.queue == Expression(".team")
    assert task.data == {"case": Expression(".case")}
    assert task.choices == Expression(".choices")
    assert (task.due, task.when_due) == (Expression(".time"), Expression(".choices[0]"))


@pytest.mark.parametrize("due", ["PT1M30S", "{after: PT1M30S}", "{after: {seconds: 90}}"])
def test_due_is_a_duration(definition_of: Definitions, due: str) -> None:
    text = asking(f"question: Approve?\nchoices: [yes, no]\ndue: {due}\nwhenDue: fault")
    task = asked(definition_of(text))
    assert (task.due, task.when_due) == (90_000_000, "fault")
    assert task.choices == ("yes", "no")


@pytest.mark.parametrize(
    ("arguments", "code", "line", "column"),
    [
        ("choices: [a]", "missing_member", 5, 7),
        ("question: Why?", "missing_member", 5, 7),
        ("question: Why?\nchoices: [a]\nqueu: b", "unknown_member", 8, 9),
        ("question: ''\nchoices: [a]", "invalid_value", 6, 19),
        ("question: 'Why ${ .a }'\nchoices: [a]", "mixed_text", 6, 19),
        ("question: Why?\nchoices: []", "invalid_value", 7, 18),
        ("question: Why?\nchoices: a", "wrong_type", 7, 18),
        ("question: Why?\nchoices: [a, 1]", "wrong_type", 7, 22),
        ("question: Why?\nchoices: [a, {label: b}]", "missing_member", 7, 22),
        ("question: Why?\nchoices: [a, {value: 1}]", "wrong_type", 7, 30),
        ("question: Why?\nchoices: [a, {value: a}]", "duplicate_name", 7, 22),
        ("question: Why?\nchoices: [a, ' b']", "invalid_value", 7, 22),
        ("question: Why?\nchoices: [a, fault]", "reserved_name", 7, 22),
        ("question: Why?\nchoices: [a, '${ .a + }']", "invalid_expression", 7, 22),
        ("question: Why?\nchoices: [a]\nqueue: ''", "invalid_value", 8, 16),
        ("question: Why?\nchoices: [a]\nqueue: 1", "wrong_type", 8, 16),
        ("question: Why?\nchoices: [a]\ndata: {x: '${ $y }'}", "unknown_variable", 8, 19),
        ("question: Why?\nchoices: [a]\ndue: PT1H", "missing_member", 8, 9),
        ("question: Why?\nchoices: [a]\nwhenDue: a", "missing_member", 8, 9),
        ("question: Why?\nchoices: [a]\ndue: soon\nwhenDue: a", "invalid_duration", 8, 14),
        ("question: Why?\nchoices: [a]\ndue: {in: PT1H, after: PT1H}\nwhenDue: a",
         "unknown_member", 8, 15),
        ("question: Why?\nchoices: [a]\ndue: PT1H\nwhenDue: b", "invalid_value", 9, 18),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_error_at_its_place(
    errors_in: Errors, arguments: str, code: str, line: int, column: int
) -> None:
    found = [(each.code, each.line, each.column) for each in errors_in(asking(arguments))]
    assert found == [(code, line, column)]


def test_a_misspelt_choice_when_due_is_told(errors_in: Errors) -> None:
    text = asking("question: Why?\nchoices: [approve, decline]\ndue: PT1H\nwhenDue: aprove")
    (problem,) = errors_in(text)
    assert problem.hint == "Did you mean `approve`?"


def test_a_choice_that_is_computed_may_be_the_one_when_due(errors_in: Errors) -> None:
    assert not errors_in(
        asking("question: Why?\nchoices: ['${ .a }']\ndue: PT1H\nwhenDue: approve")
    )


def test_no_arguments_are_refused(errors_in: Errors) -> None:
    (problem,) = errors_in(f"{HEAD}do:\n  - ask: {{call: human-review}}\n")
    assert problem.code == "missing_member"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            "choices: [a]",
            "choices: [a, b]",
            'Task ask: choices changed from `["a"]` to `["a", "b"]`.',
        ),
        (
            "choices: [a]",
            "choices: [a]\nqueue: risk",
            'Task ask: queue changed from `"default"` to `"risk"`.',
        ),
        (
            "choices: [a]",
            "choices: [a]\ndue: PT1H\nwhenDue: a",
            "Task ask: due after was added: `1 hour`.",
        ),
    ],
)
def test_a_difference_is_told(
    definition_of: Definitions, before: str, after: str, sentence: str
) -> None:
    old, new = (definition_of(asking(f"question: Why?\n{text}")) for text in (before, after))
    assert sentence in [change.sentence for change in diff(old, new)]


def test_what_ends_with_it_tells_its_outputs(check_text: Callable[[str], Checked]) -> None:
    found = check_text(asking("question: Why?\nchoices: [a]")).summary
    assert found is not None
    assert found.outputs == ANSWER
