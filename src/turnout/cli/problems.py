"""How a definition's problems are told: where, what, the line itself, and what to do about it."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from turnout.cli import render
from turnout.domain.problem import Severity

_SHOWN = 100
"""Columns of a line that are shown; a definition may be one line of a megabyte."""

_BEFORE = 60
_NEWLINE = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"""\$\{[^{}]*\}|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,:{}\[\]"']+""")
_MARK = "^"
_MOST_TOLD = 200


def tell(problems: Sequence[Mapping[str, Any]], text: str = "", *, stderr: bool = False) -> None:
    """Print problems, each with its line of ``text`` and a mark under its column.

    Args:
        problems: as JSON shows them; ``file`` names where each is from, if it is there.
        text: what they are problems of, or nothing where it is not at hand.
        stderr: print there instead of on stdout.
    """
    lines = _NEWLINE.split(text.removeprefix("\ufeff")) if text else []
    for each in islice(problems, _MOST_TOLD):
        colour = render.BADGES.get(each["severity"], "")
        render.say_parts(
            (f"{place(each)}: " if place(each) else "", "bold"),
            (f"{each['severity']} {each['code']}", f"bold {colour}"),
            (f" {each['message']}", ""),
            stderr=stderr,
        )
        _tell_line(each, lines, colour, stderr)
        if each.get("hint"):
            render.say_parts(("  hint: ", "bold cyan"), (each["hint"], ""), stderr=stderr)
        if lines:
            render.say_parts(stderr=stderr)


def place(problem: Mapping[str, Any]) -> str:
    """``file:line:column``, as far as it is known; editors and terminals make it a link."""
    parts = (problem.get("file"), problem.get("line"), problem.get("column"))
    return ":".join(str(part) for part in parts if part)


def counted(problems: Sequence[Mapping[str, Any]], files: int = 1) -> str:
    """One sentence: how many there are, and whether they keep it from being published."""
    severities = [each["severity"] for each in problems]
    errors, warnings = (severities.count(each) for each in (Severity.ERROR, Severity.WARNING))
    where = f" in {files} files" if files > 1 else ""
    if not problems:
        return "No problems."
    if not errors:
        return f"{_several(warnings, 'warning')}{where}, no errors: nothing keeps it from running."
    also = f" and {_several(warnings, 'warning')}" if warnings else ""
    return f"{_several(errors, 'error')}{also}{where}."


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _tell_line(problem: Mapping[str, Any], lines: Sequence[str], colour: str, stderr: bool) -> None:
    number, column = problem.get("line"), problem.get("column")
    if not number or not column or number > len(lines):
        return
    line = lines[number - 1]
    start = max(0, column - 1 - _BEFORE) if column > _SHOWN else 0
    before, rest = line[start : column - 1], line[column - 1 : start + _SHOWN]
    found = _TOKEN.match(rest)
    marked = found.group() if found else rest[:1]
    lead = "…" if start else ""
    tail = "…" if len(line) > start + _SHOWN else ""
    gutter = str(number)
    shown = _flat(f"{lead}{before}{rest}{tail}")
    blank = " " * render.width(_flat(lead + before))
    marks = _MARK * max(1, render.width(_flat(marked)))
    bar = " " * len(gutter)
    render.say_parts((f"  {gutter} | ", "dim"), (shown, ""), stderr=stderr)
    render.say_parts((f"  {bar} | ", "dim"), (blank, ""), (marks, f"bold {colour}"), stderr=stderr)


def _flat(text: str) -> str:
    """A piece of a line as it is printed, so that what stands under it can be lined up."""
    return render.plain(text.replace("\t", "    "))
