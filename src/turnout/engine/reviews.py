"""What a review is answered with when it is due and nobody decided."""

import orjson

from turnout.domain.instant import iso
from turnout.domain.json import JsonObject
from turnout.domain.review import FAULT, answer
from turnout.interpreter.errors import fault
from turnout.use_cases.workers import WantedEffect


def when_due(effect: WantedEffect) -> JsonObject:
    """The answer to a review whose time has come: its choice, or a timeout.

    It is the same whenever it is made, so that a process that ends in between does no harm.
    """
    if effect.due is None:
        raise AssertionError(f"{effect.key} is never due")
    then: str = orjson.loads(effect.request)["whenDue"]
    if then == FAULT:
        late = fault("timeout", f"Nobody decided the review; it was due at {iso(effect.due)}.")
        return {"error": late.error}
    return {"value": answer(then, effect.due)}


def nobody_to_ask() -> JsonObject:
    """The answer to a review that is never due, where there is nobody who could decide."""
    detail = (
        "Nobody can be asked here, and the review has no `due`: run this workflow on a server, "
        "or give the review a `due` and a `whenDue`."
    )
    return {"error": fault("runtime", detail).error}
