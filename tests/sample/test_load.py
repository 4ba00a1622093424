"""Loading the sample: all of it, however often it was cut off, and nothing over what people did."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from turnout import bootstrap, sample
from turnout.bootstrap import Turnout
from turnout.sample.load import PAST_RUNS, load_sample
from turnout.settings import Settings
from turnout.use_cases.authenticate import authenticate
from turnout.use_cases.caller import Caller
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.discard_draft import discard_draft
from turnout.use_cases.pause_workflow import pause_workflow
from turnout.use_cases.ports import Page, RunFilter, Store, Transaction
from turnout.use_cases.read_drafts import read_draft
from turnout.use_cases.read_workflows import read_workflow

T = TypeVar("T")


class Killed(BaseException):
    """The process ended here."""


class Cut:
    """A store that ends the process before its n-th write."""

    def __init__(self, store: Store, writes: int) -> None:
        self._store = store
        self._left = writes

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self._store.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        if not self._left:
            raise Killed
        self._left -= 1
        return await self._store.write(work)


@pytest_asyncio.fixture
async def turnout(tmp_path: Path) -> AsyncIterator[Turnout]:
    settings = Settings(data_dir=tmp_path / "data", fast_workers=1, slow_workers=1)
    async with bootstrap.running(settings) as made:
        yield made


async def caller_of(turnout: Turnout) -> Caller:
    return await authenticate(turnout.ports.store, await bootstrap.machine_key(turnout))


async def applicants_run(turnout: Turnout, caller: Caller) -> list[str]:
    def load(tx: Transaction) -> list[str]:
        runs = tx.runs.list(caller.environment.id, RunFilter(), Page(1_000)).items
        return sorted(run.assignment.key for run in runs)

    return await turnout.ports.store.read(load)


PAST = sorted(str(each["applicantId"]) for each in sample.applicants()[:PAST_RUNS])


@pytest.mark.parametrize("writes", [0, 1, 2, 3, 13])
async def test_what_was_cut_off_is_taken_up_where_it_was(turnout: Turnout, writes: int) -> None:
    caller = await caller_of(turnout)
    cut = replace(turnout.ports, store=Cut(turnout.ports.store, writes))
    with pytest.raises(Killed):
        await load_sample(cut, turnout.traffic, caller)
    assert len(await applicants_run(turnout, caller)) == max(0, writes - 3)
    for _ in range(2):
        await bootstrap.load_sample(turnout)
        assert await applicants_run(turnout, caller) == PAST
        draft = await read_draft(turnout.ports, caller, sample.HANDLE)
        assert (draft.definition, draft.revision) == (sample.definition(2), 2)
        flow = await read_workflow(turnout.ports, caller, sample.HANDLE)
        assert flow.workflow.versions == 1


async def test_two_that_load_at_once_make_each_run_once(turnout: Turnout) -> None:
    caller = await caller_of(turnout)
    cut = replace(turnout.ports, store=Cut(turnout.ports.store, 3))
    with pytest.raises(Killed):
        await load_sample(cut, turnout.traffic, caller)
    await asyncio.gather(*(bootstrap.load_sample(turnout) for _ in range(2)))
    assert await applicants_run(turnout, caller) == PAST


async def test_a_discarded_draft_stays_discarded(turnout: Turnout) -> None:
    caller = await caller_of(turnout)
    await bootstrap.load_sample(turnout)
    await discard_draft(turnout.ports, caller, sample.HANDLE, revision=2)
    await bootstrap.load_sample(turnout)
    flow = await read_workflow(turnout.ports, caller, sample.HANDLE)
    assert flow.draft is None


async def test_a_paused_sample_stays_paused(turnout: Turnout) -> None:
    caller = await caller_of(turnout)
    cut = replace(turnout.ports, store=Cut(turnout.ports.store, 8))
    with pytest.raises(Killed):
        await load_sample(cut, turnout.traffic, caller)
    await pause_workflow(turnout.ports, caller, sample.HANDLE, paused=True)
    await bootstrap.load_sample(turnout)
    assert len(await applicants_run(turnout, caller)) == 5


async def test_a_persons_own_workflow_of_that_handle_is_left_alone(turnout: Turnout) -> None:
    caller = await caller_of(turnout)
    wanted = NewWorkflow("Mine", handle=sample.HANDLE, definition=sample.definition(2))
    await create_workflow(turnout.ports, caller, wanted)
    await bootstrap.load_sample(turnout)
    flow = await read_workflow(turnout.ports, caller, sample.HANDLE)
    assert flow.workflow.versions == 0
    assert await applicants_run(turnout, caller) == []
