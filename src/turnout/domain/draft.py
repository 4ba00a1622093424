"""Drafts: the one editable definition of a workflow, shared by all who edit it."""

from dataclasses import dataclass, replace

from turnout.domain.by import By
from turnout.domain.errors import Conflict, PreconditionRequired, Stale, TooLarge
from turnout.domain.instant import Instant
from turnout.domain.problem import Problem

MAX_BYTES = 1_048_576
"""A definition's text may have 1 MiB of UTF-8."""


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who saved a draft, and how often."""

    actor: str
    saves: int


@dataclass(frozen=True, slots=True)
class Draft:
    """The editable definition of a workflow.

    Attributes:
        id: ``wflv_…``; the version keeps it.
        definition: the text as written, right or not.
        revision: one more per save; counted per workflow, so that no two drafts share one.
        based_on: id of the version it was made from, or None.
        authors: who saved it, in the order of their first save.
        problems: what the check of this revision found.
    """

    id: str
    workflow_id: str
    definition: str
    revision: int
    based_on: str | None
    authors: tuple[Author, ...]
    problems: tuple[Problem, ...]
    created_at: Instant
    updated_at: Instant


def create(
    id_: str,
    workflow_id: str,
    definition: str,
    *,
    revision: int,
    based_on: str | None,
    problems: tuple[Problem, ...],
    by: By,
) -> Draft:
    """Begin a draft.

    Args:
        revision: one more than all that the workflow's drafts had before.

    Raises:
        TooLarge: the text has more than ``MAX_BYTES``.
    """
    _bounded(definition)
    authors = (Author(by.actor, 1),)
    return Draft(id_, workflow_id, definition, revision, based_on, authors, problems, by.at, by.at)


def save(
    draft: Draft, definition: str, *, revision: int, problems: tuple[Problem, ...], by: By
) -> Draft:
    """Replace the text, as the next revision.

    Args:
        revision: the one the author started from.

    Raises:
        Stale: somebody saved another revision meanwhile.
        TooLarge: the text has more than ``MAX_BYTES``.
    """
    require_revision(draft, revision)
    _bounded(definition)
    return replace(
        draft,
        definition=definition,
        revision=draft.revision + 1,
        authors=_with_save(draft.authors, by.actor),
        problems=problems,
        updated_at=by.at,
    )


def require_revision(draft: Draft, revision: int | None) -> None:
    """Refuse when ``revision`` is not the draft's present one (I11).

    Raises:
        PreconditionRequired: no revision is named.
        Stale: another one is stored now.
    """
    if revision is None:
        raise PreconditionRequired(
            "precondition_required", "Say which revision you reviewed: send `revision` or If-Match."
        )
    if draft.revision != revision:
        raise Stale(
            "stale_object",
            f"You worked on revision {revision}; the draft is at revision {draft.revision} now. "
            "Compare the two, then save or publish again on the present one.",
            draft.revision,
        )


def require_none(draft: Draft | None, *, set_aside: bool) -> None:
    """Refuse to put a draft over another, unless that one is to be set aside.

    Raises:
        Conflict: there is one.
    """
    if draft is not None and not set_aside:
        raise Conflict(
            "draft_exists",
            f"There is a draft already (revision {draft.revision}); publish or discard it first, "
            "or send `set-aside: true` to keep it aside.",
        )


def _with_save(authors: tuple[Author, ...], actor: str) -> tuple[Author, ...]:
    if all(author.actor != actor for author in authors):
        return (*authors, Author(actor, 1))
    return tuple(
        replace(author, saves=author.saves + 1) if author.actor == actor else author
        for author in authors
    )


def _bounded(definition: str) -> None:
    size = len(definition.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise TooLarge(
            "too_large",
            f"The definition has {size} bytes; at most {MAX_BYTES} are kept.",
            "/data/attributes/definition",
        )
