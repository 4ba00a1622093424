"""Workflows as people see them in one environment."""

from dataclasses import dataclass

from turnout.domain.draft import Draft
from turnout.domain.gate import Gate
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, Slice, Transaction


@dataclass(frozen=True, slots=True)
class WorkflowView:
    """A workflow with what is live here, its latest version and its draft.

    Attributes:
        numbers: version id → number, of the live versions.
    """

    workflow: Workflow
    gate: Gate
    latest: Version | None
    draft: Draft | None
    numbers: dict[str, int]

    @property
    def status(self) -> str:
        """``running``, ``paused`` (here) or ``archived`` (everywhere)."""
        if self.workflow.archived_at is not None:
            return "archived"
        return "paused" if self.gate.paused else "running"


async def read_workflow(ports: Ports, caller: Caller, reference: str) -> WorkflowView:
    """One workflow, by id or handle.

    Raises:
        NotFound: there is none.
    """
    return await ports.store.read(lambda tx: _view(tx, caller, find.workflow(tx, reference)))


async def list_workflows(
    ports: Ports, caller: Caller, page: Page, *, archived: bool = False, handle: str | None = None
) -> Slice[WorkflowView]:
    """A page of workflows, newest first; archived ones only when asked for."""

    def load(tx: Transaction) -> Slice[WorkflowView]:
        found = tx.workflows.list(page, archived=archived, handle=handle)
        views = tuple(_view(tx, caller, workflow) for workflow in found.items)
        return Slice(views, found.previous, found.next)

    return await ports.store.read(load)


def _view(tx: Transaction, caller: Caller, workflow: Workflow) -> WorkflowView:
    gate = find.gate(tx, caller, workflow)
    shares = gate.deployment.shares if gate.deployment else ()
    versions = [find.version(tx, share.version_id) for share in shares]
    return WorkflowView(
        workflow,
        gate,
        tx.versions.numbered(workflow.id, workflow.versions),
        tx.drafts.of(workflow.id),
        {version.id: version.number for version in versions},
    )
