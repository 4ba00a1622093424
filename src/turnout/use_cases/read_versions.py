"""Versions as people see them in one environment: their share, their badge, who made them."""

from collections.abc import Sequence
from dataclasses import dataclass

from turnout.domain.badge import Badge, badges
from turnout.domain.deployment import Share
from turnout.domain.draft import Draft
from turnout.domain.gate import Gate
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, Slice, Transaction, bad_cursor


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version, or the draft that will be the next one, as this environment sees it.

    Attributes:
        share: its part of new runs here, or None when it is not live here.
        badge: what it is or was last to new runs here, or None.
        runs, in_flight: of it, in this environment.
        names: key id → name, of everybody named in it.
    """

    workflow: Workflow
    content: Version | Draft
    share: Share | None
    badge: Badge | None
    runs: int
    in_flight: int
    names: dict[str, str]


async def read_version(ports: Ports, caller: Caller, version_id: str) -> VersionView:
    """One version or draft, also one that was set aside.

    Raises:
        NotFound: there is none.
    """

    def load(tx: Transaction) -> VersionView:
        draft = tx.drafts.get(version_id) or tx.drafts.get_set_aside(version_id)
        content = draft if draft is not None else find.version(tx, version_id)
        workflow = find.workflow(tx, content.workflow_id)
        return _views(tx, caller, workflow, [content])[0]

    return await ports.store.read(load)


async def list_versions(
    ports: Ports, caller: Caller, reference: str, page: Page
) -> Slice[VersionView]:
    """Draft, treatment, control, then the rest, newest first.

    Raises:
        NotFound: no such workflow.
        BadRequest: a cursor that is not in the list.
    """

    def load(tx: Transaction) -> Slice[VersionView]:
        workflow = find.workflow(tx, reference)
        gate = find.gate(tx, caller, workflow)
        draft = tx.drafts.of(workflow.id)
        ordered: list[Version | Draft] = [draft] if draft else []
        ordered += sorted(tx.versions.list(workflow.id), key=lambda each: _rank(gate, each))
        chosen, previous, next_ = _cut(ordered, page)
        return Slice(tuple(_views(tx, caller, workflow, chosen)), previous, next_)

    return await ports.store.read(load)


async def read_definition(ports: Ports, caller: Caller, version_id: str) -> Version | Draft:
    """The version or draft whose text is wanted.

    Raises:
        NotFound: there is none.
    """

    def load(tx: Transaction) -> Version | Draft:
        draft = tx.drafts.get(version_id)
        return draft if draft is not None else find.version(tx, version_id)

    return await ports.store.read(load)


def _rank(gate: Gate, version: Version | Draft) -> int:
    shares = gate.deployment.shares if gate.deployment else ()
    live = [share.version_id for share in shares]
    return live.index(version.id) if version.id in live else len(live)


def _cut(
    ordered: Sequence[Version | Draft], page: Page
) -> tuple[Sequence[Version | Draft], bool, bool]:
    """A page of a list that is not in the order of its ids."""
    ids = [each.id for each in ordered]
    for cursor in (page.after, page.before):
        if cursor is not None and cursor not in ids:
            raise bad_cursor(cursor)
    start = 0
    if page.after is not None:
        start = ids.index(page.after) + 1
    elif page.before is not None:
        start = max(0, ids.index(page.before) - page.size)
        size = ids.index(page.before) - start
        return ordered[start : start + size], start > 0, True
    return ordered[start : start + page.size], start > 0, start + page.size < len(ordered)


def _views(
    tx: Transaction, caller: Caller, workflow: Workflow, contents: Sequence[Version | Draft]
) -> list[VersionView]:
    gate = find.gate(tx, caller, workflow)
    environment_id = caller.environment.id
    kinds = {each.id: each.kind for each in tx.rollouts.of_deployments(environment_id, workflow.id)}
    marks = badges(gate, tx.history.all(environment_id, workflow.id), kinds)
    runs, in_flight = _totals(tx, environment_id, workflow.id)
    names = tx.api_keys.names(sorted({actor for each in contents for actor in _actors(each)}))
    return [
        VersionView(
            workflow,
            content,
            gate.deployment.share_of(content.id) if gate.deployment else None,
            marks.get(content.id),
            runs.get(content.id, 0),
            in_flight.get(content.id, 0),
            names,
        )
        for content in contents
    ]


def _actors(content: Version | Draft) -> list[str]:
    actors = [author.actor for author in content.authors]
    return [*actors, content.published_by] if isinstance(content, Version) else actors


def _totals(
    tx: Transaction, environment_id: str, workflow_id: str
) -> tuple[dict[str, int], dict[str, int]]:
    runs: dict[str, int] = {}
    in_flight: dict[str, int] = {}
    for (_, version_id, _), counts in tx.runs.counts(environment_id, workflow_id).items():
        runs[version_id] = runs.get(version_id, 0) + counts.runs
        in_flight[version_id] = in_flight.get(version_id, 0) + counts.in_flight
    return runs, in_flight
