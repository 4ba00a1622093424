"""The bounds of a run's journal: one that never ends must not fill the disk."""

from turnout.domain.journal import Entry
from turnout.interpreter.compiled import Limits
from turnout.interpreter.entries import overrun
from turnout.interpreter.state import State

_ABSENT = Limits().bounds()
"""For runs whose ``accepted`` entry is older than these bounds; the same on every machine."""


def overfull(state: State) -> Entry | None:
    """The overrun of a run that cannot go on like this; None while its journal is in bounds."""
    bounds = {**_ABSENT, **state.limits}
    if state.sequence >= bounds["entries"]:
        return _overrun(f"{bounds['entries']:,} entries")
    if state.journal > bounds["journal"]:
        return _overrun(f"{bounds['journal']:,} bytes")
    return None


def _overrun(most: str) -> Entry:
    return overrun(
        "journal",
        f"It would hold more than {most}. Look for loops that call or wait without end, or "
        "spread the work over several runs.",
    )
