"""Who may do what: the one table of operations and the role each needs.

An operation that is missing here does not start, and neither does one that is here but gone.
The use cases check the same again, inside the transaction of the change. Only `/healthz` and
`/readyz`, which tell nothing about what Turnout holds, stand outside.
"""

from collections.abc import Iterable

from turnout.domain.role import Role

NEEDED = {
    "GET /workflows": Role.VIEWER,
    "POST /workflows": Role.EDITOR,
    "GET /workflows/{id}": Role.VIEWER,
    "PATCH /workflows/{id}": Role.EDITOR,
    "POST /workflows/{id}/pause": Role.PUBLISHER,
    "POST /workflows/{id}/resume": Role.PUBLISHER,
    "POST /workflows/{id}/archive": Role.PUBLISHER,
    "POST /workflows/{id}/copy": Role.EDITOR,
    "POST /workflows/{id}/trigger": Role.OPERATOR,
    "GET /workflows/{id}/history": Role.VIEWER,
    "GET /workflows/{id}/draft": Role.VIEWER,
    "PUT /workflows/{id}/draft": Role.EDITOR,
    "DELETE /workflows/{id}/draft": Role.EDITOR,
    "POST /workflows/{id}/draft/validate": Role.VIEWER,
    "POST /workflows/{id}/publish": Role.PUBLISHER,
    "POST /workflows/{id}/promote": Role.PUBLISHER,
    # An operator reverts to the control of a running rollout; the rest of it is a publisher's,
    # which the use case tells apart.
    "POST /workflows/{id}/revert": Role.OPERATOR,
    "GET /workflow-versions": Role.VIEWER,
    "GET /workflow-versions/{id}": Role.VIEWER,
    "PATCH /workflow-versions/{id}": Role.PUBLISHER,
    "GET /workflow-versions/{id}/definition": Role.VIEWER,
    "GET /workflow-versions/{id}/diff": Role.VIEWER,
    "POST /workflow-versions/{id}/restore": Role.EDITOR,
    "GET /rollouts": Role.VIEWER,
    "GET /rollouts/{id}": Role.VIEWER,
    "PATCH /rollouts/{id}": Role.PUBLISHER,
    "POST /rollouts/{id}/complete": Role.PUBLISHER,
    "POST /rollouts/{id}/stop": Role.OPERATOR,
    "GET /workflow-runs": Role.VIEWER,
    "GET /workflow-runs/{id}": Role.VIEWER,
    "GET /workflow-runs/{id}/trace": Role.VIEWER,
    "POST /workflow-runs/bulk": Role.OPERATOR,
    "GET /workflow-runs/bulk/{id}": Role.VIEWER,
    "POST /workflow-runs/{id}/cancel": Role.OPERATOR,
    "POST /workflow-runs/{id}/suspend": Role.OPERATOR,
    "POST /workflow-runs/{id}/resume": Role.OPERATOR,
    "POST /workflow-runs/{id}/retry": Role.OPERATOR,
    "POST /workflow-runs/{id}/rerun": Role.OPERATOR,
    "GET /reviews": Role.VIEWER,
    "GET /reviews/{id}": Role.VIEWER,
    "POST /reviews/{id}/decide": Role.OPERATOR,
    "POST /events": Role.OPERATOR,
    "GET /environments": Role.VIEWER,
    "POST /environments": Role.ADMIN,
    "GET /api-keys": Role.ADMIN,
    "POST /api-keys": Role.ADMIN,
    "DELETE /api-keys/{id}": Role.ADMIN,
    "GET /audit-logs": Role.VIEWER,
    "GET /openapi.json": Role.VIEWER,
}
"""Operation → the lowest role that may call it."""


def check_table(names: Iterable[str]) -> None:
    """Compare the table with the operations that exist.

    Raises:
        RuntimeError: one of them lacks the other.
    """
    there = set(names)
    if there != NEEDED.keys():
        strays = ", ".join(sorted(there ^ NEEDED.keys()))
        raise RuntimeError(f"operations and the table of roles differ: {strays}")
