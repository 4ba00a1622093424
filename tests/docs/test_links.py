"""Links lead somewhere, and every page can be reached."""

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, README, anchors, links, name, pages


def inner(page: Path) -> list[tuple[str, Path, str]]:
    """(link, page or file it means, anchor) of a page's links within the project."""
    found = []
    for link in links(page):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        found.append((link, (page.parent / path).resolve() if path else page, anchor))
    return found


@pytest.mark.parametrize("page", pages(), ids=name)
def test_a_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    broken = [
        link
        for link, target, anchor in inner(page)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ahead = [README]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            ahead += [to for _, to, _ in inner(page) if to.suffix == ".md" and to.exists()]
    assert [name(page) for page in sorted(DOCS.rglob("*.md")) if page not in reached] == []
