"""Runs: list, read, trace, cancel, suspend, resume, retry, rerun."""

from typing import Any

from orjson import Fragment

from turnout.api.attributes import NoAttributes, WithReason
from turnout.api.documents import Loader, Resource, document, page_document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.query import choice, choices, identifier, moment, page, paging, seconds, text
from turnout.api.resources.runs import BODIES, RUN, TRACE, run_resource
from turnout.api.resources.versions import load_version
from turnout.api.resources.workflows import load_workflow
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.paths import (
    ENVIRONMENT,
    RUN_ID,
    require_own_environment,
    workflow_filter,
)
from turnout.domain.assignment import ArmLabel
from turnout.domain.ids import Prefix
from turnout.domain.run import Phase
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.ports import RunFilter
from turnout.use_cases.read_runs import MAX_PAGE_BYTES, list_runs, read_run, read_trace
from turnout.use_cases.read_workflows import read_workflow
from turnout.use_cases.rerun_run import rerun_run
from turnout.use_cases.resume_run import resume_run
from turnout.use_cases.retry_run import retry_run
from turnout.use_cases.suspend_run import suspend_run

LOADERS: dict[str, Loader] = {"workflow": load_workflow, "workflow-version": load_version}
MAX_WAIT = 60
WAIT = seconds("wait", "Answer at the run's end, or after this many seconds.", MAX_WAIT)


async def index(call: Call) -> Answer:
    """List runs of this environment."""
    require_own_environment(call, call.query.get("filter[environment]"))
    shown = call.query.get("fields[workflow-run]")
    found = await list_runs(
        call.ports,
        call.caller,
        await run_filter(call),
        page(call.query),
        bodies=shown is None or not BODIES.isdisjoint(shown),
    )
    now = call.now
    resources = [run_resource(each, now) for each in found.items]
    return Answer(await page_document(call, resources, found, loaders=LOADERS))


async def run_filter(call: Call) -> RunFilter:
    """The runs that a request's ``FILTERS`` find."""
    query = call.query
    phases = query.get("filter[status]")
    workflow = query.get("filter[workflow-id]")
    if workflow is not None:
        workflow = (await read_workflow(call.ports, call.caller, workflow)).workflow.id
    return RunFilter(
        phases=tuple(Phase(each) for each in phases) if phases else None,
        workflow_id=workflow,
        version_id=query.get("filter[version-id]"),
        rollout_id=query.get("filter[rollout-id]"),
        arm=query.get("filter[arm]"),
        outcome=query.get("filter[outcome]"),
        key=query.get("filter[key]"),
        created_after=query.get("filter[created-after]"),
        created_before=query.get("filter[created-before]"),
    )


async def show(call: Call) -> Answer:
    """Read a run."""
    return await run_answer(call, call.id, wait=call.query.get("wait", 0))


async def trace(call: Call) -> Answer:
    """Every task of a run."""
    tasks = await read_trace(call.ports, call.caller, call.id)
    return Answer(await document(call, Resource(TRACE, call.id, {"trace": Fragment(tasks)})))


async def cancel(call: Call) -> Answer:
    """End a run now."""
    reason = call.attributes(WithReason).reason
    done = await cancel_run(call.ports, call.caller, call.id, reason=reason)
    return await run_answer(call, done.id)


async def suspend(call: Call) -> Answer:
    """Hold a run where it is."""
    reason = call.attributes(WithReason).reason
    done = await suspend_run(call.ports, call.caller, call.id, reason=reason)
    return await run_answer(call, done.id)


async def resume(call: Call) -> Answer:
    """Send a suspended run on."""
    reason = call.attributes(WithReason).reason
    done = await resume_run(call.ports, call.caller, call.id, reason=reason)
    return await run_answer(call, done.id, wait=call.query.get("wait", 0))


async def retry(call: Call) -> Answer:
    """Send a faulted run on."""
    reason = call.attributes(WithReason).reason
    done = await retry_run(call.ports, call.caller, call.id, reason=reason)
    return await run_answer(call, done.id, wait=call.query.get("wait", 0))


async def rerun(call: Call) -> Answer:
    """Run the same input on what is live now."""
    made = await rerun_run(call.ports, call.turnout.traffic, call.caller, call.id)
    return await run_answer(call, made.run.id, wait=call.query.get("wait", 0))


async def run_answer(call: Call, run_id: str, *, wait: float = 0) -> Answer:
    """The run as it stands now, or at its end within ``wait`` seconds."""
    view = await read_run(call.ports, call.caller, run_id, wait=wait)
    return Answer(await document(call, run_resource(view, call.now), loaders=LOADERS))


def _act(
    verb: str, summary: str, handler: Any, refusals: tuple[int, ...], **more: Any
) -> Operation:
    return Operation(
        "POST",
        f"/workflow-runs/{{id}}/{verb}",
        f"{verb}-run",
        summary,
        handler,
        (Shown(RUN),),
        refusals=(404, *refusals),
        path_patterns=RUN_ID,
        **more,
    )


FILTERS = (
    choices("filter[status]", "In one of these phases.", list(Phase)),
    workflow_filter(),
    identifier("filter[version-id]", "On this version.", Prefix.VERSION),
    identifier("filter[rollout-id]", "Assigned by this rollout.", Prefix.ROLLOUT),
    choice("filter[arm]", "On this side of its rollout.", list(ArmLabel)),
    text("filter[outcome]", "Decided like this."),
    text("filter[key]", "Assigned by this key."),
    moment("filter[created-after]", "Accepted at this instant or later."),
    moment("filter[created-before]", "Accepted before this instant."),
    ENVIRONMENT,
)
"""What chooses among runs: in a list, and for a bulk action."""

OPERATIONS = (
    Operation(
        "GET",
        "/workflow-runs",
        "list-runs",
        "List runs, newest first",
        index,
        (Shown(RUN, many=True),),
        description="A page ends early, with a `next` (or, read backwards, a `prev`) link to the "
        f"rest, where the inputs, outputs and errors on it would have more than "
        f"{MAX_PAGE_BYTES // 2**20} MiB; `fields[workflow-run]` without these three never does.",
        query=(
            *paging(Prefix.RUN),
            *FILTERS,
        ),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/workflow-runs/{id}",
        "read-run",
        "Read a run with its input, output and the reason for its version",
        show,
        (Shown(RUN),),
        query=(WAIT,),
        refusals=(404,),
        path_patterns=RUN_ID,
    ),
    Operation(
        "GET",
        "/workflow-runs/{id}/trace",
        "read-trace",
        "Read every task of a run with its input, output, timing and attempts",
        trace,
        (Shown(TRACE),),
        refusals=(404, 409, 422),
        path_patterns=RUN_ID,
    ),
    _act(
        "cancel",
        "End a run now",
        cancel,
        (409,),
        body=attributes_body(WithReason),
        once=True,
    ),
    _act(
        "suspend",
        "Hold a run where it is; what comes for it is kept until it is resumed",
        suspend,
        (409,),
        body=attributes_body(WithReason),
        once=True,
    ),
    _act(
        "resume",
        "Send a suspended run on, exactly from where it is",
        resume,
        (409,),
        body=attributes_body(WithReason),
        query=(WAIT,),
        once=True,
    ),
    _act(
        "retry",
        "Send a faulted run on from the failed task, on its version",
        retry,
        (409,),
        body=attributes_body(WithReason),
        query=(WAIT,),
        once=True,
    ),
    _act(
        "rerun",
        "Run the same input again as a new run, on what is live now",
        rerun,
        (409, 422),
        body=attributes_body(NoAttributes),
        query=(WAIT,),
        once=True,
    ),
)
