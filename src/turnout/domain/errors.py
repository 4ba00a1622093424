"""Every way in which Turnout says no.

::

    TurnoutError
    ├── BadRequest          the request cannot be understood                 400  exit 2
    ├── Unauthenticated     no key, or a wrong or revoked one                401  exit 1
    ├── Forbidden           the key's role or environment does not allow it  403  exit 1
    ├── NotFound            no such thing here                               404  exit 1
    ├── Conflict            not in this state; says what to do instead       409  exit 4
    ├── Stale               somebody else changed it first                   412  exit 4
    ├── TooLarge            more bytes than are accepted                     413  exit 1
    ├── Invalid             understood, but a value is wrong                 422  exit 1
    │   └── DefinitionInvalid   a definition with problems, one error each
    ├── PreconditionRequired    If-Match or If-None-Match is missing         428  exit 2
    └── Busy                try again shortly                                503  exit 5

Every error has a stable ``code`` from the table ``TITLES``; clients may rely on it.
"""

from collections.abc import Sequence

from turnout.domain.problem import Problem

TITLES = {
    # requests
    "bad_request": "Bad request",
    "invalid_json": "Body is not JSON",
    "invalid_value": "Invalid value",
    "missing_value": "Missing value",
    "unknown_attribute": "Unknown attribute",
    "unknown_parameter": "Unknown parameter",
    "too_large": "Too large",
    "unsupported_media_type": "Unsupported media type",
    "busy": "Busy",
    "internal_error": "Internal error",
    "limit_exceeded": "Limit exceeded",
    "idempotency_conflict": "Idempotency key already used",
    # who
    "unauthenticated": "Not signed in",
    "role_too_low": "Role too low",
    "wrong_environment": "Key belongs to another environment",
    # what
    "not_found": "Not found",
    "method_not_allowed": "Method not allowed",
    "handle_taken": "Handle already taken",
    "name_taken": "Name already taken",
    "workflow_archived": "Workflow is archived",
    "workflow_paused": "Workflow is paused",
    "workflow_not_paused": "Workflow is not paused",
    "never_published": "Nothing is live",
    # drafts
    "no_draft": "No draft",
    "draft_exists": "A draft exists",
    "stale_object": "Stale object error",
    "precondition_required": "Precondition required",
    "definition_invalid": "Definition has problems",
    # traffic
    "share_out_of_range": "Share out of range",
    "share_too_fine": "Share too fine",
    "first_deploy_not_full": "First deploy must be 100 %",
    "rollout_active": "A rollout is active",
    "rollout_ended": "Rollout has ended",
    "already_live": "Already live",
    "key_revoked": "Key is revoked",
    "is_control": "Version is the control",
    "never_live": "Version was never live here",
    "was_live": "Version was live here before",
    "gate_moved": "Changed by somebody else",
    # runs
    "input_invalid": "Input does not fit the schema",
    "run_ended": "Run has ended",
    "run_not_faulted": "Run is not faulted",
    "retry_pointless": "Retry cannot help",
    "run_diverged": "Run does not replay",
    "run_suspended": "Run is suspended",
    "run_not_suspended": "Run is not suspended",
    "count_changed": "Another number of runs matches",
    "review_closed": "Review is over",
    # installation
    "database_newer": "Database of a newer version",
    "driver_running": "Another process drives the runs",
}
"""Stable code → title."""


class TurnoutError(Exception):
    """Base of all refusals.

    Attributes:
        code: a key of ``TITLES``.
        details: what happened and what to do about it, one or two sentences for a person.
        pointer: JSON pointer to the offending value in the request, or None.
    """

    def __init__(self, code: str, details: str, pointer: str | None = None) -> None:
        super().__init__(details)
        self.code = code
        self.title = TITLES[code]
        self.details = details
        self.pointer = pointer


class BadRequest(TurnoutError):
    """The request cannot be understood at all."""


class Unauthenticated(TurnoutError):
    """There is no key, or it is unknown or revoked."""


class Forbidden(TurnoutError):
    """The key is good, but its role or environment does not allow this."""


class NotFound(TurnoutError):
    """No such thing in this environment."""


class Conflict(TurnoutError):
    """The thing is in a state that does not allow this; the details say what to do instead."""


class Stale(TurnoutError):
    """Somebody else changed it first.

    Attributes:
        current: the revision that is stored now.
    """

    def __init__(self, code: str, details: str, current: int) -> None:
        super().__init__(code, details)
        self.current = current


class TooLarge(TurnoutError):
    """The body or a part of it has more bytes than are accepted."""


class Invalid(TurnoutError):
    """Understood, but a value is wrong; the pointer says which."""


class DefinitionInvalid(Invalid):
    """A definition with problems that keep it from being published.

    Attributes:
        problems: at least one of severity ``error``.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(
            "definition_invalid",
            f"The draft has {count} problem{'s' if count != 1 else ''} that must be fixed first.",
        )
        self.problems = tuple(problems)


class PreconditionRequired(TurnoutError):
    """The request must say which revision it is based on."""


class Busy(TurnoutError):
    """Too much is going on right now.

    Attributes:
        retry_after: seconds to wait before trying again.
    """

    def __init__(self, details: str, retry_after: int = 1) -> None:
        super().__init__("busy", details)
        self.retry_after = retry_after
