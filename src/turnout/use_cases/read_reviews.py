"""Reviews as people see them: what is asked, what may be chosen, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from turnout.domain.json import JsonObject
from turnout.domain.review import Review, ReviewState
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import OpenEffect, Page, Ports, ReviewBodies, Slice, Transaction

MAX_PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of questions and data on one page of reviews; a page ends before it would have more."""


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review with what goes with it.

    Attributes:
        asked: ``question``, ``data``, ``choices`` and, where it can be due, ``whenDue``; None
            once its journal is gone.
        answer: as ``review.answer`` makes it; None without a decision.
        handle: of its workflow. names: of API keys, by id.
    """

    review: Review
    state: ReviewState
    asked: JsonObject | None
    answer: JsonObject | None
    handle: str
    names: dict[str, str]


async def read_review(ports: Ports, caller: Caller, review_id: str) -> ReviewView:
    """One review, waiting or not.

    Raises:
        NotFound: there is none here.
    """

    def load(tx: Transaction) -> ReviewView:
        review = find.review(tx, caller, review_id)
        waits = open_effect(tx, review) is not None
        return _view(tx, review, tx.reviews.bodies(review), {}, waits=waits)

    return await ports.store.read(load)


async def list_reviews(
    ports: Ports,
    caller: Caller,
    page: Page,
    *,
    workflow: str | None = None,
    queue: str | None = None,
) -> Slice[ReviewView]:
    """A page of the reviews that wait in this environment: first due first, then the oldest.

    A page ends early, after one review or more, where it would have more than
    ``MAX_PAGE_BYTES``.

    Raises:
        NotFound: no such workflow.
    """

    def load(tx: Transaction) -> Slice[ReviewView]:
        workflow_id = find.workflow(tx, workflow).id if workflow else None
        found = tx.reviews.list(caller.environment.id, page, workflow_id=workflow_id, queue=queue)
        backwards = page.before is not None
        views = _that_fit(tx, found.items[::-1] if backwards else found.items)
        cut = len(views) < len(found.items)
        return Slice(
            tuple(views[::-1] if backwards else views),
            found.previous or (cut and backwards),
            found.next or (cut and not backwards),
        )

    return await ports.store.read(load)


def open_effect(tx: Transaction, review: Review) -> OpenEffect | None:
    """The effect that a review is, for as long as its run waits for it."""
    place = (review.effect_key, review.attempt)
    for open_ in tx.effects.of_run(review.run_id):
        if (open_.effect.key, open_.effect.attempt) == place:
            return open_
    return None


def _that_fit(tx: Transaction, reviews: Sequence[Review]) -> list[ReviewView]:
    """Views of the first ones that fit a page, at least of one."""
    views: list[ReviewView] = []
    handles: dict[str, str] = {}
    size = 0
    for review in reviews:
        bodies = tx.reviews.bodies(review)
        size += len(bodies.asked or b"")
        if views and size > MAX_PAGE_BYTES:
            break
        views.append(_view(tx, review, bodies, handles, waits=True))
    return views


def _view(
    tx: Transaction, review: Review, bodies: ReviewBodies, handles: dict[str, str], *, waits: bool
) -> ReviewView:
    """A view; ``handles`` keeps those of workflows from one to the next."""
    asked = json.loads(bodies.asked)["request"] if bodies.asked else None
    told = json.loads(bodies.answered) if bodies.answered else None
    answer = told and told.get("value")
    decider = answer and answer.get("decidedBy")
    of = review.workflow_id
    if of not in handles:
        handles[of] = find.workflow(tx, of).handle
    names = tx.api_keys.names([decider]) if decider else {}
    return ReviewView(review, _state(told, waits), asked, answer, handles[of], names)


def _state(told: JsonObject | None, waits: bool) -> ReviewState:
    if told is None:
        return ReviewState.WAITING if waits else ReviewState.WITHDRAWN
    value = told.get("value")
    by_a_person = isinstance(value, dict) and not value["automatic"]
    return ReviewState.DECIDED if by_a_person else ReviewState.DUE
