"""What tasks take from ``use`` by name, put in its place."""

from typing import Any

from turnout.domain.json import JsonObject

Source = dict[str, Any]


def resolved(source: JsonObject) -> Source:
    """A definition whose timeouts, errors and retry policies stand where they are named.

    Args:
        source: a definition without problems.
    """
    use: Source = source.get("use") or {}  # type: ignore[assignment]
    return _task(source, use)


def _task(task: Source, use: Source) -> Source:
    """A task, or the whole definition, which has the same members here."""
    found = dict(task)
    if isinstance(found.get("timeout"), str):
        found["timeout"] = use["timeouts"][found["timeout"]]
    if isinstance(found.get("raise"), dict) and isinstance(found["raise"]["error"], str):
        found["raise"] = {"error": use["errors"][found["raise"]["error"]]}
    for name in ("do", "try"):
        if isinstance(found.get(name), list):
            found[name] = _tasks(found[name], use)
    if isinstance(found.get("fork"), dict):
        found["fork"] = found["fork"] | {"branches": _tasks(found["fork"]["branches"], use)}
    if isinstance(found.get("catch"), dict):
        found["catch"] = _catch(found["catch"], use)
    if isinstance(found.get("foreach"), dict):
        found["foreach"] = _task(found["foreach"], use)
    return found


def _catch(catch: Source, use: Source) -> Source:
    found = _task(catch, use)
    if isinstance(found.get("retry"), str):
        found["retry"] = use["retries"][found["retry"]]
    return found


def _tasks(tasks: list[Source], use: Source) -> list[Source]:
    return [{name: _task(task, use) for name, task in item.items()} for item in tasks]
