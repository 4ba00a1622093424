"""Settings."""

from dataclasses import Field, fields
from typing import Any

from docs.generate.markdown import attribute_docs, table
from turnout.settings import Settings


def settings() -> str:
    """Every setting: its names, its default, what it is for."""
    told = attribute_docs(Settings)
    rows = (
        (f"`TURNOUT_{each.name.upper()}`", f"`{each.name}`", _default(each), told[each.name])
        for each in fields(Settings)
    )
    return table(("environment", "in the file", "default", "what it is for"), rows)


def _default(setting: "Field[Any]") -> str:
    return f"`{setting.default}`" if str(setting.default) else "none"
