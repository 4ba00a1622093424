"""Rollouts as people see them: shares, and what became of the runs of each arm."""

from collections.abc import Iterable
from dataclasses import dataclass

from turnout.domain.assignment import FULL, ArmLabel
from turnout.domain.rollout import Rollout, RolloutState
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Counts, Page, Ports, Slice, Transaction


@dataclass(frozen=True, slots=True)
class ArmView:
    """One side of a rollout.

    Attributes:
        basis_points: its share now, or at the rollout's end.
        counts: of the runs that this rollout sent to it.
    """

    label: ArmLabel
    version_id: str
    number: int
    basis_points: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class RolloutView:
    """A rollout with its arms, treatment first, and the names of who began and ended it."""

    rollout: Rollout
    handle: str
    arms: tuple[ArmView, ...]
    names: dict[str, str]


async def read_rollout(ports: Ports, caller: Caller, rollout_id: str) -> RolloutView:
    """One rollout.

    Raises:
        NotFound: there is none here.
    """
    return await ports.store.read(lambda tx: view(tx, find.rollout(tx, caller, rollout_id)))


async def list_rollouts(
    ports: Ports,
    caller: Caller,
    page: Page,
    *,
    workflow: str | None = None,
    state: RolloutState | None = None,
) -> Slice[RolloutView]:
    """A page of rollouts of this environment, newest first.

    Raises:
        NotFound: no such workflow.
    """

    def load(tx: Transaction) -> Slice[RolloutView]:
        workflow_id = find.workflow(tx, workflow).id if workflow is not None else None
        found = tx.rollouts.list(caller.environment.id, page, workflow_id=workflow_id, state=state)
        return Slice(tuple(view(tx, each) for each in found.items), found.previous, found.next)

    return await ports.store.read(load)


def view(tx: Transaction, rollout: Rollout) -> RolloutView:
    """A rollout with its arms."""
    counted = tx.runs.counts(rollout.environment_id, rollout.workflow_id)
    shares = [(ArmLabel.TREATMENT, rollout.treatment, rollout.basis_points)]
    if rollout.control is not None:
        shares.append((ArmLabel.CONTROL, rollout.control, FULL - rollout.basis_points))
    arms = tuple(
        ArmView(
            label,
            version_id,
            find.version(tx, version_id).number,
            points,
            # While a rollout is active its runs have an arm; after its end the version that is
            # alone under the same rollout has none. Both belong to that side.
            _sum(counted.get((rollout.id, version_id, arm)) for arm in (label.value, "")),
        )
        for label, version_id, points in shares
    )
    actors = [actor for actor in (rollout.started_by, rollout.ended_by) if actor]
    handle = find.workflow(tx, rollout.workflow_id).handle
    return RolloutView(rollout, handle, arms, tx.api_keys.names(actors))


def _sum(parts: Iterable[Counts | None]) -> Counts:
    total = Counts()
    for part in parts:
        if part is None:
            continue
        outcomes = dict(total.outcomes)
        for outcome, count in part.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
        total = Counts(
            total.runs + part.runs,
            total.completed + part.completed,
            total.faulted + part.faulted,
            total.cancelled + part.cancelled,
            total.key_fallbacks + part.key_fallbacks,
            outcomes,
        )
    return total
