"""Every document of the specification's conformance kit is read, or refused by name and line."""

import os
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from turnout.definition.check import Checked
from turnout.definition.parse import parse
from turnout.domain.problem import Severity

FOLDER = os.environ.get("OPEN_WORKFLOW_DIR")
_SCENARIO = re.compile(r'Scenario: (.*?)\n.*?definition:\s*?\n\s*"""yaml\n(.*?)"""', re.DOTALL)

NOT_SUPPORTED_YET = {
    "Call HTTP Using Basic Authentication": ("authentication", 13),
    "Call OpenAPI With Content Output": ("call: openapi", 8),
    "Call OpenAPI With Response Output": ("call: openapi", 8),
}


def scenarios() -> Iterator[tuple[str, str]]:
    if FOLDER is None:
        return
    for feature in sorted(Path(FOLDER).glob("ctk/features/*.feature")):
        for title, text in _SCENARIO.findall(feature.read_text(encoding="utf-8")):
            yield title.strip(), textwrap.dedent(text)


SCENARIOS = list(scenarios())


@pytest.mark.skipif(FOLDER is None, reason="OPEN_WORKFLOW_DIR does not say where the kit is")
def test_the_kit_is_there() -> None:
    titles = [title for title, _ in SCENARIOS]
    assert len(titles) >= 21
    assert set(titles) >= NOT_SUPPORTED_YET.keys()


@pytest.mark.parametrize(("title", "text"), SCENARIOS, ids=[title for title, _ in SCENARIOS])
def test_each_document_is_parsed_or_refused_by_name_and_line(
    check_text: Callable[[str], Checked], title: str, text: str
) -> None:
    checked = check_text(text)
    errors = [p for p in checked.problems if p.severity is Severity.ERROR]
    found = [(problem.code, problem.message, problem.line) for problem in errors]
    if title in NOT_SUPPORTED_YET:
        construct, line = NOT_SUPPORTED_YET[title]
        assert found == [("not_supported_yet", f"`{construct}` is not supported yet.", line)]
    else:
        assert found == []
        assert checked.normalised is not None
        assert parse(checked.normalised).tasks
