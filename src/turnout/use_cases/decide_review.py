"""Decide a review: the run that waits for it goes on with what a person chose."""

import json
from dataclasses import replace
from typing import NoReturn

from turnout.domain.by import By
from turnout.domain.errors import Conflict
from turnout.domain.journal import EntryKind
from turnout.domain.review import (
    Review,
    ReviewState,
    answer,
    closed,
    require_choice,
    require_decidable,
)
from turnout.domain.role import Role
from turnout.domain.run import Run
from turnout.interpreter.fold import Divergence
from turnout.use_cases import find
from turnout.use_cases.advance_run import Outside, advance_run
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import made_before, once
from turnout.use_cases.ports import OpenEffect, Ports, Transaction
from turnout.use_cases.read_reviews import open_effect, read_review
from turnout.use_cases.read_runs import diverged
from turnout.use_cases.record import record


async def decide_review(
    ports: Ports, caller: Caller, review_id: str, *, decision: str, reason: str = ""
) -> str:
    """Answer it with one of its choices; of two people at once exactly one decides.

    Returns:
        The review's id.

    Raises:
        NotFound: no such review here.
        Invalid: the decision is none of its choices.
        Conflict: it does not wait any more, its run is suspended or does not replay; or the
            caller's idempotency key was used for another request.
        Busy: the worker queues are full; nothing was decided.
    """
    try:
        await _decide(ports, caller, review_id, decision, reason)
    except Conflict as refused:
        # What is in the way may be what this very request did when it came before.
        done = await ports.store.read(lambda tx: _done_before(tx, caller))
        if done is not None:
            return done
        if refused.code != "review_closed":
            raise
        view = await read_review(ports, caller, review_id)
        if view.state is ReviewState.WAITING:
            raise
        raise closed(view.state) from None
    return review_id


async def _decide(ports: Ports, caller: Caller, review_id: str, decision: str, reason: str) -> None:
    by = caller.by(ports.now(), reason)
    review, effect = await ports.store.read(lambda tx: _load(tx, caller, review_id))
    if effect is None:
        raise closed()
    asked = json.loads(effect.effect.request)
    require_choice(decision, [choice["value"] for choice in asked["choices"]])

    def allow(run: Run) -> None:
        require_decidable(review, run, ports.now())

    def also(tx: Transaction, run: Run) -> None:
        admit(tx, caller, Role.OPERATOR)
        now = ports.now()
        once(
            tx,
            caller,
            now,
            do=lambda: _record(tx, review, decision, replace(by, at=now)),
            subject=lambda _: review.id,
            again=_refuse,
        )

    outside = _outside(effect, decision, by)
    try:
        done = await advance_run(ports, review.run_id, outside, allow=allow, also=also)
    except Divergence as error:
        raise diverged(error) from error
    if done is None:
        raise closed()


def _load(tx: Transaction, caller: Caller, review_id: str) -> tuple[Review, OpenEffect | None]:
    admit(tx, caller, Role.OPERATOR)
    review = find.review(tx, caller, review_id)
    return review, open_effect(tx, review)


def _outside(open_: OpenEffect, decision: str, by: By) -> Outside:
    effect = open_.effect
    value = answer(decision, by.at, reason=by.reason, actor=by.actor)
    body = json.dumps({"digest": effect.digest, "value": value}).encode()
    return Outside(EntryKind.ANSWERED, body, effect.key, effect.attempt)


def _record(tx: Transaction, review: Review, decision: str, by: By) -> None:
    record(
        tx,
        "review.decide",
        review.id,
        by,
        environment_id=review.environment_id,
        before={"status": "waiting"},
        after={"status": "decided", "decision": decision, "run": review.run_id},
    )


def _done_before(tx: Transaction, caller: Caller) -> str | None:
    made = made_before(tx, caller, caller.claim) if caller.claim else None
    return find.review(tx, caller, made).id if made else None


def _refuse(review_id: str) -> NoReturn:
    """Undo this transaction: a review that this request had decided cannot wait again."""
    raise Conflict("review_closed", f"This request decided {review_id} before.")
