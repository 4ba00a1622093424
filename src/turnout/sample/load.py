"""Put the sample into an installation: v1 live, past runs, and a draft that changes one rule."""

from dataclasses import replace
from hashlib import sha256

import orjson

from turnout import sample
from turnout.domain.assignment import FULL
from turnout.domain.json import JsonObject
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
from turnout.use_cases.caller import Caller, Claim
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Page, Ports, RunFilter, Transaction
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.save_draft import save_draft
from turnout.use_cases.traffic import TrafficCache
from turnout.use_cases.trigger import trigger

PAST_RUNS = 50


async def load_sample(ports: Ports, traffic: TrafficCache, caller: Caller) -> None:
    """Load what is missing of it; what a person did with it since stays as it is.

    May be cut off between any two steps: the next call goes on from there.
    """
    if await ports.store.read(_missing):
        await create_workflow(ports, caller, _workflow())
    if await ports.store.read(_unpublished):
        wanted = Publication(1, FULL, "First version")
        await publish(ports, caller, sample.HANDLE, wanted)
    if await ports.store.read(_without_draft):
        await save_draft(ports, caller, sample.HANDLE, sample.definition(2), revision=None)
    for input_, claim in await ports.store.read(lambda tx: _missing_runs(tx, caller)):
        await trigger(ports, traffic, replace(caller, claim=claim), sample.HANDLE, input_)


def _workflow() -> NewWorkflow:
    return NewWorkflow(
        name=sample.NAME,
        handle=sample.HANDLE,
        description=sample.DESCRIPTION,
        assignment_key=sample.ASSIGNMENT_KEY,
        outcome=sample.OUTCOME,
        definition=sample.definition(1),
    )


def _missing(tx: Transaction) -> bool:
    return tx.workflows.find(sample.HANDLE) is None


def _open(tx: Transaction) -> Workflow | None:
    workflow = tx.workflows.find(sample.HANDLE)
    return workflow if workflow is not None and workflow.archived_at is None else None


def _unpublished(tx: Transaction) -> bool:
    workflow = _open(tx)
    if workflow is None or workflow.versions > 0:
        return False
    draft = tx.drafts.of(workflow.id)
    return draft is not None and draft.revision == 1 and draft.definition == sample.definition(1)


def _untouched(tx: Transaction) -> Version | None:
    """Version 1, when it is the sample's own and the only one."""
    workflow = _open(tx)
    version = tx.versions.numbered(workflow.id, 1) if workflow else None
    if workflow is None or version is None or workflow.versions != 1:
        return None
    return version if version.definition == sample.definition(1) else None


def _without_draft(tx: Transaction) -> bool:
    """Whether nobody began a draft since v1, not even one that was discarded."""
    version, workflow = _untouched(tx), _open(tx)
    if version is None or workflow is None or tx.drafts.of(workflow.id) is not None:
        return False
    return workflow.revisions == 1


def _missing_runs(tx: Transaction, caller: Caller) -> list[tuple[bytes, Claim]]:
    """Inputs of the past runs that there are not yet, while only v1 could decide them."""
    version = _untouched(tx)
    gate = tx.gates.get(caller.environment.id, version.workflow_id) if version else None
    if version is None or gate is None or gate.paused or gate.deployment is None:
        return []
    of_workflow = RunFilter(workflow_id=version.workflow_id)
    runs = tx.runs.list(caller.environment.id, of_workflow, Page(PAST_RUNS)).items
    done = {run.assignment.key for run in runs}
    missing = [each for each in _past_applicants() if each["applicantId"] not in done]
    inputs = [(each, orjson.dumps(each)) for each in missing[: PAST_RUNS - len(runs)]]
    # A claim each, so that not even two servers' starts could make one of them twice.
    return [
        (input_, Claim(f"sample:{version.id}:{each['applicantId']}", sha256(input_).digest()))
        for each, input_ in inputs
    ]


def _past_applicants() -> list[JsonObject]:
    return sample.applicants()[:PAST_RUNS]
