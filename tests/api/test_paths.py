"""A path finds its application, and only that one."""

from typing import Any

import pytest

from turnout.api.paths import Paths


def app(name: str) -> Any:
    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send((name, scope["path_params"]))

    return answer


SERVED = ("/runs", "/runs/{id}", "/runs/{id}/stop", "/{page}", "/health")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/runs", ("/runs", {})),
        ("/runs/a", ("/runs/{id}", {"id": "a"})),
        ("/runs/a b/stop", ("/runs/{id}/stop", {"id": "a b"})),
        ("/runs/{id}/stop", ("/runs/{id}/stop", {"id": "{id}"})),
        ("/health", ("/health", {})),
        ("/about", ("/{page}", {"page": "about"})),
        ("/runs/", ("other", {})),
        ("/runs//stop", ("other", {})),
        ("/runs/a/stop/", ("other", {})),
        ("/runs/a/go", ("other", {})),
        ("//", ("other", {})),
        ("", ("other", {})),
    ],
)
async def test_a_path_finds_its_application(path: str, found: object) -> None:
    paths = Paths({each: app(each) for each in SERVED}, app("other"))
    told: list[object] = []

    async def send(message: object) -> None:
        told.append(message)

    await paths({"type": "http", "path": path}, None, send)  # type: ignore[arg-type]
    assert told == [found]
