"""Create a workflow, with a first draft when a definition comes along."""

from dataclasses import dataclass

from turnout.domain import draft as drafts
from turnout.domain import workflow as workflows
from turnout.domain.audit import text_digest
from turnout.domain.by import By
from turnout.domain.draft import Draft
from turnout.domain.errors import Conflict, Invalid
from turnout.domain.ids import Prefix
from turnout.domain.problem import Problem, Severity
from turnout.domain.role import Role
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.workers import Checked


@dataclass(frozen=True, slots=True)
class NewWorkflow:
    """What a workflow is made from; ``handle`` defaults to the name's, expressions to none."""

    name: str
    handle: str | None = None
    description: str = ""
    assignment_key: str | None = None
    outcome: str | None = None
    definition: str | None = None


async def create_workflow(ports: Ports, caller: Caller, new: NewWorkflow) -> Workflow:
    """Create it.

    Raises:
        Conflict: the handle is taken.
        Invalid: a name, handle or expression that cannot be one.
    """
    caller.key.role.require(Role.EDITOR)
    problems = await check_settings(
        ports,
        new.definition,
        assignment_key=new.assignment_key,
        outcome=new.outcome,
        group=caller.key.id,
    )

    def work(tx: Transaction) -> Workflow:
        admit(tx, caller, Role.EDITOR)
        by = caller.by(ports.now())
        return once(
            tx,
            caller,
            by.at,
            do=lambda: _create(tx, ports, new, problems, by),
            subject=lambda made: made.id,
            again=lambda id_: find.workflow(tx, id_),
        )

    return await ports.store.write(work)


async def check_settings(
    ports: Ports,
    definition: str | None,
    *,
    assignment_key: str | None,
    outcome: str | None,
    group: str,
) -> tuple[Problem, ...]:
    """Problems of the definition; a workflow's expressions must be right at once.

    Args:
        group: the workflow, or while there is none the key, that the check is for.

    Raises:
        Invalid: an expression that does not compile.
    """
    if definition is None and assignment_key is None and outcome is None:
        return ()
    checked: Checked = await ports.workers.check(
        definition or "", assignment_key=assignment_key, outcome=outcome, group=group
    )
    for problem in checked.problems:
        if problem.path in ("/assignment-key", "/outcome") and problem.severity is Severity.ERROR:
            raise Invalid(
                "invalid_value",
                f"{problem.message} {problem.hint or ''}".strip(),
                f"/data/attributes{problem.path}",
            )
    return checked.problems if definition is not None else ()


def _create(
    tx: Transaction, ports: Ports, new: NewWorkflow, problems: tuple[Problem, ...], by: By
) -> Workflow:
    workflow = workflows.create(
        ports.ids.new(Prefix.WORKFLOW),
        name=new.name,
        handle=new.handle,
        description=new.description,
        assignment_key=new.assignment_key,
        outcome=new.outcome,
        now=by.at,
    )
    if tx.workflows.find(workflow.handle):
        raise Conflict(
            "handle_taken",
            f"There is a workflow with the handle {workflow.handle!r}; choose another.",
            "/data/attributes/handle",
        )
    tx.workflows.add(workflow)
    if new.definition is not None:
        tx.drafts.add(_first_draft(ports, workflow, new.definition, problems, by))
    record(
        tx,
        "workflow.create",
        workflow.id,
        by,
        after={
            "handle": workflow.handle,
            "name": workflow.name,
            "assignment-key": workflow.assignment_key,
            "outcome": workflow.outcome,
            "definition": text_digest(new.definition) if new.definition is not None else None,
        },
    )
    return workflow


def _first_draft(
    ports: Ports, workflow: Workflow, definition: str, problems: tuple[Problem, ...], by: By
) -> Draft:
    return drafts.create(
        ports.ids.new(Prefix.VERSION),
        workflow.id,
        definition,
        revision=workflow.revisions + 1,
        based_on=None,
        problems=problems,
        by=by,
    )
