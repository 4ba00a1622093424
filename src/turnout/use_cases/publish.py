"""Publish a draft: lock it as the next version and deploy it, in one transaction."""

from dataclasses import dataclass, replace

from turnout.domain import draft as drafts
from turnout.domain import gate as gates
from turnout.domain import version as versions
from turnout.domain import workflow as workflows
from turnout.domain.by import By
from turnout.domain.deployment import Deployment
from turnout.domain.draft import Draft
from turnout.domain.errors import DefinitionInvalid, Stale
from turnout.domain.json import JsonObject
from turnout.domain.problem import Severity
from turnout.domain.role import Role
from turnout.domain.rollout import Rollout, RolloutKind
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.new_ids import new_ids
from turnout.use_cases.once import made_before, once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record_change
from turnout.use_cases.workers import Checked


@dataclass(frozen=True, slots=True)
class Published:
    """A new version, and the rollout and deployment that bring it into traffic."""

    version: Version
    rollout: Rollout
    deployment: Deployment


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish: the revision that was reviewed (I11), at which share, and why."""

    revision: int | None
    basis_points: int
    description: str = ""
    supersede: bool = False


async def publish(ports: Ports, caller: Caller, reference: str, wanted: Publication) -> Published:
    """Publish the draft.

    Raises:
        NotFound: no such workflow or no draft.
        Stale: the draft is at another revision than the one that was reviewed.
        DefinitionInvalid: the draft has problems.
        Conflict: a rollout is active and ``supersede`` is not set; or the workflow is archived.
        Invalid: the first deploy in this environment at less than 100 %.
    """
    caller.key.role.require(Role.PUBLISHER)
    draft = await ports.store.read(lambda tx: _reviewed(tx, caller, reference, wanted))
    # Checked outside the transaction, because it takes a worker; the text cannot change under
    # its revision, and the transaction compares the revision again.
    checked = (
        await ports.workers.check(draft.definition, group=draft.workflow_id) if draft else None
    )

    def work(tx: Transaction) -> Published:
        admit(tx, caller, Role.PUBLISHER)
        by = caller.by(ports.now(), wanted.description)
        return once(
            tx,
            caller,
            by.at,
            do=lambda: _publish(tx, ports, caller, reference, wanted, checked, by),
            subject=lambda made: made.deployment.id,
            again=lambda id_: _again(tx, caller, id_),
        )

    return await ports.store.write(work)


async def published_before(ports: Ports, caller: Caller) -> Published | None:
    """What this very request published when it came before; None when it is new.

    Raises:
        Conflict: its idempotency key was used for another request.
    """
    claim = caller.claim
    if claim is None:
        return None
    caller.key.role.require(Role.PUBLISHER)

    def load(tx: Transaction) -> Published | None:
        made = made_before(tx, caller, claim)
        return _again(tx, caller, made) if made else None

    return await ports.store.read(load)


def _reviewed(tx: Transaction, caller: Caller, reference: str, wanted: Publication) -> Draft | None:
    """The draft to publish; None when this very request published it before."""
    if caller.claim and made_before(tx, caller, caller.claim):
        return None
    workflow = find.workflow(tx, reference)
    workflows.require_open(workflow)
    draft = find.draft(tx, workflow)
    drafts.require_revision(draft, wanted.revision)
    return draft


def _publish(
    tx: Transaction,
    ports: Ports,
    caller: Caller,
    reference: str,
    wanted: Publication,
    checked: Checked | None,
    by: By,
) -> Published:
    workflow = find.workflow(tx, reference)
    workflows.require_open(workflow)
    draft = tx.drafts.of(workflow.id)
    if draft is None:
        # It was there when this request looked: another one was faster.
        raise Stale("stale_object", "The draft is gone: it was published or discarded.", 0)
    drafts.require_revision(draft, wanted.revision)
    version = _lock(workflow, draft, checked, by)
    gate = find.gate(tx, caller, workflow)
    change = gates.deploy(
        gate,
        RolloutKind.PUBLISH,
        version.id,
        wanted.basis_points,
        was_live=False,
        supersede=wanted.supersede,
        assignment_key=workflow.assignment_key,
        ids=new_ids(ports),
        by=by,
    )
    tx.drafts.remove(draft)
    tx.versions.add(version)
    tx.workflows.save(_published(workflow, draft, version))
    tx.gates.apply(change, generation=gate.generation)
    extra: JsonObject = {"revision": draft.revision, "content-hash": version.content_hash}
    record_change(tx, "version.publish", change, gate.deployment, by, extra=extra)
    if change.gate.deployment is None:
        raise AssertionError("a deploy leaves a deployment in force")
    return Published(version, change.rollout, change.gate.deployment)


def _lock(workflow: Workflow, draft: Draft, checked: Checked | None, by: By) -> Version:
    errors = [p for p in checked.problems if p.severity is Severity.ERROR] if checked else []
    if errors:
        raise DefinitionInvalid(errors)
    if (
        checked is None
        or checked.normalised is None
        or checked.content_hash is None
        or checked.summary is None
    ):
        raise AssertionError("a text without errors has a normal form")
    return versions.publish(
        draft,
        workflow.versions + 1,
        normalised=checked.normalised,
        content_hash=checked.content_hash,
        trigger_type=checked.summary.trigger_type,
        inputs=checked.summary.inputs,
        outputs=checked.summary.outputs,
        by=by,
    )


def _published(workflow: Workflow, draft: Draft, version: Version) -> Workflow:
    after = workflows.without_draft(workflow, draft.revision)
    return replace(after, versions=version.number, updated_at=version.published_at)


def _again(tx: Transaction, caller: Caller, deployment_id: str) -> Published:
    deployment = tx.gates.deployment(deployment_id)
    if deployment is None:
        raise AssertionError(f"deployment {deployment_id} was stored with its idempotency key")
    rollout = find.rollout(tx, caller, deployment.rollout_id)
    return Published(find.version(tx, rollout.treatment), rollout, deployment)
