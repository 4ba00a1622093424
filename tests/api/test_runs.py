"""Runs over HTTP: waiting for one, and one that cannot be replayed."""

from dataclasses import replace
from typing import Any

import pytest
from tests.api.conftest import WAITING, Api, code, data

from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase
from turnout.use_cases.ports import Progress, Transaction
from turnout.use_cases.workers import NewEntry

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def faulted_for_no_reason(api: Api) -> str:
    """A run whose journal says that it faulted while it was waiting."""
    id_: str = (await api.trigger(await api.workflow(WAITING)))["id"]

    def end(tx: Transaction) -> None:
        run = tx.runs.get(id_)
        assert run is not None
        at = tx.runs.journal(id_)[-1].at
        entry = NewEntry(run.sequence + 1, EntryKind.ENDED, at, b'{"phase":"faulted","error":{}}')
        faulted = replace(run, phase=Phase.FAULTED, ended_at=at, sequence=entry.sequence)
        assert tx.runs.append(Progress(faulted, (entry,), state=None))

    await api.turnout.ports.store.write(end)
    return id_


async def test_the_trace_of_a_run_that_does_not_replay_is_409(api: Api) -> None:
    id_ = await faulted_for_no_reason(api)
    answer = await api.get(f"/workflow-runs/{id_}/trace")
    assert (answer.status_code, code(answer)) == (409, "run_diverged"), answer.text
    assert "rerun" in answer.json()["errors"][0]["details"]


async def test_the_retry_of_a_run_that_does_not_replay_is_409(api: Api) -> None:
    id_ = await faulted_for_no_reason(api)
    answer = await api.post(f"/workflow-runs/{id_}/retry", {})
    assert (answer.status_code, code(answer)) == (409, "run_diverged"), answer.text
    shown = data(await api.get(f"/workflow-runs/{id_}"))
    assert shown["attributes"]["status"] == "suspended"


@pytest.mark.parametrize("wait", ["0", "0.0", "1e-3", "0.001", "-0.0"])
async def test_wait_is_any_number_of_seconds(api: Api, wait: str) -> None:
    run = await api.trigger(await api.workflow(WAITING))
    answer = await api.get(f"/workflow-runs/{run['id']}?wait={wait}")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("wait", ["-1", "60.1", "1e3", "1e999", "inf", "nan", "", "0x1", "1_0"])
async def test_wait_is_no_more_than_a_minute(api: Api, wait: str) -> None:
    run = await api.trigger(await api.workflow(WAITING))
    answer = await api.get(f"/workflow-runs/{run['id']}?wait={wait}")
    assert answer.status_code == 400, answer.text


async def test_wait_is_described_as_a_number(api: Api) -> None:
    paths: dict[str, Any] = (await api.get("/openapi.json")).json()["paths"]
    waits = [
        parameter["schema"]["type"]
        for methods in paths.values()
        for operation in methods.values()
        for parameter in operation["parameters"]
        if parameter["name"] == "wait"
    ]
    assert len(waits) >= 4
    assert set(waits) == {"number"}
