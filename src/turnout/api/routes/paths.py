"""What the ids in paths and the parameters of more than one noun look like."""

from turnout.api.operation import Call
from turnout.api.query import Parameter, id_pattern, text, workflow_pattern
from turnout.domain.errors import Forbidden
from turnout.domain.ids import Prefix

WORKFLOW_ID = {"id": workflow_pattern()}
VERSION_ID = {"id": id_pattern(Prefix.VERSION)}
ROLLOUT_ID = {"id": id_pattern(Prefix.ROLLOUT)}
RUN_ID = {"id": id_pattern(Prefix.RUN)}
BULK_ID = {"id": id_pattern(Prefix.BULK)}
REVIEW_ID = {"id": id_pattern(Prefix.REVIEW)}
KEY_ID = {"id": id_pattern(Prefix.API_KEY)}


def workflow_filter(*, required: bool = False) -> Parameter:
    """``filter[workflow-id]``: an id or a handle."""
    return text("filter[workflow-id]", "Id or handle of a workflow.", required=required)


ENVIRONMENT = text(
    "filter[environment]", "Name or id of an environment; a key sees its own only (else 403)."
)


def require_own_environment(call: Call, named: str | None) -> None:
    """Refuse a request that names another environment than its key's.

    Raises:
        Forbidden: it does.
    """
    own = call.caller.environment
    if named is not None and named not in (own.name, own.id):
        raise Forbidden(
            "wrong_environment",
            f"This key belongs to {own.name}; use a key of the environment you want to reach.",
        )
