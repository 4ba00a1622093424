"""What people read: headings, tables and changes; and JSON for programs.

Everything that comes from a definition or a server may have been written by an enemy: control
characters never reach the terminal.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 10_000
"""A pipe has no edge to cut a table at."""

BADGES = {
    "live": "green",
    "treatment": "cyan",
    "control": "blue",
    "stopped": "red",
    "superseded": "dim",
    "reverted": "yellow",
    "completed": "green",
    "faulted": "red",
    "cancelled": "yellow",
    "active": "cyan",
    "paused": "yellow",
    "error": "red",
    "warning": "yellow",
    "held": "green",
    "BROKEN": "bold red",
}
"""Word → colour; a word in a cell's beginning colours it."""


def console(*, stderr: bool = False) -> Console:
    """A console on the present stdout or stderr."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def plain(value: Any) -> str:
    """A value as one printable piece of text; control characters as their escapes."""
    text = "" if value is None else str(value)
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text.encode("utf-8", "replace").decode("utf-8")
    )


def say(text: str = "", style: str = "") -> None:
    """Print a line."""
    console().print(Text(plain(text), style=style), soft_wrap=True)


def say_parts(*parts: tuple[str, str], stderr: bool = False) -> None:
    """Print a line of pieces, each with its style."""
    line = Text()
    for text, style in parts:
        line.append(plain(text), style=style)
    line.rstrip()
    console(stderr=stderr).print(line, soft_wrap=True)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return cell_len(text)


def warn(text: str) -> None:
    """Print a line on stderr."""
    console(stderr=True).print(Text(plain(text)), soft_wrap=True)


def heading(environment: str, workflow: str = "") -> None:
    """What every answer begins with: ``production · onboarding``."""
    say(" · ".join(filter(None, (environment, workflow))), style="bold")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "None.") -> None:
    """Print a table; ``empty`` when it has no rows. Numbers stand to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        say(empty, style="dim")
        return
    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    originals = list(zip(*cells, strict=True))
    for name, column in zip(columns, originals, strict=True):
        numeric = all(_is_number(cell.plain) for cell in column)
        made.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        made.add_row(*row)
    _print_table(made)


def _print_table(made: Table) -> None:
    shown = console()
    if shown.is_terminal:
        shown.print(made)
        return
    with shown.capture() as captured:
        shown.print(made)
    # Rich fills every line up to the widest: noise in a file or a comparison.
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values below each other; those without a value are left out."""
    kept = [(name, value) for name, value in pairs if value not in (None, "")]
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        line = Text(f"{name:<{width}}  ", style="dim")
        console().print(line.append(_cell(value)), soft_wrap=True)


def as_json(data: Any) -> None:
    """Print JSON alone: one line for programs, indented on a terminal."""
    indent = 2 if sys.stdout.isatty() else None
    # Escaped beyond ASCII: readable whatever the terminal's encoding, and no control characters.
    sys.stdout.write(json.dumps(data, indent=indent, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def percent(value: float | None) -> str:
    """A share: ``25 %``; empty for None."""
    return "" if value is None else f"{value:g} %"


def when(instant: str | None) -> str:
    """An ISO instant as people read it: ``2026-05-14 14:02:00``, UTC."""
    return "" if not instant else instant[:19].replace("T", " ")


def short(id_: str | None) -> str:
    """The end of an id, enough to name it: ``…4h2k9z0q``."""
    return "" if not id_ else f"…{id_[-8:]}"


def change(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Shares by version, before → after: ``v8 25 % → 0, v7 75 % → 100``."""
    names = sorted({*before, *after}, key=_newest_first)
    return ", ".join(f"{name} {before.get(name, 0):g} % → {after.get(name, 0):g}" for name in names)


def _newest_first(name: str) -> tuple[int, str]:
    digits = name.removeprefix("v")
    return (-int(digits) if digits.isdecimal() else 0, name)


def _cell(value: Any) -> Text:
    text = plain(value)
    word = text.split(" ", 1)[0]
    style = BADGES.get(word) or BADGES.get(word.lower(), "")
    return Text(text, style=style)


def _is_number(text: str) -> bool:
    return text == "" or text.removesuffix(" %").replace(",", "").replace(".", "", 1).isdecimal()
