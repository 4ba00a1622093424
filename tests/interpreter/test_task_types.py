"""Each task type and flow directive, as a run shows it."""

import pytest
from runs import START, Run, program

from turnout.domain.instant import SECOND


def test_set_replaces_its_input() -> None:
    run = Run("do: [{a: {set: {x: '${ .n + 1 }', fixed: [1, '${ .n }'], text: plain}}}]", {"n": 1})
    assert run.output == {"x": 2, "fixed": [1, 1], "text": "plain"}


def test_set_of_a_whole_expression_may_give_any_value() -> None:
    assert Run("do: [{a: {set: '${ .n }'}}]", {"n": [1]}).output == [1]


def test_constants_keep_digits_that_jq_would_lose() -> None:
    assert Run("do: [{a: {set: {id: 9007199254740993, n: '${ .n + 1 }'}}}]", {"n": 1}).output == {
        "id": 9007199254740993,
        "n": 2,
    }


def test_a_path_keeps_digits_that_jq_would_lose() -> None:
    assert Run("do: [{a: {set: {id: '${ .id }'}}}]", {"id": 2**53 + 1}).output == {"id": 2**53 + 1}


def test_tasks_of_a_do_run_one_after_the_other() -> None:
    run = Run(
        """
        do:
        - outer:
            do:
            - one: {set: {n: '${ .n * 2 }'}}
            - two: {set: {n: '${ .n + 1 }'}}
        - last: {set: {n: '${ .n * 10 }'}}
        """,
        {"n": 3},
    )
    assert run.output == {"n": 70}
    assert run.order() == ["outer", "outer/one", "outer/two", "last"]


SWITCH = """
do:
- choose:
    switch:
    - other: {then: d}
    - low: {when: .n < 10, then: a}
    - middle: {when: .n < 20, then: b}
- a: {set: {got: a}, then: end}
- b: {set: {got: b}, then: end}
- d: {set: {got: d}, then: end}
"""


@pytest.mark.parametrize(("n", "got"), [(5, "a"), (15, "b"), (25, "d")])
def test_the_first_case_that_holds_directs_the_flow_and_the_default_comes_last(
    n: int, got: str
) -> None:
    assert Run(SWITCH, {"n": n}).output == {"got": got}


def test_a_later_case_is_not_asked_once_one_holds() -> None:
    source = """
    do:
    - choose:
        switch:
        - yes: {when: .n == 1, then: end}
        - bad: {when: '.n | error("asked")', then: end}
    """
    assert Run(source, {"n": 1}).output == {"n": 1}
    assert "asked" in Run(source, {"n": 2}).error["detail"]


def test_a_switch_without_a_case_that_holds_goes_by_its_then() -> None:
    run = Run(
        """
        do:
        - choose: {switch: [{a: {when: .x, then: b}}], then: end}
        - b: {set: {}}
        """
    )
    assert run.output == {}
    assert run.order() == ["choose"]


@pytest.mark.parametrize(("value", "holds"), [("0", True), ("false", False), ("null", False)])
def test_a_condition_holds_for_everything_but_false_and_null(value: str, holds: bool) -> None:
    run = Run(f"do: [{{a: {{if: {value!r}, set: {{ran: true}}}}}}]")
    assert run.output == ({"ran": True} if holds else {})


def test_for_hands_each_iterations_output_to_the_next() -> None:
    run = Run(
        """
        do:
        - loop:
            for: {each: c, in: .cs, at: i}
            do:
            - add: {set: {cs: '${ .cs }', all: '${ .all + [$c, $i] }'}}
        """,
        {"cs": ["x", "y"]},
    )
    assert run.output == {"cs": ["x", "y"], "all": ["x", 0, "y", 1]}


def test_for_stops_when_while_does_not_hold_any_more_and_asks_before_each() -> None:
    run = Run(
        """
        do:
        - loop:
            for: {in: '[1, 2, 3, 4]'}
            while: $item < 3 and .sum != 99
            do: [{add: {set: {sum: '${ .sum + $item }'}}}]
        """
    )
    assert run.output == {"sum": 3}


def test_exit_ends_the_iteration_only() -> None:
    run = Run(
        """
        do:
        - loop:
            for: {in: '[1, 2]'}
            do:
            - one: {set: {n: '${ .n + $item }'}, then: exit}
            - never: {set: {n: 1000}}
        - after: {set: {n: '${ .n + 10 }'}}
        """,
        {"n": 0},
    )
    assert run.output == {"n": 13}


def test_loops_nest_and_see_each_others_variables() -> None:
    run = Run(
        """
        do:
        - outer:
            for: {each: a, at: i, in: '[1, 2]'}
            do:
            - inner:
                for: {each: b, at: j, in: '[10, $a]'}
                do: [{add: {set: '${ . + ["\\($i)\\($j):\\($a * $b)"] }'}}]
        """,
        [],
    )
    assert run.output == ["00:10", "01:1", "10:20", "11:4"]
    assert [task.iteration for task in run.trace() if task.path == "outer/inner/add"] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def test_for_over_no_items_passes_its_input_through() -> None:
    source = "do: [{loop: {for: {in: .no}, do: [{a: {set: {}}}]}}]"
    assert Run(source, {"no": []}).output == {"no": []}
    assert "array" in Run(source, {"no": None}).error["detail"]


def test_exit_at_the_top_level_ends_the_workflow() -> None:
    assert Run("do: [{a: {set: {n: 1}, then: exit}}, {b: {set: {n: 2}}}]").output == {"n": 1}


def test_exit_in_a_do_ends_that_do() -> None:
    run = Run(
        """
        do:
        - outer:
            do: [{a: {set: {n: 1}, then: exit}}, {b: {set: {n: 2}}}]
        - after: {set: {n: '${ .n + 10 }'}}
        """
    )
    assert run.output == {"n": 11}


def test_end_ends_the_workflow_from_any_depth() -> None:
    run = Run(
        """
        output: {as: '{result: .}'}
        do:
        - outer:
            do:
            - loop: {for: {in: '[1, 2]'}, do: [{a: {set: {n: 1}, then: end}}]}
        - never: {set: {n: 2}}
        """
    )
    assert run.output == {"result": {"n": 1}}
    assert {task.phase for task in run.trace()} == {"completed"}


def test_then_may_jump_back_and_each_visit_counts() -> None:
    run = Run(
        """
        do:
        - again: {set: {n: '${ .n + 1 }'}}
        - check: {switch: [{more: {when: .n < 3, then: again}}]}
        """,
        {"n": 0},
    )
    assert run.output == {"n": 3}
    assert [task.visit for task in run.trace() if task.path == "again"] == [1, 2, 3]


def test_raise_faults_with_the_error_as_described_and_where() -> None:
    run = Run(
        """
        do:
        - outer:
            do:
            - fail:
                raise:
                  error: {type: 'https://example.com/x', status: 418, title: '${ .t }'}
        """,
        {"t": "Teapot"},
    )
    assert run.error == {
        "type": "https://example.com/x",
        "status": 418,
        "title": "Teapot",
        "instance": "/do/0/outer/do/0/fail",
    }
    assert [entry.kind for entry in run.journal] == ["accepted", "ended"]


def test_raise_emits_standard_types_in_their_present_form() -> None:
    old = "https://serverlessworkflow.io/spec/1.0.0/errors/validation"
    run = Run(f"do: [{{a: {{raise: {{error: {{type: '{old}', status: 400}}}}}}}}]")
    assert (
        run.error["type"] == "https://open-workflow-specification.org/spec/1.0.0/errors/validation"
    )


def test_raise_refuses_a_status_that_is_no_number() -> None:
    run = Run("do: [{a: {raise: {error: {type: 'x:y', status: '${ \"no\" }'}}}}]")
    assert run.error["type"].endswith("/expression")


def test_wait_wants_a_timer_due_at_an_absolute_time_and_passes_its_input() -> None:
    run = Run("do: [{pause: {wait: {minutes: 2}}}, {a: {set: {n: '${ .n + 1 }'}}}]", {"n": 1})
    assert (run.open.kind, run.open.due) == ("timer", START + 120 * SECOND)
    run.answer()
    assert run.output == {"n": 2}


def test_wait_may_compute_its_duration() -> None:
    run = Run("do: [{pause: {wait: '${ .d }'}}]", {"d": "PT1H0.5S"})
    assert run.open.due == START + 3600 * SECOND + SECOND // 2


@pytest.mark.parametrize("given", ["soon", "P1Y", 3, "PT99999999H"])
def test_wait_faults_on_what_is_no_duration(given: object) -> None:
    error = Run("do: [{pause: {wait: '${ .d }'}}]", {"d": given}).error
    assert error["type"].endswith("/expression")
    assert error["instance"] == "/do/0/pause"


def test_a_condition_that_does_not_hold_passes_the_raw_input_through_and_goes_on() -> None:
    run = Run(
        """
        do:
        - skipped:
            if: .no
            input: {from: .deep}
            set: {gone: true}
            output: {as: '"changed"'}
            export: {as: '"changed"'}
            then: end
        - next: {set: {n: '${ .n }', context: '${ $context }'}}
        """,
        {"n": 1, "deep": {}},
    )
    assert run.output == {"n": 1, "context": {}}
    assert [task.phase for task in run.trace()] == ["skipped", "completed"]


def test_a_jump_to_nowhere_does_not_compile() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        program({"do": [{"a": {"set": {"n": 1}, "then": "nowhere"}}]})
