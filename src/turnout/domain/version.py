"""Versions: published definitions, locked for ever (I1)."""

from dataclasses import dataclass

from turnout.domain import text as texts
from turnout.domain.by import By
from turnout.domain.draft import Author, Draft
from turnout.domain.instant import Instant
from turnout.domain.workflow import MAX_DESCRIPTION


@dataclass(frozen=True, slots=True)
class Version:
    """A published definition; only its description may be edited.

    Attributes:
        id: ``wflv_…``, the one its draft had. number: 1, 2, 3 … per workflow, never reused.
        definition: the text as written. normalised: its canonical JSON, which runs are made of.
        content_hash: of ``normalised``: ``sha256:…``.
        trigger_type, inputs, outputs: what the definition tells about itself; inputs are
            (name, type, required).
    """

    id: str
    workflow_id: str
    number: int
    definition: str
    normalised: bytes
    content_hash: str
    based_on: str | None
    authors: tuple[Author, ...]
    trigger_type: str
    inputs: tuple[tuple[str, str, bool], ...]
    outputs: tuple[str, ...]
    description: str
    created_at: Instant
    published_at: Instant
    published_by: str

    @property
    def label(self) -> str:
        """How people write it: ``v7``."""
        return f"v{self.number}"


def publish(
    draft: Draft,
    number: int,
    *,
    normalised: bytes,
    content_hash: str,
    trigger_type: str,
    inputs: tuple[tuple[str, str, bool], ...],
    outputs: tuple[str, ...],
    by: By,
) -> Version:
    """Lock a draft as version ``number``; the signature's reason becomes its description.

    Raises:
        Invalid: the description is too long.
    """
    return Version(
        id=draft.id,
        workflow_id=draft.workflow_id,
        number=number,
        definition=draft.definition,
        normalised=normalised,
        content_hash=content_hash,
        based_on=draft.based_on,
        authors=draft.authors,
        trigger_type=trigger_type,
        inputs=inputs,
        outputs=outputs,
        description=description(by.reason),
        created_at=draft.created_at,
        published_at=by.at,
        published_by=by.actor,
    )


def description(text: str) -> str:
    """A version's description, checked.

    Raises:
        Invalid: it is too long, or no text.
    """
    return texts.checked(text, "The description", MAX_DESCRIPTION, "/data/attributes/description")
