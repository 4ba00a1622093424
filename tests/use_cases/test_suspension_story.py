"""Suspend, resume, cancel and answer one run in any order, against a model (I8, I10).

The model knows this: while a run is suspended its journal stands still; answers that come then are
taken when it is resumed, in the order in which they came, and each effect is answered once.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.use_cases.machine import Machine
from turnout.domain.errors import Conflict
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.use_cases.advance_run import Outside, advance_run
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import OpenEffect, Page
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_runs import read_trace
from turnout.use_cases.resume_run import resume_run
from turnout.use_cases.suspend_run import suspend_run

FLOW = """\
document: {dsl: '1.0.3', namespace: tests, name: branches, version: '1.0.0'}
do:
  - all:
      fork:
        branches:
          - one: {wait: {hours: 1}}
          - two: {do: [{first: {wait: {hours: 1}}}, {second: {wait: {hours: 1}}}]}
          - three: {wait: {hours: 3}}
  - done: {set: {passed: true}}
"""

_started: list[tuple[Machine, tempfile.TemporaryDirectory[str]]] = []


def shared() -> Machine:
    """One product for all stories; each has a run of its own in it."""
    if not _started:
        folder = tempfile.TemporaryDirectory()
        machine = Machine(Path(folder.name))
        _started.append((machine, folder))
        machine.call(create_workflow, NewWorkflow("flow", handle="flow", definition=FLOW))
        machine.call(publish, "flow", Publication(1, 10_000))
    return _started[0][0]


def teardown_module() -> None:
    for machine, folder in _started:
        machine.close()
        folder.cleanup()


class Story(RuleBasedStateMachine):
    """One run."""

    # Where it may begin suspended, more of what can go wrong is near.
    @initialize(suspended=st.booleans())
    def begin(self, suspended: bool) -> None:
        self.machine = shared()
        self.run_id = self.machine.trigger("flow", {}).id
        self.phase = Phase.WAITING
        self.answered: list[str] = []
        self.kept: list[str] = []
        self.gone: list[OpenEffect] = []
        self.acts: list[str] = []
        if suspended:
            self.suspend()

    # rules

    @rule()
    def suspend(self) -> None:
        if self.phase is Phase.WAITING:
            assert self.act("suspend", suspend_run).phase is Phase.SUSPENDED
            self.phase = Phase.SUSPENDED
        else:
            self.refused(suspend_run)

    @rule()
    def resume(self) -> None:
        if self.phase is not Phase.SUSPENDED:
            self.refused(resume_run)
            return
        event(f"resumed with {len(self.kept)} kept answers")
        assert self.act("resume", resume_run).phase is Phase.WAITING
        self.answered += self.kept
        self.kept = []
        self.phase = self.phase_after()
        self.settle()

    @precondition(lambda self: self.acts)
    @rule()
    def cancel(self) -> None:
        if self.phase in (Phase.WAITING, Phase.SUSPENDED):
            assert self.act("cancel", cancel_run).phase is Phase.CANCELLED
            self.phase = Phase.CANCELLED
            self.kept = []
        else:
            self.refused(cancel_run)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        wanted = [each for each in self.open() if each.effect.key not in self.kept]
        if not wanted:
            return
        chosen = data.draw(st.sampled_from(wanted))
        after = self.deliver(chosen)
        assert after is not None
        self.gone.append(chosen)
        if self.phase is Phase.SUSPENDED:
            self.kept.append(chosen.effect.key)
            assert after.phase is Phase.SUSPENDED
        else:
            self.answered.append(chosen.effect.key)
            self.phase = self.phase_after()

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def answer_again(self, data: st.DataObject) -> None:
        assert self.deliver(data.draw(st.sampled_from(self.gone))) is None

    # invariants

    @invariant()
    def the_run_is_the_models(self) -> None:
        run = self.read(lambda tx: tx.runs.get(self.run_id))
        assert run.phase is self.phase
        suspension = self.read(lambda tx: tx.suspensions.of([self.run_id]))
        assert bool(suspension) == (self.phase is Phase.SUSPENDED)

    @invariant()
    def its_journal_has_the_answers_in_order(self) -> None:
        assert self.answers() == self.answered

    @invariant()
    def every_act_is_audited_once(self) -> None:
        environment = self.machine.callers["production"].environment.id
        found = self.read(lambda tx: tx.audit.list(Page(100), environment_id=environment))
        mine = [each.record for each in found.items if each.record.subject == self.run_id]
        assert [each.action for each in reversed(mine)] == [f"run.{act}" for act in self.acts]

    def teardown(self) -> None:
        if hasattr(self, "run_id"):
            # I9: the journal still replays.
            self.machine.call(read_trace, self.run_id)

    # the rest

    def open(self) -> list[OpenEffect]:
        found: list[OpenEffect] = self.read(lambda tx: tx.effects.of_run(self.run_id))
        return found

    def answers(self) -> list[str]:
        entries = self.read(lambda tx: tx.runs.journal(self.run_id))
        return [each.effect_key for each in entries if each.kind is EntryKind.ANSWERED]

    def phase_after(self) -> Phase:
        return Phase.COMPLETED if len(self.answered) == 4 else Phase.WAITING

    def settle(self) -> None:
        """Let the engine deliver what was kept."""
        for _ in range(10_000):
            if self.answers() == self.answered:
                return
            self.machine.do(asyncio.sleep(0))

    def deliver(self, open_: OpenEffect) -> Run | None:
        effect = open_.effect
        body = orjson.dumps({"digest": effect.digest, "value": None})
        outside = Outside(EntryKind.ANSWERED, body, effect.key, effect.attempt)
        return self.machine.do(advance_run(self.machine.turnout.ports, self.run_id, outside))

    def act(self, name: str, verb: Any) -> Run:
        done: Run = self.machine.call(verb, self.run_id)
        self.acts.append(name)
        return done

    def refused(self, verb: Any) -> None:
        with pytest.raises(Conflict):
            self.machine.call(verb, self.run_id)

    def read(self, work: Any) -> Any:
        return self.machine.do(self.machine.turnout.ports.store.read(work))


TestSuspension = Story.TestCase
TestSuspension.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
