"""Take a workflow out of use, everywhere and for good."""

from turnout.domain import workflow as workflows
from turnout.domain.role import Role
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def archive_workflow(
    ports: Ports, caller: Caller, reference: str, *, reason: str = ""
) -> Workflow:
    """Archive it: new runs are refused in every environment from the commit on.

    Raises:
        Conflict: it is archived already.
    """

    def work(tx: Transaction) -> Workflow:
        admit(tx, caller, Role.PUBLISHER)
        by = caller.by(ports.now(), reason)
        workflow = find.workflow(tx, reference)

        def archive() -> Workflow:
            archived = workflows.archive(workflow, by.at)
            tx.workflows.save(archived)
            tx.gates.touch(archived.id)
            record(tx, "workflow.archive", archived.id, by, after={"status": "archived"})
            return archived

        return once(
            tx,
            caller,
            by.at,
            do=archive,
            subject=lambda done: done.id,
            again=lambda id_: find.workflow(tx, id_),
        )

    return await ports.store.write(work)
