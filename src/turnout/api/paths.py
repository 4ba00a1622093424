"""Which application answers a path: looked up, not tried pattern by pattern."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class Paths:
    """An ASGI application that hands each request to the one of its path.

    Args:
        apps: path → application; a path may have one parameter, ``/workflows/{id}/draft``, which
            stands for one segment that is not empty and is found in ``path_params``.
        other: for all other paths, and for what is no HTTP.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], other: ASGIApp) -> None:
        self._other = other
        self._exact = {path: app for path, app in apps.items() if "{" not in path}
        self._patterns: dict[tuple[str, ...], tuple[ASGIApp, str]] = {}
        for path, app in apps.items():
            segments = path.split("/")
            for place, segment in enumerate(segments):
                if segment.startswith("{"):
                    self._patterns[_pattern(segments, place)] = app, segment.strip("{}")
        self._places = sorted({key.index("{}") for key in self._patterns})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        app, scope["path_params"] = self._find(scope)
        await app(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[ASGIApp, dict[str, str]]:
        if scope["type"] != "http":
            return self._other, {}
        path: str = scope["path"]
        exact = self._exact.get(path)
        if exact is not None:
            return exact, {}
        segments = path.split("/")
        for place in self._places:
            if place < len(segments) and segments[place]:
                found = self._patterns.get(_pattern(segments, place))
                if found is not None:
                    return found[0], {found[1]: segments[place]}
        return self._other, {}


def _pattern(segments: list[str], place: int) -> tuple[str, ...]:
    return (*segments[:place], "{}", *segments[place + 1 :])
