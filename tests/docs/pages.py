"""The project's pages, and what stands in them: code blocks, links, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page: the README, the changelog and all of ``docs/``."""
    return [README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def name(page: Path) -> str:
    """A page as tests name it: ``docs/index.md``."""
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Step:
    """A ``sh`` block, with the ``text`` block that directly follows it, if one does.

    Attributes:
        line: where the block begins, 1-based.
        shown: the output that the page promises, or None.
    """

    page: str
    line: int
    commands: str
    shown: str | None

    @property
    def lines(self) -> list[str]:
        """Its commands, a line each, without comments and blank lines."""
        stripped = (line.strip() for line in self.commands.splitlines())
        return [line for line in stripped if line and not line.startswith("#")]


def steps(page: Path) -> list[Step]:
    """The page's ``sh`` blocks, in order."""
    return list(_steps(page))


def _steps(page: Path) -> Iterator[Step]:
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    for at, block in enumerate(found):
        if block[1] != "sh":
            continue
        after = found[at + 1] if at + 1 < len(found) else None
        follows = after is not None and after[1] == "text" and adjacent(text, block, after)
        shown = after[2] if after is not None and follows else None
        yield Step(name(page), text.count("\n", 0, block.start()) + 1, block[2], shown)


def adjacent(text: str, block: re.Match[str], after: re.Match[str]) -> bool:
    """Whether nothing but white space stands between two blocks."""
    return not text[block.end() : after.start()].strip()


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    return [match[1] or match[2] for match in _LINK.finditer(prose(page))]


def anchors(page: Path) -> set[str]:
    """What links may point at within a page, as GitHub makes it from headings."""
    return {_anchor(heading) for heading in _HEADING.findall(prose(page))}


def _anchor(heading: str) -> str:
    plain = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
