"""A store over a fresh database, and a world to put into it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.storage.world import World
from turnout.storage.store import SqliteStore, open_store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, migrated once for all tests."""
    path = tmp_path_factory.mktemp("migrated") / "turnout.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def url(tmp_path: Path, migrated: Path) -> str:
    shutil.copy(migrated, tmp_path / "turnout.db")
    return f"sqlite:///{tmp_path}/turnout.db"


@pytest.fixture(params=[open_store], ids=["sqlite"])
def store(request: pytest.FixtureRequest, url: str) -> Iterator[SqliteStore]:
    """Every store that must behave alike."""
    opened = request.param(url)
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def world(store: SqliteStore) -> World:
    """An environment, a key, and a workflow whose v1 is live alone."""
    made = World(store)
    await store.write(made.build)
    return made
