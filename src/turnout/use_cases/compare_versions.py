"""Compare two versions, or a version and a draft: what changed, in sentences."""

from dataclasses import dataclass

from turnout.definition.diff import Change, diff
from turnout.definition.parse import parse
from turnout.domain.draft import Draft
from turnout.domain.errors import DefinitionInvalid
from turnout.domain.problem import Severity
from turnout.domain.version import Version
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports
from turnout.use_cases.read_versions import read_definition


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of ``old`` in ``new``; both are ids."""

    old: str
    new: str
    changes: tuple[Change, ...]


async def compare_versions(
    ports: Ports, caller: Caller, version_id: str, *, against: str
) -> Comparison:
    """What changed from ``against`` to ``version_id``; either may be a draft.

    Raises:
        NotFound: there is no such version or draft.
        DefinitionInvalid: a draft with problems has no normal form to compare.
        Busy: the worker queues are full.
    """
    new = await read_definition(ports, caller, version_id)
    old = await read_definition(ports, caller, against)
    before, after = await _normalised(ports, old), await _normalised(ports, new)
    changes = () if before == after else tuple(diff(parse(before), parse(after)))
    return Comparison(old.id, new.id, changes)


async def _normalised(ports: Ports, content: Version | Draft) -> bytes:
    if isinstance(content, Version):
        return content.normalised
    checked = await ports.workers.check(content.definition, group=content.workflow_id)
    if checked.normalised is None:
        errors = [each for each in checked.problems if each.severity is Severity.ERROR]
        raise DefinitionInvalid(errors)
    return checked.normalised
