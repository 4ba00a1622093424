"""Tasks that nothing leads to, and loops that nothing leads out of."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.definition.check import Checked, check
from turnout.definition.findings import Findings, Spot
from turnout.definition.flow import task_list_of
from turnout.definition.places import Document
from turnout.definition.reachability import reach
from turnout.domain.problem import Problem, Severity

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"
CODES = ("unreachable_task", "endless_loop", "unbounded_loop")

Check = Callable[[str], Checked]


def found(check_text: Check, tasks: str, more: str = "") -> list[Problem]:
    """The findings on tasks, indented by two: their first line is line 3."""
    problems = check_text(f"{HEAD}do:\n{tasks}\n{more}").problems
    assert [
        each for each in problems if each.severity is Severity.ERROR and each.code not in CODES
    ] == []
    return [each for each in problems if each.code in CODES]


SET = "set: {x: 1}"
RAISE = "raise: {error: {type: 'https://a.b', status: 400}}"


@pytest.mark.parametrize(
    ("tasks", "line", "why"),
    [
        (f"  - a: {{{SET}, then: end}}\n  - b: {{{SET}}}", 4, "`a` before it ends the workflow"),
        (f"  - a: {{{SET}, then: exit}}\n  - b: {{{SET}}}", 4, "`a` before it leaves this list"),
        (f"  - a: {{{SET}, then: c}}\n  - b: {{{SET}}}\n  - c: {{{SET}}}", 4, "goes to `c`"),
        (f"  - a: {{{RAISE}}}\n  - b: {{{SET}}}",
         4, "`a` before it always raises its error"),
        (f"  - a: {{switch: [{{x: {{when: .x, then: end}}}}, {{y: {{then: c}}}}]}}\n"
         f"  - b: {{{SET}}}\n  - c: {{{SET}}}", 4, "every way of `a` before it leads elsewhere"),
        (f"  - a: {{switch: [{{x: {{when: .x, then: end}}}}], then: exit}}\n  - b: {{{SET}}}",
         4, "every way of `a`"),
        (f"  - a:\n      do:\n        - in: {{{SET}, then: end}}\n  - b: {{{SET}}}",
         6, "`a` before it never comes to its end"),
        (f"  - a:\n      do:\n        - in: {{{SET}, then: exit}}\n        - b: {{{SET}}}",
         6, "`in` before it leaves this list"),
        (f"  - a:\n      for: {{in: .x}}\n      do:\n        - in: {{{SET}, then: exit}}\n"
         f"        - b: {{{SET}}}", 7, "`in` before it leaves this list"),
        (f"  - a:\n      try:\n        - in: {{{SET}, then: end}}\n"
         f"      catch: {{do: [{{c: {{{SET}, then: end}}}}]}}\n  - b: {{{SET}}}",
         7, "never comes to its end"),
        (f"  - a:\n      fork:\n        branches:\n          - one:\n              do:\n"
         f"                - in: {{{SET}, then: end}}\n                - b: {{{SET}}}",
         9, "`in` before it ends the workflow"),
    ],
)  # fmt: skip
def test_a_task_that_nothing_leads_to_is_told_at_its_name(
    check_text: Check, tasks: str, line: int, why: str
) -> None:
    (problem,) = found(check_text, tasks)
    column = tasks.splitlines()[line - 3].index("b:") + 1
    assert (problem.code, problem.severity) == ("unreachable_task", Severity.WARNING)
    assert (problem.line, problem.column) == (line, column)
    assert why in problem.message
    assert problem.hint == "Lead to it with `then: b`, or remove it."


@pytest.mark.parametrize(
    "tasks",
    [
        f"  - a: {{if: .x, {SET}, then: end}}\n  - b: {{{SET}}}",
        f"  - a: {{if: .x, {RAISE}}}\n  - b: {{{SET}}}",
        f"  - a: {{switch: [{{x: {{when: .x, then: end}}}}]}}\n  - b: {{{SET}}}",
        f"  - a: {{switch: [{{x: {{then: c}}}}]}}\n  - b: {{{SET}, then: end}}\n"
        f"  - c: {{{SET}, then: b}}",
        f"  - a:\n      do:\n        - in: {{{SET}, then: exit}}\n  - b: {{{SET}}}",
        f"  - a:\n      for: {{in: .x}}\n      do:\n        - in: {{{SET}, then: end}}\n"
        f"  - b: {{{SET}}}",
        f"  - a:\n      try:\n        - in: {{{RAISE}}}\n"
        f"      catch: {{}}\n  - b: {{{SET}}}",
        f"  - a:\n      try:\n        - in: {{{SET}, then: end}}\n"
        f"      catch: {{do: [{{c: {{{SET}}}}}]}}\n  - b: {{{SET}}}",
        f"  - a:\n      try: [{{in: {{{SET}}}}}]\n      catch: {{then: b}}\n"
        f"  - c: {{{SET}, then: end}}\n  - b: {{{SET}}}",
        f"  - a:\n      fork:\n        branches:\n          - one: {{{SET}}}\n"
        f"          - two: {{{SET}}}\n  - b: {{{SET}}}",
    ],
)  # fmt: skip
def test_a_task_that_something_may_lead_to_is_left_alone(check_text: Check, tasks: str) -> None:
    assert found(check_text, tasks) == []


def test_what_follows_an_unreachable_task_is_told_with_it(check_text: Check) -> None:
    names = "bcdefgh"
    tasks = f"  - a: {{{SET}, then: end}}\n" + "".join(f"  - {n}: {{{SET}}}\n" for n in names)
    (problem,) = found(check_text, tasks)
    assert problem.message.endswith("Nor is what follows it: `c`, `d`, `e`, `f` and 2 more.")


def test_tasks_that_lead_only_to_each_other_are_told_once(check_text: Check) -> None:
    tasks = f"  - a: {{{SET}, then: end}}\n  - b: {{{SET}}}\n  - c: {{{SET}, then: b}}"
    (problem,) = found(check_text, tasks)
    assert (problem.line, problem.code) == (4, "unreachable_task")


def test_where_a_then_leads_nowhere_nothing_is_judged(check_text: Check) -> None:
    text = f"{HEAD}do:\n  - a: {{{SET}, then: nd}}\n  - b: {{{SET}}}"
    assert [each.code for each in check_text(text).problems] == ["then_to_nowhere"]


@pytest.mark.parametrize(
    ("tasks", "code", "line"),
    [
        (f"  - a: {{{SET}, then: a}}", "endless_loop", 3),
        (f"  - a: {{{SET}}}\n  - b: {{{SET}, then: a}}", "endless_loop", 4),
        (f"  - a: {{{SET}}}\n  - b: {{if: .x, {SET}, then: a}}\n  - c: {{{SET}, then: b}}",
         "endless_loop", 4),
        (f"  - a: {{{SET}}}\n  - b: {{switch: [{{x: {{when: .x, then: a}}}}, {{y: {{then: b}}}}]}}",
         "endless_loop", 4),
        (f"  - a: {{wait: PT1S}}\n  - b: {{{SET}, then: a}}", "unbounded_loop", 4),
        (f"  - a:\n      do:\n        - b: {{{SET}, then: b}}", "endless_loop", 5),
    ],
)  # fmt: skip
def test_a_jump_back_with_no_way_out_is_told_at_its_then(
    check_text: Check, tasks: str, code: str, line: int
) -> None:
    (problem,) = found(check_text, tasks)
    column = tasks.splitlines()[line - 3].index("then: ") + len("then: ") + 1
    assert (problem.code, problem.line, problem.column) == (code, line, column)
    assert (problem.severity is Severity.ERROR) == (code == "endless_loop")
    assert "`then: end`" in (problem.hint or "")


@pytest.mark.parametrize(
    ("tasks", "more"),
    [
        (f"  - a: {{{SET}}}\n  - b: {{if: .x, {SET}, then: a}}", ""),
        (f"  - a: {{{SET}}}\n  - b: {{switch: [{{x: {{when: .x, then: a}}}}]}}", ""),
        (f"  - a: {{{SET}}}\n  - b: {{switch: [{{x: {{when: .x, then: end}}}}], then: a}}", ""),
        (f"  - a:\n      do:\n        - x: {{if: .x, {SET}, then: end}}\n"
         f"        - y: {{{SET}}}\n  - b: {{{SET}, then: a}}", ""),
        (f"  - a: {{if: .x, {RAISE}}}\n"
         f"  - b: {{{SET}, then: a}}", ""),
        ("  - a:\n      try:\n        - b: {wait: PT1S, then: b}\n      catch: {}", ""),
        ("  - a: {wait: PT1S, then: a}", "timeout: {after: PT1H}"),
        ("  - a:\n      timeout: {after: PT1H}\n      do:\n        - b: {wait: PT1S, then: b}", ""),
        (f"  - a:\n      fork:\n        compete: true\n        branches:\n          - one:\n"
         f"              do:\n                - b: {{wait: PT1S, then: b}}\n"
         f"          - two: {{{SET}}}", ""),
    ],
)  # fmt: skip
def test_a_jump_back_with_a_way_out_is_left_alone(check_text: Check, tasks: str, more: str) -> None:
    assert found(check_text, tasks, more) == []


# properties

TARGETS = st.one_of(
    st.sampled_from(("continue", "exit", "end")), st.integers(0, 7).map(lambda n: f"t{n}")
)
BODIES = st.one_of(
    st.fixed_dictionaries({"set": st.just({"x": 1}), "then": TARGETS}),
    st.fixed_dictionaries({"wait": st.just("PT1S"), "then": TARGETS, "if": st.just(".x")}),
    st.builds(
        lambda cases, default, then: {
            "switch": [
                {f"c{at}": {"when": ".x", "then": to}} for at, to in enumerate(cases)
            ] + ([{"d": {"then": default}}] if default else []),
            "then": then,
        },
        st.lists(TARGETS, min_size=1, max_size=2),
        st.none() | TARGETS,
        TARGETS,
    ),
    st.just({"raise": {"error": {"type": "https://a.b", "status": 400}}}),
)  # fmt: skip


def document(tasks: list[dict[str, Any]]) -> str:
    return json.dumps(
        {
            "document": {"dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0"},
            "do": [{f"t{at}": task} for at, task in enumerate(tasks)],
        }
    )


def within(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same tasks, with what leads to a task that is not there leading on."""
    text = json.dumps(tasks)
    for at in range(len(tasks), 8):
        text = text.replace(f'"t{at}"', '"continue"')
    changed: list[dict[str, Any]] = json.loads(text)
    return changed


def naively_reached(tasks: list[dict[str, Any]]) -> set[int]:
    """Take every way from every reached task, again and again, until nothing new comes."""
    reached = {0}
    for _ in tasks:
        for at in sorted(reached):
            task = tasks[at]
            ways = ["continue"] if "if" in task else []
            if "switch" in task:
                cases = [case for item in task["switch"] for case in item.values()]
                ways += [case["then"] for case in cases]
                if all("when" in case for case in cases):
                    ways.append(task["then"])
            elif "raise" not in task:
                ways.append(task["then"])
            for way in ways:
                to = at + 1 if way == "continue" else int(way[1:]) if way[0] == "t" else len(tasks)
                reached |= {to} if to < len(tasks) else set()
    return reached


def accepted(source: str, variables: frozenset[str]) -> str | None:
    return None


@given(st.lists(BODIES, min_size=1, max_size=8).map(within))
@settings(max_examples=200, deadline=None)
def test_what_is_reached_is_what_a_naive_walk_reaches(tasks: list[dict[str, Any]]) -> None:
    text = document(tasks)
    value = json.loads(text)
    root = Spot(value, "", frozenset(), Findings(Document(value), accepted))
    expected = naively_reached(tasks)
    assert reach(task_list_of(root.member("do"))).reached == expected
    codes = [each.code for each in check(text, accepted, {}).problems]
    assert ("unreachable_task" in codes) == (len(expected) < len(tasks))


@given(st.lists(BODIES, min_size=1, max_size=8).map(within))
@settings(max_examples=200, deadline=None)
def test_a_loop_is_told_only_if_no_walk_from_its_task_ends(tasks: list[dict[str, Any]]) -> None:
    for problem in check(document(tasks), accepted, {}).problems:
        if problem.code in ("endless_loop", "unbounded_loop"):
            at = int(problem.path.split("/")[2])
            assert not any(leaves(tasks, each) for each in reached_from(tasks, at))


def reached_from(tasks: list[dict[str, Any]], start: int) -> set[int]:
    turned = [{"set": {}, "then": f"t{start + 1}"}, *_shifted(tasks)]
    return {at - 1 for at in naively_reached(turned) if at}


def _shifted(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = json.dumps(tasks)
    for at in reversed(range(len(tasks))):
        text = text.replace(f'"t{at}"', f'"t{at + 1}"')
    shifted: list[dict[str, Any]] = json.loads(text)
    return shifted


def leaves(tasks: list[dict[str, Any]], at: int) -> bool:
    text = json.dumps(tasks[at])
    ends = '"raise"' in text or '"end"' in text or '"exit"' in text
    last = at + 1 == len(tasks) and ('"continue"' in text or '"if"' in text)
    if "switch" in tasks[at] and any(
        "when" not in c for i in tasks[at]["switch"] for c in i.values()
    ):
        text = json.dumps(tasks[at]["switch"])
        ends = '"end"' in text or '"exit"' in text
        last = at + 1 == len(tasks) and '"continue"' in text
    return ends or last


@given(st.lists(st.sampled_from(("set", "wait", "if", "for", "do")), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_tasks_that_follow_each_other_are_never_called_unreachable(kinds: list[str]) -> None:
    pieces: dict[str, dict[str, Any]] = {
        "set": {"set": {"x": 1}},
        "wait": {"wait": "PT1S"},
        "if": {"if": ".x", "set": {"x": 1}, "then": "end"},
        "for": {"for": {"in": ".x"}, "do": [{"a": {"set": {"x": 1}, "then": "exit"}}]},
        "do": {"do": [{"a": {"set": {"x": 1}}}, {"b": {"wait": "PT1S", "then": "exit"}}]},
    }
    codes = [
        each.code for each in check(document([pieces[k] for k in kinds]), accepted, {}).problems
    ]
    assert not {"unreachable_task", "endless_loop", "unbounded_loop"} & set(codes)
