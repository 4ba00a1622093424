"""``call: human-review`` as a run shows it: what it asks, and how it goes on."""

from typing import Any

import pytest
from runs import START, Run

from turnout.domain.instant import SECOND
from turnout.domain.journal import EntryKind
from turnout.interpreter import entries

ASK = """
do:
- ask:
    call: human-review
    with:
      question: '${ "Approve " + .name + "?" }'
      choices: %s
%s
- after:
    set: {was: '${ .decision }', automatic: '${ .automatic }'}
"""
INPUT = {"name": "Ada", "big": 2**60 + 1, "choices": ["a", {"value": "b", "label": "B!"}]}


def ask(choices: str = "[approve, {value: decline, label: No}]", *lines: str) -> Run:
    return Run(ASK % (choices, "\n".join(f"      {line}" for line in lines)), INPUT)


def test_it_asks_with_its_input_as_data() -> None:
    effect = ask().open
    assert effect.kind == "review"
    assert effect.due is None
    assert effect.request == {
        "queue": "default",
        "question": "Approve Ada?",
        "data": INPUT,
        "choices": [
            {"value": "approve", "label": "approve"},
            {"value": "decline", "label": "No"},
        ],
    }


def test_queue_data_and_choices_may_be_computed() -> None:
    run = ask("'${ .choices }'", "queue: '${ .name | ascii_downcase }'", "data: {n: '${ .big }'}")
    request = run.open.request
    assert (request["queue"], request["data"]) == ("ada", {"n": 2**60 + 1})
    assert request["choices"] == [{"value": "a", "label": "a"}, {"value": "b", "label": "B!"}]


def test_it_is_due_at_an_absolute_time() -> None:
    effect = ask("[a, b]", "due: PT90S", "whenDue: b").open
    assert effect.due == START + 90 * SECOND
    assert effect.request["whenDue"] == "b"


def test_the_answer_is_its_output() -> None:
    run = ask()
    run.answer({"decision": "approve", "automatic": False})
    assert run.output == {"was": "approve", "automatic": False}


def test_an_error_faults_the_run_and_a_retry_asks_again() -> None:
    run = ask("[a]", "due: PT1M", "whenDue: fault")
    first = run.open
    run.answer_error(type="https://a.example/late", status=408, title="Late")
    assert run.error["status"] == 408
    assert run.error["instance"] == "/do/0/ask"
    run.take(entries.retried("ask"))
    again = run.open
    assert (again.key, again.attempt) == (first.key, first.attempt + 1)
    assert again.due is not None
    assert first.due is not None
    assert again.due > first.due
    run.answer({"decision": "a", "automatic": False})
    assert run.output["was"] == "a"


def test_what_was_asked_stands_in_the_journal() -> None:
    run = ask("[a]", "due: PT1M", "whenDue: a")
    (wanted,) = [entry for entry in run.journal if entry.kind is EntryKind.WANTED]
    assert wanted.body["request"] == run.open.request
    assert wanted.body["due"] == run.open.due


@pytest.mark.parametrize(
    ("choices", "lines", "detail"),
    [
        ("'${ .name }'", [], "choices must be an array of 1 to 50; it is string."),
        ("'${ [] }'", [], "choices must be an array of 1 to 50; it is an array of 0."),
        ("'${ [range(51) | tostring] }'", [], "it is an array of 51."),
        ('\'${ ["a", {value: "a"}] }\'', [], "choices has 'a' twice."),
        ("'${ [1] }'", [], "A choice's value must be text of 1 to 100 printable characters"),
        ("'${ [\"fault\"] }'", [], "A choice cannot be 'fault'"),
        ("'${ [{value: \"a\", label: 1}] }'", [], "A choice's label must be text; it is number."),
        ("['${ .nothing }']", [], "A choice's value must be text"),
        ("[a]", ["queue: '${ \"\" }'"], "queue must be text of 1 to 100 printable characters"),
        ("[a]", ["due: PT1M", "whenDue: '${ .name }'"], "whenDue must be one of the choices"),
        ("[a]", ["due: '${ .name }'", "whenDue: a"], "is not an ISO 8601 duration"),
    ],
)
def test_what_is_computed_and_does_not_fit_faults(
    choices: str, lines: list[str], detail: str
) -> None:
    error = ask(choices, *lines).error
    assert error["type"].endswith("/expression")
    assert detail in error["detail"]


def test_a_question_that_is_no_text_faults() -> None:
    run = Run("do: [{ask: {call: human-review, with: {question: '${ 1 }', choices: [a]}}}]", {})
    assert run.error["detail"] == "human-review: question must be text; it is number."


def test_one_that_is_too_large_to_keep_faults() -> None:
    text: Any = "do: [{ask: {call: human-review, with: {question: Why?, choices: [a]}}}]"
    run = Run(text, {"blob": "x" * (1024 * 1024)})
    assert run.error["detail"].startswith("The request is too large")
