"""``try``: what is caught, tried again, handled, or goes on outwards."""

from typing import Any

import pytest
from runs import START, Run, program

from turnout.domain.instant import SECOND
from turnout.interpreter import entries
from turnout.interpreter.program import Limits

CALL = "{call: http, with: {method: post, endpoint: 'https://host/charge'}}"
QUERY = "pay/charge#1"


def trying(catch: str, extra: str = "", before: str = "") -> str:
    return f"""
{extra}
do:
  - pay:
      try:
        {before}
        - charge: {CALL}
      catch: {catch}
  - after: {{set: {{after: '${{ . }}'}}}}
"""


def test_without_a_fault_the_output_is_that_of_the_last_task() -> None:
    run = Run(trying("{do: [{never: {set: {n: 1}}}]}"))
    run.http(200, "paid")
    assert run.output == {"after": "paid"}
    assert run.order() == ["pay", "pay/charge", "after"]


def test_a_caught_error_is_handled_with_its_variable() -> None:
    run = Run(trying("{as: err, do: [{note: {set: {error: '${ $err }', input: '${ . }'}}}]}"), 7)
    run.http(503)
    told = run.output["after"]
    assert told["input"] == 7
    assert (told["error"]["status"], told["error"]["instance"]) == (503, "/do/0/pay/try/0/charge")
    phases = {task.path: task.phase for task in run.trace()}
    assert phases["pay/charge"] == "faulted"
    assert phases["pay"] == phases["pay/catch/note"] == "completed"


def test_a_caught_error_without_handling_is_dropped_and_the_input_passes() -> None:
    run = Run(trying("{}"), {"n": 1})
    run.http(500)
    assert run.output == {"after": {"n": 1}}


@pytest.mark.parametrize(
    ("catch", "caught"),
    [
        ("{errors: {with: {status: 503}}}", True),
        ("{errors: {with: {status: 404}}}", False),
        (
            "{errors: {with: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/"
            "communication'}}}",
            True,
        ),
        ("{errors: {with: {instance: /do/0/pay/try/0/charge}}}", True),
        ("{when: '$error.status >= 500'}", True),
        ("{when: '$error.status < 500'}", False),
        ("{exceptWhen: '$error.status >= 500'}", False),
        ("{when: .n == 1, exceptWhen: .n == 2}", True),
    ],
)
def test_an_error_is_caught_when_it_fits(catch: str, caught: bool) -> None:
    run = Run(trying(catch), {"n": 1})
    run.http(503)
    assert (run.end.phase == "completed") is caught


def test_an_error_in_the_handling_or_in_a_condition_goes_on_outwards() -> None:
    run = Run(trying("{do: [{again: {raise: {error: {type: 'urn:e', status: 418}}}}]}"))
    run.http(503)
    assert (run.error["status"], run.error["instance"]) == (418, "/do/0/pay/catch/do/0/again")
    run = Run(trying("{when: error}"))
    run.http(503)
    assert run.error["instance"] == "/do/0/pay"
    assert run.error["type"].endswith("/expression")


def test_a_retry_keeps_the_effects_key_and_counts_its_attempts() -> None:
    run = Run(trying("{retry: {delay: PT3S, limit: {attempt: {count: 2}}}}"))
    keys, delays = [], []
    for _ in range(2):
        keys.append((run.effect(QUERY).attempt, run.effect(QUERY).idempotency_key))
        now = run.now
        run.http(503)
        delays.append((run.open.due or 0) - now)
        run.answer()
    keys.append((run.effect(QUERY).attempt, run.effect(QUERY).idempotency_key))
    run.http(503)
    assert run.error["status"] == 503
    assert [attempt for attempt, _ in keys] == [1, 2, 3]
    assert len({key for _, key in keys}) == 1
    assert delays == [3 * SECOND, 3 * SECOND]


def test_everything_inside_is_tried_again_and_all_keys_stay() -> None:
    before = "- reserve: {call: http, with: {method: post, endpoint: 'https://host/reserve'}}"
    run = Run(trying("{retry: {limit: {attempt: {count: 1}}}}", before=before))
    first = run.open.idempotency_key
    run.http(200)
    run.http(500)
    assert (run.open.key, run.open.attempt) == ("pay/reserve#1", 2)
    assert run.open.idempotency_key == first
    run.http(200)
    assert (run.open.key, run.open.attempt) == (QUERY, 2)
    run.http(200, "paid")
    assert run.output == {"after": "paid"}


def test_a_jump_back_to_the_task_is_another_visit_with_keys_of_its_own() -> None:
    run = Run("""
do:
  - pay:
      try: [{charge: {call: http, with: {method: post, endpoint: 'https://host/charge'}}}]
      catch: {retry: {limit: {attempt: {count: 1}}}, do: [{note: {set: {n: 2}}}]}
  - again: {switch: [{more: {when: . == "more", then: pay}}, {done: {then: continue}}]}
""")
    run.http(500)
    run.http(200, "more")
    assert (run.open.key, run.open.attempt) == ("pay/charge#2", 1)
    run.http(500)
    assert (run.open.key, run.open.attempt) == ("pay/charge#2", 2)
    run.http(200, "done")
    assert run.output == "done"
    assert run.state is not None
    assert run.state.attempts == {}


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        ("{constant: {}}", [2, 2, 2]),
        ("{linear: {}}", [2, 4, 6]),
        ("{exponential: {}}", [2, 4, 8]),
    ],
)
def test_delays_grow_as_the_backoff_says(backoff: str, expected: list[int]) -> None:
    retry = f"{{delay: {{seconds: 2}}, backoff: {backoff}, limit: {{attempt: {{count: 3}}}}}}"
    run = Run(trying(f"{{retry: {retry}, do: [{{give: {{set: {{gave: up}}}}}}]}}"))
    assert waits(run) == [seconds * SECOND for seconds in expected]
    assert run.output == {"after": {"gave": "up"}}


def waits(run: Run) -> list[int]:
    """Delays before the retries of a call that never succeeds."""
    found = []
    while run.waits_for:
        now = run.now
        run.http(503)
        if run.waits_for:
            found.append((run.open.due or 0) - now)
            run.answer()
    return found


def test_an_exponential_delay_ends_at_a_day() -> None:
    retry = "{delay: PT12H, backoff: {exponential: {}}, limit: {attempt: {count: 5}}}"
    hours = [length // (3600 * SECOND) for length in waits(Run(trying(f"{{retry: {retry}}}")))]
    assert hours == [12, 24, 24, 24, 24]


def test_jitter_is_within_its_bounds_and_the_same_on_every_replay() -> None:
    retry = "{delay: PT1S, jitter: {from: PT1S, to: PT9S}, limit: {attempt: {count: 8}}}"
    found = waits(Run(trying(f"{{retry: {retry}}}")))
    assert found == waits(Run(trying(f"{{retry: {retry}}}")))
    assert all(2 * SECOND <= length <= 10 * SECOND for length in found)
    assert len(set(found)) > 4


@pytest.mark.parametrize(
    "retry",
    ["{when: '$error.status == 429'}", "{exceptWhen: '$error.status == 503'}"],
)
def test_a_retry_that_its_conditions_forbid_is_none(retry: str) -> None:
    run = Run(trying(f"{{retry: {retry}}}"))
    run.http(503)
    assert run.error["status"] == 503


def test_retries_end_after_their_duration() -> None:
    run = Run(trying("{retry: {delay: PT10S, limit: {duration: PT25S}}}"))
    run.http(503)
    for _ in range(2):
        run.now = run.open.due or 0
        run.answer()
        run.http(503)
    assert run.error["status"] == 503


def test_an_attempt_that_takes_too_long_is_tried_again() -> None:
    run = Run(trying("{retry: {limit: {attempt: {count: 1, duration: PT5S}}}}"))
    assert run.waits_for == ["pay#1!attempt", QUERY]
    done = run.answer(key="pay#1!attempt")
    assert done.withdrawn == (QUERY,)
    assert run.effect(QUERY).attempt == 2
    run.http(200, "paid", QUERY)
    assert run.output == {"after": "paid"}


def test_the_handled_flow_may_lead_elsewhere() -> None:
    run = Run("""
do:
  - pay:
      try: [{charge: {raise: {error: {type: 'urn:e', status: 400}}}}]
      catch: {do: [{note: {set: {n: 1}}}], then: declined}
  - accepted: {set: {accepted: true}, then: end}
  - declined: {set: {declined: '${ .n }'}}
""")
    assert run.output == {"declined": 1}


def test_policies_errors_and_timeouts_are_named_in_use() -> None:
    run = Run("""
use:
  retries: {soon: {delay: PT4S, limit: {attempt: {count: 1}}}}
  errors: {declined: {type: 'urn:declined', status: 402, title: Declined}}
  timeouts: {short: {after: PT30S}}
do:
  - pay:
      timeout: short
      try: [{charge: {raise: {error: declined}}}]
      catch: {retry: soon}
""")
    assert sorted(run.waits_for) == ["pay#1", "pay#1!timeout"]
    assert (run.effect("pay#1!timeout").due or 0) == START + 30 * SECOND
    done = run.answer(key="pay#1")
    assert (run.error["status"], run.error["title"]) == (402, "Declined")
    assert done.withdrawn == ("pay#1!timeout",)


def test_an_inner_try_comes_first_and_what_it_lets_through_comes_to_the_outer() -> None:
    text = """
do:
  - outer:
      try:
        - inner:
            try: [{fail: {raise: {error: {type: 'urn:e', status: STATUS}}}}]
            catch: {errors: {with: {status: 400}}, do: [{a: {set: {by: inner}}}]}
      catch: {do: [{b: {set: {by: outer}}}]}
"""
    assert Run(text.replace("STATUS", "400")).output == {"by": "inner"}
    assert Run(text.replace("STATUS", "500")).output == {"by": "outer"}


def test_a_fault_in_a_branch_is_caught_outside_the_fork_and_ends_the_others() -> None:
    run = Run("""
do:
  - safe:
      try:
        - both:
            fork:
              branches:
                - slow: {wait: PT9S}
                - call: {call: http, with: {method: get, endpoint: 'https://host/'}}
      catch: {do: [{note: {set: {status: '${ $error.status }'}}}]}
""")
    done = run.http(502, None, "safe/both/call#1")
    assert done.withdrawn == ("safe/both/slow#1",)
    assert run.output == {"status": 502}


def test_no_try_catches_a_broken_limit() -> None:

    run = Run(trying("{do: [{never: {set: {n: 1}}}]}"))
    answer = entries.answered(run.open, {"status": 200, "headers": {}, "body": None})
    run.take(answer, entries.overrun("cpu", "It needed too long."))
    assert run.error["status"] == 500
    assert "limit" in run.error["detail"]


def test_while_it_is_tried_again_the_earlier_error_has_no_name() -> None:
    run = Run("""
do:
  - all:
      for: {each: error, in: '["a"]'}
      do:
        - safe:
            try: [{fail: {raise: {error: {type: 'urn:e', status: 400, detail: '${ $error }'}}}}]
            catch:
              retry: {limit: {attempt: {count: 1}}}
              do: [{note: {set: {told: '${ $error.detail }'}}}]
""")
    assert run.output == {"told": "a"}


def test_where_a_failing_task_would_have_led_does_not_count() -> None:
    run = Run("""
do:
  - safe:
      try:
        - choose:
            switch: [{on: {then: skipped}}]
            output: {as: error}
        - between: {set: {n: 1}}
        - skipped: {set: {n: 2}}
      catch: {do: [{one: {set: {seen: 1}}}, {two: {set: '${ . + {two: true} }'}}]}
  - after: {set: '${ . + {task: $task.output} }'}
""")
    assert run.output == {"seen": 1, "two": True, "task": None}


def test_retries_without_end_and_delay_end_at_the_step_limit_which_nothing_catches() -> None:
    text = trying("{retry: {}}", before="- fail: {raise: {error: {type: 'urn:e', status: 400}}}")
    run = Run(program(text, limits=Limits(steps=50)))
    assert "50 tasks" in run.error["detail"]
    assert run.error["status"] == 500


def test_a_variable_of_a_loop_around_is_not_hidden_by_an_earlier_error() -> None:
    outputs: Any = Run("""
do:
  - all:
      for: {each: error, in: '["a", "b"]'}
      do:
        - safe:
            try: [{fail: {raise: {error: {type: 'urn:e', status: 400, detail: '${ $error }'}}}}]
            catch:
              as: caught
              do: [{note: {set: {told: '${ $caught.detail }', at: '${ $error }'}}}]
""").output
    assert outputs == {"told": "b", "at": "b"}
