"""What goes into a task and comes out, stage by stage, and which variables are there."""

import pytest
from runs import RUN, START, Run, program

from turnout.domain.instant import SECOND
from turnout.interpreter.program import input_problems


def test_input_from_filters_and_output_as_sees_input_and_raw_output() -> None:
    run = Run(
        """
        do:
        - a:
            input: {from: .user}
            set: {raw: '${ .name }'}
            output: {as: '{out: .raw, in: $input.name}'}
        """,
        {"user": {"name": "Ada"}},
    )
    assert run.output == {"out": "Ada", "in": "Ada"}


def test_transforms_may_be_objects_with_expressions_in_them() -> None:
    run = Run(
        "do: [{a: {input: {from: {n: '${ .deep.n }', k: 1}}, set: '${ . }'}}]", {"deep": {"n": 2}}
    )
    assert run.output == {"n": 2, "k": 1}


def test_export_replaces_the_context_and_sees_the_output() -> None:
    run = Run(
        """
        do:
        - a: {set: {n: 1}, export: {as: '{a: $output.n, dot: .n, before: $context}'}}
        - b: {set: {n: 2}, export: {as: '$context + {b: .n}'}}
        - c: {set: '${ $context }'}
        """
    )
    assert run.output == {"a": 1, "dot": 1, "before": {}, "b": 2}


def test_export_sees_the_transformed_output() -> None:
    run = Run(
        """
        do:
        - a:
            set: {n: 1}
            output: {as: '{m: .n}'}
            export: {as: '{whole: $output, path: $output.m, raw: $task.output}'}
        - b: {set: '${ $context }'}
        """
    )
    assert run.output == {"whole": {"m": 1}, "path": 1, "raw": {"n": 1}}


def test_a_context_exported_in_a_loop_is_there_in_the_next_iteration() -> None:
    run = Run(
        """
        do:
        - loop:
            for: {in: '[1, 2]'}
            do: [{a: {set: '${ $item }', export: {as: '{sum: ($context.sum + .)}'}}}]
        - b: {set: '${ $context }'}
        """
    )
    assert run.output == {"sum": 3}


def test_the_workflows_output_is_its_own_even_where_a_deep_task_ended_it() -> None:
    run = Run(
        """
        output: {schema: {document: false}}
        do: [{outer: {do: [{a: {set: {n: 1}, then: end}}]}}]
        """
    )
    assert run.error["instance"] == "/output"
    assert [task.phase for task in run.trace()] == ["completed", "completed"]


def test_the_workflow_transforms_its_own_input_and_output() -> None:
    run = Run(
        """
        input: {from: .inner}
        output: {as: '{all: .}'}
        do: [{a: {set: {seen: '${ . }', raw: '${ $workflow.input.outer }'}}}]
        """,
        {"inner": 1, "outer": 2},
    )
    assert run.output == {"all": {"seen": 1, "raw": 2}}


def test_descriptors_say_where_and_when() -> None:
    run = Run(
        """
        do:
        - pause: {wait: PT1S}
        - a:
            input: {from: .x}
            set:
              task: '${ [$task.name, $task.reference, $task.input, $task.definition.set.k] }'
              k: const
              run: '${ $workflow.id }'
              started: '${ $workflow.startedAt }'
              runtime: '${ $runtime.name }'
              names: '${ $workflow.definition["do"] | length }'
              later: '${ $task.startedAt.epoch.seconds }'
              now: '${ now }'
        """,
        {"x": 5},
    )
    run.answer()
    seconds = START // SECOND
    assert run.output == {
        "task": ["a", "/do/1/a", {"x": 5}, "const"],
        "k": "const",
        "run": RUN["id"],
        "started": {
            "iso8601": "2027-01-15T08:00:00.000000Z",
            "epoch": {"seconds": seconds, "milliseconds": seconds * 1000},
        },
        "runtime": "turnout",
        "names": 2,
        "later": seconds + 1,
        "now": seconds + 1,
    }


def test_task_output_is_the_raw_one_in_output_as() -> None:
    run = Run("do: [{a: {set: {n: 1}, output: {as: '$task.output.n + .n'}}}]")
    assert run.output == 2


SCHEMA = "{schema: {document: {type: object, required: [n], properties: {n: {type: integer}}}}}"


@pytest.mark.parametrize(
    ("source", "input", "instance"),
    [
        (f"input: {SCHEMA}\ndo: [{{a: {{set: {{n: 1}}}}}}]", {}, "/input"),
        (f"output: {SCHEMA}\ndo: [{{a: {{set: {{k: 1}}}}}}]", {}, "/output"),
        (f"do: [{{a: {{input: {SCHEMA}, set: {{n: 1}}}}}}]", {}, "/do/0/a"),
        (f"do: [{{a: {{output: {SCHEMA}, set: {{k: 1}}}}}}]", {}, "/do/0/a"),
        (f"do: [{{a: {{export: {SCHEMA}, set: {{n: 1}}}}}}]", {}, "/do/0/a"),
    ],
)
def test_what_does_not_fit_its_schema_faults(source: str, input: object, instance: str) -> None:
    error = Run(source, input).error
    assert error["type"].endswith("/errors/validation")
    assert (error["status"], error["instance"]) == (400, instance)
    assert "n" in error["detail"]


def test_the_raw_input_is_checked_before_it_is_transformed() -> None:
    flow = SCHEMA[:-1] + ", from: .k}"
    assert Run(f"do: [{{a: {{input: {flow}, set: '${{ . }}'}}}}]", {"n": 1, "k": 2}).output == 2


def test_input_problems_point_at_every_misfit() -> None:
    ready = program(f"input: {SCHEMA}\ndo: [{{a: {{set: {{n: 1}}}}}}]")
    assert input_problems(ready, {"n": 1}) == []
    (problem,) = input_problems(ready, {"n": "x"})
    assert problem.pointer == "/n"
    assert "integer" in problem.message
    assert input_problems(program("do: [{a: {set: {n: 1}}}]"), 3) == []


def test_a_schema_may_not_refer_to_anything_outside() -> None:
    remote = "{schema: {document: {$ref: 'http://127.0.0.1:9/s.json'}}}"
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        program(f"input: {remote}\ndo: [{{a: {{set: {{n: 1}}}}}}]")
