"""Put the sample into an installation: v1 live, past runs, and a draft that changes one rule."""

import orjson

from turnout import sample
from turnout.domain.assignment import FULL
from turnout.use_cases.caller import Caller
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Page, Ports, RunFilter, Transaction
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.save_draft import save_draft
from turnout.use_cases.traffic import TrafficCache
from turnout.use_cases.trigger import trigger

PAST_RUNS = 50


async def load_sample(ports: Ports, traffic: TrafficCache, caller: Caller) -> None:
    """Load what is missing of it; what a person did with it since stays as it is."""
    if await ports.store.read(_missing):
        await create_workflow(ports, caller, _workflow())
    if await ports.store.read(_unpublished):
        wanted = Publication(1, FULL, "First version")
        await publish(ports, caller, sample.HANDLE, wanted)
    if await ports.store.read(lambda tx: _without_runs(tx, caller)):
        for applicant in sample.applicants()[:PAST_RUNS]:
            await trigger(ports, traffic, caller, sample.HANDLE, orjson.dumps(applicant))
        await save_draft(ports, caller, sample.HANDLE, sample.definition(2), revision=None)


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


def _unpublished(tx: Transaction) -> bool:
    workflow = tx.workflows.find(sample.HANDLE)
    if workflow is None or workflow.versions > 0:
        return False
    draft = tx.drafts.of(workflow.id)
    return draft is not None and draft.revision == 1


def _without_runs(tx: Transaction, caller: Caller) -> bool:
    """Whether v1 was just published: nothing ran and nobody began a draft."""
    workflow = tx.workflows.find(sample.HANDLE)
    if workflow is None or workflow.versions != 1 or tx.drafts.of(workflow.id) is not None:
        return False
    mine = RunFilter(workflow_id=workflow.id)
    return not tx.runs.list(caller.environment.id, mine, Page(1)).items
