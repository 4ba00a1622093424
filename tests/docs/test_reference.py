"""The reference says what the code says: nothing is undocumented, nothing documented is gone."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from docs.generate.cli import all_commands
from docs.generate.definitions import tried
from docs.generate.pages import PARTS, current, used

from tests.docs.pages import DOCS, ROOT, name, pages, prose, steps
from turnout.api.access import NEEDED
from turnout.definition.task_list import NOT_YET_TASKS
from turnout.definition.task_types import TASK_TYPES
from turnout.domain.errors import TITLES
from turnout.settings import Settings

REFERENCE = DOCS / "reference"
PAGES = current()
COMMANDS: dict[str, Any] = dict(all_commands())
TARGETS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_reference_page_is_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run: python -m docs.generate"


def test_every_part_that_is_made_from_the_code_stands_on_a_page() -> None:
    assert used() == set(PARTS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_documented_with_its_options_and_an_example(command: str) -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    section = re.search(
        rf"^## `{re.escape(command)}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert section, f"{command} is undocumented"
    assert re.search(rf"^{re.escape(command)}", section[1], re.MULTILINE), "it has no example"
    missing = [
        option
        for each in COMMANDS[command].params
        if each.param_type_name == "option"
        for option in each.opts
        if f"`{option}`" not in section[1]
    ]
    assert missing == []


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_a_setting_is_documented(setting: str) -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    row = re.search(
        rf"^\| `TURNOUT_{setting.upper()}` \| `{setting}` \| .+ \| (.+) \|$", text, re.MULTILINE
    )
    assert row, f"{setting} is undocumented"
    assert len(row[1]) > 10


@pytest.mark.parametrize("operation", sorted(NEEDED.keys() - {"GET /openapi.json"}))
def test_an_endpoint_is_documented_with_its_role(operation: str) -> None:
    text = (REFERENCE / "http-api.md").read_text(encoding="utf-8")
    role = NEEDED[operation].word
    assert re.search(
        rf"^\| \[`{re.escape(operation)}`\]\(.+\) \| .+ \| {role} \|$", text, re.MULTILINE
    )


@pytest.mark.parametrize("code", TITLES)
def test_an_error_code_is_documented(code: str) -> None:
    text = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    assert f"| `{code}` | {TITLES[code]} |" in text


@pytest.mark.parametrize("keyword", [*TASK_TYPES, *NOT_YET_TASKS])
def test_a_type_of_task_stands_in_the_table_of_what_is_supported(keyword: str) -> None:
    text = (REFERENCE / "definitions.md").read_text(encoding="utf-8")
    expected = "not yet" if keyword in NOT_YET_TASKS else "supported"
    assert re.search(rf"^\| Tasks \| `{keyword}\b.* \| {expected} \|", text, re.MULTILINE)


def test_a_construct_is_refused_for_itself_and_not_for_a_slip_in_its_example() -> None:
    codes = {"", "not_supported_yet", "forbidden_in_expression", "mixed_text"}
    assert [each for each in tried() if each.code not in codes] == []


def turnout_lines(page: Path) -> list[str]:
    return [
        line.removesuffix("\\").split(" | ")[0]
        for step in steps(page)
        for line in step.lines
        if line.startswith("turnout ")
    ]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_the_commands_on_a_page_exist_with_their_options(page: Path) -> None:
    for line in turnout_lines(page):
        words = shlex.split(line, comments=True)
        command = next(
            (" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None
        )
        assert command, f"there is no command as in: {line}"
        known = {option for each in COMMANDS[command].params for option in (*each.opts, "--help")}
        used = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
        assert used <= known, f"no such option in: {line}"


@pytest.mark.parametrize("page", pages(), ids=name)
def test_a_make_target_on_a_page_exists(page: Path) -> None:
    assert set(re.findall(r"`make ([a-z]+)`", prose(page))) <= TARGETS


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("0*.md")), ids=name)
def test_a_decision_has_its_context_and_its_consequence(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequence"]
