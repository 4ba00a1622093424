"""Reviews: list what waits, read, decide."""

from pydantic import Field

from turnout.api.attributes import WithReason
from turnout.api.documents import Loader, document, page_document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.query import page, paging, text
from turnout.api.resources.reviews import REVIEW, review_resource
from turnout.api.resources.workflows import load_workflow
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.paths import (
    ENVIRONMENT,
    REVIEW_ID,
    require_own_environment,
    workflow_filter,
)
from turnout.domain.ids import Prefix
from turnout.domain.review import MAX_WORD
from turnout.use_cases.decide_review import decide_review
from turnout.use_cases.read_reviews import MAX_PAGE_BYTES, list_reviews, read_review

LOADERS: dict[str, Loader] = {"workflow": load_workflow}


class Decide(WithReason):
    """A decision, and why."""

    decision: str = Field(min_length=1, max_length=MAX_WORD, pattern=r"^[^\x00]*$")


async def index(call: Call) -> Answer:
    """List the reviews that wait in this environment."""
    require_own_environment(call, call.query.get("filter[environment]"))
    found = await list_reviews(
        call.ports,
        call.caller,
        page(call.query),
        workflow=call.query.get("filter[workflow-id]"),
        queue=call.query.get("filter[queue]"),
    )
    resources = [review_resource(each) for each in found.items]
    return Answer(await page_document(call, resources, found, loaders=LOADERS))


async def show(call: Call) -> Answer:
    """Read a review."""
    return await _answer(call, call.id)


async def decide(call: Call) -> Answer:
    """Answer a review with one of its choices."""
    sent = call.attributes(Decide)
    decided = await decide_review(
        call.ports, call.caller, call.id, decision=sent.decision, reason=sent.reason
    )
    return await _answer(call, decided)


async def _answer(call: Call, review_id: str) -> Answer:
    view = await read_review(call.ports, call.caller, review_id)
    return Answer(await document(call, review_resource(view), loaders=LOADERS))


OPERATIONS = (
    Operation(
        "GET",
        "/reviews",
        "list-reviews",
        "List the reviews that wait for a decision, first due first, then the oldest",
        index,
        (Shown(REVIEW, many=True),),
        description="Those without a due time come last. A page ends early, with a link to the "
        "rest, where the questions and data on it would have more than "
        f"{MAX_PAGE_BYTES // 2**20} MiB.",
        query=(
            *paging(Prefix.REVIEW),
            text("filter[queue]", "In this queue."),
            workflow_filter(),
            ENVIRONMENT,
        ),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/reviews/{id}",
        "read-review",
        "Read a review, waiting or not",
        show,
        (Shown(REVIEW),),
        refusals=(404,),
        path_patterns=REVIEW_ID,
    ),
    Operation(
        "POST",
        "/reviews/{id}/decide",
        "decide-review",
        "Decide a review with one of its choices; its run goes on",
        decide,
        (Shown(REVIEW),),
        description="Of two decisions at once exactly one counts; the other, like one that comes "
        "after the due time or the run's end, is refused with 409.",
        body=attributes_body(Decide),
        refusals=(404, 409, 422),
        path_patterns=REVIEW_ID,
        once=True,
    ),
)
