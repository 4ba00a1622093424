"""What most storage tests need to exist first, made by the domain's own decisions."""

from dataclasses import replace

from turnout.domain.api_key import ApiKey, digest
from turnout.domain.assignment import FULL, Assignment, assign
from turnout.domain.by import By
from turnout.domain.draft import Author
from turnout.domain.environment import Environment
from turnout.domain.gate import Change, NewIds, deploy
from turnout.domain.ids import Prefix
from turnout.domain.journal import EntryKind
from turnout.domain.role import Role
from turnout.domain.rollout import RolloutKind
from turnout.domain.run import Phase, Run
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow, create
from turnout.storage.ids import TypeIds
from turnout.storage.store import SqliteStore
from turnout.use_cases.ports import Progress, Transaction
from turnout.use_cases.workers import NewEntry, WantedEffect

NOW = 1_780_000_000_000_000
HOUR = 3_600_000_000

ids = TypeIds()


class World:
    """Ids of what ``build`` stored."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.environment = Environment(ids.new(Prefix.ENVIRONMENT), "production", NOW)
        self.key = ApiKey(
            ids.new(Prefix.API_KEY), self.environment.id, Role.ADMIN, "Ada", digest("s"), NOW, None
        )
        self.workflow = new_workflow("onboarding")
        self.v1 = new_version(self.workflow, 1)
        self.by = By(self.key.id, NOW, "because")

    def build(self, tx: Transaction) -> None:
        tx.environments.add(self.environment)
        tx.api_keys.add(self.key)
        tx.workflows.add(self.workflow)
        tx.versions.add(self.v1)
        self.deploy(tx, self.v1.id, FULL)

    def deploy(
        self,
        tx: Transaction,
        version_id: str,
        basis_points: int,
        kind: RolloutKind = RolloutKind.PUBLISH,
    ) -> Change:
        """Put a version live, as the use cases do."""
        gate = tx.gates.get(self.environment.id, self.workflow.id)
        assert gate is not None
        change = deploy(
            gate,
            kind,
            version_id,
            basis_points,
            was_live=tx.gates.was_live(self.environment.id, version_id),
            supersede=True,
            assignment_key=".accountId",
            ids=new_ids(),
            by=self.by,
        )
        tx.gates.apply(change, generation=gate.generation)
        return change

    async def begin_rollout(self, basis_points: int = 2_500) -> Version:
        """Publish v2 with a share."""
        v2 = new_version(self.workflow, 2)

        def work(tx: Transaction) -> None:
            tx.versions.add(v2)
            self.deploy(tx, v2.id, basis_points)

        await self.store.write(work)
        return v2

    def run(self, tx: Transaction, *, key: str | None = "C-1", **changes: object) -> Run:
        """A run on what is live now; waiting by default."""
        gate = tx.gates.get(self.environment.id, self.workflow.id)
        assert gate is not None
        assert gate.deployment is not None
        id_ = ids.new(Prefix.RUN)
        why = assign(
            key=key,
            run_id=id_,
            salt=gate.rollout.salt if gate.rollout else None,
            basis_points=gate.rollout.basis_points if gate.rollout else FULL,
            deployment_id=gate.deployment.id,
        )
        label = why.arm or gate.deployment.shares[0].label
        version_id = next(s.version_id for s in gate.deployment.shares if s.label == label)
        return replace(self._waiting(id_, version_id, why), **changes)  # type: ignore[arg-type]

    def _waiting(self, id_: str, version_id: str, why: Assignment) -> Run:
        return Run(
            id_,
            self.environment.id,
            self.workflow.id,
            version_id,
            why,
            1,
            Phase.WAITING,
            None,
            NOW,
            None,
            self.key.id,
            None,
            1,
        )


def new_ids() -> NewIds:
    return NewIds(ids.new(Prefix.ROLLOUT), ids.new(Prefix.DEPLOYMENT))


def new_workflow(handle: str) -> Workflow:
    return create(
        ids.new(Prefix.WORKFLOW),
        name=handle.title(),
        handle=handle,
        description="",
        assignment_key=".accountId",
        outcome=".decision",
        now=NOW,
    )


def new_version(workflow: Workflow, number: int) -> Version:
    return Version(
        id=ids.new(Prefix.VERSION),
        workflow_id=workflow.id,
        number=number,
        definition=f"document: {{version: {number}}}\n",
        normalised=b'{"do":[]}',
        content_hash=f"sha256:{number}",
        based_on=None,
        authors=(Author("key_x", 2),),
        trigger_type="api",
        inputs=(("age", "integer", True),),
        outputs=("decision",),
        description="first",
        created_at=NOW,
        published_at=NOW,
        published_by="key_x",
    )


def finished(run: Run, outcome: str | None = "approve") -> Progress:
    """A run that ended within its acceptance."""
    done = replace(run, phase=Phase.COMPLETED, outcome=outcome, ended_at=NOW, sequence=1)
    entries = (
        NewEntry(0, EntryKind.ACCEPTED, NOW, b'{"input":{"age":20},"workflow":{},"run":{}}'),
        NewEntry(
            1,
            EntryKind.ENDED,
            NOW,
            b'{"phase":"completed","output":{"decision":"approve"},"outcome":"approve"}',
        ),
    )
    return Progress(done, entries, None)


def waiting(run: Run, *, key: str = "/do/0/pause#1", kind: str = "timer") -> Progress:
    """A run that waits for one effect."""
    effect = wanted(key, kind=kind)
    entries = (
        NewEntry(0, EntryKind.ACCEPTED, NOW, b'{"input":{"age":20},"workflow":{},"run":{}}'),
        NewEntry(1, EntryKind.WANTED, NOW, b'{"kind":"timer"}', key, 1),
    )
    return Progress(run, entries, b'{"state":1}', (effect,))


def wanted(key: str, *, kind: str = "timer", due: int | None = NOW + HOUR) -> WantedEffect:
    return WantedEffect(key, 1, kind, b"{}", "digest", due, f"idem-{key}")
