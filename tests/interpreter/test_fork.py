"""``fork``: side by side, in whatever order they end."""

import itertools
from typing import Any

import pytest
from runs import Run, program

from turnout.interpreter import entries

TWO_CALLS = """
do:
  - checks:
      fork:
        compete: {compete}
        branches:
          - watchlist: {{call: http, with: {{method: get, endpoint: 'https://host/watchlist'}}}}
          - device:
              do:
                - query: {{call: http, with: {{method: get, endpoint: 'https://host/device'}}}}
                - keep: {{set: {{device: '${{ . }}'}}, export: {{as: '{{device: .device}}'}}}}
          - pause: {{wait: PT5S}}
      output: {{as: '{{all: .}}'}}
"""
WATCHLIST, DEVICE, PAUSE = "checks/watchlist#1", "checks/device/query#1", "checks/pause#1"


def ends(run: Run, key: str) -> Any:
    return run.answer(key=key) if key == PAUSE else run.http(200, key.split("/")[1], key)


@pytest.mark.parametrize("order", list(itertools.permutations([WATCHLIST, DEVICE, PAUSE])))
def test_the_output_has_all_branches_in_their_order_however_they_end(
    order: tuple[str, ...],
) -> None:
    run = Run(TWO_CALLS.format(compete="false"), {"n": 1})
    assert run.waits_for == [WATCHLIST, DEVICE, PAUSE]
    for key in order:
        ends(run, key)
    assert run.output == {"all": ["watchlist#1", {"device": "device"}, {"n": 1}]}


@pytest.mark.parametrize("winner", [WATCHLIST, DEVICE, PAUSE])
def test_the_first_of_competing_branches_wins_and_the_others_are_withdrawn(winner: str) -> None:
    run = Run(TWO_CALLS.format(compete="true"), {"n": 1})
    losers = {WATCHLIST, DEVICE, PAUSE} - {winner}
    late = [run.effect(key) for key in losers]
    done = ends(run, winner)
    assert set(done.withdrawn) == losers
    phases = {task.path: task.phase for task in run.trace() if task.path.count("/") == 1}
    assert phases[winner.split("/q")[0].split("#")[0]] == "completed"
    assert sorted(phases.values()) == ["cancelled", "cancelled", "completed"]
    for effect in late:
        assert run.take(entries.answered(effect, None)).entries == ()


def test_pure_branches_run_in_their_order_and_exports_follow_it() -> None:
    run = Run("""
do:
  - both:
      fork:
        branches:
          - one: {set: {n: 1}, export: {as: '($context.seen // []) + ["one"] | {seen: .}'}}
          - two: {set: {n: 2}, export: {as: '($context.seen // []) + ["two"] | {seen: .}'}}
  - show: {set: '${ {outputs: ., seen: $context.seen} }'}
""")
    assert run.output == {"outputs": [{"n": 1}, {"n": 2}], "seen": ["one", "two"]}


def test_a_competing_pure_branch_wins_before_later_ones_begin() -> None:
    run = Run("""
do:
  - race:
      fork:
        compete: true
        branches:
          - first: {set: {won: first}}
          - second: {set: {won: second}}
  - pause: {wait: PT1S}
""")
    assert run.waits_for == ["pause#1"]
    run.answer()
    assert run.output == {"won": "first"}
    assert run.order() == ["race", "race/first", "pause"]


def test_a_fault_in_one_branch_ends_the_run_and_withdraws_the_others() -> None:
    run = Run(TWO_CALLS.format(compete="false"))
    done = run.http(500, None, WATCHLIST)
    assert set(done.withdrawn) == {DEVICE, PAUSE}
    assert run.error["instance"] == "/do/0/checks/fork/branches/0/watchlist"
    phases = {task.path: task.phase for task in run.trace()}
    assert phases["checks/watchlist"] == "faulted"
    assert phases["checks/device/query"] == "cancelled"


def test_an_operators_retry_enters_the_branches_again_that_the_fault_interrupted() -> None:

    run = Run(TWO_CALLS.format(compete="false"), {"n": 1})
    ends(run, PAUSE)
    run.http(503, None, DEVICE)
    run.take(entries.retried("checks/device/query"))
    assert sorted(run.waits_for) == sorted([WATCHLIST, DEVICE])
    assert {run.effect(key).attempt for key in run.waits_for} == {2}
    ends(run, WATCHLIST)
    ends(run, DEVICE)
    assert run.output["all"] == ["watchlist#1", {"device": "device"}, {"n": 1}]


def test_a_retry_enters_again_only_what_still_has_something_to_do() -> None:
    run = Run(
        """
do:
  - race:
      fork:
        branches:
          - first:
              try:
                - ask:
                    if: $context.tried == null
                    call: http
                    with: {method: get, endpoint: 'https://host/'}
              catch: {retry: {delay: PT1M}}
          - second: {call: http, with: {method: get, endpoint: 'https://host/'}}
          - note: {wait: PT1S, export: {as: '{tried: true}'}, then: continue}
      output: {as: '{won: .}'}
""",
        {"n": 1},
    )
    run.http(500, None, "race/first/ask#1")
    assert run.waits_for == ["race/second#1", "race/note#1", "race/first#1"]
    run.answer(key="race/note#1")
    run.http(500, None, "race/second#1")
    run.take(entries.retried("race/second"))
    # The first branch, entered anew, ends at once; only the one that failed is asked again.
    assert run.waits_for == ["race/second#1"]
    run.http(200, "fine", "race/second#1")
    assert run.output == {"won": [{"n": 1}, "fine", {"n": 1}]}


def test_a_retry_that_ends_a_race_at_once_enters_no_loser_again() -> None:
    run = Run(
        """
do:
  - race:
      fork:
        compete: true
        branches:
          - quick:
              try:
                - ask:
                    if: $context.n == null
                    call: http
                    with: {method: get, endpoint: 'https://host/'}
              catch: {retry: {delay: PT1M}}
          - note:
              do:
                - a: {wait: PT1S}
                - b: {set: {n: 1}, export: {as: '{n: 1}'}}
                - c: {wait: PT1H}
          - last: {call: http, with: {method: get, endpoint: 'https://host/'}}
  - after: {wait: PT1S}
""",
        {"n": 1},
    )
    run.http(500, None, "race/quick/ask#1")
    run.answer(key="race/note/a#1")
    run.http(500, None, "race/last#1")
    run.take(entries.retried("race/last"))
    assert run.waits_for == ["after#1"]
    run.answer()
    assert run.output == {"n": 1}


def test_end_in_a_branch_ends_the_workflow() -> None:
    run = Run("""
do:
  - checks:
      fork:
        branches:
          - slow: {wait: PT5S}
          - stop: {set: {stopped: true}, then: end}
  - never: {set: {n: 1}}
""")
    assert run.output == {"stopped": True}


def test_forks_within_forks() -> None:
    run = Run("""
do:
  - outer:
      fork:
        branches:
          - left:
              fork:
                compete: true
                branches:
                  - a: {wait: PT1S}
                  - b: {call: http, with: {method: get, endpoint: 'https://host/b'}}
          - right: {wait: PT2S, output: {as: '"right"'}}
""")
    run.answer(key="outer/right#1")
    done = run.http(200, "b", "outer/left/b#1")
    assert done.withdrawn == ("outer/left/a#1",)
    assert run.output == ["b", "right"]


def test_a_loop_in_a_branch_has_its_own_variables() -> None:
    run = Run(
        program("""
do:
  - both:
      fork:
        branches:
          - ones: {for: {each: x, in: '[1, 2]'}, do: [{w: {wait: PT1S, output: {as: '$x'}}}]}
          - tens: {for: {each: x, in: '[10, 20]'}, do: [{w: {wait: PT1S, output: {as: '$x'}}}]}
""")
    )
    for _ in range(4):
        run.answer(key=run.waits_for[-1])
    assert run.output == [2, 20]
