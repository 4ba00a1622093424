"""The version history of a workflow in one environment."""

from dataclasses import dataclass

from turnout.domain.deployment import Deployment
from turnout.domain.instant import Instant
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, Slice, StoredEvent, Transaction


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Events, newest first, with what their ids stand for.

    Attributes:
        numbers: version id → number. names: key id → name.
    """

    handle: str
    events: Slice[StoredEvent]
    numbers: dict[str, int]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class LiveThen:
    """What was live at an instant; ``deployment`` is None when nothing was."""

    handle: str
    deployment: Deployment | None
    numbers: dict[str, int]


async def read_history(ports: Ports, caller: Caller, reference: str, page: Page) -> HistoryView:
    """A page of the history.

    Raises:
        NotFound: no such workflow.
    """

    def load(tx: Transaction) -> HistoryView:
        workflow = find.workflow(tx, reference)
        events = tx.history.list(caller.environment.id, workflow.id, page)
        numbers = {version.id: version.number for version in tx.versions.list(workflow.id)}
        actors = sorted({stored.event.by.actor for stored in events.items})
        return HistoryView(workflow.handle, events, numbers, tx.api_keys.names(actors))

    return await ports.store.read(load)


async def read_history_at(
    ports: Ports, caller: Caller, reference: str, instant: Instant
) -> LiveThen:
    """What was live at an instant.

    Raises:
        NotFound: no such workflow.
    """

    def load(tx: Transaction) -> LiveThen:
        workflow = find.workflow(tx, reference)
        deployment = tx.history.at(caller.environment.id, workflow.id, instant)
        numbers = {version.id: version.number for version in tx.versions.list(workflow.id)}
        return LiveThen(workflow.handle, deployment, numbers)

    return await ports.store.read(load)
