"""Tables, and what docstrings say, as Markdown."""

import re
from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("\n", " ").replace("|", "\\|")


def attribute_docs(kind: type) -> dict[str, str]:
    """Attribute → what the class's docstring says about it; several names may share a line."""
    _, _, text = (kind.__doc__ or "").partition("Attributes:")
    found: dict[str, str] = {}
    for names, told in re.findall(r"^ {8}(\w[\w, ]*): (.+(?:\n {12}.+)*)", text, re.MULTILINE):
        for name in names.split(","):
            found[name.strip()] = " ".join(told.split()).replace("``", "`")
    return found
