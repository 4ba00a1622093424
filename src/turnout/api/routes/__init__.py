"""The operations of the API, one module per noun."""

from turnout.api.operation import Operation
from turnout.api.routes import (
    bulk,
    drafts,
    events,
    history,
    keys,
    publish,
    reviews,
    rollouts,
    runs,
    trigger,
    versions,
    workflows,
)

OPERATIONS: tuple[Operation, ...] = (
    # The busiest first: paths are tried in this order.
    *trigger.OPERATIONS,
    *runs.OPERATIONS,
    *events.OPERATIONS,
    *bulk.OPERATIONS,
    *workflows.OPERATIONS,
    *drafts.OPERATIONS,
    *publish.OPERATIONS,
    *history.OPERATIONS,
    *versions.OPERATIONS,
    *rollouts.OPERATIONS,
    *reviews.OPERATIONS,
    *keys.OPERATIONS,
)
