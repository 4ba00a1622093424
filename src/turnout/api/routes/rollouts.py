"""Rollouts: read, change the share, complete, stop."""

from typing import Any

from pydantic import Field

from turnout.api.attributes import Attributes, WithReason
from turnout.api.documents import page_document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.preconditions import based_on
from turnout.api.query import choice, page, paging
from turnout.api.resources.rollouts import ROLLOUT, rollout_resource
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.drafts import if_match
from turnout.api.routes.paths import (
    ENVIRONMENT,
    ROLLOUT_ID,
    require_own_environment,
    workflow_filter,
)
from turnout.api.routes.publish import LOADERS, rollout_answer
from turnout.domain.deployment import basis_points
from turnout.domain.ids import Prefix
from turnout.domain.rollout import RolloutState
from turnout.use_cases.end_rollout import complete_rollout, stop_rollout
from turnout.use_cases.read_rollouts import list_rollouts, read_rollout
from turnout.use_cases.set_rollout_share import set_rollout_share


class SetShare(Attributes):
    """The treatment's share in percent; 100 completes the rollout and 0 stops it."""

    percentage: Any = Field(json_schema_extra={"type": "number", "minimum": 0, "maximum": 100})


async def index(call: Call) -> Answer:
    """List rollouts of this environment."""
    require_own_environment(call, call.query.get("filter[environment]"))
    state = call.query.get("filter[state]")
    found = await list_rollouts(
        call.ports,
        call.caller,
        page(call.query),
        workflow=call.query.get("filter[workflow-id]"),
        state=RolloutState(state) if state else None,
    )
    resources = [rollout_resource(each) for each in found.items]
    return Answer(await page_document(call, resources, found, loaders=LOADERS))


async def show(call: Call) -> Answer:
    """Read a rollout."""
    return await rollout_answer(call, call.id)


async def set_share(call: Call) -> Answer:
    """Change the treatment's share."""

    async def current() -> int:
        return (await read_rollout(call.ports, call.caller, call.id)).rollout.revision

    share = call.attributes(SetShare).percentage
    points = basis_points(share, pointer="/data/attributes/percentage", lowest=0)
    revision = await based_on(if_match(call), current)
    await set_rollout_share(call.ports, call.caller, call.id, points, revision=revision)
    return await rollout_answer(call, call.id)


async def complete(call: Call) -> Answer:
    """All new runs to the treatment."""
    reason = call.attributes(WithReason).reason
    done = await complete_rollout(call.ports, call.caller, call.id, reason=reason)
    return await rollout_answer(call, done.id)


async def stop(call: Call) -> Answer:
    """All new runs to the control."""
    reason = call.attributes(WithReason).reason
    done = await stop_rollout(call.ports, call.caller, call.id, reason=reason)
    return await rollout_answer(call, done.id)


def _end(verb: str, summary: str, handler: Any) -> Operation:
    return Operation(
        "POST",
        f"/rollouts/{{id}}/{verb}",
        f"{verb}-rollout",
        summary,
        handler,
        (Shown(ROLLOUT, tagged=True),),
        body=attributes_body(WithReason),
        refusals=(404, 409),
        once=True,
        path_patterns=ROLLOUT_ID,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/rollouts",
        "list-rollouts",
        "List rollouts, newest first",
        index,
        (Shown(ROLLOUT, many=True),),
        query=(
            *paging(Prefix.ROLLOUT),
            workflow_filter(),
            choice("filter[state]", "In this state.", list(RolloutState)),
            ENVIRONMENT,
        ),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/rollouts/{id}",
        "read-rollout",
        "Read a rollout with its arms and their runs",
        show,
        (Shown(ROLLOUT, tagged=True),),
        refusals=(404,),
        path_patterns=ROLLOUT_ID,
    ),
    Operation(
        "PATCH",
        "/rollouts/{id}",
        "set-rollout-share",
        "Change the treatment's share",
        set_share,
        (Shown(ROLLOUT, tagged=True),),
        body=attributes_body(SetShare),
        refusals=(404, 409, 412, 422, 428),
        preconditions=("If-Match",),
        path_patterns=ROLLOUT_ID,
    ),
    _end("complete", "Send all new runs to the treatment", complete),
    _end("stop", "Send all new runs to the control", stop),
)
