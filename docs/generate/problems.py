"""Every code of a definition's problems, with what is wrong and right; the examples are tried."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from docs.generate.markdown import table
from turnout.definition.problem_codes import LINTS, READING, RULES, ProblemCode

_EXAMPLES = Path(__file__).with_name("problems.yaml")
_HEAD = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n"
_WORK = "\ndo: [ { work: { set: { a: 1 } } } ]\n"
_HAS_TASKS = re.compile(r"^do:", re.MULTILINE)


def examples() -> dict[str, tuple[str, str]]:
    """Code → a definition that has it, and one that does not; both whole texts."""
    return {
        code: (_whole(each, each["wrong"]), _whole(each, each["right"]))
        for code, each in _written().items()
    }


def reading() -> str:
    """The codes of texts that cannot be read."""
    return _table(READING)


def rules() -> str:
    """The codes of what the language does not allow."""
    return _table(RULES)


def lints() -> str:
    """The codes of what is doubtful."""
    return _table(LINTS)


def _written() -> dict[str, dict[str, Any]]:
    written: dict[str, dict[str, Any]] = YAML(typ="safe").load(_EXAMPLES.read_text("utf-8"))
    return written


def _whole(example: Mapping[str, Any], text: str) -> str:
    if example.get("text"):
        return text
    return _HEAD + text + ("" if _HAS_TASKS.search(text) else _WORK)


def _table(codes: Mapping[str, ProblemCode]) -> str:
    written = _written()
    rows = []
    for code, kind in codes.items():
        example = written.get(code, {})
        wrong, right = (_code(example.get(each, "")) for each in ("wrong", "right"))
        rows.append((f"`{code}`", kind.severity, kind.meaning, kind.remedy, wrong, right))
    return table(("code", "severity", "what it means", "what to do", "wrong", "right"), rows)


def _code(text: str) -> str:
    """A text as it stands in a cell: one line, two for what stands in two places."""
    return "<br>".join(f"`{line}`" for line in text.splitlines())
