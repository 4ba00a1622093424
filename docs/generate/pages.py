"""Pages with parts that are made from the code, each between two comments that name it."""

import re
from collections.abc import Callable
from pathlib import Path

from docs.generate import cli, definitions, errors, http_api, limits, problems, settings

REFERENCE = Path(__file__).parent.parent / "reference"

PARTS: dict[str, Callable[[], str]] = {
    "codes": errors.codes,
    "statuses": errors.statuses,
    "exit-codes": errors.exit_codes,
    "settings": settings.settings,
    "limits": limits.limits,
    "command-line": cli.command_line,
    "roles": http_api.roles,
    "overview": http_api.overview,
    "operations": http_api.operations,
    "definitions": definitions.definitions,
    "problems-reading": problems.reading,
    "problems-rules": problems.rules,
    "problems-lints": problems.lints,
}
"""Name of a part → what makes it."""

_PART = re.compile(r"(<!-- made from the code: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def current() -> dict[Path, str]:
    """Every reference page, as it must be now."""
    return {page: _renewed(page) for page in sorted(REFERENCE.glob("*.md"))}


def used() -> set[str]:
    """The names of the parts that stand in a page."""
    return {
        match[2]
        for page in REFERENCE.glob("*.md")
        for match in _PART.finditer(page.read_text("utf-8"))
    }


def _renewed(page: Path) -> str:
    return _PART.sub(
        lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}", page.read_text("utf-8")
    )
