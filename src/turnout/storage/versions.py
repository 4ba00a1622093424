"""Versions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from turnout.domain.version import Version
from turnout.storage.codec import unpack
from turnout.storage.drafts import authors_of, bytes_of, plain_authors, text_of
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import versions
from turnout.storage.types import packed

_C = versions.c
_NARROW = (
    _C.id,
    _C.workflow_id,
    _C.number,
    _C.content_hash,
    _C.based_on,
    _C.authors,
    _C.trigger_type,
    _C.inputs,
    _C.outputs,
    _C.description,
    _C.created_at,
    _C.published_at,
    _C.published_by,
)
_WHOLE = select(*_NARROW, _C.definition_codec, _C.definition, _C.normalised_codec, _C.normalised)
_BY_ID = Prepared(_WHOLE.where(_C.id == bindparam("id_")), "id_")
_NUMBERED = Prepared(
    _WHOLE.where(_C.workflow_id == bindparam("of"), _C.number == bindparam("number_")),
    "of",
    "number_",
)


class SqlVersions:
    """The port ``Versions``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str) -> Version | None:
        """By id."""
        row = self._session.find(_BY_ID, id_)
        return _of(row) if row else None

    def numbered(self, workflow_id: str, number: int) -> Version | None:
        """By number."""
        row = self._session.find(_NUMBERED, workflow_id, number)
        return _of(row) if row else None

    def list(self, workflow_id: str) -> Sequence[Version]:
        """All, newest first, without ``definition`` and ``normalised``."""
        query = select(*_NARROW).where(_C.workflow_id == workflow_id).order_by(_C.number.desc())
        return [_of((*row, None, None, None, None)) for row in self._session.rows(query)]

    def add(self, version: Version) -> None:
        """Store it, for ever."""
        self._session.execute(insert(versions).values(_values(version)))

    def describe(self, id_: str, description: str) -> None:
        """Change its description."""
        self._session.execute(update(versions).where(_C.id == id_).values(description=description))


def _of(row: Any) -> Version:
    *narrow, definition_codec, definition, normalised_codec, normalised = row
    id_, workflow_id, number, content_hash, based_on, authors, trigger, inputs, outputs = narrow[:9]
    description, created_at, published_at, published_by = narrow[9:]
    return Version(
        id=id_,
        workflow_id=workflow_id,
        number=number,
        definition="" if definition is None else text_of(definition_codec, definition),
        normalised=b"" if normalised is None else unpack(normalised_codec, normalised),
        content_hash=content_hash,
        based_on=based_on,
        authors=authors_of(authors),
        trigger_type=trigger,
        inputs=tuple((name, type_, required) for name, type_, required in inputs),
        outputs=tuple(outputs),
        description=description,
        created_at=created_at,
        published_at=published_at,
        published_by=published_by,
    )


def _values(version: Version) -> dict[str, Any]:
    return {
        "id": version.id,
        "workflow_id": version.workflow_id,
        "number": version.number,
        "content_hash": version.content_hash,
        "based_on": version.based_on,
        "authors": plain_authors(version.authors),
        "trigger_type": version.trigger_type,
        "inputs": [list(each) for each in version.inputs],
        "outputs": list(version.outputs),
        "description": version.description,
        "created_at": version.created_at,
        "published_at": version.published_at,
        "published_by": version.published_by,
        **packed("definition", bytes_of(version.definition)),
        **packed("normalised", version.normalised),
    }
