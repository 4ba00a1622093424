"""Every command block of the README and the quick start runs, and says what the page shows."""

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, README, Step, name, steps
from tests.docs.session import play, serving
from tests.docs.shown_output import matches

NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
PLAYED = [
    pytest.param(README, id="README"),
    pytest.param(DOCS / "quick-start.md", id="quick start", marks=NEEDS_CURL),
]
WITH_THE_SAMPLE = [
    DOCS / "how-to/ask-a-person.md",
    DOCS / "how-to/back-up.md",
    DOCS / "how-to/promote.md",
]


@pytest.mark.parametrize("page", PLAYED)
def test_every_command_block_of_a_page_runs_and_says_what_is_shown(
    page: Path, tmp_path: Path
) -> None:
    blocks = steps(page)
    assert any(serving(block) for block in blocks), "a page begins with starting the server"
    play(blocks, tmp_path)


@pytest.mark.parametrize("page", WITH_THE_SAMPLE, ids=name)
def test_a_how_to_works_beside_a_server_with_the_sample(page: Path, tmp_path: Path) -> None:
    play([block("turnout serve --with-sample"), *steps(page)], tmp_path)


def block(commands: str, shown: str | None = None) -> Step:
    return Step("page.md", 1, commands, shown)


def test_a_block_that_fails_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:1: this block failed"):
        play([block("true"), block("echo before; false; echo after")], tmp_path)


def test_a_block_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="but it said"):
        play([block("echo two", "one")], tmp_path)


def test_blocks_share_one_shell(tmp_path: Path) -> None:
    play([block("N=4\ncd /"), block('echo "$N in $PWD"', "4 in /")], tmp_path)


def test_a_make_target_that_does_not_exist_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no `make tset`"):
        play([block("make tset")], tmp_path)


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        ("run …\n", "run wfr_01\n", True),
        ("run  …  done\n", "run wfr_01 done\n", True),
        ("run …\n", "walk wfr_01\n", False),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\nd\n", "a\nd\n", True),
        ("a\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_an_ellipsis_elides_what_a_page_cannot_know(shown: str, said: str, same: bool) -> None:
    assert matches(shown, said) is same
