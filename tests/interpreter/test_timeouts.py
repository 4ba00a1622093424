"""Time-outs of tasks and of the workflow."""

from runs import START, Run

from turnout.domain.instant import SECOND
from turnout.interpreter import entries

SLOW = """
do:
  - ask:
      timeout: {after: PT10S}
      call: http
      with: {method: get, endpoint: 'https://host/'}
  - done: {set: {done: true}}
"""
KEY, DEADLINE = "ask#1", "ask#1!timeout"


def test_a_task_that_ends_in_time_needs_its_deadline_no_more() -> None:
    run = Run(SLOW)
    assert run.effect(DEADLINE).due == START + 10 * SECOND
    done = run.http(200, None, KEY)
    assert done.withdrawn == (DEADLINE,)
    assert run.output == {"done": True}


def test_a_task_that_takes_longer_faults_with_a_timeout_and_its_call_is_withdrawn() -> None:
    run = Run(SLOW)
    done = run.answer(key=DEADLINE)
    assert done.withdrawn == (KEY,)
    assert run.error["status"] == 408
    assert run.error["type"].endswith("/timeout")
    assert run.error["instance"] == "/do/0/ask"


def test_whichever_is_journaled_first_counts() -> None:
    run = Run(SLOW)
    late = run.effect(DEADLINE)
    run.http(200, None, KEY)
    assert run.take(entries.answered(late, None)).entries == ()


def test_a_timeout_can_be_caught_outside_the_task_only() -> None:
    run = Run("""
do:
  - outer:
      try:
        - inner:
            timeout: {after: PT5S}
            try: [{pause: {wait: PT1H}}]
            catch: {do: [{never: {set: {by: inner}}}]}
      catch: {errors: {with: {status: 408}}, do: [{note: {set: {by: outer}}}]}
""")
    done = run.answer(key="outer/inner#1!timeout")
    assert done.withdrawn == ("outer/inner/pause#1",)
    assert run.output == {"by": "outer"}


def test_the_workflows_timeout_ends_everything() -> None:
    run = Run(
        """
timeout: {after: '${ "PT\\(.minutes)M" }'}
do:
  - both: {fork: {branches: [{a: {wait: PT1H}}, {b: {wait: PT2H}}]}}
""",
        {"minutes": 3},
    )
    assert run.effect("#1!timeout").due == START + 180 * SECOND
    done = run.answer(key="#1!timeout")
    assert set(done.withdrawn) == {"both/a#1", "both/b#1"}
    assert run.error["status"] == 408
    assert "The workflow" in run.error["detail"]


def test_a_timeout_of_a_list_of_tasks_ends_what_is_inside() -> None:
    run = Run("""
do:
  - part:
      timeout: {after: PT5S}
      do: [{a: {wait: PT1S}}, {b: {wait: PT1H}}]
""")
    run.answer(key="part/a#1")
    done = run.answer(key="part#1!timeout")
    assert done.withdrawn == ("part/b#1",)
    phases = {task.path: task.phase for task in run.trace()}
    assert (phases["part"], phases["part/b"]) == ("faulted", "cancelled")


def test_an_operators_retry_gives_the_time_anew() -> None:
    run = Run("""
do:
  - part:
      timeout: {after: PT5S}
      do: [{ask: {call: http, with: {method: get, endpoint: 'https://host/'}}}]
""")
    run.http(503, None, "part/ask#1")
    now = run.now
    run.take(entries.retried("part/ask"))
    deadline = run.effect("part#1!timeout")
    assert (deadline.attempt, deadline.due) == (2, now + 5 * SECOND)
    run.http(200, "fine", "part/ask#1")
    assert run.output == "fine"


def test_a_skipped_task_has_no_deadline() -> None:
    run = Run("do: [{a: {if: 'false', timeout: {after: PT5S}, set: {n: 1}}}]")
    assert run.output == {}
    assert all(entry.kind != "wanted" for entry in run.journal)
