"""Draft, publish, roll out, run, stop, revert in any order, against a model (I1–I7, badges).

The model knows nothing of the product's code: it keeps, for each environment, who was last alone,
which rollout runs, and how each version went out of traffic, by the words of the product page.
"""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.use_cases.machine import Machine, workflow
from turnout.domain.assignment import arm_of, bucket
from turnout.domain.audit import AuditEntry
from turnout.domain.draft import Draft
from turnout.domain.errors import Conflict, Invalid, NotFound, Stale, TurnoutError
from turnout.domain.run import Phase, Run
from turnout.domain.version import Version
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.discard_draft import discard_draft
from turnout.use_cases.end_rollout import complete_rollout, stop_rollout
from turnout.use_cases.pause_workflow import pause_workflow
from turnout.use_cases.ports import Page
from turnout.use_cases.promote import promote
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_audit import read_audit
from turnout.use_cases.read_drafts import read_draft
from turnout.use_cases.read_history import read_history
from turnout.use_cases.read_rollouts import list_rollouts
from turnout.use_cases.read_versions import list_versions
from turnout.use_cases.read_workflows import read_workflow
from turnout.use_cases.redeploy import Redeployment
from turnout.use_cases.restore_version import restore_version
from turnout.use_cases.revert import revert
from turnout.use_cases.save_draft import save_draft
from turnout.use_cases.set_rollout_share import set_rollout_share

ENVIRONMENTS = st.sampled_from(["production", "sandbox"])
SHARES = st.sampled_from([0.01, 1, 25, 50, 99.99, 100])
ACCOUNTS = [f"account-{number}" for number in range(8)]

_started: list[tuple[Machine, tempfile.TemporaryDirectory[str]]] = []


def shared() -> Machine:
    """One product for all stories; each has a workflow of its own in it."""
    if not _started:
        folder = tempfile.TemporaryDirectory()
        _started.append((Machine(Path(folder.name)), folder))
    return _started[0][0]


def teardown_module() -> None:
    for machine, folder in _started:
        machine.close()
        folder.cleanup()


@dataclass
class Active:
    """A running rollout of the model."""

    id: str
    kind: str
    treatment: int
    control: int
    percent: float
    joined: set[str] = field(default_factory=set)


@dataclass
class World:
    """One environment of the model; versions by number."""

    alone: int | None = None
    via_revert: bool = False
    active: Active | None = None
    grey: dict[int, str] = field(default_factory=dict)
    was_live: set[int] = field(default_factory=set)
    paused: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def shares(self) -> dict[int, float]:
        if self.active:
            rest = round(100 - self.active.percent, 2)
            return {self.active.treatment: self.active.percent, self.active.control: rest}
        return {} if self.alone is None else {self.alone: 100}

    @property
    def badges(self) -> dict[int, str]:
        found = {
            version: badge for version, badge in self.grey.items() if version not in self.shares
        }
        if self.active:
            suffix = " · revert" if self.active.kind == "revert" else ""
            percents = self.shares
            found[self.active.treatment] = (
                f"Treatment • {percents[self.active.treatment]:g} %{suffix}"
            )
            found[self.active.control] = f"Control • {percents[self.active.control]:g} %"
        elif self.alone is not None:
            found[self.alone] = "Live"
        return found

    def deploy(self, kind: str, version: int, percent: float, id_: str) -> None:
        before = self.alone if self.active is None else self.active.control
        if self.active:
            self.grey[self.active.treatment] = "Superseded"
            self.history.append("superseded")
        self.history.append(
            {"publish": "published", "promote": "promoted", "revert": "reverted-to"}[kind]
        )
        self.active = None
        if percent == 100:
            if kind == "revert" and before is not None:
                self.grey[before] = "Reverted"
            self.alone = version
        else:
            assert before is not None
            self.alone = before
            self.active = Active(id_, kind, version, before, percent)
        self._seen()

    def share(self, percent: float) -> None:
        assert self.active
        if percent != self.active.percent:
            self.history.append("share-changed")
        self.active.percent = percent

    def end(self, how: str) -> None:
        active = self.active
        assert active
        self.history.append(how)
        if how == "stopped":
            self.grey[active.treatment] = "Stopped"
            self.alone = active.control
        else:
            if active.kind == "revert":
                self.grey[active.control] = "Reverted"
            self.alone = active.treatment
        self.active = None
        self._seen()

    def _seen(self) -> None:
        self.was_live |= set(self.shares)
        for version in self.shares:
            self.grey.pop(version, None)


class Story(RuleBasedStateMachine):
    """One workflow in two environments."""

    @initialize(
        # Where most of what can go wrong is possible at once; from nothing it is far away.
        shares=st.sampled_from([[], [100], [100, 25], [100, 100, 50], [100, 100, 100, 10]]),
        where=ENVIRONMENTS,
        drafted=st.booleans(),
    )
    def begin(self, shares: list[float], where: str, drafted: bool) -> None:
        self.machine = shared()
        self.changes = 0
        self.before = max(entry.sequence for entry in self._audited(1))
        self.worlds = {"production": World(), "sandbox": World()}
        self.versions: dict[int, str] = {}
        self.texts: dict[int, str] = {}
        self.draft: str | None = None
        self.revision = 0
        self.written = 0
        self.runs: dict[str, tuple[str, str, Any]] = {}
        made = self.machine.call(
            create_workflow,
            NewWorkflow("Flow", handle=f"flow-{self.before}", assignment_key=".account"),
        )
        self.flow = made.handle
        self.changes += 1
        for percent in shares:
            self.publish(where, percent, supersede=False)
        if drafted:
            self.save()

    # rules

    @rule()
    def save(self) -> None:
        self.written += 1
        text = workflow(f"text-{self.written}")
        over = None if self.draft is None else self.revision
        made = self._do(save_draft, self.flow, text, revision=over)
        self.draft, self.revision = text, self.revision + 1
        assert isinstance(made, Draft)
        assert made.revision == self.revision

    @rule(data=st.data())
    def save_stale(self, data: st.DataObject) -> None:
        """I11: a revision says which text was seen, whatever became of its draft."""
        present = None if self.draft is None else self.revision
        off = data.draw(st.integers(1, self.revision + 1).filter(lambda each: each != present))
        self._refused(Stale, save_draft, self.flow, workflow("stale"), revision=off)

    @rule(where=ENVIRONMENTS, percent=SHARES, supersede=st.booleans())
    def publish(self, where: str, percent: float, supersede: bool) -> None:
        if self.draft is None:
            self.save()
        world = self.worlds[where]
        wanted = Publication(self.revision, round(percent * 100), "because", supersede)
        expected = self._deploy_refusal(world, "publish", None, percent, supersede)
        if expected:
            self._refused(expected, publish, self.flow, wanted, where=where)
            return
        published = self._do(publish, self.flow, wanted, where=where)
        number = len(self.versions) + 1
        assert published.version.number == number
        self.versions[number] = published.version.id
        self.texts[number] = self.draft or ""
        self.draft = None
        world.deploy("publish", number, percent, published.rollout.id)

    @precondition(lambda self: self.draft is not None)
    @rule(data=st.data())
    def publish_another_revision(self, data: st.DataObject) -> None:
        """I11, as above."""
        other = st.integers(1, self.revision + 1).filter(lambda each: each != self.revision)
        wanted = Publication(data.draw(other), 10_000)
        self._refused(Stale, publish, self.flow, wanted)

    @precondition(lambda self: self.draft is None)
    @rule()
    def publish_without_draft(self) -> None:
        self._refused(NotFound, publish, self.flow, Publication(self.revision, 10_000))

    @precondition(lambda self: self.versions)
    @rule(data=st.data(), where=ENVIRONMENTS, percent=SHARES)
    def revert(self, data: st.DataObject, where: str, percent: float) -> None:
        number = data.draw(st.sampled_from(sorted(self.versions)))
        world = self.worlds[where]
        wanted = Redeployment(self.versions[number], round(percent * 100))
        expected = self._deploy_refusal(world, "revert", number, percent, True)
        if expected:
            self._refused(expected, revert, self.flow, wanted, where=where)
            return
        made = self._do(revert, self.flow, wanted, where=where)
        if world.active and percent == 100 and number == world.active.control:
            world.end("stopped")
        elif world.active and percent == 100 and number == world.active.treatment:
            world.end("completed")
        else:
            world.deploy("revert", number, percent, made.id)

    @precondition(lambda self: self.versions)
    @rule(data=st.data(), where=ENVIRONMENTS, percent=SHARES, supersede=st.booleans())
    def promote(self, data: st.DataObject, where: str, percent: float, supersede: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.versions)))
        world = self.worlds[where]
        wanted = Redeployment(self.versions[number], round(percent * 100), supersede=supersede)
        expected = self._deploy_refusal(world, "promote", number, percent, supersede)
        if expected:
            self._refused(expected, promote, self.flow, wanted, where=where)
            return
        made = self._do(promote, self.flow, wanted, where=where)
        world.deploy("promote", number, percent, made.id)

    @precondition(lambda self: any(world.active for world in self.worlds.values()))
    @rule(data=st.data(), percent=st.sampled_from([0, 0.01, 10, 25, 60, 99.99, 100]))
    def change_share(self, data: st.DataObject, percent: float) -> None:
        where, world = self._with_rollout(data)
        assert world.active
        before = self._rollout(where, world.active.id)
        self._refused(
            Stale, set_rollout_share, world.active.id, 1, revision=before.revision + 1, where=where
        )
        changed = percent != world.active.percent
        self._do(
            set_rollout_share,
            world.active.id,
            round(percent * 100),
            revision=before.revision,
            where=where,
            audited=changed,
        )
        if percent in (0, 100):
            world.end("stopped" if percent == 0 else "completed")
        else:
            lowered = percent < world.active.percent
            if lowered:
                world.active.joined = {
                    account
                    for account in world.active.joined
                    if bucket(world.active.id, account) < percent * 100
                }
            world.share(percent)

    @precondition(lambda self: any(world.active for world in self.worlds.values()))
    @rule(data=st.data(), how=st.sampled_from(["stopped", "completed"]))
    def end(self, data: st.DataObject, how: str) -> None:
        where, world = self._with_rollout(data)
        assert world.active
        id_ = world.active.id
        verb = stop_rollout if how == "stopped" else complete_rollout
        self._do(verb, id_, where=where)
        world.end(how)
        self._refused(Conflict, stop_rollout, id_, where=where)

    @precondition(lambda self: self.versions)
    @rule(data=st.data(), set_aside=st.booleans())
    def restore(self, data: st.DataObject, set_aside: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.versions)))
        if self.draft is not None and not set_aside:
            self._refused(Conflict, restore_version, self.versions[number])
            return
        draft = self._do(restore_version, self.versions[number], set_aside=set_aside)
        assert draft.based_on == self.versions[number]
        self.draft, self.revision = self.texts[number], self.revision + 1
        assert draft.revision == self.revision

    @precondition(lambda self: self.draft is not None)
    @rule()
    def discard(self) -> None:
        self._refused(Stale, discard_draft, self.flow, revision=self.revision + 1)
        self._do(discard_draft, self.flow, revision=self.revision)
        self.draft = None

    @rule(where=ENVIRONMENTS)
    def pause_or_resume(self, where: str) -> None:
        world = self.worlds[where]
        self._refused(Conflict, pause_workflow, self.flow, paused=world.paused, where=where)
        self._do(pause_workflow, self.flow, paused=not world.paused, where=where)
        world.paused = not world.paused

    @rule(where=ENVIRONMENTS, account=st.sampled_from(ACCOUNTS))
    def trigger(self, where: str, account: str) -> None:
        world = self.worlds[where]
        if world.paused or not world.shares:
            try:
                self.machine.trigger(self.flow, {"account": account}, environment=where)
            except Conflict:
                return
            raise AssertionError("a run was accepted where none may be")
        run = self.machine.trigger(self.flow, {"account": account}, environment=where)
        number = next(n for n, id_ in self.versions.items() if id_ == run.version_id)
        self._check_assignment(world, run, number, account)
        self.runs[run.id] = (where, run.version_id, run.assignment)

    # invariants

    @invariant()
    def locked(self) -> None:
        """I1: every version still says what it said."""
        for number, id_ in self.versions.items():
            version = self._load(lambda tx, id_=id_: tx.versions.get(id_))
            assert isinstance(version, Version)
            assert (version.number, version.definition) == (number, self.texts[number])

    @invariant()
    def pinned(self) -> None:
        """I2: every run is still on the version it started with, for the reason it had."""
        for id_, (_, version_id, assignment) in self.runs.items():
            run = self._load(lambda tx, id_=id_: tx.runs.get(id_))
            assert (run.version_id, run.assignment) == (version_id, assignment)
            assert run.phase is Phase.COMPLETED

    @invariant()
    def one_deployment_in_force(self) -> None:
        """I3, I4: the gate says what the model says."""
        for where, world in self.worlds.items():
            gate = self._do(read_workflow, self.flow, where=where, audited=False).gate
            shares = {
                self._number(share.version_id): share.basis_points / 100
                for share in (gate.deployment.shares if gate.deployment else ())
            }
            assert shares == world.shares
            assert len(shares) <= 2
            assert gate.paused == world.paused
            assert (gate.rollout.id if gate.rollout else None) == (
                world.active.id if world.active else None
            )
            active = [
                view.rollout.id
                for view in self._do(
                    list_rollouts, Page(100), workflow=self.flow, where=where, audited=False
                ).items
                if view.rollout.state.value == "active"
            ]
            assert active == ([world.active.id] if world.active else [])

    @invariant()
    def badges_are_the_models(self) -> None:
        for where, world in self.worlds.items():
            views = self._do(list_versions, self.flow, Page(100), where=where, audited=False).items
            shown = {
                view.content.number: view.badge.text
                for view in views
                if isinstance(view.content, Version) and view.badge
            }
            assert shown == world.badges

    @invariant()
    def history_is_the_models(self) -> None:
        for where, world in self.worlds.items():
            view = self._do(read_history, self.flow, Page(100), where=where, audited=False)
            shown = [stored.event.kind.value for stored in view.events.items]
            assert shown == world.history[::-1][:100]

    @invariant()
    def the_draft_is_the_last_save(self) -> None:
        if self.draft is None:
            self._refused(NotFound, read_draft, self.flow)
            return
        draft = self._do(read_draft, self.flow, audited=False)
        assert (draft.definition, draft.revision) == (self.draft, self.revision)

    @invariant()
    def every_change_is_audited(self) -> None:
        """I10: exactly one entry per change, in a chain without gaps."""
        entries = {entry.sequence: entry for entry in self._audited(self.changes + 1)}
        assert max(entries) == self.before + self.changes
        for sequence in range(self.before + 1, self.before + self.changes + 1):
            assert entries[sequence].previous == entries[sequence - 1].hash

    # the rest

    def _audited(self, count: int) -> list[AuditEntry]:
        """The last entries, of both environments, newest first per environment."""
        views = [
            self._do(read_audit, Page(count), where=where, audited=False)
            for where in self.machine.callers
        ]
        return [entry for view in views for entry in view.entries.items]

    def _check_assignment(self, world: World, run: Run, number: int, account: str) -> None:
        assignment = run.assignment
        if world.active is None:
            assert (number, assignment.arm) == (world.alone, None)
            return
        active = world.active
        # I6: recomputed from what is stored; I7: with the share in force now.
        assert assignment.salt == active.id
        assert assignment.basis_points == round(active.percent * 100)
        assert assignment.bucket == bucket(active.id, account)
        arm = arm_of(bucket(active.id, account), assignment.basis_points)
        assert arm is assignment.arm
        assert number == (active.treatment if arm.value == "treatment" else active.control)
        # I5: nobody who joined the treatment leaves it while the share only grows.
        if arm.value == "treatment":
            active.joined.add(account)
        else:
            assert account not in active.joined

    def _deploy_refusal(
        self, world: World, kind: str, version: int | None, percent: float, supersede: bool
    ) -> type[TurnoutError] | None:
        """What the product page says about this deploy: the refusal, or None."""
        if kind == "revert" and version not in world.was_live:
            return Conflict
        if world.active is None and version is not None and version == world.alone:
            return Conflict
        if kind == "promote" and version in world.was_live:
            return Conflict
        if world.active and version == world.active.control and percent != 100:
            return Conflict
        if world.active and not supersede:
            return Conflict
        if not world.shares and percent != 100:
            return Invalid
        return None

    def _with_rollout(self, data: st.DataObject) -> tuple[str, World]:
        where = data.draw(st.sampled_from([w for w, world in self.worlds.items() if world.active]))
        return where, self.worlds[where]

    def _rollout(self, where: str, id_: str) -> Any:
        return self._load(lambda tx: tx.rollouts.get(id_))

    def _number(self, version_id: str) -> int:
        return next(number for number, id_ in self.versions.items() if id_ == version_id)

    def _load(self, work: Callable[[Any], Any]) -> Any:
        return self.machine.do(self.machine.turnout.ports.store.read(work))

    def _do(
        self,
        verb: Callable[..., Awaitable[Any]],
        *args: object,
        where: str = "production",
        audited: bool = True,
        **kwargs: object,
    ) -> Any:
        caller = self.machine.callers[where]
        done = self.machine.do(verb(self.machine.turnout.ports, caller, *args, **kwargs))
        self.changes += audited
        if audited:
            event(f"did {verb.__name__}")
        return done

    def _refused(
        self,
        error: type[TurnoutError],
        verb: Callable[..., Awaitable[Any]],
        *args: object,
        **kwargs: Any,
    ) -> None:
        try:
            self._do(verb, *args, audited=False, **kwargs)
        except error:
            event(f"refused {verb.__name__}")
            return
        raise AssertionError(f"{verb.__name__} was not refused with {error.__name__}")


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
