"""Bring an effect's answer to its run, whatever stands in the way for a while."""

import asyncio
from collections.abc import Callable

import orjson
import structlog

from turnout.domain.errors import Busy
from turnout.domain.journal import EntryKind
from turnout.domain.json import JsonObject
from turnout.domain.run import Run
from turnout.engine.http import ERROR_TYPE
from turnout.interpreter.fold import Divergence
from turnout.use_cases.advance_run import Outside, advance_run
from turnout.use_cases.ports import OpenEffect, Ports, Progress, Transaction

_log = structlog.get_logger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 30.0


async def deliver(
    ports: Ports,
    open_: OpenEffect,
    answer: JsonObject,
    *,
    also: Callable[[Transaction, Run], None] | None = None,
    offer: Callable[[Transaction, Progress], None] | None = None,
) -> None:
    """Append the answer and take the run on, trying until it is done.

    For a suspended run the answer is kept in the store, and the end of that is done, too.

    The answer exists only here until it is in the journal. Giving up would leave the run waiting
    for ever, so a full queue, a full disk and even a defect are tried again, ever more slowly;
    after a restart the effect is executed anew instead.

    Args:
        also, offer: as ``advance_run`` takes them.
    """
    body = _body(open_.effect.digest, answer)
    await deliver_body(ports, open_, body, also=also, offer=offer)


async def deliver_body(
    ports: Ports,
    open_: OpenEffect,
    body: bytes,
    *,
    also: Callable[[Transaction, Run], None] | None = None,
    offer: Callable[[Transaction, Progress], None] | None = None,
) -> None:
    """Do what ``deliver`` does with an answer that is a journal entry's body already."""
    effect = open_.effect
    outside = Outside(EntryKind.ANSWERED, body, effect.key, effect.attempt, effect.digest)
    pause = _FIRST_PAUSE
    while True:
        try:
            await advance_run(ports, open_.run_id, outside, also=also, offer=offer)
            return
        except Divergence:
            _log.exception("run suspended", run=open_.run_id, effect=effect.key)
            return
        except Busy:
            _log.debug("delivery waits", run=open_.run_id, effect=effect.key, seconds=pause)
        except Exception:
            _log.exception("delivery failed", run=open_.run_id, effect=effect.key, seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _body(digest: str, answer: JsonObject) -> bytes:
    try:
        return orjson.dumps({"digest": digest, **answer})
    except (TypeError, ValueError) as error:
        detail = f"The answer cannot be kept as JSON: {error}."
        refused = {"type": ERROR_TYPE, "status": 502, "title": "Unusable answer", "detail": detail}
        return orjson.dumps({"digest": digest, "error": refused})
