"""Bulk actions on runs: count them, do it, see how far it is."""

from typing import Annotated

from pydantic import Field

from turnout.api.attributes import Attributes, Text
from turnout.api.documents import document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.resources.bulk import BULK, bulk_resource
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.paths import BULK_ID, require_own_environment
from turnout.api.routes.runs import FILTERS, WAIT, run_filter
from turnout.domain.bulk import MAX_RUNS, BulkVerb
from turnout.use_cases.bulk_runs import BulkWish, begin_bulk, count_runs, read_bulk


class Act(Attributes):
    """What to do, and to how many runs."""

    action: Annotated[BulkVerb, Field(strict=False)]
    reason: Text = ""
    expected_count: Annotated[
        int | None,
        Field(ge=0, description="How many runs match; without it nothing is done."),
    ] = None


async def act(call: Call) -> Answer:
    """Count the runs that match or, where their number is confirmed, begin."""
    require_own_environment(call, call.query.get("filter[environment]"))
    wanted = call.attributes(Act)
    wish = BulkWish(wanted.action, await run_filter(call), wanted.reason)
    if wanted.expected_count is None:
        count = await count_runs(call.ports, call.caller, wish)
        return Answer({"data": None, "meta": {"count": count}})
    begun = await begin_bulk(call.ports, call.caller, wish, expected=wanted.expected_count)
    shown = await _answer(call, begun.id)
    shown.status = 202
    return shown


async def show(call: Call) -> Answer:
    """How far it is."""
    return await _answer(call, call.id)


async def _answer(call: Call, bulk_id: str) -> Answer:
    wait = call.query.get("wait", 0)
    found = await read_bulk(call.ports, call.caller, bulk_id, wait=wait)
    return Answer(await document(call, bulk_resource(found)))


OPERATIONS = (
    Operation(
        "POST",
        "/workflow-runs/bulk",
        "bulk-runs",
        "Suspend, resume, cancel or retry all runs that a filter finds",
        act,
        (Shown(BULK, nullable=True), Shown(BULK, 202)),
        query=(*FILTERS, WAIT),
        body=attributes_body(Act),
        refusals=(404, 409),
        once=True,
        description="Without `expected-count` nothing is done: the answer's `meta` tells in "
        "`count` how many runs match and can be changed like this. With it, exactly those that "
        "match in this moment are changed one after the other, each with its own entry in the "
        "audit log; where their number is another by now the answer is 409, with the present "
        f"`count` in the error's `meta`. At most {MAX_RUNS:,} runs at once.",
    ),
    Operation(
        "GET",
        "/workflow-runs/bulk/{id}",
        "read-bulk",
        "Read how far a bulk action is",
        show,
        (Shown(BULK),),
        query=(WAIT,),
        refusals=(404,),
        path_patterns=BULK_ID,
    ),
)
