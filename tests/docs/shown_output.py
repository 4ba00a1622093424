"""Compares what a command said with what a page shows.

A page cannot know ids and times, so ``…`` in a line stands for any text within that line, and a
line of ``…`` alone for any number of lines. Runs of blanks count as one: columns may be wider.
"""

import re

ELISION = "…"


def matches(shown: str, said: str) -> bool:
    """Whether output is what a page shows."""
    pattern = "".join(_line(line) for line in _lines(shown))
    return re.fullmatch(pattern, "".join(line + "\n" for line in _lines(said))) is not None


def _line(line: str) -> str:
    if line == ELISION:
        return r"(?:.*\n)*"
    return ".*".join(re.escape(part) for part in line.split(ELISION)) + r"\n"


def _lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if line]
