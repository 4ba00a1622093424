"""Drafts, and those that were set aside."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, update

from turnout.domain.by import By
from turnout.domain.draft import Author, Draft
from turnout.domain.errors import Stale
from turnout.domain.problem import Problem, Severity
from turnout.storage.codec import unpack
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import drafts, set_aside_drafts
from turnout.storage.types import packed

_C = drafts.c
_ASIDE = set_aside_drafts.c


def _all(columns: Any) -> Select[Any]:
    return select(
        columns.id,
        columns.workflow_id,
        columns.definition_codec,
        columns.definition,
        columns.revision,
        columns.based_on,
        columns.authors,
        columns.problems,
        columns.created_at,
        columns.updated_at,
    )


_ALL = _all(_C)
_BY_ID = Prepared(_ALL.where(_C.id == bindparam("id_")), "id_")
_ASIDE_BY_ID = Prepared(_all(_ASIDE).where(_ASIDE.id == bindparam("id_")), "id_")
_OF = Prepared(_ALL.where(_C.workflow_id == bindparam("of")), "of")


class SqlDrafts:
    """The port ``Drafts``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, workflow_id: str) -> Draft | None:
        """A workflow's draft."""
        row = self._session.find(_OF, workflow_id)
        return _of(row) if row else None

    def get(self, id_: str) -> Draft | None:
        """By id, while it is a draft."""
        row = self._session.find(_BY_ID, id_)
        return _of(row) if row else None

    def add(self, draft: Draft) -> None:
        """Store it; its workflow has none."""
        self._session.execute(insert(drafts).values(_values(draft)))

    def save(self, draft: Draft) -> None:
        """Store the next revision.

        Raises:
            Stale: what is stored is not the revision before it.
        """
        stored = self._session.execute(
            update(drafts)
            .where(_C.id == draft.id, _C.revision == draft.revision - 1)
            .values(_values(draft))
        )
        if stored.rowcount != 1:
            present = self.get(draft.id)
            raise Stale(
                "stale_object",
                "Somebody else saved or published this draft at the same time; load it again.",
                present.revision if present else 0,
            )

    def remove(self, draft: Draft) -> None:
        """Forget it: it became a version."""
        self._session.execute(delete(drafts).where(_C.id == draft.id))

    def set_aside(self, draft: Draft, by: By) -> None:
        """Take it out of the way, recoverable."""
        self.remove(draft)
        self._session.execute(
            insert(set_aside_drafts).values(
                **_values(draft), set_aside_at=by.at, set_aside_by=by.actor, reason=by.reason
            )
        )

    def set_aside_of(self, workflow_id: str, limit: int) -> Sequence[str]:
        """Ids of a workflow's drafts that were set aside, the last one first."""
        found = self._session.rows(
            select(_ASIDE.id)
            .where(_ASIDE.workflow_id == workflow_id)
            # Not by time: a workflow's revisions never fall, but a clock may be set back.
            .order_by(_ASIDE.revision.desc())
            .limit(limit)
        )
        return [row.id for row in found]

    def get_set_aside(self, id_: str) -> Draft | None:
        """By id, while it is set aside."""
        row = self._session.find(_ASIDE_BY_ID, id_)
        return _of(row) if row else None

    def bring_back(self, draft: Draft) -> None:
        """Store a draft that was set aside as its workflow's draft, which has none."""
        self._session.execute(delete(set_aside_drafts).where(_ASIDE.id == draft.id))
        self.add(draft)


def _of(row: Any) -> Draft:
    id_, workflow_id, codec, definition, revision, based_on, authors, problems, *times = row
    return Draft(
        id=id_,
        workflow_id=workflow_id,
        definition=text_of(codec, definition),
        revision=revision,
        based_on=based_on,
        authors=authors_of(authors),
        problems=tuple(
            Problem(**{**each, "severity": Severity(each["severity"])}) for each in problems
        ),
        created_at=times[0],
        updated_at=times[1],
    )


def _values(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "workflow_id": draft.workflow_id,
        "revision": draft.revision,
        "based_on": draft.based_on,
        "authors": plain_authors(draft.authors),
        "problems": [asdict(problem) for problem in draft.problems],
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
        **packed("definition", bytes_of(draft.definition)),
    }


def bytes_of(text: str) -> bytes:
    """A definition's text as bytes; a draft may hold text that is no Unicode."""
    return text.encode("utf-8", "surrogatepass")


def text_of(codec: int, stored: bytes) -> str:
    """The text that was stored."""
    return unpack(codec, stored).decode("utf-8", "surrogatepass")


def plain_authors(authors: tuple[Author, ...]) -> list[list[Any]]:
    """Authors as JSON."""
    return [[author.actor, author.saves] for author in authors]


def authors_of(stored: list[list[Any]]) -> tuple[Author, ...]:
    """Authors from JSON."""
    return tuple(Author(actor, saves) for actor, saves in stored)
