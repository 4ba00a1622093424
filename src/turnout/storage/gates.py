"""Gates: what new runs obey."""

from collections import OrderedDict
from dataclasses import replace

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update

from turnout.domain.deployment import Deployment
from turnout.domain.errors import Conflict
from turnout.domain.gate import Change, Gate
from turnout.domain.history import HistoryEvent
from turnout.domain.ids import Prefix
from turnout.domain.rollout import Rollout
from turnout.storage import deployments, rollouts
from turnout.storage.ids import TypeIds
from turnout.storage.prepared import Prepared
from turnout.storage.rollouts import SqlRollouts
from turnout.storage.session import Session
from turnout.storage.tables import deployment_shares, gates, history_events

KEPT = 1_024
"""Deployments whose content a connection keeps at hand."""

_C, _H = gates.c, history_events.c
_GET = Prepared(
    select(_C.generation, _C.paused, _C.deployment_id, _C.rollout_id).where(
        _C.environment_id == bindparam("environment"), _C.workflow_id == bindparam("workflow")
    ),
    "environment",
    "workflow",
)
_WAS_LIVE = Prepared(
    select(deployment_shares.c.deployment_id)
    .where(
        deployment_shares.c.environment_id == bindparam("environment"),
        deployment_shares.c.version_id == bindparam("version"),
    )
    .limit(1),
    "environment",
    "version",
)


class SqlGates:
    """The port ``Gates``."""

    def __init__(self, session: Session, ids: TypeIds) -> None:
        self._session = session
        self._ids = ids
        # Neither a deployment nor its rollout changes while the gate points to it: every change
        # of a rollout comes with another deployment. So the row says whether these still hold.
        self._kept: OrderedDict[str, tuple[Deployment, Rollout | None]] = OrderedDict()

    def get(self, environment_id: str, workflow_id: str) -> Gate | None:
        """The whole gate, as it is in this transaction."""
        row = self._session.find(_GET, environment_id, workflow_id)
        if row is None:
            return None
        generation, paused, deployment_id, rollout_id = row
        if deployment_id is None:
            return Gate(environment_id, workflow_id, generation, paused, None, None)
        deployment, rollout = self._content(deployment_id, rollout_id)
        return Gate(environment_id, workflow_id, generation, paused, deployment, rollout)

    def apply(self, change: Change, *, generation: int) -> None:
        """Save deployment, rollouts and events, and move the gate on from ``generation``.

        Raises:
            Conflict: ``gate_moved``, when the gate is not at ``generation`` any more.
        """
        # First, so that who comes too late hears that, and not of a row in the way.
        self._move(change.gate, generation)
        for rollout in change.rollouts:
            rollouts.save(self._session, rollout)
        if change.gate.deployment is not None:
            deployments.add(self._session, change.gate.deployment)
        self._point(change.gate)
        self._tell(change)

    def pause(self, gate: Gate, *, paused: bool) -> Gate:
        """Set or lift the pause, one generation on; raises as ``apply`` does."""
        after = replace(gate, paused=paused, generation=gate.generation + 1)
        self._move(after, gate.generation)
        return after

    def touch(self, workflow_id: str) -> None:
        """Move every gate of a workflow on: what new runs obey changed beside the deployment."""
        self._session.execute(
            update(gates).where(_C.workflow_id == workflow_id).values(generation=_C.generation + 1)
        )

    def was_live(self, environment_id: str, version_id: str) -> bool:
        """Whether a version ever took traffic in an environment."""
        return self._session.find(_WAS_LIVE, environment_id, version_id) is not None

    def deployment(self, id_: str) -> Deployment | None:
        """By id."""
        return deployments.load(self._session, id_)

    def _content(
        self, deployment_id: str, rollout_id: str | None
    ) -> tuple[Deployment, Rollout | None]:
        kept = self._kept.get(deployment_id)
        if kept is not None:
            return kept
        deployment = deployments.load(self._session, deployment_id)
        if deployment is None:
            raise AssertionError("a foreign key guards this")
        rollout = SqlRollouts(self._session).get(rollout_id) if rollout_id else None
        self._kept[deployment_id] = deployment, rollout
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return deployment, rollout

    def _move(self, gate: Gate, generation: int) -> None:
        """Compare and set the generation."""
        moved = self._session.execute(
            update(gates)
            .where(*_same(gate), _C.generation == generation)
            .values(generation=gate.generation, paused=gate.paused)
        )
        if moved.rowcount != 1:
            raise Conflict(
                "gate_moved",
                "Somebody else changed what is live here at the same moment; look at it again, "
                "then repeat the change if it is still wanted.",
            )

    def _point(self, gate: Gate) -> None:
        self._session.execute(
            update(gates)
            .where(*_same(gate))
            .values(
                deployment_id=gate.deployment.id if gate.deployment else None,
                rollout_id=gate.rollout.id if gate.rollout else None,
            )
        )

    def _tell(self, change: Change) -> None:
        gate = change.gate
        last = self._session.row(
            select(func.max(_H.position)).where(
                _H.environment_id == gate.environment_id, _H.workflow_id == gate.workflow_id
            )
        )
        first = ((last[0] if last else None) or 0) + 1
        for position, event in enumerate(change.events, first):
            self._add_event(gate, position, event)

    def _add_event(self, gate: Gate, position: int, event: HistoryEvent) -> None:
        self._session.execute(
            insert(history_events).values(
                id=self._ids.new(Prefix.EVENT),
                environment_id=gate.environment_id,
                workflow_id=gate.workflow_id,
                position=position,
                kind=event.kind,
                rollout_id=event.rollout_id,
                version_id=event.version_id,
                deployment_before=event.before.id if event.before else None,
                deployment_after=event.after.id,
                actor=event.by.actor,
                at=event.by.at,
                reason=event.by.reason,
            )
        )


def _same(gate: Gate) -> tuple[ColumnElement[bool], ...]:
    return _C.environment_id == gate.environment_id, _C.workflow_id == gate.workflow_id
