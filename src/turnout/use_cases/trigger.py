"""Trigger a workflow: accept a new run (I7, I8).

First everything is computed and nothing is stored: the assignment, the version, and the run as far
as it goes without effects. Then one short transaction compares the gate and stores it all. When the
gate moved in between, it is computed again for the same run id.
"""

from dataclasses import dataclass

from turnout.domain.assignment import FULL, ArmLabel
from turnout.domain.errors import Busy, Conflict, Invalid
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.domain.run import Phase, Run
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import made_before
from turnout.use_cases.ports import Claimed, Ports, Progress, RunBodies, Transaction
from turnout.use_cases.traffic import Traffic, TrafficCache, require_open_gate
from turnout.use_cases.workers import Acceptance, Advance, Offer

MAX_TRIES = 50
"""How often a run is computed again because its gate moved, before the caller is told to wait."""


@dataclass(frozen=True, slots=True)
class Triggered:
    """An accepted run; ``bodies`` as far as it went."""

    run: Run
    bodies: RunBodies


class InputInvalid(Invalid):
    """The input does not fit the schema of the version that would run it.

    Attributes:
        problems: (JSON pointer into the input, message).
    """

    def __init__(self, problems: tuple[tuple[str, str], ...], label: str) -> None:
        super().__init__(
            "input_invalid",
            f"The input does not fit the schema of {label}: {problems[0][1]}",
            f"/data/attributes/fields{problems[0][0]}",
        )
        self.problems = problems


class _Moved:
    """The gate moved since the run was computed."""


_MOVED = _Moved()


async def trigger(
    ports: Ports,
    traffic: TrafficCache,
    caller: Caller,
    reference: str,
    input_: bytes,
    *,
    rerun_of: str | None = None,
) -> Triggered:
    """Accept a run on what is live now.

    Args:
        input_: a JSON object, as bytes.
        rerun_of: the run that this one repeats.

    Raises:
        NotFound: no such workflow.
        Conflict: paused, archived, nothing live; or the idempotency key was used otherwise.
        InputInvalid: the input does not fit.
        Busy: the queues are full.
    """
    caller.key.role.require(Role.OPERATOR)
    if caller.claim is not None:
        claim = caller.claim
        made = await ports.store.read(lambda tx: made_before(tx, caller, claim))
        if made is not None:
            return await _again(ports, caller, made)
    run_id = ports.ids.new(Prefix.RUN)
    live = await traffic.get(ports, caller.environment.id, reference)
    for _ in range(MAX_TRIES):
        try:
            require_open_gate(live)
            acceptance = await ports.workers.accept(_offer(ports, live, run_id, input_))
            done = await _commit(ports, caller, live, acceptance, run_id, input_, rerun_of)
        except Conflict:
            # A refusal from a kept copy may be behind an acknowledged resume or publish.
            if not await _moved(ports, traffic, caller, reference, live):
                raise
            done = _MOVED
        if isinstance(done, str):
            return await _again(ports, caller, done)
        if isinstance(done, Triggered):
            return done
        live = await traffic.get(ports, caller.environment.id, reference, fresh=True)
    raise Busy("This workflow's traffic is changing too often right now; try again shortly.")


async def _moved(
    ports: Ports, traffic: TrafficCache, caller: Caller, reference: str, live: Traffic
) -> bool:
    fresh = await traffic.get(ports, caller.environment.id, reference, fresh=True)
    return fresh.gate.generation != live.gate.generation


def _offer(ports: Ports, live: Traffic, run_id: str, input_: bytes) -> Offer:
    deployment, rollout = live.gate.deployment, live.gate.rollout
    if deployment is None:
        raise AssertionError("an open gate has a deployment")
    arms = {share.label: live.programs[share.version_id] for share in deployment.shares}
    return Offer(
        run_id=run_id,
        now=ports.now(),
        input=input_,
        assignment_key=rollout.assignment_key if rollout else live.workflow.assignment_key,
        salt=rollout.salt if rollout else None,
        basis_points=rollout.basis_points if rollout else FULL,
        deployment_id=deployment.id,
        treatment=arms[ArmLabel.TREATMENT],
        control=arms.get(ArmLabel.CONTROL),
    )


async def _commit(
    ports: Ports,
    caller: Caller,
    live: Traffic,
    acceptance: Acceptance,
    run_id: str,
    input_: bytes,
    rerun_of: str | None,
) -> Triggered | str | _Moved:
    """The accepted run; the id of an earlier one of the same request; or ``_MOVED``."""
    advance = acceptance.advance
    progress = _progress(caller, live, acceptance, advance, run_id, rerun_of) if advance else None

    def work(tx: Transaction) -> str | _Moved | None:
        admit(tx, caller, Role.OPERATOR)
        gate = tx.gates.get(live.gate.environment_id, live.gate.workflow_id)
        if gate is None or gate.generation != live.gate.generation:
            return _MOVED
        if progress is None:
            number = live.numbers[acceptance.version_id]
            raise InputInvalid(acceptance.problems, f"v{number}")
        if caller.claim:
            made = made_before(tx, caller, caller.claim)
            if made is not None:
                return made
            claimed = Claimed(caller.claim.digest, run_id)
            tx.idempotency.claim(
                caller.environment.id, caller.claim.key, claimed, progress.run.created_at
            )
        tx.runs.add(progress)
        return None

    refused = await ports.store.write(work)
    if refused is not None:
        return refused
    if progress is None or advance is None:
        raise AssertionError("an input that does not fit was refused")
    if advance.end is None:
        ports.engine.started(progress.run, advance.wanted)
    end = advance.end
    return Triggered(
        progress.run, RunBodies(input_, end.output if end else None, end.error if end else None)
    )


def _progress(
    caller: Caller,
    live: Traffic,
    acceptance: Acceptance,
    advance: Advance,
    run_id: str,
    rerun_of: str | None,
) -> Progress:
    end = advance.end
    run = Run(
        id=run_id,
        environment_id=caller.environment.id,
        workflow_id=live.workflow.id,
        version_id=acceptance.version_id,
        assignment=acceptance.assignment,
        interpreter=acceptance.interpreter,
        phase=end.phase if end else phase_of(advance),
        outcome=end.outcome if end else None,
        created_at=advance.entries[0].at,
        ended_at=advance.entries[-1].at if end else None,
        creator=caller.key.id,
        rerun_of=rerun_of,
        sequence=advance.entries[-1].sequence,
    )
    return Progress(run, advance.entries, advance.state, advance.wanted)


_WAITED_FOR = frozenset({"timer", "review", "event"})
"""Kinds of effect for which nothing is done but to wait."""


def phase_of(advance: Advance) -> Phase:
    """The phase of a run that has not ended: waiting when only timers, events or people are."""
    return Phase.WAITING if advance.open <= _WAITED_FOR else Phase.RUNNING


async def _again(ports: Ports, caller: Caller, run_id: str) -> Triggered:
    def load(tx: Transaction) -> Triggered:
        run = find.run(tx, caller, run_id)
        return Triggered(run, tx.runs.bodies([run_id])[run_id])

    return await ports.store.read(load)
