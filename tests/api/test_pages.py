"""Lists whose pages have something of their own."""

import pytest
from tests.api.conftest import Api

from turnout.storage.runs import SqlRuns
from turnout.use_cases.read_runs import MAX_PAGE_BYTES

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGE = MAX_PAGE_BYTES // 5 + 100_000
"""Four such inputs fit a page, five do not."""


async def turn(api: Api, link: str) -> tuple[list[str], dict[str, str | None]]:
    answer = await api.get(link.removeprefix("/api/v1"))
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < MAX_PAGE_BYTES + 100_000
    return [each["id"] for each in answer.json()["data"]], answer.json()["links"]


async def test_a_page_of_runs_ends_where_its_bodies_get_too_large(api: Api) -> None:
    handle = await api.workflow()
    ids = [(await api.trigger(handle, name="A", x="x" * LARGE))["id"] for _ in range(6)][::-1]
    path = f"/workflow-runs?filter[workflow-id]={handle}&page[size]=100"
    first, ways = await turn(api, path)
    assert (first, ways["prev"]) == (ids[:4], None)
    rest, ways = await turn(api, ways["next"] or "")
    assert (rest, ways["next"]) == (ids[4:], None)
    last = await turn(api, f"{path}&page[before]={ids[5]}")
    assert last[0] == ids[1:5]
    assert last[1]["next"] is not None
    newest, ways = await turn(api, last[1]["prev"] or "")
    assert (newest, ways["prev"]) == (ids[:1], None)


async def test_bodies_that_are_not_shown_are_not_read(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await api.workflow()
    run = await api.trigger(handle)

    def unwanted(*_: object) -> None:
        raise AssertionError("nobody asked for bodies")

    monkeypatch.setattr(SqlRuns, "bodies", unwanted)
    path = f"/workflow-runs?filter[workflow-id]={handle}&fields[workflow-run]="
    answer = await api.get(f"{path}status,reason-for-version,outcome")
    assert [each["id"] for each in answer.json()["data"]] == [run["id"]]
    assert answer.json()["data"][0]["attributes"] == {
        name: run["attributes"][name] for name in ("status", "reason-for-version", "outcome")
    }
    for body in ("input", "output", "error"):
        assert (await api.get(f"{path}{body}")).status_code == 500


async def test_environments_have_pages_both_ways(api: Api) -> None:
    for name in ("staging", "training"):
        assert (await api.post("/environments", {"name": name})).status_code == 201
    every, ways = await turn(api, "/environments")
    assert (len(every), ways) == (4, {"prev": None, "next": None})
    assert every == sorted(every, reverse=True)
    first, ways = await turn(api, "/environments?page[size]=3")
    assert (first, ways["prev"]) == (every[:3], None)
    second, ways = await turn(api, ways["next"] or "")
    assert (second, ways["next"]) == (every[3:], None)
    assert (await turn(api, ways["prev"] or ""))[0] == every[:3]
    middle, ways = await turn(api, f"/environments?page[size]=1&page[before]={every[2]}")
    assert middle == every[1:2]
    assert None not in ways.values()
    assert (await api.get("/environments?page[after]=wfl_1")).status_code == 400
