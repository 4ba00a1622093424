"""Strategies: small definitions of every task type, and what happens to their runs."""

from typing import Any

from hypothesis import strategies as st

Task = dict[str, Any]

EXPRESSIONS = [
    ".",
    ".n",
    "$context",
    "$input",
    "{n: ((.n? // 0) + 1)}",
    "{n: 1, was: .}",
    "[., $input] | length",
    "{n: ($context.n? // 5)}",
    "$task.name",
    "{id: $workflow.id, now: now}",
    "empty",
]
FAILING = ["error({n: 1})", "keys"]
CONDITIONS = ["true", "false", ".n? == 1", "$context.n? != null", "now > 0"]
expressions = st.sampled_from(EXPRESSIONS * 3 + FAILING)
conditions = st.sampled_from(CONDITIONS)


def leaf() -> st.SearchStrategy[Task]:
    sets = st.one_of(
        expressions.map(lambda source: f"${{ {source} }}"),
        st.fixed_dictionaries({"n": expressions.map(lambda source: f"${{ {source} }}")}),
        st.just({"n": 7}),
    )
    call = {"method": "post", "endpoint": "https://host/{n}", "body": "${ . }"}
    error = {"type": "https://example.com/e", "status": 400, "detail": "${ .n? | tojson }"}
    return st.one_of(
        st.fixed_dictionaries({"set": sets}),
        st.fixed_dictionaries({"set": sets}),
        st.just({"wait": "PT5S"}),
        st.just({"call": "http", "with": call}),
        st.just({"raise": {"error": error}}),
    )


@st.composite
def task_lists(draw: st.DrawFn, depth: int = 2) -> list[dict[str, Task]]:
    names = [f"t{number}" for number in range(draw(st.integers(1, 4)))]
    thens = st.sampled_from(["continue"] * 6 + ["exit", "end", *names])
    return [{name: draw(tasks(depth, thens))} for name in names]


@st.composite
def tasks(draw: st.DrawFn, depth: int, thens: st.SearchStrategy[str]) -> Task:
    kind = draw(st.sampled_from(["leaf", "leaf", "switch"] + ["do", "for"] * (depth > 0)))
    task = draw(BODIES[kind](depth, thens))
    if draw(st.integers(0, 4)) == 0:
        task = {**task, "if": draw(conditions)}
    if draw(st.integers(0, 3)) == 0:
        task = {**task, "input": {"from": draw(expressions)}}
    if draw(st.integers(0, 3)) == 0:
        task = {**task, "output": {"as": draw(expressions)}}
    if draw(st.integers(0, 2)) == 0:
        task = {**task, "export": {"as": draw(expressions)}}
    return {**task, "then": draw(thens)}


def switch(depth: int, thens: st.SearchStrategy[str]) -> st.SearchStrategy[Task]:
    case = st.fixed_dictionaries({"when": conditions, "then": thens})
    return st.lists(case, min_size=1, max_size=3).map(
        lambda cases: {"switch": [{f"c{at}": case} for at, case in enumerate(cases)]}
    )


def loop(depth: int, thens: st.SearchStrategy[str]) -> st.SearchStrategy[Task]:
    return st.builds(
        lambda items, body, go_on: {"for": {"in": items}, "do": body, "while": go_on},
        st.sampled_from(["[1, 2]", "[]", "[{n: 1}, 2, 3]"]),
        task_lists(depth - 1),
        st.sampled_from(["true", "$index < 1"]),
    )


BODIES: dict[str, Any] = {
    "leaf": lambda depth, thens: leaf(),
    "switch": switch,
    "do": lambda depth, thens: st.fixed_dictionaries({"do": task_lists(depth - 1)}),
    "for": loop,
}

definitions = task_lists().map(lambda tasks: {"do": tasks})
"""Whole definitions as data; they may go round in circles."""

happenings = st.lists(
    st.sampled_from(["fine"] * 5 + ["status", "error", "late", "cancel", "retry"]), max_size=12
)
"""What comes to a run from outside, in order; then everything is fine."""
