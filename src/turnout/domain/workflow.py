"""Workflows: named processes with at most one draft and many versions."""

import re
import unicodedata
from dataclasses import dataclass, replace

from turnout.domain import text
from turnout.domain.errors import Conflict, Invalid
from turnout.domain.instant import Instant

MAX_NAME = 200
MAX_DESCRIPTION = 5_000
MAX_EXPRESSION = 2_000

_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow, the same in every environment.

    Attributes:
        id: ``wfl_…``. handle: unique, for people and scripts.
        assignment_key: expression over the input whose value decides the arm, or None.
        outcome: expression over the output that tells how a run was decided, or None.
        versions: how many were published; the next one's number is one more.
        revisions: revisions of its drafts before the present one, which counts on from there.
        archived_at: when it was archived, for good; or None.
    """

    id: str
    handle: str
    name: str
    description: str
    assignment_key: str | None
    outcome: str | None
    versions: int
    revisions: int
    created_at: Instant
    updated_at: Instant
    archived_at: Instant | None


def handle_from(name: str) -> str:
    """The default handle: the name in lower-case ASCII with hyphens; may be empty."""
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:63].strip("-")


def create(
    id_: str,
    *,
    name: str,
    handle: str | None,
    description: str,
    assignment_key: str | None,
    outcome: str | None,
    now: Instant,
) -> Workflow:
    """Make a workflow that has neither draft nor version yet.

    Raises:
        Invalid: a name or handle that cannot be one.
    """
    chosen = handle_from(name) if handle is None else handle
    # A handle stands where an id may stand, so it must not look like one: ids have a "_".
    if not _HANDLE.fullmatch(chosen):
        raise Invalid(
            "invalid_value",
            f"The handle {chosen[:80]!r} must be 1 to 63 lower-case letters, digits or hyphens, "
            "not starting or ending with a hyphen; give one as `handle`.",
            "/data/attributes/handle",
        )
    workflow = Workflow(
        id_, chosen, name, description, assignment_key, outcome, 0, 0, now, now, None
    )
    return _checked(workflow)


def update(workflow: Workflow, now: Instant, **changes: str | None) -> Workflow:
    """Change name, description, assignment key or outcome. A rollout keeps the key it began with.

    Raises:
        Conflict: the workflow is archived.
        Invalid: a value that cannot be one.
    """
    require_open(workflow)
    return _checked(replace(workflow, updated_at=now, **changes))  # type: ignore[arg-type]


def without_draft(workflow: Workflow, revision: int) -> Workflow:
    """The workflow once its draft is gone, which was at ``revision``.

    Numbers are not used again: who reviewed a revision of one draft must not, by naming it,
    overwrite or publish another draft that they never saw (I11).
    """
    return replace(workflow, revisions=revision)


def archive(workflow: Workflow, now: Instant) -> Workflow:
    """Take a workflow out of use, everywhere and for good; it stays readable.

    Raises:
        Conflict: it is archived already.
    """
    require_open(workflow)
    return replace(workflow, archived_at=now, updated_at=now)


def require_open(workflow: Workflow) -> None:
    """Refuse a change of an archived workflow.

    Raises:
        Conflict: it is archived.
    """
    if workflow.archived_at is not None:
        raise Conflict(
            "workflow_archived",
            f"{workflow.handle} is archived, which is final; make a copy of it to go on.",
        )


def _checked(workflow: Workflow) -> Workflow:
    limits = (
        ("name", workflow.name, MAX_NAME),
        ("description", workflow.description, MAX_DESCRIPTION),
        ("assignment-key", workflow.assignment_key or "", MAX_EXPRESSION),
        ("outcome", workflow.outcome or "", MAX_EXPRESSION),
    )
    for attribute, value, limit in limits:
        text.checked(value, f"The {attribute}", limit, f"/data/attributes/{attribute}")
    if not workflow.name.strip():
        raise Invalid("missing_value", "A workflow needs a name.", "/data/attributes/name")
    return workflow
