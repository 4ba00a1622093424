"""What of the language is supported: every construct of ``constructs.yaml`` is tried."""

from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from docs.generate.markdown import table
from turnout.definition.check import check
from turnout.domain.problem import Severity

_CONSTRUCTS = Path(__file__).with_name("constructs.yaml")
_HEAD = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n"
_WORK = "do: [ { work: { set: { a: 1 } } } ]\n"


class Tried(NamedTuple):
    """A construct, and what publishing says to it; ``code`` is empty where it is supported."""

    group: str
    construct: str
    word: str
    code: str
    message: str


def definitions() -> str:
    """The table of constructs."""
    rows = [
        (
            each.group,
            each.construct,
            each.word,
            f"`{each.code}`: {each.message}" if each.code else "",
        )
        for each in tried()
    ]
    return table(("", "construct", "", "what publishing says"), rows)


def tried() -> list[Tried]:
    """Every construct, tried on the validation itself."""
    groups: dict[str, dict[str, str]] = YAML(typ="safe").load(_CONSTRUCTS.read_text("utf-8"))
    return [
        _try(group, construct, text)
        for group, constructs in groups.items()
        for construct, text in constructs.items()
    ]


def _try(group: str, construct: str, text: str) -> Tried:
    whole = _HEAD + text + ("" if text.startswith("do:") else "\n" + _WORK)
    # Whether jq compiles an expression is another question.
    found = check(whole, lambda _source, _names: None, {}).problems
    errors = [each for each in found if each.severity is Severity.ERROR]
    if not errors:
        return Tried(group, construct, "supported", "", "")
    later = [each for each in errors if each.code == "not_supported_yet"]
    first = (later or errors)[0]
    return Tried(group, construct, "not yet" if later else "refused", first.code, first.message)
