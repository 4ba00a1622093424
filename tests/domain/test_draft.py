"""Drafts: revisions, authors, and nothing overwritten in silence."""

import pytest

from turnout.domain import draft as drafts
from turnout.domain.by import By
from turnout.domain.draft import Author, Draft
from turnout.domain.errors import Conflict, PreconditionRequired, Stale, TooLarge

ANNA, BEN = "key_anna", "key_ben"


@pytest.fixture
def draft() -> Draft:
    return drafts.create(
        "wflv_1", "wfl_1", "a: 1", revision=1, based_on=None, problems=(), by=By(ANNA, 1)
    )


def test_each_save_is_a_revision_of_its_author(draft: Draft) -> None:
    second = drafts.save(draft, "a: 2", revision=1, problems=(), by=By(BEN, 2))
    third = drafts.save(second, "a: 3", revision=2, problems=(), by=By(ANNA, 3))
    assert third.revision == 3
    assert third.authors == (Author(ANNA, 2), Author(BEN, 1))
    assert (third.created_at, third.updated_at) == (1, 3)


def test_a_stale_save_is_refused_and_told_the_present_revision(draft: Draft) -> None:
    saved = drafts.save(draft, "a: 2", revision=1, problems=(), by=By(BEN, 2))
    with pytest.raises(Stale) as error:
        drafts.save(saved, "a: mine", revision=1, problems=(), by=By(ANNA, 3))
    assert error.value.current == 2


def test_publishing_needs_the_revision_that_was_reviewed(draft: Draft) -> None:
    drafts.require_revision(draft, 1)
    with pytest.raises(PreconditionRequired):
        drafts.require_revision(draft, None)


def test_a_text_over_the_limit_is_refused(draft: Draft) -> None:
    with pytest.raises(TooLarge):
        drafts.save(
            draft, "é" * (drafts.MAX_BYTES // 2 + 1), revision=1, problems=(), by=By(BEN, 2)
        )


def test_a_draft_is_not_put_over_another_unless_that_is_set_aside(draft: Draft) -> None:
    drafts.require_none(None, set_aside=False)
    drafts.require_none(draft, set_aside=True)
    with pytest.raises(Conflict):
        drafts.require_none(draft, set_aside=False)
