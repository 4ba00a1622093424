"""Settings and limits."""

from dataclasses import Field, fields
from typing import Any

from docs.generate.markdown import attribute_docs, table
from turnout.engine.http import MAX_REDIRECTS, HttpLimits
from turnout.engine.limits import MIB, Limits, Sizes
from turnout.interpreter.compiled import Limits as RunLimits
from turnout.settings import Settings


def settings() -> str:
    """Every setting: its names, its default, what it is for."""
    told = attribute_docs(Settings)
    rows = (
        (f"`TURNOUT_{each.name.upper()}`", f"`{each.name}`", _default(each), told[each.name])
        for each in fields(Settings)
    )
    return table(("environment", "in the file", "default", "what it is for"), rows)


def limits() -> str:
    """Every number that bounds what a definition, a run or a call may use."""
    redirects = ("An outgoing call", "redirects", MAX_REDIRECTS, "followed, where the task asks")
    rows = [
        *_numbers("A job of a worker", Limits()),
        *_numbers("The pool", Sizes()),
        *_numbers("A run", RunLimits()),
        *_numbers("An outgoing call", HttpLimits()),
        redirects,
    ]
    return table(("of", "limit", "value", "what it bounds"), rows)


def _default(setting: "Field[Any]") -> str:
    return f"`{setting.default}`" if str(setting.default) else "none"


def _numbers(of: str, limits_: Any) -> list[tuple[str, str, str, str]]:
    told = attribute_docs(type(limits_))
    return [
        (of, f"`{each.name}`", _number(getattr(limits_, each.name)), told[each.name])
        for each in fields(limits_)
    ]


def _number(value: Any) -> str:
    if isinstance(value, int) and value >= MIB and value % MIB == 0:
        return f"{value // MIB} MiB"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
