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
    nested = ["do", "for", "fork", "try"] * (depth > 0)
    kind = draw(st.sampled_from(["leaf", "leaf", "leaf", "switch", *nested]))
    task = draw(BODIES[kind](depth, thens))
    if draw(st.integers(0, 4)) == 0:
        task = {**task, "if": draw(conditions)}
    if draw(st.integers(0, 3)) == 0:
        task = {**task, "input": {"from": draw(expressions)}}
    if draw(st.integers(0, 3)) == 0:
        task = {**task, "output": {"as": draw(expressions)}}
    if draw(st.integers(0, 2)) == 0:
        task = {**task, "export": {"as": draw(expressions)}}
    if draw(st.integers(0, 5)) == 0:
        task = {**task, "timeout": {"after": draw(st.sampled_from(["PT2S", "PT20S"]))}}
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


@st.composite
def fork(draw: st.DrawFn, depth: int, thens: st.SearchStrategy[str]) -> Task:
    ends = st.sampled_from(["continue"] * 5 + ["exit", "end"])
    branches = [{f"b{at}": draw(tasks(depth - 1, ends))} for at in range(draw(st.integers(1, 3)))]
    return {"fork": {"branches": branches, "compete": draw(st.booleans())}}


@st.composite
def guarded(draw: st.DrawFn, depth: int, thens: st.SearchStrategy[str]) -> Task:
    catch: Task = {}
    if draw(st.booleans()):
        catch["errors"] = {"with": draw(st.sampled_from([{"status": 400}, {"status": 503}]))}
    if draw(st.integers(0, 2)) == 0:
        catch["when"] = draw(st.sampled_from(["$error.status >= 400", "false", ".n? == 1"]))
    if draw(st.booleans()):
        catch["retry"] = draw(RETRIES)
    if draw(st.booleans()):
        catch["do"] = draw(task_lists(depth - 1))
        catch["do"][0]["t0"] = {"set": {"n": "${ $error.status }"}}
    if draw(st.integers(0, 3)) == 0:
        catch["then"] = draw(thens)
    return {"try": draw(task_lists(depth - 1)), "catch": catch}


RETRIES = st.fixed_dictionaries(
    {
        "limit": st.sampled_from(
            [
                {"attempt": {"count": 1}},
                {"attempt": {"count": 2, "duration": "PT3S"}},
                {"attempt": {"count": 4}, "duration": "PT10S"},
            ]
        )
    },
    optional={
        "delay": st.sampled_from(["PT0S", "PT2S", '${ .n? // 1 | "PT\\(.)S" }']),
        "backoff": st.sampled_from([{"constant": {}}, {"linear": {}}, {"exponential": {}}]),
        "jitter": st.just({"from": "PT0S", "to": "PT1S"}),
        "when": st.sampled_from(["$error.status != 500", "true"]),
    },
)

BODIES: dict[str, Any] = {
    "leaf": lambda depth, thens: leaf(),
    "switch": switch,
    "do": lambda depth, thens: st.fixed_dictionaries({"do": task_lists(depth - 1)}),
    "for": loop,
    "fork": fork,
    "try": guarded,
}

definitions = st.fixed_dictionaries(
    {"do": task_lists()}, optional={"timeout": st.just({"after": "PT25S"})}
)
"""Whole definitions as data; they may go round in circles."""

happenings = st.lists(
    st.tuples(
        st.sampled_from(["fine"] * 6 + ["status", "error", "late", "cancel", "retry"]),
        st.integers(0, 3),
    ),
    max_size=14,
)
"""What comes to a run from outside, and to which of its open effects, in order; then everything is
fine."""
