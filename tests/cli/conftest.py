"""A server for the commands to talk to, once per module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.server import Turnout, serving
from turnout import sample


@pytest.fixture(scope="module")
def turnout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Turnout]:
    """The program, beside a running server with empty data."""
    folder = tmp_path_factory.mktemp("turnout")
    with serving(folder / "data"):
        yield Turnout(folder / "data")


@pytest.fixture
def alone(tmp_path: Path) -> Turnout:
    """The program, with no server and no data."""
    return Turnout(tmp_path / "data")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The sample's definitions, as files."""
    folder = tmp_path_factory.mktemp("texts")
    files = {version: folder / f"v{version}.yaml" for version in sample.VERSIONS}
    for version, file in files.items():
        file.write_text(sample.definition(version), encoding="utf-8")
    return files
