"""Checks of the arguments of ``call: human-review``."""

from turnout.definition.duration_checks import duration, timeout_block
from turnout.definition.expression_checks import text_or_expression, value
from turnout.definition.findings import Check, Spot, did_you_mean
from turnout.definition.shapes import is_text, members, wrong_type
from turnout.domain.json import Json
from turnout.domain.review import (
    FAULT,
    MAX_CHOICES,
    MAX_LABEL,
    MAX_QUESTION,
    MAX_WORD,
    is_word,
)


def human_review_arguments(spot: Spot) -> None:
    """Check ``with`` of a ``call: human-review``."""
    known: dict[str, Check] = {
        "queue": _queue,
        "question": _question,
        "data": value,
        "choices": _choices,
        "due": _due,
        "whenDue": text_or_expression,
    }
    members(spot, known, ("question", "choices"))
    _due_and_what_then(spot)


def _due(spot: Spot) -> None:
    check = timeout_block if isinstance(spot.value, dict) else duration
    check(spot)


def _queue(spot: Spot) -> None:
    if _is_computed(spot):
        text_or_expression(spot)
    elif is_text(spot):
        _word(spot)


def _question(spot: Spot) -> None:
    text_or_expression(spot)
    if isinstance(spot.value, str) and not 0 < len(spot.value) <= MAX_QUESTION:
        spot.error("invalid_value", f"`question` has 1 to {MAX_QUESTION} characters.")


def _choices(spot: Spot) -> None:
    if isinstance(spot.value, str):
        if _is_computed(spot):
            text_or_expression(spot)
        else:
            wrong_type(spot, "a list or an expression in `${ }`", "Write each choice after a `-`.")
    elif not isinstance(spot.value, list):
        wrong_type(spot, "a list or an expression in `${ }`", "Write each choice after a `-`.")
    elif not 0 < len(spot.value) <= MAX_CHOICES:
        spot.error("invalid_value", f"`choices` has 1 to {MAX_CHOICES} choices.")
    else:
        seen: set[str] = set()
        for item in spot.items():
            _choice(item, seen)


def _choice(item: Spot, seen: set[str]) -> None:
    if isinstance(item.value, dict):
        members(item, {"value": _choice_value, "label": _label}, ("value",))
    elif isinstance(item.value, str):
        _choice_value(item)
    else:
        wrong_type(item, "text or an object with `value` and `label`", _quotes(item.value))
    name = _value_of(item.value)
    if name is not None and name in seen:
        item.error("duplicate_name", f"There is another choice `{name[:MAX_WORD]}` here.")
    seen.update(filter(None, (name,)))


def _choice_value(spot: Spot) -> None:
    if _is_computed(spot):
        text_or_expression(spot)
    elif spot.value == FAULT:
        spot.error(
            "reserved_name",
            f"`{FAULT}` says in `whenDue` that the task fails, so it is no choice.",
            "Choose another word.",
        )
    elif is_text(spot):
        _word(spot)


def _label(spot: Spot) -> None:
    text_or_expression(spot)
    if isinstance(spot.value, str) and not 0 < len(spot.value) <= MAX_LABEL:
        spot.error("invalid_value", f"`label` has 1 to {MAX_LABEL} characters.")


def _word(spot: Spot) -> None:
    if not is_word(spot.value):
        what = f"`{spot.name}`" if spot.name else "A choice"
        spot.error(
            "invalid_value",
            f"{what} has 1 to {MAX_WORD} printable characters and no space around them.",
        )


def _due_and_what_then(spot: Spot) -> None:
    if spot.has("due") != spot.has("whenDue"):
        there, missing = ("due", "whenDue") if spot.has("due") else ("whenDue", "due")
        spot.member(there).error_of_member(
            "missing_member",
            f"`{there}` without `{missing}` says nothing.",
            "`due` says how long a person has, `whenDue` which choice is taken then, "
            f"or `{FAULT}` for an error.",
        )
    elif spot.has("whenDue") and spot.has("choices"):
        _when_due(spot.member("whenDue"), spot.member("choices").value)


def _when_due(spot: Spot, choices: Json) -> None:
    """Refuse what is none of the choices, where all of them are written out."""
    if not isinstance(choices, list) or not isinstance(spot.value, str) or _is_computed(spot):
        return
    names = [name for choice in choices if (name := _value_of(choice)) is not None]
    if any("${" in name for name in names) or spot.value in (FAULT, *names):
        return
    spot.error(
        "invalid_value",
        f"`whenDue` is none of the choices, nor `{FAULT}`.",
        did_you_mean(spot.value, [*names, FAULT])
        or f"Write one of {', '.join(names[:MAX_CHOICES])}, or `{FAULT}`.",
    )


def _value_of(choice: Json) -> str | None:
    found = choice.get("value") if isinstance(choice, dict) else choice
    return found if isinstance(found, str) else None


def _is_computed(spot: Spot) -> bool:
    return isinstance(spot.value, str) and "${" in spot.value


def _quotes(found: Json) -> str | None:
    # YAML's `no` is text in YAML 1.2, but a number or `true` is not.
    return "Put it in quotes." if isinstance(found, bool | int | float) else None
