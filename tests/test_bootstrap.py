"""What stands before the first request: data of its own, one driver, a key that is good."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from turnout import bootstrap
from turnout.domain.errors import BadRequest, Conflict
from turnout.domain.role import Role
from turnout.domain.run import Phase
from turnout.settings import Settings, SettingsError
from turnout.use_cases.authenticate import authenticate
from turnout.use_cases.caller import Caller
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Page
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.revoke_api_key import revoke_api_key
from turnout.use_cases.trigger import trigger


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", fast_workers=1, slow_workers=1)


async def test_one_database_is_driven_once_whatever_the_data_directory(settings: Settings) -> None:
    first = replace(settings, database_url=f"sqlite:///{settings.data_dir.parent}/shared.db")
    second = replace(first, data_dir=settings.data_dir.parent / "second")
    async with bootstrap.running(first):
        with pytest.raises(Conflict, match=r"shared\.db\.lock"):
            async with bootstrap.running(second):
                pass
    async with bootstrap.running(second):
        pass


async def test_one_data_directory_is_served_once_whatever_the_database(settings: Settings) -> None:
    other = replace(settings, database_url=f"sqlite:///{settings.data_dir.parent}/other.db")
    async with bootstrap.running(settings):
        with pytest.raises(Conflict, match=r"driver\.lock"):
            async with bootstrap.running(other):
                pass


async def test_a_database_with_hidden_names_is_refused(settings: Settings) -> None:
    url = f"sqlite:///file:{settings.data_dir.parent}/t.db?uri=true"
    with pytest.raises(BadRequest, match="sqlite:///"):
        async with bootstrap.running(replace(settings, database_url=url)):
            pass


async def test_the_data_are_their_owners_alone(settings: Settings) -> None:
    async with bootstrap.running(settings):
        assert mode(settings.data_dir) == 0o700
        files = {file.name: mode(file) for file in settings.data_dir.iterdir()}
        assert {"turnout.db", "turnout.db-wal", "turnout.db-shm", "admin-key"} <= files.keys()
        assert set(files.values()) == {0o600}


async def test_a_directory_that_was_there_keeps_its_mode(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.data_dir.chmod(0o750)
    async with bootstrap.at_rest(settings):
        assert mode(settings.data_dir) == 0o750
        assert mode(settings.data_dir / "turnout.db") == 0o600


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", "a b", "ä:b&c=d", "a@b"])
async def test_a_data_directory_may_have_any_name(settings: Settings, name: str) -> None:
    odd = replace(settings, data_dir=settings.data_dir.parent / name)
    async with bootstrap.at_rest(odd):
        assert (odd.data_dir / "turnout.db").stat().st_size > 0
    assert [each.name for each in settings.data_dir.parent.iterdir()] == [name]


async def test_a_machine_key_that_is_no_good_any_more_is_made_anew(settings: Settings) -> None:
    async with bootstrap.at_rest(settings) as turnout:
        ports = turnout.ports
        first = await bootstrap.machine_key(turnout)
        assert await bootstrap.machine_key(turnout) == first
        caller = await authenticate(ports.store, first)
        await revoke_api_key(ports, None, caller.key.id)
        second = await bootstrap.machine_key(turnout)
        assert second != first
        (settings.data_dir / bootstrap.MACHINE_KEY).write_bytes(b"\xff unknown")
        third = await bootstrap.machine_key(turnout)
        assert third not in {first, second}
        caller = await authenticate(ports.store, third)
        assert caller.key.name == "this machine"
        newest = await ports.store.read(lambda tx: tx.audit.list(Page(1), environment_id=None))
        made = newest.items[0].record
        assert (made.action, made.subject) == ("api-key.create", caller.key.id)


async def test_an_egress_entry_that_is_none_is_a_setting_that_cannot_be_used(
    settings: Settings,
) -> None:
    wrong = replace(settings, egress_allow="api.internal,http://x")
    with pytest.raises(SettingsError, match="'http://x'"):
        async with bootstrap.at_rest(wrong):
            pass
    assert not settings.data_dir.exists()


async def test_the_first_environments_are_in_the_audit_log_once(settings: Settings) -> None:
    for _ in range(2):
        async with bootstrap.at_rest(settings) as turnout:
            read = turnout.ports.store.read
            entries = (await read(lambda tx: tx.audit.list(Page(), environment_id=None))).items
            named = [(e.record.action, e.record.by.actor, e.record.after) for e in entries]
            assert named == [
                ("environment.create", "turnout", {"name": "sandbox"}),
                ("environment.create", "turnout", {"name": "production"}),
            ]


async def test_the_bounds_of_runs_are_settings(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, fast_workers=1, slow_workers=1, run_steps=7)
    text = (
        "document: {dsl: '1.0.3', namespace: tests, name: flow, version: '1.0.0'}\n"
        "do: [{all: {for: {in: '[range(20)]'}, do: [{a: {set: {n: 1}}}]}}]\n"
    )
    async with bootstrap.running(settings) as turnout:
        made = await create_api_key(turnout.ports, None, environment="production", role=Role.ADMIN)
        caller = Caller(made.key, made.environment)
        new = NewWorkflow("Flow", handle="flow", definition=text)
        await create_workflow(turnout.ports, caller, new)
        await publish(turnout.ports, caller, "flow", Publication(1, 10_000))
        done = await trigger(turnout.ports, turnout.traffic, caller, "flow", b"{}")
        assert done.run.phase is Phase.FAULTED
        assert b"executed 7 tasks" in (done.bodies.error or b"")


def test_a_message_holds_the_longest_journal() -> None:
    found = bootstrap.limits(Settings(run_journal=200 * 1024 * 1024, advance_seconds=5))
    assert found.frame > found.run.journal
    assert (found.slow_cpu, found.slow_wall) == (5.0, 5.0)
